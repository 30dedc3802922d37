// What an expression names and how far back it looks: walks over its tree.
#pragma once

#include "rules/promql/ast.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace a2od::promql {

/// Metric names that selectors give with `=`.
void collect_metric_names(const Expr& expr, std::set<std::string>& out);

/// An expression within another, and how many are around it; parentheses are none.
struct Within {
  const Expr* expr = nullptr;
  std::size_t depth = 0;
};

/// The expression itself and what it is made of, each before its own; literals are left out, and all beyond `most`.
[[nodiscard]] std::vector<Within> parts_of(const Expr& expr, std::size_t most);

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
