// What happened to alerts, silences and messages of a running daemon.
#include "collectors/cloud/json.hpp"
#include "collectors/cloud/url.hpp"
#include "config/duration.hpp"
#include "config/matchers.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "rules/series/labels.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ranges>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenQuestions = 1s;
constexpr std::size_t kPage = 1'000;

/// A time, or a duration before now, as the API reads times.
std::string time_of(std::string_view option, const std::string& text) {
  const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  if (const auto ago = parse_duration(text)) return format_time(now - *ago);
  if (!parse_time(text))
    throw CommandFailed(
        fmt::format("{}: expected a duration such as 6h, or a time such as 2026-01-31T08:00:00Z", option));
  return text;
}

std::string text_at(const json::value& from, std::string_view key) {
  return std::string(cloud::get_string(from, key).value_or(""));
}

std::string filter_of(const EventsQuestion& question) {
  std::string filter;
  const auto add = [&](std::string_view name, std::string_view value) {
    filter += "&" + cloud::form_field(name, value);
  };
  if (!question.from.empty()) add("start", time_of("--from", question.from));
  if (!question.to.empty()) add("end", time_of("--to", question.to));
  for (const auto& kind : question.kinds) add("kind", kind);
  if (!question.matchers.empty()) add("match[]", matchers_text(read_matchers(question.matchers)));
  return filter;
}

std::vector<std::string> lines_of(const DaemonAddress& address, const std::string& path) {
  auto answer = ask_daemon(address, "GET", path);
  if (answer.status != 200) throw CommandFailed(api_fault(answer));
  std::vector<std::string> lines;
  for (const auto line : std::views::split(std::string_view(answer.body), '\n'))
    if (!line.empty()) lines.emplace_back(line.begin(), line.end());
  return lines;
}

std::string details_text(const json::object& details) {
  std::string text;
  for (const auto& [name, value] : details) {
    const bool is_text = value.is_string();
    const std::string_view shown = is_text ? std::string_view(value.as_string()) : std::string_view();
    const bool bare = is_text && !shown.empty() && shown.find_first_of(" \"=\n\t") == std::string_view::npos;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", std::string_view(name),
                        bare ? std::string(shown) : json::serialize(value));
  }
  return for_terminal(text);
}

std::string labels_text(const json::object& labels) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : labels) pairs.emplace_back(name, std::string_view(value.as_string()));
  return Labels::from(std::move(pairs)).to_string();
}

void print(const std::string& line, EventsQuestion::Output output) {
  if (output == EventsQuestion::Output::json) {
    fmt::print("{}\n", line);
    return;
  }
  const auto event = json::parse(line);
  const auto& labels = event.at("labels").as_object();
  const auto& details = event.at("details").as_object();
  auto shown = fmt::format("{}  {:<17}", text_at(event, "at"), text_at(event, "kind"));
  if (!labels.empty()) shown += "  " + for_terminal(labels_text(labels));
  if (!details.empty()) shown += "  " + details_text(details);
  fmt::print("{}\n", shown.substr(0, shown.find_last_not_of(' ') + 1));
}

std::uint64_t id_of(const std::string& line) {
  return static_cast<std::uint64_t>(cloud::get_number(json::parse(line), "id").value_or(0));
}

std::uint64_t newest_id(const DaemonAddress& address) {
  const auto lines = lines_of(address, "/api/v1/events?limit=1");
  return lines.empty() ? 0 : id_of(lines.back());
}

/// Until the command is interrupted, or the daemon answers no more. What the filter leaves out is read once only, too.
[[noreturn]] void follow(const EventsQuestion& question, const std::string& filter, std::uint64_t after) {
  for (;;) {
    const auto newest = newest_id(question.address);
    const auto path = fmt::format("/api/v1/events?after={}&before={}&limit={}{}", after, newest + 1, kPage, filter);
    const auto lines = lines_of(question.address, path);
    for (const auto& line : lines) print(line, question.output);
    std::fflush(stdout);
    after = lines.size() < kPage ? newest : id_of(lines.back());
    if (after == newest) std::this_thread::sleep_for(kBetweenQuestions);
  }
}

}  // namespace

int show_events(const EventsQuestion& question) {
  return attempt(question.address, [&] {
    const auto filter = filter_of(question);
    const auto newest = newest_id(question.address);
    const auto lines = lines_of(question.address,
                                fmt::format("/api/v1/events?before={}&limit={}{}", newest + 1, question.limit, filter));
    for (const auto& line : lines | std::views::reverse) print(line, question.output);
    if (question.follow) follow(question, filter, newest);
    if (lines.empty() && question.output == EventsQuestion::Output::table) fmt::print("no events\n");
  });
}

}  // namespace a2od
