// What an expression names and how far back it looks: walks over its tree.
#pragma once

#include "rules/promql/ast.hpp"

#include <set>
#include <string>
#include <vector>

namespace a2od::promql {

/// Metric names that selectors give with `=`.
void collect_metric_names(const Expr& expr, std::set<std::string>& out);

/// When a query is evaluated: of an instant query start and end are one, and the step is 0.
struct QueryTime {
  Timestamp start;
  Timestamp end;
  Milliseconds step{};
};

/// What the selectors read, in the order in which they stand.
[[nodiscard]] std::vector<SeriesWindow> reads_of(const Expr& expr, const QueryTime& query,
                                                 const EvaluationLimits& limits);

/// How far before the evaluation time samples may be read. Where `@` fixes the time, only what lies before that time.
[[nodiscard]] Milliseconds reach_of(const Expr& expr, const EvaluationLimits& limits);

}  // namespace a2od::promql
