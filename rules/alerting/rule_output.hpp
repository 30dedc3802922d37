// What the evaluation of one rule hands to its group.
#pragma once

#include "rules/alerting/alert.hpp"
#include "rules/promql/expression.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace a2od {

struct RuleOutput {
  /// To be stored; series stored before that are not among them end. Absent: they are left alone this time.
  std::optional<std::vector<promql::VectorSample>> samples{};
  std::vector<AlertNotice> notices{};
  std::optional<std::string> error{};
};

/// When a rule is evaluated, and as of when it reads and writes the store: earlier by the group's query_offset.
struct RuleTime {
  Timestamp at;
  Timestamp data;
};

/// Leads series that rules of the group have produced back to the ones that those rest on.
using Tracer = std::function<std::vector<Labels>(std::vector<Labels> series)>;

/// A scalar is a vector of one sample without labels; ranges and texts are no result of a rule.
[[nodiscard]] std::expected<promql::Vector, std::string> evaluate_vector(promql::Expression& expression,
                                                                         const Snapshot& series, Timestamp at,
                                                                         const promql::EvaluationLimits& limits);

}  // namespace a2od
