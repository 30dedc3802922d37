// /api/v1/query and /api/v1/query_range: pure functions from parameters to JSON bodies.
#pragma once

#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/snapshot.hpp"

namespace a2od {

/// As Prometheus answers them. `lookback_delta` and `limit` are read, `timeout` is the caller's.
[[nodiscard]] ApiReply answer_query(const Snapshot& series, const Parameters& parameters, Timestamp now,
                                    promql::EvaluationLimits limits);
[[nodiscard]] ApiReply answer_query_range(const Snapshot& series, const Parameters& parameters,
                                          promql::EvaluationLimits limits);

/// `query`, as Prometheus prints it.
[[nodiscard]] ApiReply answer_format_query(const Parameters& parameters);

}  // namespace a2od
