// /api/v1/series, labels, label/<name>/values, metadata and /federate: which series there are.
#pragma once

#include "collectors/sample.hpp"
#include "daemon/history/series_source.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/status_page.hpp"
#include "rules/series/snapshot.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace a2od {

/// `match[]` (needed for series), `start`, `end` and `limit` as in Prometheus; without `start`, what memory has.
[[nodiscard]] ApiReply answer_series(const SeriesSource& source, const Parameters& parameters,
                                     const promql::EvaluationLimits& limits);
[[nodiscard]] ApiReply answer_labels(const SeriesSource& source, const Parameters& parameters,
                                     const promql::EvaluationLimits& limits);
/// The name may be written as `U__my_2e_label` where it is not a classic one.
[[nodiscard]] ApiReply answer_label_values(const SeriesSource& source, std::string_view label,
                                           const Parameters& parameters, const promql::EvaluationLimits& limits);
/// Of what a2od measures, and of what exporters say of theirs: where they differ in it, once each. `metric`, `limit`
/// and `limit_per_metric` as in Prometheus.
[[nodiscard]] ApiReply answer_metadata(std::span<const Metric> metrics, const ScrapeRows& scraped,
                                       const Parameters& parameters);

/// What each exporter that `match_target` selects says of its metrics, or of the one called `metric`; up to `limit`, as
/// in Prometheus: where there is nothing, that is an error.
[[nodiscard]] ApiReply answer_targets_metadata(const ScrapeRows& scraped, const Parameters& parameters);

/// The newest samples of the series that match, as text for another Prometheus; a JSON error where it cannot be.
[[nodiscard]] ApiReply answer_federate(const Snapshot& series, const Parameters& parameters, Timestamp now,
                                       Milliseconds lookback,
                                       const std::map<std::string, std::string>& external_labels);

}  // namespace a2od
