#include "daemon/web/api/query.hpp"

#include "daemon/web/json_text.hpp"

#include <boost/json/string.hpp>
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

/// Writes the data of an answer as text at once: as JSON values, those of a large answer would be millions of small
/// pieces, ten times its size, and whoever asks for memory meanwhile would wait for them.
struct ToJson {
  Timestamp at;
  std::string& out;

  void operator()(const promql::Scalar& scalar) const {
    out += R"({"resultType":"scalar","result":)";
    add_point(at, scalar.value);
    out += '}';
  }
  void operator()(const promql::Vector& vector) const {
    out += R"({"resultType":"vector","result":[)";
    add_each(vector, [this](const promql::VectorSample& sample) {
      add_labels(sample.labels);
      out += R"(,"value":)";
      add_point(at, sample.value);
      out += '}';
    });
    out += "]}";
  }
  void operator()(const promql::Matrix& matrix) const {
    out += R"({"resultType":"matrix","result":[)";
    add_each(matrix, [this](const promql::MatrixSeries& series) {
      add_labels(series.labels);
      out += R"(,"values":[)";
      add_each(series.points, [this](const promql::Point& point) { add_point(point.at, point.value); });
      out += "]}";
    });
    out += "]}";
  }
  void operator()(const std::string& text) const {
    out += R"({"resultType":"string","result":[)";
    add_time(at);
    out += ',';
    append_json(out, text);
    out += "]}";
  }

 private:
  template <class All, class Add>
  void add_each(const All& all, Add&& add) const {
    for (bool first = true; const auto& one : all) {
      if (!std::exchange(first, false)) out += ',';
      add(one);
    }
  }
  /// Begins an object.
  void add_labels(const Labels& labels) const {
    out += R"({"metric":{)";
    add_each(labels.pairs(), [this](const Labels::Pair& pair) {
      append_json(out, pair.first);
      out += ':';
      append_json(out, pair.second);
    });
    out += '}';
  }
  void add_point(Timestamp time, double value) const {
    out += '[';
    add_time(time);
    out += R"(,")";
    append_value(out, value);
    out += R"("])";
  }
  void add_time(Timestamp time) const {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<double>(time.time_since_epoch().count()) / 1000);
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
ApiReply annotated(const promql::Value& value, Timestamp at, std::vector<std::string> warnings,
                   const promql::Annotations& annotations) {
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
  auto text = api_success_begin();
  std::visit(ToJson{at, text}, value);
  return api_success_end(std::move(text), warnings, infos);
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
  return annotated(*value, at, std::move(warnings), annotations);
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
  return annotated(std::move(*matrix), *end, std::move(warnings), annotations);
}

ApiReply answer_format_query(const Parameters& parameters) {
  const auto expression = parse_query(parameters);
  return expression ? api_success(json::string(expression->pretty())) : expression.error();
}

}  // namespace a2od
