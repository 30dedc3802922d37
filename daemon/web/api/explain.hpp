// /api/v1/explain: why an alert is as it is, and who is told of it.
#pragma once

#include "daemon/explain/explanation.hpp"
#include "daemon/history/series_source.hpp"
#include "daemon/web/api/reply.hpp"

namespace a2od {

/// All that the stages know, with the value of each part of the rule's expression at `now`, for the alert's labels: at
/// most 50 parts, and 5 series of each. Evaluates: on the queries' pool.
[[nodiscard]] ApiReply answer_explain(const SeriesSource& source, const Explanation& explanation, Timestamp now,
                                      const promql::EvaluationLimits& limits);

}  // namespace a2od
