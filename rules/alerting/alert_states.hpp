// The states of one rule's alerts: pending, firing, resolved, and held while their sources cannot be trusted.
#pragma once

#include "config/time.hpp"
#include "rules/alerting/alert.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace a2od {

/// One element of an expression's result, with the alert's labels and annotations already expanded.
struct AlertRow {
  Labels output;  ///< as the expression yielded it
  std::map<std::string, std::string> annotations;
  double value = 0;
};
using AlertRows = std::map<Labels, AlertRow>;  ///< by the labels of the alert

struct TrackedAlert {
  ActiveAlert alert;
  Labels output;               ///< of the row that it was last seen in; empty before that
  Timestamp seen_at{};         ///< when that was
  std::vector<Labels> inputs;  ///< the stored series that it rested on when it was last looked at
  Timestamp inputs_at{};       ///< when that was
  bool restored = false;       ///< and its inputs have not had data for the expression's reach since then
};

/// What is said of an alert that was active before this evaluation.
enum class Judgement {
  decided,  ///< its sources are well: the expression's result counts
  held,     ///< they are not: nothing changes, and the time does not count
};

struct AlertTiming {
  Milliseconds hold_for{};  ///< `for`
  Milliseconds keep_firing_for{};
  Milliseconds interval{};
};

/// Resolved alerts are told of again for so long.
inline constexpr Milliseconds kResolvedRetention = std::chrono::minutes(15);

/// Prometheus' state machine, with holding added. Times come in, in order; nothing else is known here.
class AlertStates {
 public:
  using Judge = std::function<Judgement(TrackedAlert& alert, bool in_result)>;

  /// Takes over the result of one evaluation. The judge is asked about each alert that was active before, and says when
  /// one need no longer count as restored.
  void update(const AlertRows& rows, Timestamp at, const AlertTiming& timing, const Judge& judge);
  /// The evaluation failed: every active alert is held.
  void hold_all(Timestamp at);
  void clear() { alerts_.clear(); }

  /// Takes the place of an alert with the same labels.
  void restore(TrackedAlert alert);

  [[nodiscard]] std::map<Labels, TrackedAlert>& alerts() { return alerts_; }
  [[nodiscard]] const std::map<Labels, TrackedAlert>& alerts() const { return alerts_; }
  [[nodiscard]] std::size_t active_count() const;

  /// Whether something that must survive a restart has changed since the last call.
  [[nodiscard]] bool take_changed(Timestamp at);

  struct Sending {
    Milliseconds interval{};
    Milliseconds resend_delay{};
    std::string generator_url;
  };
  /// The notices to send now; their alerts remember that they were sent.
  [[nodiscard]] std::vector<AlertNotice> take_notices(Timestamp at, const Sending& sending);

 private:
  enum class Presence { absent, known, fresh };
  Presence merge(const Labels& labels, const AlertRow& row, Timestamp at);
  void advance(ActiveAlert& alert, Timestamp at, const AlertTiming& timing);
  bool leave(TrackedAlert& tracked, Timestamp at, const AlertTiming& timing);
  void set_held(ActiveAlert& alert, bool held);

  std::map<Labels, TrackedAlert> alerts_;
  bool changed_ = false;
  Timestamp reported_at_{};
};

[[nodiscard]] bool is_active(const ActiveAlert& alert);

}  // namespace a2od
