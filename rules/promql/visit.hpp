// What an expression names and how far back it looks: walks over its tree.
#pragma once

#include "rules/promql/ast.hpp"

#include <set>
#include <string>

namespace a2od::promql {

/// Metric names that selectors give with `=`.
void collect_metric_names(const Expr& expr, std::set<std::string>& out);

/// How far before the evaluation time samples may be read. Where `@` fixes the time, only what lies before that time.
[[nodiscard]] Milliseconds reach_of(const Expr& expr, const EvaluationLimits& limits);

}  // namespace a2od::promql
