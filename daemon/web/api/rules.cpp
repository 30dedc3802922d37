#include "daemon/web/api/rules.hpp"

#include "config/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// Which rules are asked for.
struct RuleFilter {
  std::string type;
  std::vector<std::string> names;
  std::vector<std::string> groups;
  std::vector<std::string> files;
  bool with_alerts = true;

  explicit RuleFilter(const Parameters& parameters)
      : type(find(parameters, "type").value_or("")),
        names(find_all(parameters, "rule_name[]")),
        groups(find_all(parameters, "rule_group[]")),
        files(find_all(parameters, "file[]")),
        with_alerts(!is_true(find(parameters, "exclude_alerts").value_or(""))) {}

  [[nodiscard]] bool wants(const GroupDefinition& group) const {
    return is_among(groups, group.name) && is_among(files, group.file);
  }
  [[nodiscard]] bool wants(const RuleDefinition& rule) const {
    const std::string_view kind = rule.alert.empty() ? "record" : "alert";
    return (type.empty() || type == kind) && is_among(names, rule.name());
  }

 private:
  /// As Go reads it.
  static bool is_true(std::string_view text) { return text == "1" || same_text(text, "t") || same_text(text, "true"); }
  /// None means all.
  static bool is_among(const std::vector<std::string>& wanted, const std::string& name) {
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
  }
};

json::object rule_object(const RuleStatus& rule, bool with_alerts) {
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
  if (with_alerts)
    for (const auto& alert : rule.alerts) alerts.push_back(alert_object(alert));
  object["state"] = worst_state(rule);
  object["duration"] = seconds(definition.hold_for);
  object["keepFiringFor"] = seconds(definition.keep_firing_for);
  object["annotations"] = string_map(definition.annotations);
  if (with_alerts) object["alerts"] = std::move(alerts);
  return object;
}

}  // namespace

ApiReply answer_rules(std::span<const GroupReport> groups, const Parameters& parameters) {
  const RuleFilter filter(parameters);
  if (!filter.type.empty() && filter.type != "alert" && filter.type != "record")
    return bad_parameter("type", "alert or record");
  const bool filters_rules = !filter.type.empty() || !filter.names.empty();
  json::array list;
  for (const auto& group : groups) {
    if (!filter.wants(*group.definition)) continue;
    json::array rules;
    for (const auto& rule : group.rules)
      if (filter.wants(*rule.definition)) rules.push_back(rule_object(rule, filter.with_alerts));
    if (rules.empty() && filters_rules) continue;
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
