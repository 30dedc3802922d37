#include "collectors/cloud/url.hpp"
#include "config/duration.hpp"
#include "daemon/commands/commands.hpp"
#include "rules/series/labels.hpp"

#include <boost/json/parse.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

struct Request {
  std::string_view path;
  std::string form;
};

Request request_for(const QueryQuestion& question) {
  Request request{"/api/v1/query", cloud::form_field("query", question.expression)};
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) request.form += "&" + cloud::form_field(name, value);
  };
  if (question.since.empty()) {
    add("time", question.time);
    return request;
  }
  const auto since = parse_duration(question.since);
  if (!since || *since <= Milliseconds{0}) throw CommandFailed("--since: expected a duration such as 6h");
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  request.path = "/api/v1/query_range";
  add("start", fmt::format("{:.3f}", now - std::chrono::duration<double>(*since).count()));
  add("end", fmt::format("{:.3f}", now));
  add("step", question.step.empty() ? "1m" : question.step);
  return request;
}

std::string series_text(const json::object& metric) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : metric) pairs.emplace_back(name, value.as_string());
  return Labels::from(std::move(pairs)).to_string();
}

std::string time_text(const json::value& time) {
  const auto at = std::chrono::sys_time<Milliseconds>(
      Milliseconds(static_cast<std::int64_t>(time.to_number<double>() * 1000 + 0.5)));
  return fmt::format("{:%F %T}", std::chrono::floor<std::chrono::seconds>(at));
}

void print_point(const json::value& point) {
  const auto& pair = point.as_array();
  fmt::print("  {}  {}\n", time_text(pair.at(0)), std::string_view(pair.at(1).as_string()));
}

void print_data(const json::value& data) {
  const auto& result = data.at("result");
  const std::string_view type = data.at("resultType").as_string();
  if (type == "scalar" || type == "string") {
    fmt::print("{}\n", std::string_view(result.as_array().at(1).as_string()));
    return;
  }
  std::size_t width = 0;
  for (const auto& series : result.as_array())
    width = std::max(width, series_text(series.at("metric").as_object()).size());
  for (const auto& series : result.as_array()) {
    const auto name = series_text(series.at("metric").as_object());
    if (type == "vector") {
      fmt::print("{:<{}}  {}\n", name, width, std::string_view(series.at("value").as_array().at(1).as_string()));
      continue;
    }
    fmt::print("{}\n", name);
    for (const auto& point : series.at("values").as_array()) print_point(point);
  }
}

void print_annotations(const json::object& answer, std::string_view kind) {
  const auto* texts = answer.if_contains(kind);
  if (texts == nullptr) return;
  for (const auto& text : texts->as_array()) fmt::print(stderr, "{}\n", std::string_view(text.as_string()));
}

}  // namespace

int query(const QueryQuestion& question) {
  try {
    const auto request = request_for(question);
    const auto body =
        ask_daemon(question.address, "POST", request.path, "application/x-www-form-urlencoded", request.form).body;
    if (question.as_json) {
      fmt::print("{}\n", body);
      return 0;
    }
    const auto answer = json::parse(body);
    if (answer.at("status") != "success") throw CommandFailed(std::string(answer.at("error").as_string()));
    print_data(answer.at("data"));
    print_annotations(answer.as_object(), "warnings");
    print_annotations(answer.as_object(), "infos");
    return 0;
  } catch (const CommandFailed& failed) {
    fmt::print(stderr, "a2od: {}\n", failed.what());
  } catch (const std::exception&) {
    fmt::print(stderr, "a2od: what answers at {} is no a2od or Prometheus\n", question.address.server);
  }
  return 1;
}

}  // namespace a2od
