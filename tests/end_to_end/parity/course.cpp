#include "tests/end_to_end/parity/course.hpp"

#include "daemon/web/api/parameters.hpp"
#include "tests/end_to_end/http.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

namespace a2od::end_to_end {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// The longest `for`, and a little more: what happened then decides when an alert fires.
constexpr Moment kBefore = 20s;

struct Series {
  LabelMap labels;
  std::vector<Moment> times;
  std::vector<double> values;
};

std::vector<Series> raw_samples(std::uint16_t port, const std::string& selector) {
  const auto reply = get(port, "/api/v1/query?query=" + url_encoded(selector + "[5m]"));
  if (reply.status != 200) throw std::runtime_error(selector + ": " + reply.body);
  std::vector<Series> found;
  const auto answer = json::parse(reply.body);
  for (const auto& row : answer.at("data").at("result").as_array()) {
    Series series{.labels = labels_of(row.at("metric").as_object()), .times = {}, .values = {}};
    for (const auto& sample : row.at("values").as_array()) {
      series.times.emplace_back(std::llround(sample.at(0).to_number<double>() * 1000));
      series.values.push_back(std::stod(std::string(sample.at(1).as_string())));
    }
    found.push_back(std::move(series));
  }
  return found;
}

/// It fires in the evaluations that wrote a sample of it.
std::vector<Firing> firings_in(std::span<const Moment> evaluations, std::span<const Moment> fires) {
  std::vector<Firing> firings;
  bool before = false;
  for (const auto evaluation : evaluations) {
    const bool now = std::ranges::binary_search(fires, evaluation);
    if (now && !before) firings.push_back({.began = evaluation, .ended = std::nullopt});
    if (!now && before) firings.back().ended = evaluation;
    before = now;
  }
  return firings;
}

Moment longest_step(std::span<const Moment> times, Moment from, Moment to) {
  Moment longest{};
  for (std::size_t i = 1; i < times.size(); ++i)
    if (times[i] >= from && times[i - 1] <= to) longest = std::max(longest, times[i] - times[i - 1]);
  return longest;
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

LabelMap labels_of(const json::object& object) {
  LabelMap labels;
  for (const auto& [name, value] : object) labels.emplace(name, value.as_string());
  return labels;
}

Course course_of(std::uint16_t port) {
  Course course;
  for (auto& group : raw_samples(port, "parity:evaluations"))
    course.evaluations[group.labels["signal"]] = std::move(group.times);
  for (auto& series : raw_samples(port, "ALERTS{alertstate=\"firing\"}")) {
    course.firings[name_of(series.labels)] = firings_in(course.evaluations[series.labels["signal"]], series.times);
  }
  for (auto& series : raw_samples(port, "up{job=\"a2od\"}")) {
    course.scrape_failed = std::ranges::count(series.values, 0) > 0;
    course.samples = std::move(series.times);
  }
  for (const auto& series : raw_samples(port, "scrape_duration_seconds"))
    course.longest_scrape = Moment(std::llround(std::ceil(std::ranges::max(series.values) * 1000)));
  return course;
}

Moment tolerance(const Course& one, const Course& other, Moment a, Moment b) {
  const auto from = std::min(a, b) - kBefore;
  const auto to = std::max(a, b);
  Moment evaluation{};
  for (const auto* course : {&one, &other})
    for (const auto& [signal, times] : course->evaluations)
      evaluation = std::max(evaluation, longest_step(times, from, to));
  const auto resolution = std::max(longest_step(one.samples, from, to), longest_step(other.samples, from, to));
  return evaluation + resolution + std::max(one.longest_scrape, other.longest_scrape);
}

std::vector<Firing> firings_of(const Course& course, const std::string& alert) {
  const auto found = course.firings.find(alert);
  return found == course.firings.end() ? std::vector<Firing>() : found->second;
}

std::vector<std::string> firing(const Course& course) {
  std::vector<std::string> names;
  for (const auto& [name, firings] : course.firings)
    if (!firings.empty() && !firings.back().ended) names.push_back(name);
  return names;
}

std::set<std::string> names_of(const Course& one, const Course& other) {
  std::set<std::string> names;
  for (const auto* course : {&one, &other})
    for (const auto& [name, firings] : course->firings) names.insert(name);
  return names;
}

json::object comparable(const json::object& message) {
  json::object same = message;
  same.erase("externalURL");
  for (auto& alert : same.at("alerts").as_array()) {
    auto& fields = alert.as_object();
    fields.erase("generatorURL");
    for (const auto* time : {"startsAt", "endsAt"}) fields[time] = time_in(fields, time) ? "a time" : "not yet";
  }
  return same;
}

std::optional<Moment> time_in(const json::object& alert, std::string_view field) {
  const auto text = text_at(alert, field);
  const auto time = parse_time(text);
  if (!time) throw std::runtime_error("not a time: " + text);
  if (text.starts_with("0001-01-01")) return std::nullopt;
  return time->time_since_epoch();
}

std::string name_of(const LabelMap& labels) {
  std::string name;
  for (const auto* label : {"alertname", "environment"})
    if (const auto found = labels.find(label); found != labels.end()) name += (name.empty() ? "" : " ") + found->second;
  return name;
}

Told told_by(const std::string& external_url, const std::vector<json::value>& received) {
  Told told;
  for (const auto& value : received) {
    const auto& message = value.as_object();
    if (text_at(message, "externalURL") != external_url) continue;
    told[{text_at(message, "receiver"), text_at(message, "groupKey")}].push_back(message);
  }
  return told;
}

std::string told_of(const Told& told, const std::string& alert) {
  std::string text;
  for (const auto& [group, messages] : told)
    for (const auto& message : messages)
      for (const auto& one : message.at("alerts").as_array())
        if (name_of(labels_of(one.at("labels").as_object())) == alert)
          text += (text.empty() ? "" : ", ") + std::string(one.at("status").as_string());
  return text.empty() ? "nothing" : text;
}

Told without(Told told, const std::string& alert) {
  std::erase_if(told, [&](const auto& group) {
    const auto& alerts = group.second.front().at("alerts").as_array();
    return name_of(labels_of(alerts.front().at("labels").as_object())) == alert;
  });
  return told;
}

std::vector<std::string> firing(const Told& told, const std::string& receiver) {
  std::set<std::string> names;
  for (const auto& [group, messages] : told)
    for (const auto& one : messages.back().at("alerts").as_array())
      if (group.first != receiver && one.at("status").as_string() == "firing")
        names.insert(name_of(labels_of(one.at("labels").as_object())));
  return {names.begin(), names.end()};
}

std::set<std::string> told_with_details(const Told& told) {
  std::set<std::string> alerts;
  for (const auto& [group, messages] : told)
    for (const auto& message : messages)
      for (const auto& one : message.at("alerts").as_array())
        if (one.at("annotations").as_object().contains("details"))
          alerts.insert(name_of(labels_of(one.at("labels").as_object())));
  return alerts;
}

}  // namespace a2od::end_to_end
