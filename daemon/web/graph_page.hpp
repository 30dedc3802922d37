// The page behind an alert's generatorURL: an expression, and what it yields now.
#pragma once

#include "daemon/history/series_source.hpp"
#include "rules/promql/expression.hpp"

#include <string>
#include <string_view>

namespace a2od {

/// Evaluates on the caller's thread; at most 1,000 rows are shown.
[[nodiscard]] std::string render_graph(const SeriesSource& source, std::string_view expression, Timestamp now,
                                       const promql::EvaluationLimits& limits);

}  // namespace a2od
