// An alert as the rules see it, and as the stages behind them are told of it.
#pragma once

#include "config/time.hpp"
#include "rules/series/labels.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace a2od {

enum class AlertState { inactive, pending, firing };
[[nodiscard]] std::string_view to_string(AlertState state);

/// One alert of one rule. `active_at` is when its expression first held; labels include `alertname`.
struct ActiveAlert {
  Labels labels;
  std::map<std::string, std::string> annotations;
  AlertState state = AlertState::pending;
  double value = 0;
  Timestamp active_at;
  std::optional<Timestamp> fired_at;
  std::optional<Timestamp> resolved_at;
  std::optional<Timestamp> keep_firing_since;
  Timestamp last_sent_at{};
  Timestamp valid_until{};
  /// The last evaluation that counted for `for`: after a restart, a pending alert does not count the time since then.
  Timestamp counted_until{};
  /// While a source that it rests on is not ok: firing stays firing, pending stops counting.
  bool held = false;
};

/// What the notification stage is told: an alert fires (again), or has been resolved.
struct AlertNotice {
  Labels labels;
  std::map<std::string, std::string> annotations;
  Timestamp starts_at;
  /// Firing: until when this notice holds if none follows. Resolved: when it ended, not after the notice's own time.
  Timestamp ends_at;
  std::string generator_url;
  double value = 0;
  bool from_others = false;  ///< not from our rules: it waits for none of them
};

/// The labels that others are told of an alert: with those of this place (`rules.external_labels`) that it does not
/// have itself.
[[nodiscard]] Labels with_external(Labels labels, const std::map<std::string, std::string>& external);

}  // namespace a2od
