#include "daemon/notify/templates/data.hpp"

#include "collectors/cloud/json.hpp"
#include "rules/alerting/template/go_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace a2od {
namespace {

namespace json = boost::json;
using namespace templates;
using Arguments = std::span<const Value>;
using Field = Type::Field;

constexpr std::string_view kTimeLayout = "2006-01-02T15:04:05.999999999Z07:00";

/// One of two texts of each pair.
Value texts_of(const Value& pairs, const char* field) {
  List texts;
  for (const Value& pair : *pairs.as_list()) texts.push_back(pair.as_record()->find(field)->second);
  return Value::list(std::move(texts));
}

Result<Value> names_of_pairs(const Value& pairs, Arguments) { return texts_of(pairs, "Name"); }
Result<Value> values_of_pairs(const Value& pairs, Arguments) { return texts_of(pairs, "Value"); }

std::string text_of_pairs(const Value& pairs) {
  std::string text;
  for (const Value& pair : *pairs.as_list()) {
    if (!text.empty()) text += ", ";
    text += to_text(pair.as_record()->find("Name")->second) + "=" + to_text(pair.as_record()->find("Value")->second);
  }
  return text;
}

Result<Value> string_of_pairs(const Value& pairs, Arguments) { return Value{text_of_pairs(pairs)}; }

constexpr auto kPairFields = std::to_array<Field>({{"Name", "Name"}, {"Value", "Value"}});
constexpr Type kPair{.name = "template.Pair", .fields = kPairFields};
constexpr auto kPairsMethods = std::to_array<Method>({
    {"Names", 0, names_of_pairs},
    {"String", 0, string_of_pairs},
    {"Values", 0, values_of_pairs},
});
constexpr Type kPairs{.name = "template.Pairs", .methods = kPairsMethods, .text = text_of_pairs};

/// By name, but the alert's name comes first.
Value sorted_pairs(const Value& set) {
  constexpr std::string_view kFirst = "alertname";
  List pairs;
  const auto add = [&](const auto& entry) {
    pairs.push_back(Value::record({{"Name", {entry.first}}, {"Value", {entry.second}}}, &kPair));
  };
  const auto& entries = *set.as_strings();
  if (const auto first = entries.find(kFirst); first != entries.end()) add(*first);
  for (const auto& entry : entries)
    if (entry.first != kFirst) add(entry);
  return Value::list(std::move(pairs), &kPairs);
}

Result<Value> pairs_of_set(const Value& set, Arguments) { return sorted_pairs(set); }
Result<Value> names_of_set(const Value& set, Arguments) { return texts_of(sorted_pairs(set), "Name"); }
Result<Value> values_of_set(const Value& set, Arguments) { return texts_of(sorted_pairs(set), "Value"); }
std::string text_of_set(const Value& set) { return text_of_pairs(sorted_pairs(set)); }
Result<Value> string_of_set(const Value& set, Arguments) { return Value{text_of_set(set)}; }

Result<Value> remove(const Value& set, Arguments arguments) {
  const auto* names = arguments[0].as_list();
  if (names == nullptr) return failure(fmt::format("expected a list, found {}", type_name(arguments[0])));
  Strings rest = *set.as_strings();
  for (const Value& name : *names)
    if (const auto* text = name.as<std::string>()) rest.erase(*text);
  return key_values(std::move(rest));
}

constexpr auto kSetMethods = std::to_array<Method>({
    {"Names", 0, names_of_set},
    {"Remove", 1, remove},
    {"SortedPairs", 0, pairs_of_set},
    {"String", 0, string_of_set},
    {"Values", 0, values_of_set},
});
constexpr Type kSet{.name = "template.KV", .methods = kSetMethods, .text = text_of_set};

Value with_status(const Value& alerts, std::string_view status);
Result<Value> firing(const Value& alerts, Arguments) { return with_status(alerts, "firing"); }
Result<Value> resolved(const Value& alerts, Arguments) { return with_status(alerts, "resolved"); }

constexpr auto kAlertFields = std::to_array<Field>({
    {"Status", "status"},
    {"Labels", "labels"},
    {"Annotations", "annotations"},
    {"StartsAt", "startsAt"},
    {"EndsAt", "endsAt"},
    {"GeneratorURL", "generatorURL"},
    {"Fingerprint", "fingerprint"},
});
constexpr Type kAlert{.name = "template.Alert", .fields = kAlertFields};
constexpr auto kAlertsMethods = std::to_array<Method>({{"Firing", 0, firing}, {"Resolved", 0, resolved}});
constexpr Type kAlerts{.name = "template.Alerts", .methods = kAlertsMethods};

constexpr auto kDataFields = std::to_array<Field>({
    {"Receiver", "receiver"},
    {"Status", "status"},
    {"Alerts", "alerts"},
    {"GroupLabels", "groupLabels"},
    {"CommonLabels", "commonLabels"},
    {"CommonAnnotations", "commonAnnotations"},
    {"ExternalURL", "externalURL"},
});
constexpr Type kData{.name = "template.Data", .fields = kDataFields};

Value with_status(const Value& alerts, std::string_view status) {
  List some;
  for (const Value& alert : *alerts.as_list())
    if (*alert.as_record()->find("Status")->second.as<std::string>() == status) some.push_back(alert);
  return Value::list(std::move(some), &kAlerts);
}

Value text(const json::value& from, std::string_view key) {
  return {std::string(cloud::get_string(from, key).value_or(""))};
}

Value set(const json::value& from, std::string_view key) {
  const auto* object = cloud::get_object(from, key);
  if (object == nullptr) return no_key_values();
  Strings pairs;
  for (const auto& [name, value] : *object)
    if (const auto* own = value.if_string()) pairs.emplace(name, *own);
  return key_values(std::move(pairs));
}

Value time(const json::value& from, std::string_view key) {
  return {parse_time(kTimeLayout, cloud::get_string(from, key).value_or("")).value_or(GoTime())};
}

Value alert(const json::value& from) {
  return Value::record(
      {
          {"Status", text(from, "status")},
          {"Labels", set(from, "labels")},
          {"Annotations", set(from, "annotations")},
          {"StartsAt", time(from, "startsAt")},
          {"EndsAt", time(from, "endsAt")},
          {"GeneratorURL", text(from, "generatorURL")},
          {"Fingerprint", text(from, "fingerprint")},
      },
      &kAlert);
}

Value alerts(const json::value& body) {
  List all;
  if (const auto* array = cloud::get_array(body, "alerts"))
    for (const auto& each : *array) all.push_back(alert(each));
  return Value::list(std::move(all), &kAlerts);
}

/// Numbers that no body of ours has count as none.
Value count(const json::value& body, std::string_view key) {
  constexpr double kMost = 1e15;
  const auto number = cloud::get_number(body, key).value_or(0);
  return {static_cast<std::int64_t>(std::clamp(number, 0.0, kMost))};
}

}  // namespace

Value key_values(Strings pairs) { return Value::strings(std::move(pairs), &kSet); }
Value no_key_values() { return Value::no_strings(&kSet); }

Value notification_data(const json::value& body) {
  return Value::record(
      {
          {"Receiver", text(body, "receiver")},
          {"Status", text(body, "status")},
          {"Alerts", alerts(body)},
          {"GroupLabels", set(body, "groupLabels")},
          {"CommonLabels", set(body, "commonLabels")},
          {"CommonAnnotations", set(body, "commonAnnotations")},
          {"ExternalURL", text(body, "externalURL")},
          {"GroupKey", text(body, "groupKey")},
          {"TruncatedAlerts", count(body, "truncatedAlerts")},
          {"RouteLabels", set(body, "routeLabels")},
      },
      &kData);
}

}  // namespace a2od
