// The shape of the HTTP API's answers, as Prometheus writes them.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/labels.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <span>
#include <string>
#include <string_view>

namespace a2od {

struct ApiReply {
  unsigned status = 200;
  std::string body;
};

[[nodiscard]] ApiReply api_success(boost::json::value data, std::span<const std::string> warnings = {},
                                   std::span<const std::string> infos = {});
/// The same as text, which the caller appends its data to in between.
[[nodiscard]] std::string api_success_begin();
[[nodiscard]] ApiReply api_success_end(std::string text, std::span<const std::string> warnings = {},
                                       std::span<const std::string> infos = {});
[[nodiscard]] ApiReply api_error(unsigned status, std::string_view type, std::string_view message);
[[nodiscard]] ApiReply bad_parameter(std::string_view name, std::string_view expected);
[[nodiscard]] ApiReply bad_parameter(std::string_view name, const Error& error);
[[nodiscard]] ApiReply parse_failed(std::string_view parameter, const promql::ParseError& error);
[[nodiscard]] ApiReply evaluation_failed(const promql::EvaluationError& error);

/// What is said where a `limit` has left something out.
inline constexpr std::string_view kTruncated = "results truncated due to limit";

/// RFC 3339 in UTC with milliseconds, as the API and the webhook bodies write times.
[[nodiscard]] std::string format_time(Timestamp time);
/// As the API writes numbers: 1.5, +Inf, NaN.
[[nodiscard]] std::string format_value(double value);
void append_value(std::string& out, double value);
[[nodiscard]] boost::json::object label_object(const Labels& labels);

}  // namespace a2od
