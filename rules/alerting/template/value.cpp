#include "rules/alerting/template/value.hpp"

#include "rules/alerting/template/format.hpp"
#include "rules/alerting/template/go_time.hpp"

#include <cmath>

namespace a2od::templates {
namespace {

std::string join(const auto& items, const auto& text_of) {
  std::string joined;
  for (const auto& item : items) {
    if (!joined.empty()) joined += ' ';
    joined += text_of(item);
  }
  return joined;
}

struct TextOf {
  std::string operator()(std::monostate) const { return "<nil>"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return to_text(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(GoTime value) const { return to_text(value); }
  std::string operator()(GoDuration value) const { return to_text(value); }
  std::string operator()(const std::shared_ptr<const List>& items) const {
    return "[" + join(*items, [](const Value& item) { return to_text(item); }) + "]";
  }
  std::string operator()(const std::shared_ptr<const Strings>& entries) const {
    return "map[" + join(*entries, [](const auto& entry) { return entry.first + ":" + entry.second; }) + "]";
  }
  std::string operator()(const std::shared_ptr<const Record>& fields) const {
    return "{" + join(*fields, [](const auto& field) { return to_text(field.second); }) + "}";
  }
};

template <class T>
const T* shared(const Value& value) {
  const auto* pointer = value.as<std::shared_ptr<const T>>();
  return pointer == nullptr ? nullptr : pointer->get();
}

}  // namespace

const List* Value::as_list() const { return shared<List>(*this); }
const Strings* Value::as_strings() const { return shared<Strings>(*this); }
const Record* Value::as_record() const { return shared<Record>(*this); }

Value Value::sample(const promql::VectorSample& sample) {
  return record({{"Labels", strings(to_strings(sample.labels))}, {"Value", {sample.value}}});
}

Strings to_strings(const Labels& labels) {
  Strings entries;
  for (const auto& [name, value] : labels.pairs()) entries.emplace(name, value);
  return entries;
}

std::string_view type_name(const Value& value) {
  static constexpr std::string_view kNames[] = {
      "nil",    "bool",      "int",          "float64", "string", "query result", "map[string]string",
      "record", "time.Time", "time.Duration"};
  return kNames[value.data.index()];
}

bool is_true(const Value& value) {
  if (const auto* boolean = value.as<bool>()) return *boolean;
  if (const auto* integer = value.as<std::int64_t>()) return *integer != 0;
  if (const auto* number = value.as<double>()) return *number != 0;
  if (const auto* text = value.as<std::string>()) return !text->empty();
  if (const auto* list = value.as_list()) return !list->empty();
  if (const auto* strings = value.as_strings()) return !strings->empty();
  return value.as<std::monostate>() == nullptr;
}

std::string to_text(const Value& value) { return std::visit(TextOf{}, value.data); }

std::string to_text(double value) { return format_float(value, {.verb = 'v'}); }

}  // namespace a2od::templates
