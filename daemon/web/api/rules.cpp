#include "daemon/web/api/rules.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <map>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

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

}  // namespace

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
  return api_success(json::object{{"groups", std::move(list)}});
}

ApiReply answer_alerts(std::span<const GroupReport> groups) {
  json::array alerts;
  for (const auto& group : groups)
    for (const auto& rule : group.rules)
      for (const auto& alert : rule.alerts) alerts.push_back(alert_object(alert));
  return api_success(json::object{{"alerts", std::move(alerts)}});
}

}  // namespace a2od
