// A message of two alerts, and texts expanded with it.
#pragma once

#include "daemon/notify/templates/data.hpp"
#include "daemon/notify/templates/notification_templates.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <string_view>

namespace a2od::test {

inline constexpr std::string_view kBody = R"({
  "receiver":"team\\.x","status":"firing","alerts":[
    {"status":"firing","labels":{"zone":"1","alertname":"Down","Names":"n"},"annotations":{"summary":"<b>&"},
     "startsAt":"2026-07-01T10:00:00.5Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://x/g?a=b&c",
     "fingerprint":"aa"},
    {"status":"resolved","labels":{"zone":"2","alertname":"Down"},"annotations":{},
     "startsAt":"2026-07-01T10:00:00Z","endsAt":"2026-07-01T11:30:00Z","generatorURL":"","fingerprint":"bb"}],
  "groupLabels":{"alertname":"Down"},"commonLabels":{"alertname":"Down","zone":"1"},"commonAnnotations":{"s":"t"},
  "externalURL":"http://am","version":"4","groupKey":"{}:{}","truncatedAlerts":3})";

inline const Timestamp kExpandedAt =
    Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 7 / 1)) + std::chrono::hours(12);

inline templates::Value message(templates::Strings route_labels = {}) {
  auto body = boost::json::parse(kBody);
  auto& labels = body.as_object()["routeLabels"].emplace_object();
  for (const auto& [name, text] : route_labels) labels[name] = text;
  return notification_data(body);
}

inline std::string shown(Result<std::string> text) { return text ? *text : "error: " + text.error().message; }

inline std::string expand(std::string_view text, const templates::Value& data = message()) {
  return shown(NotificationTemplates().expand(text, data, kExpandedAt));
}

struct Expansion {
  std::string_view text;
  std::string_view expected;
};

}  // namespace a2od::test
