// All stages' words on one alert, and what they come to in sentences. No clock, socket, thread or file.
#pragma once

#include "daemon/explain/explained.hpp"
#include "daemon/web/status_page.hpp"

#include <expected>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace a2od {

struct Explanation {
  Labels labels;
  std::vector<ExplainedRule> rules;
  ExplainedRouting routing;
  std::vector<TargetRow> targets;  ///< how collectors fared
};

/// The labels of the one alert that is meant: one that is active rather than one that is over, else those that its rule
/// would give it, with the `external` labels of this place. An error names the alerts where there are several, or says
/// that there is no such rule.
[[nodiscard]] Result<Labels> choose(const AlertChoice& choice, std::span<const ExplainedRule> rules,
                                    std::span<const Labels> dispatched,
                                    const std::map<std::string, std::string>& external = {});

/// How a collector last fared where the input came from; nullptr where that is not known.
[[nodiscard]] const CollectorCell* run_of(const ExplainedInput& input, std::span<const TargetRow> targets);

/// For someone who was woken: what the alert is, what holds it back, who was told and who will be, in this order.
[[nodiscard]] std::vector<std::string> findings(const Explanation& explanation, Timestamp now);

}  // namespace a2od
