// What is not wrong with rules, but hardly meant: metrics that nobody brings, counters that are compared as they are.
#pragma once

#include "collectors/sample.hpp"
#include "rules/alerting/group.hpp"

#include <span>
#include <vector>

namespace a2od {

struct LintOptions {
  /// What collectors and the daemon declare. A metric named like one of them (d365_…, a2od_…) that is neither declared
  /// nor recorded is probably misspelt; other names may come from elsewhere.
  std::span<const Metric> metrics;
  /// How far samples are apart: a rate over so short a range has one sample at most.
  Milliseconds resolution = std::chrono::minutes(1);
};

/// In the order of the rules; what is said of a selector points at it, inside the expression.
[[nodiscard]] Problems lint_rules(std::span<const GroupDefinition> groups, const LintOptions& options);

}  // namespace a2od
