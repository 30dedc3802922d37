#include "collectors/async/clock.hpp"
#include "collectors/cloud/assertion.hpp"
#include "collectors/cloud/http_client.hpp"
#include "config/duration.hpp"
#include "daemon/commands/commands.hpp"
#include "rules/series/labels.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
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

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr auto kTimeout = std::chrono::minutes(3);  // the daemon gives up after two

struct Failed {
  std::string message;
};

std::string first_line_of(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || !line.contains(':')) throw Failed{file + " has no line user:password"};
  return line;
}

cloud::HttpRequest request_for(const QueryQuestion& question) {
  auto server = question.server;
  while (server.ends_with('/')) server.pop_back();
  auto url = cloud::parse_url(server + (question.since.empty() ? "/api/v1/query" : "/api/v1/query_range"));
  if (!url) throw Failed{"--server: " + url.error().message};
  cloud::HttpRequest request{.method = "POST", .url = *url, .repeatable = true};
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  if (!question.credentials_file.empty())
    request.headers.emplace_back("Authorization", "Basic " + cloud::base64(first_line_of(question.credentials_file)));
  request.ca_file = question.ca_file;
  request.body = cloud::form_field("query", question.expression);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) request.body += "&" + cloud::form_field(name, value);
  };
  if (question.since.empty()) {
    add("time", question.time);
    return request;
  }
  const auto since = parse_duration(question.since);
  if (!since || *since <= Milliseconds{0}) throw Failed{"--since: expected a duration such as 6h"};
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  add("start", fmt::format("{:.3f}", now - std::chrono::duration<double>(*since).count()));
  add("end", fmt::format("{:.3f}", now));
  add("step", question.step.empty() ? "1m" : question.step);
  return request;
}

std::string ask(const QueryQuestion& question) {
  asio::io_context io(1);
  const SystemClock clock;
  TransportConfig transport;
  transport.proxy = ProxyConfig{};  // the daemon is near
  cloud::HttpClient http(io.get_executor(), transport, clock);
  auto request = request_for(question);
  auto limits = http.limits();
  limits.first_byte = kTimeout;
  limits.total = kTimeout;
  request.limits = limits;
  std::expected<cloud::HttpResponse, cloud::HttpError> response;
  std::exception_ptr failure;
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { response = co_await http.send(std::move(request)); },
      [&](std::exception_ptr thrown) { failure = thrown; });
  io.run();
  if (failure) std::rethrow_exception(failure);
  if (!response) throw Failed{response.error().message + "; is a2od running? --server says where"};
  if (response->status == 401) throw Failed{"the daemon asks who you are: --credentials-file names user:password"};
  return std::move(response->body);
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
    const auto body = ask(question);
    if (question.as_json) {
      fmt::print("{}\n", body);
      return 0;
    }
    const auto answer = json::parse(body);
    if (answer.at("status") != "success") throw Failed{std::string(answer.at("error").as_string())};
    print_data(answer.at("data"));
    print_annotations(answer.as_object(), "warnings");
    print_annotations(answer.as_object(), "infos");
    return 0;
  } catch (const Failed& failed) {
    fmt::print(stderr, "a2od: {}\n", failed.message);
  } catch (const std::exception&) {
    fmt::print(stderr, "a2od: what answers at {} is no a2od or Prometheus\n", question.server);
  }
  return 1;
}

}  // namespace a2od
