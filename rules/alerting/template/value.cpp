#include "rules/alerting/template/value.hpp"

#include "rules/alerting/template/format.hpp"
#include "rules/alerting/template/go_time.hpp"

#include <algorithm>
#include <cmath>

namespace a2od::templates {
namespace {

/// With a space between each two, also where one is empty.
std::string join(const auto& items, const auto& text_of) {
  std::string joined;
  bool is_first = true;
  for (const auto& item : items) {
    if (!std::exchange(is_first, false)) joined += ' ';
    joined += text_of(item);
  }
  return joined;
}

std::string text_of_fields(const Record& fields, const Type* type) {
  const auto text_of_field = [&](const Type::Field& field) {
    const auto found = fields.find(field.name);
    return found == fields.end() ? std::string() : to_text(found->second);
  };
  if (type != nullptr && !type->fields.empty()) return "{" + join(type->fields, text_of_field) + "}";
  return "{" + join(fields, [](const auto& field) { return to_text(field.second); }) + "}";
}

struct TextOf {
  const Value& value;
  std::string operator()(std::monostate) const { return "<nil>"; }
  std::string operator()(bool boolean) const { return boolean ? "true" : "false"; }
  std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
  std::string operator()(double number) const { return to_text(number); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const GoTime& time) const { return to_text(time); }
  std::string operator()(GoDuration duration) const { return to_text(duration); }
  std::string operator()(const std::shared_ptr<const List>&) const {
    return "[" + join(*value.as_list(), [](const Value& item) { return to_text(item); }) + "]";
  }
  std::string operator()(const std::shared_ptr<const Strings>&) const {
    return "map[" + join(*value.as_strings(), [](const auto& entry) { return entry.first + ":" + entry.second; }) + "]";
  }
  std::string operator()(const std::shared_ptr<const Record>&) const {
    return text_of_fields(*value.as_record(), value.type);
  }
  std::string operator()(const std::shared_ptr<const Map>&) const {
    const auto text_of_entry = [](const auto& entry) { return entry.first + ":" + to_text(entry.second); };
    return "map[" + join(value.as_map()->entries, text_of_entry) + "]";
  }
};

/// Something empty where the value is nil, nullptr where it is of another kind.
template <class T>
const T* shared(const Value& value) {
  static const T nothing{};
  const auto* pointer = value.as<std::shared_ptr<const T>>();
  if (pointer == nullptr) return nullptr;
  return *pointer == nullptr ? &nothing : pointer->get();
}

constexpr std::size_t kBytesOfElement = sizeof(Value);

std::size_t bytes_of(const Value& value) {
  const auto* text = value.as<std::string>();
  return kBytesOfElement + (text != nullptr ? text->size() : value.bytes);
}

/// Makes `holder` as deep and as large as something that holds this value, too.
void count_in(Value& holder, std::string_view key, const Value& held) {
  holder.depth = std::max(holder.depth, held.depth + 1);
  holder.bytes += key.size() + bytes_of(held);
}

}  // namespace

const List* Value::as_list() const { return shared<List>(*this); }
const Strings* Value::as_strings() const { return shared<Strings>(*this); }
const Record* Value::as_record() const { return shared<Record>(*this); }
const Map* Value::as_map() const { return shared<Map>(*this); }

Value Value::list(List items, const Type* type) {
  Value holder{{}, type, 1};
  for (const Value& item : items) count_in(holder, {}, item);
  holder.data = std::make_shared<const List>(std::move(items));
  return holder;
}

Value Value::record(Record fields, const Type* type) {
  Value holder{{}, type, 1};
  for (const auto& [name, value] : fields) count_in(holder, name, value);
  holder.data = std::make_shared<const Record>(std::move(fields));
  return holder;
}

Value Value::map(Map map) {
  Value holder{{}, nullptr, 1};
  for (const auto& [key, value] : map.entries) count_in(holder, key, value);
  holder.data = std::make_shared<const Map>(std::move(map));
  return holder;
}

Value Value::strings(Strings entries, const Type* type) {
  Value holder{{}, type, 1};
  for (const auto& [key, text] : entries) holder.bytes += kBytesOfElement + key.size() + text.size();
  holder.data = std::make_shared<const Strings>(std::move(entries));
  return holder;
}

Value Value::sample(const promql::VectorSample& sample) {
  return record({{"Labels", strings(to_strings(sample.labels))}, {"Value", {sample.value}}});
}

const Method* find_method(const Value& receiver, std::string_view name) {
  const auto methods = receiver.type != nullptr ? receiver.type->methods : methods_of_times(receiver);
  const auto found = std::ranges::find(methods, name, &Method::name);
  return found == methods.end() ? nullptr : &*found;
}

Strings to_strings(const Labels& labels) {
  Strings entries;
  for (const auto& [name, value] : labels.pairs()) entries.emplace(name, value);
  return entries;
}

std::string_view type_name(const Value& value) {
  static constexpr std::string_view kNames[] = {"nil",
                                                "bool",
                                                "int",
                                                "float64",
                                                "string",
                                                "query result",
                                                "map[string]string",
                                                "record",
                                                "time.Time",
                                                "time.Duration",
                                                "map[string]interface {}"};
  return value.type != nullptr ? value.type->name : kNames[value.data.index()];
}

bool is_true(const Value& value) {
  if (const auto* boolean = value.as<bool>()) return *boolean;
  if (const auto* integer = value.as<std::int64_t>()) return *integer != 0;
  if (const auto* number = value.as<double>()) return *number != 0;
  if (const auto* text = value.as<std::string>()) return !text->empty();
  if (const auto* list = value.as_list()) return !list->empty();
  if (const auto* strings = value.as_strings()) return !strings->empty();
  if (const auto* map = value.as_map()) return !map->entries.empty();
  if (const auto* duration = value.as<GoDuration>()) return duration->count() != 0;
  return value.as<std::monostate>() == nullptr;
}

std::string to_text(const Value& value) {
  if (value.type != nullptr && value.type->text != nullptr) return value.type->text(value);
  return std::visit(TextOf{value}, value.data);
}

std::string to_text(double value) { return format_float(value, {.verb = 'v'}); }

}  // namespace a2od::templates
