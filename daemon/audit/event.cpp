#include "daemon/audit/event.hpp"

#include "config/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestText = 1'024;
constexpr std::size_t kLargestLabels = 16'384;
constexpr std::size_t kLargestDetails = 16'384;

std::string bounded(std::string_view text) {
  if (text.size() <= kLongestText) return valid_utf8(text);
  return valid_utf8(text.substr(0, kLongestText)) + "…";
}

std::size_t size_of(const Labels& labels) {
  std::size_t size = 0;
  for (const auto& [name, value] : labels.pairs()) size += name.size() + value.size();
  return size;
}

json::object object_of(const Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels.pairs()) object[valid_utf8(name)] = valid_utf8(value);
  return object;
}

}  // namespace

EventRow row_of(const AuditEvent& event) {
  auto details = event.details;
  for (auto& [name, value] : details)
    if (value.is_string()) value = bounded(value.as_string());
  auto labels = object_of(event.labels);
  if (size_of(event.labels) > kLargestLabels) {
    labels = {{"alertname", bounded(event.labels.get("alertname"))}};
    details["labels_left_out"] = event.labels.size();
  }
  auto text = json::serialize(details);
  if (text.size() > kLargestDetails) text = R"({"details_left_out":true})";
  return {event.at, event.kind.name(), json::serialize(labels), std::move(text)};
}

}  // namespace a2od
