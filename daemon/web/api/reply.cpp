#include "daemon/web/api/reply.hpp"

#include "config/utf8.hpp"
#include "daemon/web/json_text.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <utility>

namespace a2od {

namespace json = boost::json;

ApiReply api_success(json::value data, std::span<const std::string> warnings, std::span<const std::string> infos) {
  json::object reply{{"status", "success"}, {"data", std::move(data)}};
  if (!warnings.empty()) reply["warnings"] = json::array(warnings.begin(), warnings.end());
  if (!infos.empty()) reply["infos"] = json::array(infos.begin(), infos.end());
  return {200, json_text(reply)};
}

std::string api_success_begin() { return R"({"status":"success","data":)"; }

ApiReply api_success_end(std::string text, std::span<const std::string> warnings, std::span<const std::string> infos) {
  const auto add = [&text](std::string_view key, std::span<const std::string> notes) {
    if (!notes.empty())
      text += fmt::format(R"(,"{}":{})", key, json_text(json::value(json::array(notes.begin(), notes.end()))));
  };
  add("warnings", warnings);
  add("infos", infos);
  text += '}';
  return {200, std::move(text)};
}

ApiReply api_error(unsigned status, std::string_view type, std::string_view message) {
  return {status, json_text(json::object{{"status", "error"}, {"errorType", type}, {"error", valid_utf8(message)}})};
}

ApiReply bad_parameter(std::string_view name, std::string_view expected) {
  return api_error(400, "bad_data", fmt::format("invalid parameter \"{}\": expected {}", name, expected));
}

ApiReply bad_parameter(std::string_view name, const Error& error) {
  return api_error(400, "bad_data", fmt::format("invalid parameter \"{}\": {}", name, error.message));
}

ApiReply parse_failed(std::string_view parameter, const promql::ParseError& error) {
  return api_error(
      400, "bad_data",
      fmt::format("invalid parameter \"{}\": {}: parse error: {}", parameter, error.begin + 1, error.message));
}

std::string format_time(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text = "0000-00-00T00:00:00.000Z";  // filled in by hand: a list of alerts has tens of thousands
  const auto put = [&](std::size_t at, std::size_t digits, std::int64_t number) {
    for (; digits > 0; number /= 10) text[at + --digits] = static_cast<char>('0' + number % 10);
  };
  put(0, 4, static_cast<int>(date.year()));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, clock.hours().count());
  put(14, 2, clock.minutes().count());
  put(17, 2, clock.seconds().count());
  put(20, 3, clock.subseconds().count());
  return text;
}

std::string format_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void append_value(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += format_value(value);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

json::object label_object(const Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels.pairs()) object[name] = value;
  return object;
}

ApiReply evaluation_failed(const promql::EvaluationError& error) {
  return error.timed_out ? api_error(503, "timeout", error.message) : api_error(422, "execution", error.message);
}

}  // namespace a2od
