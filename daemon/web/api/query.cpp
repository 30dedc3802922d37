#include "daemon/web/api/query.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

json::array point(Timestamp at, double value) {
  return {static_cast<double>(at.time_since_epoch().count()) / 1000, format_value(value)};
}

json::value matrix_value(const promql::Matrix& matrix) {
  json::array result;
  for (const auto& series : matrix) {
    json::array points;
    for (const auto& [at, value] : series.points) points.push_back(point(at, value));
    result.push_back(json::object{{"metric", label_object(series.labels)}, {"values", std::move(points)}});
  }
  return json::object{{"resultType", "matrix"}, {"result", std::move(result)}};
}

struct ToJson {
  Timestamp at;
  json::value operator()(const promql::Scalar& scalar) const {
    return json::object{{"resultType", "scalar"}, {"result", point(at, scalar.value)}};
  }
  json::value operator()(const promql::Vector& vector) const {
    json::array result;
    for (const auto& [labels, value] : vector)
      result.push_back(json::object{{"metric", label_object(labels)}, {"value", point(at, value)}});
    return json::object{{"resultType", "vector"}, {"result", std::move(result)}};
  }
  json::value operator()(const promql::Matrix& matrix) const { return matrix_value(matrix); }
  json::value operator()(const std::string& text) const {
    json::array pair{static_cast<double>(at.time_since_epoch().count()) / 1000, text};
    return json::object{{"resultType", "string"}, {"result", std::move(pair)}};
  }
};

/// What a query came to, or the answer that says why it did not.
using Answer = std::expected<promql::Expression, ApiReply>;

Answer parse_query(const Parameters& parameters) {
  const auto text = find(parameters, "query");
  if (!text) return std::unexpected(bad_parameter("query", "an expression"));
  auto expression = promql::Expression::parse(*text);
  if (!expression) return std::unexpected(parse_failed("query", expression.error()));
  return std::move(*expression);
}

/// The parameters that both kinds of queries have; an answer where one is wrong.
std::optional<ApiReply> read_limits(const Parameters& parameters, promql::EvaluationLimits& limits,
                                    std::size_t& limit) {
  if (const auto text = find(parameters, "lookback_delta")) {
    const auto lookback = parse_step(*text);
    if (!lookback || *lookback <= Milliseconds{0}) return bad_parameter("lookback_delta", "a duration above zero");
    limits.lookback = *lookback;
  }
  const auto given = parse_limit(parameters);
  if (!given) return bad_parameter("limit", "a whole number");
  limit = *given;
  return std::nullopt;
}

/// Cuts what is beyond the limit; the warnings say so.
template <class Series>
std::vector<std::string> truncate(std::vector<Series>& all, std::size_t limit) {
  if (limit == 0 || all.size() <= limit) return {};
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(limit), all.end());
  return {std::string(kTruncated)};
}

std::vector<std::string> truncate(promql::Value& value, std::size_t limit) {
  if (auto* vector = std::get_if<promql::Vector>(&value)) return truncate(*vector, limit);
  if (auto* matrix = std::get_if<promql::Matrix>(&value)) return truncate(*matrix, limit);
  return {};
}

/// At most ten of each kind, as in Prometheus.
ApiReply annotated(json::value data, std::vector<std::string> warnings, const promql::Annotations& annotations) {
  constexpr std::size_t kMost = 10;
  const auto add = [](const std::set<std::string>& from, std::vector<std::string>& to, std::string_view kind) {
    for (const auto& text : from) {
      if (to.size() == kMost) {
        to.push_back(fmt::format("{} more {} annotations omitted", from.size() - kMost, kind));
        return;
      }
      to.push_back(text);
    }
  };
  std::vector<std::string> infos;
  add(annotations.warnings, warnings, "warning");
  add(annotations.infos, infos, "info");
  return api_success(std::move(data), warnings, infos);
}

}  // namespace

ApiReply answer_query(const SeriesSource& source, const Parameters& parameters, Timestamp now,
                      promql::EvaluationLimits limits) {
  auto at = now;
  if (const auto time = find(parameters, "time")) {
    const auto parsed = parse_time(*time);
    if (!parsed) return bad_parameter("time", "seconds since 1970, or a time such as 2026-01-31T08:00:00Z");
    at = *parsed;
  }
  std::size_t limit = 0;
  if (auto wrong = read_limits(parameters, limits, limit)) return std::move(*wrong);
  auto expression = parse_query(parameters);
  if (!expression) return std::move(expression.error());
  auto series = source.covering(expression->reads(at, at, Milliseconds{0}, limits), limits);
  if (!series) return evaluation_failed(series.error());
  promql::Annotations annotations;
  auto value = expression->evaluate(series->series, at, limits, &annotations);
  if (!value) return evaluation_failed(value.error());
  auto warnings = truncate(*value, limit);
  std::ranges::move(series->warnings, std::back_inserter(warnings));
  return annotated(std::visit(ToJson{at}, *value), std::move(warnings), annotations);
}

ApiReply answer_query_range(const SeriesSource& source, const Parameters& parameters, promql::EvaluationLimits limits) {
  const auto start = parse_time(find(parameters, "start").value_or(""));
  if (!start) return bad_parameter("start", "a time");
  const auto end = parse_time(find(parameters, "end").value_or(""));
  if (!end || *end < *start) return bad_parameter("end", "a time that is not before start");
  const auto step = parse_step(find(parameters, "step").value_or(""));
  if (!step || *step <= Milliseconds{0}) return bad_parameter("step", "a duration above zero");
  std::size_t limit = 0;
  if (auto wrong = read_limits(parameters, limits, limit)) return std::move(*wrong);
  auto expression = parse_query(parameters);
  if (!expression) return std::move(expression.error());
  auto series = source.covering(expression->reads(*start, *end, *step, limits), limits);
  if (!series) return evaluation_failed(series.error());
  promql::Annotations annotations;
  auto matrix = expression->evaluate_range(series->series, *start, *end, *step, limits, &annotations);
  if (!matrix) return evaluation_failed(matrix.error());
  auto warnings = truncate(*matrix, limit);
  std::ranges::move(series->warnings, std::back_inserter(warnings));
  return annotated(matrix_value(*matrix), std::move(warnings), annotations);
}

ApiReply answer_format_query(const Parameters& parameters) {
  const auto expression = parse_query(parameters);
  return expression ? api_success(json::string(expression->pretty())) : expression.error();
}

}  // namespace a2od
