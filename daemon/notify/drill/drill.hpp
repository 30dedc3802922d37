// A drill: a test alert that says that it is one, whom it would reach, what keeps it back, and the messages of it. No
// clock, socket, thread or file.
#pragma once

#include "config/result.hpp"
#include "daemon/explain/explained.hpp"
#include "daemon/notify/delivery.hpp"
#include "daemon/notify/drill/shown_message.hpp"
#include "daemon/notify/notify.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// A label of test alerts alone; its value is the drill's id. It is no part of what routes, silences and inhibition
/// rules look at.
inline constexpr std::string_view kDrillLabel = "a2od_test";
inline constexpr Milliseconds kLongestDrill = std::chrono::minutes(30);

struct DrillRequest {
  enum class Mode { show, send };

  std::string id{};  ///< drill_id(): what belongs together has the same
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> annotations{};
  std::string receiver{};             ///< this one, whatever routes, silences and the like say; empty: as alerts go
  std::optional<Integration> only{};  ///< of all that are meant, this one
  std::string asked_by{};
  Mode mode = Mode::show;
  bool page = false;  ///< also where it wakes somebody up
  Milliseconds fires_for{};
};

/// "TEST-3f2a91c0"
[[nodiscard]] std::string drill_id(std::uint32_t random);
[[nodiscard]] bool is_drill_id(std::string_view text);

/// Names of the right form, texts in UTF-8, all of it of a size that every receiver takes.
[[nodiscard]] Result<void> check_drill(const DrillRequest& request);

/// What its labels are to routes, silences and inhibition rules.
[[nodiscard]] Labels labels_of(const DrillRequest& request);

/// What became of the end of a test alert that was told.
struct DrillEnd {
  enum class State {
    not_owed,   ///< send_resolved is off, and the receiver keeps nothing open
    withdrawn,  ///< nobody was told that it fires
    waits,      ///< in the outbox: it is tried until it is delivered, whatever becomes of this process
    late,       ///< the same, though it was due: other messages are before it, or the receiver takes its time
    told,       ///< tried, with `result`; where that failed it waits in the outbox
  };
  State state = State::not_owed;
  Timestamp due{};
  std::optional<DeliveryResult> result{};
  Milliseconds took{};
};

/// One message of a drill.
struct DrillDelivery {
  Integration to{};
  std::vector<std::string> path{};  ///< of its route; empty where the receiver was named
  bool pages = false;
  bool owes_end = true;
  std::string withheld{};  ///< why it is not sent; empty: nothing speaks against it
  Message firing{};
  Message end{};

  ShownMessage shown{};  ///< filled in by who renders it; below, by who sends it
  std::optional<DeliveryResult> result{};
  Milliseconds took{};
  DrillEnd ended{};

  /// That it was taken, or where nothing was to be sent, that it would be sent.
  [[nodiscard]] bool is_good(DrillRequest::Mode mode) const;
};

struct Drill {
  std::string id;
  DrillRequest::Mode mode = DrillRequest::Mode::show;
  Timestamp at;
  Labels labels;                     ///< as they are routed
  RoutedAlert alert;                 ///< as it is told
  std::vector<std::string> held_by;  ///< sentences: why nobody is told of such an alert now
  std::vector<ExplainedRoute> routes;
  std::vector<DrillDelivery> deliveries;

  [[nodiscard]] bool is_good() const;
};

/// `routing` is that of labels_of(request). Errors: there is no such receiver.
[[nodiscard]] Result<Drill> plan_drill(const DrillRequest& request, const ExplainedRouting& routing,
                                       std::span<const ReceiverConfig> receivers, std::string_view external_url,
                                       Timestamp now);

/// Whether the end is owed after this answer: it is known that it fires, or it may be and something was left open.
[[nodiscard]] bool may_have_been_told(const DeliveryResult& result, std::string_view kind);

}  // namespace a2od
