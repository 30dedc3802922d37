#include "daemon/notify/receivers/fields.hpp"
#include "daemon/notify/receivers/receivers.hpp"
#include "daemon/notify/templates/truncate.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestSummary = 1024;
constexpr std::size_t kLargestEvent = 512'000;
constexpr std::array<std::string_view, 4> kSeverities{"critical", "error", "warning", "info"};

/// An unknown one would make PagerDuty refuse the event.
std::string severity(const PagerdutyConfig& pagerduty, Texts& texts) {
  auto severity = texts.text("severity", pagerduty.severity);
  return std::ranges::find(kSeverities, severity) != kSeverities.end() ? severity : "error";
}

json::object payload(const PagerdutyConfig& pagerduty, const std::string& client, Texts& texts) {
  json::object details;
  for (const auto& [name, text] : pagerduty.details) details[name] = texts.text("details." + name, text);
  auto source = texts.text("source", pagerduty.source);
  auto summary = truncate_runes(texts.text("description", pagerduty.description), kLongestSummary).text;
  json::object out{{"summary", summary.empty() ? "(no description)" : std::move(summary)},
                   {"source", source.empty() ? client : source},
                   {"severity", severity(pagerduty, texts)},
                   {"custom_details", std::move(details)}};
  put(out, "class", texts.text("class", pagerduty.event_class));
  put(out, "component", texts.text("component", pagerduty.component));
  put(out, "group", texts.text("group", pagerduty.group));
  return out;
}

json::array images(const PagerdutyConfig& pagerduty, Texts& texts) {
  json::array out;
  for (const auto& image : pagerduty.images) {
    json::object each;
    put(each, "src", texts.text("images.src", image.src));
    put(each, "alt", texts.text("images.alt", image.alt));
    put(each, "href", texts.text("images.href", image.href));
    if (each.contains("src")) out.push_back(std::move(each));
  }
  return out;
}

json::array links(const PagerdutyConfig& pagerduty, Texts& texts) {
  json::array out;
  for (const auto& link : pagerduty.links) {
    json::object each;
    put(each, "href", texts.text("links.href", link.href));
    put(each, "text", texts.text("links.text", link.text));
    if (each.contains("href")) out.push_back(std::move(each));
  }
  return out;
}

}  // namespace

json::object pagerduty_event(const PagerdutyConfig& pagerduty, std::string_view routing_key, std::string_view dedup_key,
                             Texts& texts) {
  auto client = texts.text("client", pagerduty.client);
  json::object out{{"routing_key", routing_key},
                   {"event_action", texts.resolved() ? "resolve" : "trigger"},
                   {"dedup_key", dedup_key},
                   {"payload", payload(pagerduty, client, texts)}};
  put(out, "client", std::move(client));
  put(out, "client_url", texts.text("client_url", pagerduty.client_url));
  if (auto all = images(pagerduty, texts); !all.empty()) out["images"] = std::move(all);
  if (auto all = links(pagerduty, texts); !all.empty()) out["links"] = std::move(all);
  if (json::serialize(out).size() > kLargestEvent)
    out["payload"].as_object()["custom_details"] = {
        {"error", "the details are left out: with them the event has more than the 512 kB that PagerDuty takes"}};
  return out;
}

}  // namespace a2od
