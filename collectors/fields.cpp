#include "collectors/fields.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od {

namespace json = boost::json;

Fields::Fields(const json::value& object, std::string where, std::string& fault)
    : value_(&object), where_(std::move(where)), fault_(&fault) {
  if (!object.is_object()) refuse({}, "an object");
}

void Fields::refuse(Path path, std::string_view expected) const {
  if (!fault_->empty()) return;
  *fault_ = where_.empty() && path.size() == 0 ? "the body" : where_;
  for (const auto key : path) *fault_ += fmt::format("{}{}", fault_->empty() ? "" : ".", key);
  *fault_ += fmt::format(": expected {}", expected);
}

std::optional<std::string_view> Fields::text(Path path) const {
  const auto* value = cloud::find(*value_, path);
  const auto text = cloud::as_string(value);
  if (value != nullptr && !text) refuse(path, "a string");
  return text;
}

std::optional<bool> Fields::flag(Path path) const {
  const auto* value = cloud::find(*value_, path);
  const auto flag = cloud::as_bool(value);
  if (value != nullptr && !flag) refuse(path, "true or false");
  return flag;
}

std::optional<double> Fields::number(Path path) const {
  const auto* value = cloud::find(*value_, path);
  const auto number = cloud::as_number(value);
  if (value != nullptr && !number) refuse(path, "a finite number");
  return number;
}

std::optional<Timestamp> Fields::time(Path path) const {
  const auto written = text(path);
  return written ? cloud::parse_time(*written) : std::nullopt;
}

std::vector<Fields> Fields::items(Path path) const {
  std::vector<Fields> items;
  const auto* value = cloud::find(*value_, path);
  const auto* array = cloud::as_array(value);
  if (array == nullptr) {
    if (value != nullptr) refuse(path, "an array");
    return items;
  }
  std::string list = where_;
  for (const auto key : path) list += fmt::format("{}{}", list.empty() ? "" : ".", key);
  items.reserve(array->size());
  for (const auto& item : *array) items.emplace_back(item, fmt::format("{}[{}]", list, items.size()), *fault_);
  return items;
}

void Fields::require_object(Path path) const {
  if (cloud::as_object(cloud::find(*value_, path)) == nullptr) refuse(path, "an object");
}

std::string_view Fields::required_text(Path path) const {
  const auto found = text(path);
  if (!found || found->empty()) refuse(path, "a string that is not empty");
  return found.value_or(std::string_view());
}

}  // namespace a2od
