// Rules over samples of the past: which alerts they would have made, and what would have been sent of them.
#pragma once

#include "daemon/notify/notify.hpp"
#include "rules/alerting/group.hpp"
#include "rules/series/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace a2od {

struct BacktestOptions {
  Timestamp from;
  Timestamp to;
  Milliseconds evaluation_interval = std::chrono::minutes(1);
  std::map<std::string, std::string> external_labels;
  std::string external_url;
  Routing routing;  ///< without a receiver: nothing is sent
  /// Told of each evaluated moment.
  std::function<void(Timestamp)> progress;
};

/// A time during which one alert fired.
struct Episode {
  Labels labels;
  Timestamp pending_since;
  Timestamp fired;
  std::optional<Timestamp> resolved;  ///< absent: it fired still at the end
  double value = 0;                   ///< when it began to fire
};

struct BacktestedRule {
  const RuleDefinition* definition = nullptr;  ///< of the groups that were given
  const GroupDefinition* group = nullptr;
  std::vector<Episode> episodes;  ///< by the time at which they fired
  std::uint64_t failures = 0;
  std::string last_error;
};

struct BacktestReport {
  std::vector<BacktestedRule> rules;              ///< alerting rules, in their order
  std::uint64_t evaluations = 0;                  ///< of groups
  std::map<std::string, std::uint64_t> messages;  ///< by receiver
};

/// What must be in the store: of everything that the rules read, but for what they produce themselves.
[[nodiscard]] std::vector<promql::SeriesWindow> backtest_reads(std::span<const GroupDefinition> groups,
                                                               const BacktestOptions& options);

/// Evaluates each group at its interval from `from` to `to`, as Prometheus would have: nothing is held, as it is not
/// known any more which collections had failed. The rules' own series are added to the store.
[[nodiscard]] BacktestReport backtest(std::span<const GroupDefinition> groups, Store& store,
                                      const BacktestOptions& options);

}  // namespace a2od
