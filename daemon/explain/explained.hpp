// What each stage tells of one alert, as values: the rules, the dispatcher, the outbox. /api/v1/explain puts it
// together.
#pragma once

#include "config/matcher.hpp"
#include "config/result.hpp"
#include "config/time.hpp"
#include "daemon/notify/notify.hpp"
#include "rules/alerting/group.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Which alert is meant: by its fingerprint, or by matchers of its labels.
struct AlertChoice {
  std::string fingerprint;  ///< empty: the matchers
  std::vector<Matcher> matchers;

  [[nodiscard]] bool matches(const Labels& labels) const;
  /// What a matcher with `=` says of the label, empty where none does.
  [[nodiscard]] std::string_view named(std::string_view label) const;
};

/// `Down`, `Down{tenant="contoso"}`, `{alertname="Down"}`, or 16 hex digits. At most 20 matchers.
[[nodiscard]] Result<AlertChoice> parse_alert_choice(std::string_view text);

/// A series that an alert rests on, and where it came from.
struct ExplainedInput {
  Labels series;
  std::string collector;  ///< empty: no collector brought it since the start; recorded series are none's
  std::string tenant;
  std::string environment;
  std::string part;
  bool ok = true;  ///< the last run of the collection ended well: an alert that rests on one that did not is held
  std::optional<Timestamp> delivered_at;  ///< the last time that it did
};

/// A rule, and its alert where there is one.
struct ExplainedRule {
  std::string file;
  std::string group;
  Milliseconds interval{};
  Milliseconds query_offset{};
  RuleDefinition rule;
  std::set<std::string> labels_given;  ///< names that rule, group and external_labels set: the value of them is theirs
  std::optional<ActiveAlert> alert;
  std::vector<ExplainedInput> inputs;
  std::size_t more_inputs = 0;  ///< that are not listed
  std::optional<std::string> last_error;
  Timestamp last_evaluation{};
  std::vector<std::string>
      waits_for;  ///< collectors whose first runs have not ended: the group is not evaluated before
};

/// What an integration was told of the alert's group, and when it is told next.
struct ExplainedIntegration {
  Integration to;
  bool routed = true;  ///< false: it was told by an earlier configuration, and only its end is owed
  bool send_resolved = true;
  std::optional<Timestamp> told_at;  ///< the delivery, or the decision while the message waits
  bool told_firing = false;          ///< of this alert
  bool told_resolved = false;
  bool end_owed = false;  ///< it has ended and this is not told yet: neither silence nor inhibition keeps it back
  std::optional<Timestamp> next;  ///< of this alert, unless something changes; nothing: it is not told
  std::string why;                ///< what the next one is, or why there is none
};

/// The next step of a route's escalation.
struct ExplainedEscalation {
  std::size_t step = 0;  ///< counted from 1
  Milliseconds after{};
  std::string receiver;
  std::optional<Timestamp> due{};  ///< nothing: nobody has been told of the alert, from when on the time counts
};

/// A message in the outbox.
struct ExplainedMessage {
  Integration to;
  std::uint64_t id = 0;
  Timestamp created;
  std::uint64_t attempts = 0;
  bool in_flight = false;
  Timestamp next_try;  ///< of it, or of the receiver as a whole
  bool misconfigured = false;
  std::string last_error;
};

/// A route that the alert takes, and its group there.
struct ExplainedRoute {
  std::vector<std::string> path;  ///< matchers of each route from the topmost on, whose are {}
  std::string receiver;
  std::string group;  ///< its id
  Labels group_labels;
  Milliseconds group_wait{};
  Milliseconds group_interval{};
  Milliseconds repeat_interval{};
  std::vector<std::string> muted_by;  ///< names of time intervals
  std::vector<EscalationStep> escalate;
  bool exists = false;                  ///< there is such a group, with this alert in it
  std::size_t alerts = 0;               ///< in the group
  std::optional<Timestamp> next_flush;  ///< when news are told
  std::vector<ExplainedIntegration> integrations;
  std::optional<ExplainedEscalation> escalation{};
  std::vector<ExplainedMessage> outbox;
};

struct ExplainedSilence {
  std::string id;
  std::string created_by;
  std::string comment;
  Timestamp ends_at;
};

struct ExplainedRouting {
  Labels labels;
  std::optional<RoutedAlert> alert;  ///< nothing: the dispatcher was not told of it
  Timestamp ends_at{};               ///< of the alert, if nobody repeats it
  std::vector<ExplainedSilence> silences;
  std::vector<std::string> maintenance;     ///< ids of what suppresses it
  std::vector<Labels> inhibited_by;         ///< alerts that fire
  std::optional<Timestamp> held_until;      ///< after a start, no alert expires before
  std::optional<Timestamp> waits_until{};   ///< for rules that were not evaluated since the start, so long at most
  std::optional<Timestamp> learning_until;  ///< alerts are logged, not sent
  std::vector<ExplainedRoute> routes;
};

}  // namespace a2od
