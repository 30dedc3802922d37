// /api/v1/query and /api/v1/query_range: from parameters to JSON bodies.
#pragma once

#include "daemon/history/series_source.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "rules/promql/expression.hpp"

namespace a2od {

/// As Prometheus answers them. `lookback_delta` and `limit` are read, `timeout` is the caller's.
[[nodiscard]] ApiReply answer_query(const SeriesSource& source, const Parameters& parameters, Timestamp now,
                                    promql::EvaluationLimits limits);
[[nodiscard]] ApiReply answer_query_range(const SeriesSource& source, const Parameters& parameters,
                                          promql::EvaluationLimits limits);

/// `query`, as Prometheus prints it: over several lines where it is long.
[[nodiscard]] ApiReply answer_format_query(const Parameters& parameters);

}  // namespace a2od
