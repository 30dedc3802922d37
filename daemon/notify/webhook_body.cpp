#include "daemon/notify/webhook_body.hpp"

#include "collectors/cloud/json.hpp"
#include "config/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <utility>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::string_view kNever = "0001-01-01T00:00:00Z";

json::string text(std::string_view any) { return json::string(valid_utf8(any)); }

json::object object_of(const Labels& labels) {
  json::object out;
  for (const auto& [name, value] : labels.pairs()) out[valid_utf8(name)] = text(value);
  return out;
}

json::object object_of(const std::map<std::string, std::string>& pairs) {
  json::object out;
  for (const auto& [name, value] : pairs) out[valid_utf8(name)] = text(value);
  return out;
}

json::object object_of(const ReportedAlert& reported) {
  const auto& alert = *reported.alert;
  return {
      {"status", reported.ended ? "resolved" : "firing"},
      {"labels", object_of(alert.labels)},
      {"annotations", object_of(alert.annotations)},
      {"startsAt", go_time(alert.starts_at)},
      {"endsAt", reported.ended ? go_time(*reported.ended) : std::string(kNever)},
      {"generatorURL", text(alert.generator_url)},
      {"fingerprint", alert.fingerprint},
  };
}

bool fires(const json::value& alert) { return cloud::get_string(alert, "status") == "firing"; }

/// The pairs that the objects under `key` of all alerts share.
json::object common(const json::array& alerts, std::string_view key) {
  json::object shared;
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const auto* own = cloud::get_object(alerts[i], key);
    if (own == nullptr) return {};
    if (i == 0) {
      shared = *own;
      continue;
    }
    json::object still;
    for (const auto& [name, value] : shared) {
      const auto* other = own->if_contains(name);
      if (other != nullptr && *other == value) still[name] = value;
    }
    if (still.empty()) return still;
    shared = std::move(still);
  }
  return shared;
}

/// Cuts the alerts to `max_alerts`; says how many went.
std::size_t truncate(json::array& alerts, std::uint64_t max_alerts) {
  if (max_alerts == 0 || alerts.size() <= max_alerts) return 0;
  const auto cut = alerts.size() - max_alerts;
  alerts.resize(max_alerts);
  return cut;
}

/// As Go's regexp.QuoteMeta, which Alertmanager applies to the receiver's name.
std::string quote_meta(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (std::string_view(R"(\.+*?()|[]{}^$)").contains(c)) out += '\\';
    out += c;
  }
  return out;
}

/// Sets what follows from the alerts: in an object that has these fields already they keep their places.
void complete(json::object& body, json::array alerts, std::size_t truncated) {
  body["status"] = std::ranges::any_of(alerts, fires) ? "firing" : "resolved";
  body["commonLabels"] = common(alerts, "labels");
  body["commonAnnotations"] = common(alerts, "annotations");
  body["truncatedAlerts"] = truncated;
  body["alerts"] = std::move(alerts);
}

}  // namespace

std::string go_time(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  auto out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                         clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) {
    fmt::format_to(std::back_inserter(out), ".{:03}", clock.subseconds().count());
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out += 'Z';
}

std::string render_body(const Notification& notification) {
  json::array alerts;
  for (const auto& reported : notification.alerts) {
    if (notification.max_alerts != 0 && alerts.size() == notification.max_alerts) break;
    alerts.push_back(object_of(reported));
  }
  const auto truncated = notification.alerts.size() - alerts.size();
  json::object body{
      {"receiver", text(quote_meta(notification.receiver))},
      {"status", nullptr},
      {"alerts", nullptr},
      {"groupLabels", object_of(notification.group_labels)},
      {"commonLabels", nullptr},
      {"commonAnnotations", nullptr},
      {"externalURL", text(notification.external_url)},
      {"version", "4"},
      {"groupKey", text(notification.group_key)},
      {"truncatedAlerts", nullptr},
  };
  if (!notification.route_labels.empty()) body["routeLabels"] = object_of(notification.route_labels);
  complete(body, std::move(alerts), truncated);
  auto text = json::serialize(body);
  text.shrink_to_fit();  // tens of thousands may wait
  return text;
}

std::string merge_bodies(std::string_view older, std::string_view newer, std::uint64_t max_alerts) {
  const auto before = cloud::parse_json(older);
  auto after = cloud::parse_json(newer);
  const auto* missed = before ? cloud::get_array(*before, "alerts") : nullptr;
  const auto* present = after ? cloud::get_array(*after, "alerts") : nullptr;
  if (missed == nullptr || present == nullptr) return std::string(newer);

  std::set<std::string, std::less<>> mentioned;
  for (const auto& alert : *present) mentioned.emplace(cloud::get_string(alert, "fingerprint").value_or(""));
  auto alerts = *present;
  for (const auto& alert : *missed) {
    if (!mentioned.contains(cloud::get_string(alert, "fingerprint").value_or(""))) alerts.push_back(alert);
  }
  if (alerts.size() == present->size()) return std::string(newer);

  const auto cut_before = static_cast<std::size_t>(cloud::get_number(*after, "truncatedAlerts").value_or(0));
  const auto cut = truncate(alerts, max_alerts);
  complete(after->as_object(), std::move(alerts), cut_before + cut);
  return json::serialize(*after);
}

}  // namespace a2od
