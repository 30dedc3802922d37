#include "daemon/web/api.hpp"

#include "config/duration.hpp"
#include "daemon/web/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

namespace a2od {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxParameters = 1000;

ApiReply success(json::value data) {
  return {200, json_text(json::object{{"status", "success"}, {"data", std::move(data)}})};
}

std::optional<std::string> find(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Seconds since the epoch with a fraction, or RFC 3339 in UTC.
std::optional<Timestamp> parse_time(std::string_view text) {
  constexpr double kFarthest = 9e12;
  if (const auto seconds = parse_number(text); seconds && std::abs(*seconds) < kFarthest)
    return Timestamp(Milliseconds(std::llround(*seconds * 1000)));
  int year{}, month{}, day{}, hour{}, minute{};
  double second{};
  char zone{};
  const std::string copy(text.substr(0, 40));
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%lf%c", &year, &month, &day, &hour, &minute, &second, &zone) !=
          7 ||
      zone != 'Z')
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second >= 61) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         Milliseconds(std::llround(second * 1000));
}

std::optional<Milliseconds> parse_step(std::string_view text) {
  if (const auto seconds = parse_number(text); seconds && *seconds < 1e9)
    return Milliseconds(std::llround(*seconds * 1000));
  const auto duration = parse_duration(text);
  return duration ? std::optional(*duration) : std::nullopt;
}

std::string format_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

json::array point(Timestamp at, double value) {
  return {static_cast<double>(at.time_since_epoch().count()) / 1000, format_value(value)};
}

json::object label_object(const Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels.pairs()) object[name] = value;
  return object;
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

ApiReply bad_parameter(std::string_view name, std::string_view expected) {
  return api_error(400, "bad_data", fmt::format("invalid parameter \"{}\": expected {}", name, expected));
}

ApiReply parse_failed(const promql::ParseError& error) {
  return api_error(400, "bad_data",
                   fmt::format("invalid parameter \"query\": {}: parse error: {}", error.begin + 1, error.message));
}

json::object alert_object(const ActiveAlert& alert) {
  json::object annotations;
  for (const auto& [name, value] : alert.annotations) annotations[name] = value;
  json::object object{{"labels", label_object(alert.labels)},
                      {"annotations", std::move(annotations)},
                      {"state", to_string(alert.state)},
                      {"activeAt", format_time(alert.active_at)},
                      {"value", format_value(alert.value)}};
  if (alert.held) object["held"] = true;
  return object;
}

json::object string_map(const std::map<std::string, std::string>& map) {
  json::object object;
  for (const auto& [name, value] : map) object[name] = value;
  return object;
}

double seconds(auto duration) { return std::chrono::duration<double>(duration).count(); }

std::string_view worst_state(const RuleStatus& rule) {
  std::string_view state = "inactive";
  for (const auto& alert : rule.alerts) {
    if (alert.state == AlertState::firing) return "firing";
    if (alert.state == AlertState::pending) state = "pending";
  }
  return state;
}

json::object rule_object(const RuleStatus& rule) {
  const auto& definition = *rule.definition;
  json::object object{{"name", definition.name()},
                      {"query", definition.expression},
                      {"labels", string_map(definition.labels)},
                      {"health", rule.last_error                       ? "err"
                                 : rule.last_evaluation == Timestamp{} ? "unknown"
                                                                       : "ok"},
                      {"lastError", rule.last_error.value_or("")},
                      {"evaluationTime", seconds(rule.duration)},
                      {"lastEvaluation", format_time(rule.last_evaluation)},
                      {"type", definition.alert.empty() ? "recording" : "alerting"}};
  if (definition.alert.empty()) return object;
  json::array alerts;
  for (const auto& alert : rule.alerts) alerts.push_back(alert_object(alert));
  object["state"] = worst_state(rule);
  object["duration"] = seconds(definition.hold_for);
  object["keepFiringFor"] = seconds(definition.keep_firing_for);
  object["annotations"] = string_map(definition.annotations);
  object["alerts"] = std::move(alerts);
  return object;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

Parameters parse_parameters(std::string_view encoded) {
  Parameters parameters;
  while (!encoded.empty() && parameters.size() < kMaxParameters) {
    const auto end = encoded.find('&');
    const auto pair = encoded.substr(0, end);
    encoded = end == std::string_view::npos ? std::string_view{} : encoded.substr(end + 1);
    const auto equals = pair.find('=');
    if (pair.empty()) continue;
    parameters.emplace(decode(pair.substr(0, equals)),
                       equals == std::string_view::npos ? "" : decode(pair.substr(equals + 1)));
  }
  return parameters;
}

std::string format_time(Timestamp time) {
  const auto since = time.time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(whole.count())),
                     (since - whole).count());
}

ApiReply api_error(unsigned status, std::string_view type, std::string_view message) {
  return {status, json_text(json::object{{"status", "error"}, {"errorType", type}, {"error", message}})};
}

ApiReply answer_query(const Snapshot& series, const Parameters& parameters, Timestamp now,
                      const promql::EvaluationLimits& limits) {
  const auto text = find(parameters, "query");
  if (!text) return bad_parameter("query", "an expression");
  auto at = now;
  if (const auto time = find(parameters, "time")) {
    const auto parsed = parse_time(*time);
    if (!parsed) return bad_parameter("time", "seconds since 1970, or a time such as 2026-01-31T08:00:00Z");
    at = *parsed;
  }
  auto expression = promql::Expression::parse(*text);
  if (!expression) return parse_failed(expression.error());
  const auto value = expression->evaluate(series, at, limits);
  if (!value) return api_error(422, "execution", value.error().message);
  return success(std::visit(ToJson{at}, *value));
}

ApiReply answer_query_range(const Snapshot& series, const Parameters& parameters,
                            const promql::EvaluationLimits& limits) {
  const auto text = find(parameters, "query");
  if (!text) return bad_parameter("query", "an expression");
  const auto start = parse_time(find(parameters, "start").value_or(""));
  if (!start) return bad_parameter("start", "a time");
  const auto end = parse_time(find(parameters, "end").value_or(""));
  if (!end || *end < *start) return bad_parameter("end", "a time that is not before start");
  const auto step = parse_step(find(parameters, "step").value_or(""));
  if (!step || *step <= Milliseconds{0}) return bad_parameter("step", "a duration above zero");
  auto expression = promql::Expression::parse(*text);
  if (!expression) return parse_failed(expression.error());
  const auto matrix = expression->evaluate_range(series, *start, *end, *step, limits);
  if (!matrix) return api_error(422, "execution", matrix.error().message);
  return success(matrix_value(*matrix));
}

ApiReply answer_rules(std::span<const GroupReport> groups) {
  json::array list;
  for (const auto& group : groups) {
    json::array rules;
    for (const auto& rule : group.rules) rules.push_back(rule_object(rule));
    list.push_back(json::object{{"name", group.definition->name},
                                {"file", group.definition->file},
                                {"interval", seconds(group.interval)},
                                {"limit", group.definition->limit},
                                {"rules", std::move(rules)},
                                {"evaluationTime", seconds(group.last_duration)},
                                {"lastEvaluation", format_time(group.last_evaluation)}});
  }
  return success(json::object{{"groups", std::move(list)}});
}

ApiReply answer_alerts(std::span<const GroupReport> groups) {
  json::array alerts;
  for (const auto& group : groups)
    for (const auto& rule : group.rules)
      for (const auto& alert : rule.alerts) alerts.push_back(alert_object(alert));
  return success(json::object{{"alerts", std::move(alerts)}});
}

}  // namespace a2od
