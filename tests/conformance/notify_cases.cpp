// Cases of Alertmanager's notifications: what templates expand to, and how long texts are cut.
#include "case.hpp"
#include "daemon/notify/templates/data.hpp"
#include "daemon/notify/templates/notification_templates.hpp"
#include "daemon/notify/templates/truncate.hpp"
#include "rules/alerting/template/go_time.hpp"

#include <fmt/core.h>

#include <string>
#include <utility>

namespace a2od::conformance {
namespace {

namespace json = boost::json;
using templates::GoTime;
using templates::Value;

constexpr auto kNow = Timestamp(std::chrono::hours(500'000));

/// A name of a field as JSON has it: startsAt.
std::string json_name(std::string_view field) {
  if (field == "GeneratorURL") return "generatorURL";
  std::string name(field);
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] + 0x20);
  return name;
}

json::object with_json_names(const json::object& fields) {
  json::object named;
  for (const auto& [name, value] : fields) named[json_name(name)] = value;
  return named;
}

Value data_of(const json::object& fields) {
  auto body = with_json_names(fields);
  if (auto* alerts = body.if_contains("alerts"))
    for (auto& alert : alerts->as_array()) alert = with_json_names(alert.as_object());
  return notification_data(body);
}

Value list_of(const json::array& items, std::string_view type) {
  templates::List list;
  for (const auto& item : items) list.push_back(type == "[]float64" ? Value{number_of(item)} : Value{text_of(item)});
  return Value::list(std::move(list));
}

Value strings_of(const json::object& entries) {
  templates::Strings strings;
  for (const auto& [key, text] : entries) strings.emplace(key, text.as_string());
  return Value::strings(std::move(strings));
}

/// In UTC.
Value time_of(const json::array& date) {
  const auto part = [&](std::size_t i) { return static_cast<int>(date.at(i).as_int64()); };
  const std::chrono::sys_days day = std::chrono::year(part(0)) / part(1) / part(2);
  return {GoTime{day + std::chrono::hours(part(3)) + std::chrono::minutes(part(4)) + std::chrono::seconds(part(5))}};
}

Value dot_of(const json::object& test) {
  const auto* data = test.if_contains("data");
  if (data == nullptr) return {};
  const std::string type = text_of(data->at("type"));
  const auto& value = data->at("value");
  if (type == "Data") return data_of(value.as_object());
  if (type == "time.Now().Add") return {templates::to_time(kNow - std::chrono::hours(1))};
  if (type == "time.Date") return time_of(value.at("date").as_array());
  return value.is_array() ? list_of(value.as_array(), type) : strings_of(value.as_object());
}

bool is_as(const json::value& expected, const Truncated& found) {
  return found.text == text_of(expected.at("out")) && found.cut == expected.at("trunc").as_bool();
}

}  // namespace

Result run_notification_template_case(const Set& /*set*/, const json::object& test) {
  static const NotificationTemplates kTemplates;
  const auto text = text_of(test.at("text"));
  const auto dot = dot_of(test);
  const auto expanded =
      test.at("html").as_bool() ? kTemplates.expand_html(text, dot, kNow) : kTemplates.expand(text, dot, kNow);
  if (test.at("fail").as_bool()) return expanded ? Result{Outcome::failed, "expanded to " + *expanded} : Result{};
  if (!expanded) return {Outcome::failed, expanded.error().message};
  return *expanded == text_of(test.at("output")) ? Result{} : Result{Outcome::failed, "got " + *expanded};
}

Result run_truncation_case(const Set& /*set*/, const json::object& test) {
  const auto input = text_of(test.at("input"));
  const auto most = static_cast<std::size_t>(test.at("n").as_int64());
  const auto runes = truncate_runes(input, most);
  const auto bytes = truncate_bytes(input, most);
  if (is_as(test.at("runes"), runes) && is_as(test.at("bytes"), bytes)) return {};
  return {Outcome::failed, fmt::format("{} and {}", runes.text, bytes.text)};
}

}  // namespace a2od::conformance
