// Why an alert of a running daemon is as it is, for someone who was woken by it.
#include "collectors/cloud/json.hpp"
#include "collectors/cloud/url.hpp"
#include "config/duration.hpp"
#include "daemon/commands/answer_text.hpp"
#include "daemon/commands/commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

/// "2026-11-27T04:12:05Z", and how far from `now` that is.
std::string time_at(const json::value& from, std::string_view key, Timestamp now) {
  const auto at = cloud::get_time(from, key);
  if (!at) return "never";
  const auto apart = std::chrono::floor<std::chrono::seconds>(*at > now ? *at - now : now - *at);
  return fmt::format("{}Z ({}{}{})", text_at(from, key).substr(0, 19), *at > now ? "in " : "", format_duration(apart),
                     *at > now ? "" : " ago");
}

std::string value_text(const json::value& series) {
  const auto samples = cloud::get_number(series, "samples");
  const auto value = text_at(series, "value");
  return samples ? fmt::format("{} samples, the last {}", *samples, value) : value;
}

void print_part(const json::value& part) {
  const auto indent = std::string(2 + 2 * static_cast<std::size_t>(cloud::get_number(part, "depth").value_or(0)), ' ');
  fmt::print("{}{}\n", indent, text_at(part, "expression"));
  if (const auto error = text_at(part, "error"); !error.empty()) return fmt::print("{}    fails: {}\n", indent, error);
  const auto* series = cloud::get_array(part, "series");
  if (series == nullptr) return fmt::print("{}    = {}\n", indent, text_at(part, "value"));
  const auto concerned = static_cast<std::size_t>(cloud::get_number(part, "concerned").value_or(0));
  const auto total = static_cast<std::size_t>(cloud::get_number(part, "total").value_or(0));
  for (const auto& one : *series)
    fmt::print("{}    = {}  {}\n", indent, value_text(one), labels_text(one.at("labels")));
  if (concerned > series->size()) fmt::print("{}      and {} more\n", indent, concerned - series->size());
  if (concerned == 0 && total == 0) fmt::print("{}    nothing\n", indent);
  if (concerned == 0 && total > 0) fmt::print("{}    nothing for this alert; {} series of others\n", indent, total);
}

void print_rule(const json::value& rule, Timestamp now) {
  fmt::print("\nRule {}: {}, line {}, group {}\n", text_at(rule, "name"), text_at(rule, "file"),
             cloud::get_number(rule, "line").value_or(0), text_at(rule, "group"));
  fmt::print("  evaluated every {}, last {}; for: {}, keep_firing_for: {}\n", seconds_at(rule, "interval"),
             time_at(rule, "lastEvaluation", now), seconds_at(rule, "duration"), seconds_at(rule, "keepFiringFor"));
  fmt::print("Its expression, and what each part of it yields for this alert now:\n");
  for (const auto& part : rule.at("parts").as_array()) print_part(part);
  const auto& inputs = rule.at("inputs").as_array();
  if (inputs.empty()) return;
  fmt::print("Series that it rests on, and the collections that brought them:\n");
  for (const auto& input : inputs) {
    fmt::print("  {}\n", text_at(input, "series"));
    const auto collector = text_at(input, "collector");
    if (collector.empty()) {
      fmt::print("    {}\n",
                 input.at("ok").as_bool() ? "no collector's" : "its collector has not brought it since the start");
      continue;
    }
    const auto environment = text_at(input, "environment");
    fmt::print("    {}{}{}, delivered {}{}\n", collector, environment.empty() ? "" : " of " + environment,
               text_at(input, "tenant").empty() ? "" : " of tenant " + text_at(input, "tenant"),
               time_at(input, "deliveredAt", now), input.at("ok").as_bool() ? "" : "; its last run failed");
    if (const auto error = text_at(input, "error"); !error.empty())
      fmt::print("    {}: {}\n", text_at(input, "outcome"), error);
  }
  if (const auto more = cloud::get_number(rule, "moreInputs").value_or(0); more > 0)
    fmt::print("  and {} more\n", more);
}

void print_route(const json::value& route, Timestamp now) {
  std::vector<std::string> path;
  for (const auto& step : route.at("path").as_array()) path.push_back(for_terminal(step.as_string()));
  fmt::print("\nRoute {}  to {}\n", fmt::join(path, " > "), text_at(route, "receiver"));
  fmt::print("  group_wait {}, group_interval {}, repeat_interval {}\n", seconds_at(route, "groupWait"),
             seconds_at(route, "groupInterval"), seconds_at(route, "repeatInterval"));
  if (!route.at("inGroup").as_bool()) return;
  fmt::print("  group {}, alerts in it: {}; news are told {}\n", labels_text(route.at("groupLabels")),
             cloud::get_number(route, "alertsInGroup").value_or(0), time_at(route, "nextFlushAt", now));
}

void print_answer(const json::value& data) {
  const auto now = cloud::get_time(data, "at").value_or(Timestamp{});
  fmt::print("Alert {}  {}\n", labels_text(data.at("labels")), text_at(data, "fingerprint"));
  for (const auto& finding : data.at("findings").as_array()) fmt::print("  {}\n", for_terminal(finding.as_string()));
  for (const auto& rule : data.at("rules").as_array()) print_rule(rule, now);
  for (const auto& route : data.at("notification").at("routes").as_array()) print_route(route, now);
}

}  // namespace

int explain_alert(const ExplainQuestion& question) {
  return attempt(question.address, [&] {
    const auto answer =
        ask_daemon(question.address, "GET", "/api/v1/explain?" + cloud::form_field("alert", question.alert));
    if (answer.status != 200) throw CommandFailed(api_fault(answer));
    if (question.as_json)
      fmt::print("{}\n", answer.body);
    else
      print_answer(json::parse(answer.body).at("data"));
  });
}

}  // namespace a2od
