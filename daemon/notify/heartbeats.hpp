// Dead man's switches: which signs of life stay away, and when a2od gives its own. No clock, socket, thread or file.
#pragma once

#include "config/heartbeats.hpp"
#include "config/result.hpp"
#include "config/time.hpp"
#include "daemon/notify/notify.hpp"
#include "rules/alerting/alert.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// What one that came says.
struct Beat {
  bool failed = false;  ///< whatever gives it runs, and its work has failed
  std::string message;  ///< for people; cut to kLongestBeatMessage
};
inline constexpr std::size_t kLongestBeatMessage = 1024;

/// What is known of an incoming heartbeat across restarts.
struct HeartbeatState {
  std::string name;
  Timestamp counted_from;         ///< the next is due from here on: since the last, or since one was first waited for
  std::optional<Timestamp> last;  ///< when it last came, however it went
  std::string message;            ///< of the last
  std::optional<Timestamp> missing_since;
  std::optional<Timestamp> failed_since;
  bool operator==(const HeartbeatState&) const = default;
};

struct HeartbeatChanges {
  std::vector<HeartbeatState> states;  ///< to insert or replace, by name
  std::vector<std::string> removed;
  std::optional<Timestamp> listened_until;
  [[nodiscard]] bool empty() const { return states.empty() && removed.empty() && !listened_until; }
};

/// All that must survive the process.
struct SavedHeartbeats {
  std::vector<HeartbeatState> states;
  std::optional<Timestamp> listened_until;  ///< nothing: never, so far as is known
};

struct HeartbeatOptions {
  HeartbeatsConfig config;
  std::map<std::string, std::string> external_labels;
  std::string external_url;
};

/// An incoming one is missing once it is due and the grace is over: then HeartbeatMissing fires until it comes, and
/// HeartbeatFailed from one that says so until one that does not. What was due while a2od was down is excused, and the
/// next one counts; so is one during most of whose grace it was down. Outgoing ones are messages like others, made on a
/// grid of their interval, at once after a start; they vouch for the rules, so none is made while these are not
/// evaluated.
class Heartbeats {
 public:
  Heartbeats(HeartbeatOptions options, Timestamp now);

  /// Once, before anything else.
  void restore(SavedHeartbeats saved, Timestamp now);
  /// After a reload. Alerts of those that are there no more, or have other labels, end.
  void set_options(HeartbeatOptions options, Timestamp now);

  /// Errors: there is none of this name.
  [[nodiscard]] Result<void> receive(std::string_view name, Beat beat, Timestamp now);

  /// Alerts that fire, refreshed each minute, and those that have ended.
  [[nodiscard]] std::vector<AlertNotice> advance(Timestamp now);

  /// The rules have been evaluated, and will be again at that time.
  void vouch_until(Timestamp next_evaluation) { vouched_until_ = next_evaluation; }
  /// Outgoing ones that are due, without ids.
  [[nodiscard]] std::vector<Message> take_due(std::span<const ReceiverConfig> receivers, Timestamp now);

  [[nodiscard]] std::optional<Timestamp> next_wake(Timestamp now) const;

  /// What changed since the last call; each minute also until when it was listened.
  [[nodiscard]] HeartbeatChanges take_changes(Timestamp now);
  [[nodiscard]] SavedHeartbeats saved(Timestamp now) const;

  enum class State { waiting, ok, late, missing, failed };
  struct Incoming {
    const IncomingHeartbeat* config = nullptr;
    const HeartbeatState* state = nullptr;
    State summary = State::waiting;
    std::optional<Timestamp> due;
    std::optional<Timestamp> missing_at;  ///< when it will be, or was
  };
  struct Outgoing {
    const OutgoingHeartbeat* config = nullptr;
    Timestamp next;
    bool withheld = false;  ///< as the rules are not evaluated
  };
  /// In the order of the configuration; good until it is told something.
  [[nodiscard]] std::vector<Incoming> incoming(Timestamp now) const;
  [[nodiscard]] std::vector<Outgoing> outgoing(Timestamp now) const;

 private:
  struct Known {
    HeartbeatState saved;
    std::optional<Timestamp> due;  ///< follows from saved.counted_from
    Timestamp not_before{};        ///< it is not missing before
  };

  [[nodiscard]] const IncomingHeartbeat* find(std::string_view name) const;
  void count_from(const IncomingHeartbeat& config, Known& known, Timestamp from);
  void excuse(const IncomingHeartbeat& config, Known& known, Timestamp listened_until, Timestamp now);
  [[nodiscard]] static std::optional<Timestamp> missing_at(const IncomingHeartbeat& config, const Known& known);
  [[nodiscard]] static State state_of(const Known& known, Timestamp now);
  [[nodiscard]] AlertNotice notice(const IncomingHeartbeat& config, std::string_view alert) const;
  [[nodiscard]] AlertNotice missing(const IncomingHeartbeat& config, const Known& known) const;
  [[nodiscard]] AlertNotice failed(const IncomingHeartbeat& config, const Known& known) const;
  void end_alerts(const IncomingHeartbeat& config, const Known& known, Timestamp now);
  void end(AlertNotice notice, Timestamp when);
  [[nodiscard]] Message message_to(const Integration& to, const OutgoingHeartbeat& config, Timestamp next,
                                   Timestamp now) const;
  [[nodiscard]] bool vouched(Timestamp now) const;

  HeartbeatOptions options_;
  Timestamp started_;
  std::map<std::string, Known, std::less<>> known_;
  std::map<std::string, Timestamp> next_sendings_;  ///< by receiver
  Timestamp vouched_until_;
  Timestamp next_refresh_{};
  Timestamp next_listening_{};  ///< when it is to be written again that it was listened
  std::vector<AlertNotice> ended_;
  std::set<std::string> changed_;
};

[[nodiscard]] std::string_view to_string(Heartbeats::State state);

}  // namespace a2od
