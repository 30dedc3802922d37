// PromQL as its documentation reads: the tree is walked for each evaluation, over maps of label sets and single
// samples. Slow; it remembers nothing, and has nothing but the parser in common with the plan that it is held against.
#pragma once

#include "config/time.hpp"
#include "rules/promql/ast.hpp"

#include <expected>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace a2od::promql::plain {

using LabelMap = std::map<std::string, std::string>;
struct Sample {
  Timestamp at;
  double value = 0;
};
/// In order of time; stale markers among them.
using AllSamples = std::map<LabelMap, std::vector<Sample>>;
/// A scalar is one of no labels.
using Row = std::pair<const LabelMap, double>;
using Vector = std::map<LabelMap, double>;

struct Query {
  Timestamp at;
  Timestamp start;  ///< of a range query; else at
  Timestamp end;
  Timestamp known_until;  ///< later samples are not seen
  Milliseconds lookback = std::chrono::minutes(5);
  Milliseconds subquery_step = std::chrono::minutes(1);
};

/// An instant vector or a scalar; or what is wrong.
[[nodiscard]] std::expected<Vector, std::string> evaluate(const Expr& expr, const AllSamples& samples,
                                                          const Query& query);

}  // namespace a2od::promql::plain
