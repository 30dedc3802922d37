// What a run of a collector yields: plain values, without Asio, for the stages behind it.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

enum class MetricType { gauge, counter, info, state_set };

/// As OpenMetrics has it.
[[nodiscard]] std::string_view to_string(MetricType type);

/// A metric that a collector may yield, declared once, with static lifetime: registration, documentation, metadata and
/// the rule linter read it. Names follow Prometheus: `d365_` first, base units, `_total` for counters.
struct Metric {
  std::string_view name;
  MetricType type = MetricType::gauge;
  std::string_view unit;  ///< seconds, bytes, ratio, or empty
  std::string_view help;  ///< one sentence
};

/// One value as it is now. The labels are the sample's own: `tenant` and `environment` are added when it is published.
struct Sample {
  const Metric* metric = nullptr;
  std::string environment_id;  ///< empty: the sample belongs to the tenant as a whole
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

/// A line for the people behind an alert that rests on a metric: which jobs, which mailboxes. Names of people and
/// things stand here and never in labels.
struct Detail {
  const Metric* metric = nullptr;
  std::string text;
};

/// How a run, or a part of one, ended. `degraded` is said of runs only, `absent` of parts only.
enum class Outcome : std::uint8_t {
  ok,           ///< complete
  degraded,     ///< some parts failed, are absent or denied; the others are complete
  throttled,    ///< the service, or our own budget, told us to wait
  denied,       ///< signing in failed, or a right is missing
  unreachable,  ///< no answer: network, TLS, time limit, 5xx
  broken,       ///< an answer that we cannot read
  absent,       ///< the table or endpoint does not exist there: nothing to collect, and not a failure
};
inline constexpr Outcome kRunOutcomes[] = {Outcome::ok,     Outcome::degraded,    Outcome::throttled,
                                           Outcome::denied, Outcome::unreachable, Outcome::broken};
[[nodiscard]] std::string_view to_string(Outcome outcome);

/// One table or endpoint of a run: a complete set of samples, or none and the reason.
///
/// A failed part may carry health samples: what it measured by failing, such as `reachable` 0. They are published at
/// once, take the place of all earlier samples of the part, and count as freshly measured: an alert that rests on them
/// is not held. A failed part without samples keeps its last good ones. See collectors/sight/sight.hpp for the
/// exception.
struct Part {
  std::string_view name;
  Outcome outcome = Outcome::ok;
  std::string error;          ///< a plain sentence for an operator; empty when ok
  std::string missing_right;  ///< the privilege or role that would help, where it is known
  std::vector<Sample> samples;
  std::vector<Detail> details;  ///< the newest or worst first
};

/// The outcome of a run from those of its parts: all ok or absent is ok; some ok is degraded; none ok is the worst of
/// them in the order denied, throttled, unreachable, broken by count, ties by that order.
[[nodiscard]] Outcome combine(std::span<const Part> parts);

/// One of the environments of a tenant, as the inventory last saw it.
struct Environment {
  std::string id;            ///< "Default-<guid>" and other non-GUIDs included
  std::string name;          ///< the `environment` label: stable, see daemon/state
  std::string display_name;  ///< as it is called now
  std::string type;          ///< Production, Sandbox, …: an open set
  std::string region;
  std::string state;                   ///< runtime state: Enabled, Disabled, AdminMode: an open set
  std::string organization_id;         ///< of its Dataverse, empty without
  std::string url;                     ///< https://org.crm4.dynamics.com, without a slash; empty without Dataverse
  std::string finance_operations_url;  ///< the same for finance and operations
  [[nodiscard]] bool has_dataverse() const { return !url.empty(); }
  [[nodiscard]] bool has_finance_operations() const { return !finance_operations_url.empty(); }
  bool operator==(const Environment&) const = default;
};

/// A finished run.
struct Collection {
  std::string_view collector;
  std::string tenant;
  std::string environment_id;  ///< empty: a run for the whole tenant
  Timestamp finished;
  Milliseconds duration{};
  Outcome outcome = Outcome::ok;
  std::vector<Part> parts;
};

}  // namespace a2od
