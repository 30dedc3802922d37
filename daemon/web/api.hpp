// The part of Prometheus' HTTP API that a2od answers: pure functions from parameters to JSON bodies.
#pragma once

#include "daemon/engine/engine.hpp"
#include "rules/promql/expression.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace a2od {

using Parameters = std::multimap<std::string, std::string, std::less<>>;

/// From a query string or a form body; `+` is a space, as browsers and Grafana write it. At most 1,000 are read.
[[nodiscard]] Parameters parse_parameters(std::string_view encoded);

struct ApiReply {
  unsigned status = 200;
  std::string body;
};

/// /api/v1/query and /api/v1/query_range, as Prometheus answers them.
[[nodiscard]] ApiReply answer_query(const Snapshot& series, const Parameters& parameters, Timestamp now,
                                    const promql::EvaluationLimits& limits);
[[nodiscard]] ApiReply answer_query_range(const Snapshot& series, const Parameters& parameters,
                                          const promql::EvaluationLimits& limits);

/// /api/v1/rules and /api/v1/alerts; an alert that is held says so in a field of its own.
[[nodiscard]] ApiReply answer_rules(std::span<const GroupReport> groups);
[[nodiscard]] ApiReply answer_alerts(std::span<const GroupReport> groups);

[[nodiscard]] ApiReply api_error(unsigned status, std::string_view type, std::string_view message);

/// RFC 3339 in UTC with milliseconds, as the API and the webhook bodies write times.
[[nodiscard]] std::string format_time(Timestamp time);

}  // namespace a2od
