// Alerts, routes and receivers for the tests of notification delivery, and reading back what a body says.
#pragma once

#include "config/config.hpp"
#include "daemon/notify/notify.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::test {

using namespace std::chrono_literals;

inline constexpr Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + 10h;

/// That starts at `at` and holds for four minutes.
inline AlertNotice firing(std::string_view name, Timestamp at, std::string_view tenant = "contoso") {
  return {.labels = Labels{{"alertname", name}, {"tenant", tenant}},
          .annotations = {{"summary", std::string(name) + " is up to something"}},
          .starts_at = at,
          .ends_at = at + 4min,
          .generator_url = "http://a2od/graph"};
}

/// The same, refreshed at `now`.
inline AlertNotice refreshed(AlertNotice notice, Timestamp now) {
  notice.ends_at = now + 4min;
  return notice;
}

inline AlertNotice resolved(AlertNotice notice, Timestamp at) {
  notice.ends_at = at;
  return notice;
}

inline WebhookConfig webhook(std::string url = "http://127.0.0.1:1/hook") {
  WebhookConfig config;
  config.url = Secret(std::move(url));
  return config;
}

inline std::vector<ReceiverConfig> receivers(std::string name = "team") { return {{std::move(name), {webhook()}}}; }

inline RouteConfig route() {
  return {
      .receiver = "team", .group_by = {"alertname"}, .group_wait = 30s, .group_interval = 5min, .repeat_interval = 4h};
}

inline boost::json::object parsed(const std::string& body) { return boost::json::parse(body).as_object(); }

/// "Down contoso" to its status, for each alert of a body.
inline std::map<std::string, std::string> statuses(const std::string& body) {
  std::map<std::string, std::string> out;
  const auto document = parsed(body);
  for (const auto& alert : document.at("alerts").as_array()) {
    const auto& labels = alert.at("labels").as_object();
    std::string name(std::string_view(labels.at("alertname").as_string()));
    if (const auto* tenant = labels.if_contains("tenant"))
      name += " " + std::string(std::string_view(tenant->as_string()));
    out[name] = std::string_view(alert.at("status").as_string());
  }
  return out;
}

using Statuses = std::map<std::string, std::string>;

}  // namespace a2od::test
