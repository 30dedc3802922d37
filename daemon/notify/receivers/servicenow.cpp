#include "collectors/cloud/json.hpp"
#include "daemon/notify/receivers/receivers.hpp"
#include "daemon/notify/templates/truncate.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostEvents = 100;
constexpr std::size_t kLongestDescription = 4000;
constexpr std::size_t kLongestField = 100;
constexpr std::array<std::string_view, 6> kSeverities{"clear", "critical", "major", "minor", "warning", "info"};

/// As the table of events has them: "1" critical to "5" info. What is neither a number nor a word of these is major.
std::string severity(std::string_view text) {
  if (text.size() == 1 && text[0] >= '1' && text[0] <= '5') return std::string(text);
  const auto word = std::ranges::find(kSeverities, text);
  const auto number = word == kSeverities.end() ? 2 : std::max<std::ptrdiff_t>(word - kSeverities.begin(), 1);
  return std::to_string(number);
}

/// "2026-11-22 10:00:00", UTC.
std::string event_time(std::string_view rfc3339) {
  std::string text(rfc3339.substr(0, 19));
  std::ranges::replace(text, 'T', ' ');
  return text;
}

json::object additional_info(const ServicenowConfig& servicenow, const json::value& alert, Texts& texts) {
  json::object info;
  for (const auto* set : {"annotations", "labels"})
    if (const auto* values = cloud::get_object(alert, set))
      for (const auto& [name, value] : *values) info[name] = value;
  for (const auto& [name, text] : servicenow.additional_info) info[name] = texts.text("additional_info." + name, text);
  return info;
}

json::object event(const ServicenowConfig& servicenow, const json::value& alert, Texts& texts) {
  const bool resolved = cloud::get_string(alert, "status") == "resolved";
  const auto field = [&](std::string_view setting, const std::string& from) {
    return truncate_runes(texts.text(setting, from), kLongestField).text;
  };
  return {{"source", field("source", servicenow.source)},
          {"event_class", field("event_class", servicenow.event_class)},
          {"node", field("node", servicenow.node)},
          {"resource", field("resource", servicenow.resource)},
          {"metric_name", field("metric_name", servicenow.metric_name)},
          {"type", field("type", servicenow.type)},
          {"message_key", cloud::get_string(alert, "fingerprint").value_or("")},
          {"severity", resolved ? "0" : severity(texts.text("severity", servicenow.severity))},
          {"resolution_state", resolved ? "Closing" : "New"},
          {"time_of_event", event_time(cloud::get_string(alert, resolved ? "endsAt" : "startsAt").value_or(""))},
          {"description", truncate_runes(texts.text("description", servicenow.description), kLongestDescription).text},
          {"additional_info", json::serialize(additional_info(servicenow, alert, texts))}};
}

}  // namespace

std::vector<json::object> servicenow_events(const ServicenowConfig& servicenow, Texts& texts) {
  std::vector<json::object> requests;
  json::array records;
  const auto flush = [&] {
    if (!records.empty()) requests.push_back({{"records", std::exchange(records, {})}});
  };
  static const json::array kCheckedAlone{json::object()};
  const auto* alerts = cloud::get_array(texts.body(), "alerts");
  if (alerts == nullptr) alerts = &kCheckedAlone;
  for (std::size_t i = 0; i < alerts->size(); ++i) {
    const Texts::OneAlert alert(texts, i);
    records.push_back(event(servicenow, (*alerts)[i], texts));
    if (records.size() == kMostEvents) flush();
  }
  flush();
  return requests;
}

}  // namespace a2od
