#include "rules/alerting/template/arguments.hpp"
#include "rules/alerting/template/format.hpp"
#include "rules/alerting/template/text.hpp"

#include <fmt/format.h>

#include <array>

namespace a2od::templates {
namespace {

/// Three-way: less, equal, greater; or why the two cannot be compared.
Result<std::partial_ordering> compare(const Value& left, const Value& right) {
  if (left.data.index() != right.data.index()) {
    return failure(fmt::format("incompatible types for comparison: {} and {}", type_name(left), type_name(right)));
  }
  if (const auto* integer = left.as<std::int64_t>()) return *integer <=> *right.as<std::int64_t>();
  if (const auto* number = left.as<double>()) return *number <=> *right.as<double>();
  if (const auto* text = left.as<std::string>()) return *text <=> *right.as<std::string>();
  return failure(fmt::format("a {} cannot be compared", type_name(left)));
}

Result<bool> equal(const Value& left, const Value& right) {
  if (left.as<std::monostate>() != nullptr || right.as<std::monostate>() != nullptr) {
    return left.data.index() == right.data.index();
  }
  if (left.as<bool>() != nullptr && right.as<bool>() != nullptr) return *left.as<bool>() == *right.as<bool>();
  const auto order = compare(left, right);
  if (!order) return std::unexpected(order.error());
  return *order == std::partial_ordering::equivalent;
}

/// The first argument against each of the others.
Result<Value> eq(Known, Arguments arguments) {
  for (const Value& other : arguments.subspan(1)) {
    const auto same = equal(arguments[0], other);
    if (!same) return std::unexpected(same.error());
    if (*same) return Value{true};
  }
  return Value{false};
}

Result<Value> ne(Known, Arguments arguments) {
  const auto same = equal(arguments[0], arguments[1]);
  if (!same) return std::unexpected(same.error());
  return Value{!*same};
}

template <bool (*holds)(std::partial_ordering)>
Result<Value> ordered(Known, Arguments arguments) {
  const auto order = compare(arguments[0], arguments[1]);
  if (!order) return std::unexpected(order.error());
  return Value{holds(*order)};
}

Result<Value> logical_not(Known, Arguments arguments) { return Value{!is_true(arguments[0])}; }

Result<Value> len(Known, Arguments arguments) {
  const auto sized = [](std::size_t size) { return Value{static_cast<std::int64_t>(size)}; };
  if (const auto* text = arguments[0].as<std::string>()) return sized(text->size());
  if (const auto* list = arguments[0].as_list()) return sized(list->size());
  if (const auto* strings = arguments[0].as_strings()) return sized(strings->size());
  if (const auto* map = arguments[0].as_map()) return sized(map->entries.size());
  return failure(fmt::format("a {} has no length", type_name(arguments[0])));
}

Result<Value> index(Known, Arguments arguments) {
  Value found = arguments[0];
  for (const Value& at : arguments.subspan(1)) {
    auto next = index_one(found, at);
    if (!next) return next;
    found = std::move(*next);
  }
  return found;
}

Result<Value> slice(Known, Arguments arguments) {
  const auto* text = arguments[0].as<std::string>();
  const auto* list = arguments[0].as_list();
  if (text == nullptr && list == nullptr) return failure(fmt::format("a {} cannot be sliced", type_name(arguments[0])));
  const std::size_t size = text != nullptr ? text->size() : list->size();
  std::size_t bounds[] = {0, size};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto* bound = arguments[i].as<std::int64_t>();
    if (bound == nullptr)
      return failure(fmt::format("expected an integer as index, found {}", type_name(arguments[i])));
    if (*bound < 0 || static_cast<std::size_t>(*bound) > size)
      return failure(fmt::format("index {} is out of range of {} elements", *bound, size));
    bounds[i - 1] = static_cast<std::size_t>(*bound);
  }
  const auto [begin, end] = bounds;
  if (begin > end) return failure(fmt::format("a slice from {} to {} is none", begin, end));
  if (text != nullptr) return Value{text->substr(begin, end - begin)};
  const auto at = [list](std::size_t index) { return list->begin() + static_cast<std::ptrdiff_t>(index); };
  return Value::list(List(at(begin), at(end)), arguments[0].type);
}

/// Parts of values may be shared, so that printing them takes far more than they do.
Result<void> check_size(Arguments arguments) {
  constexpr std::size_t kMost = 4UL << 20U;
  std::size_t bytes = 0;
  for (const Value& argument : arguments) bytes += argument.bytes;
  if (bytes <= kMost) return {};
  return failure(fmt::format("values of more than {} bytes", kMost));
}

/// As fmt.Sprint: a space between two arguments where neither is a string.
Result<Value> print(Known, Arguments arguments) {
  if (auto checked = check_size(arguments); !checked) return std::unexpected(std::move(checked.error()));
  std::string printed;
  bool after_text = true;
  for (const Value& argument : arguments) {
    const bool is_text = argument.as<std::string>() != nullptr;
    if (!after_text && !is_text) printed += ' ';
    printed += to_text(argument);
    after_text = is_text;
  }
  return Value{std::move(printed)};
}

Result<Value> println(Known, Arguments arguments) {
  if (auto checked = check_size(arguments); !checked) return std::unexpected(std::move(checked.error()));
  std::string printed;
  for (const Value& argument : arguments) {
    if (!printed.empty()) printed += ' ';
    printed += to_text(argument);
  }
  return Value{printed + "\n"};
}

Result<Value> print_formatted(Known, Arguments arguments) {
  if (auto checked = check_size(arguments); !checked) return std::unexpected(std::move(checked.error()));
  const auto format = text_of(arguments[0]);
  if (!format) return std::unexpected(format.error());
  return Value{sprintf(*format, arguments.subspan(1))};
}

bool is_less(std::partial_ordering order) { return order < 0; }
bool is_not_greater(std::partial_ordering order) { return order <= 0; }
bool is_greater(std::partial_ordering order) { return order > 0; }
bool is_not_less(std::partial_ordering order) { return order >= 0; }

/// Not escaped once more where all output is.
Result<Value> html(Known, Arguments arguments) {
  const auto text = text_of(arguments[0]);
  if (!text) return std::unexpected(text.error());
  return Value{escape_html(*text), &kSafeHtml};
}

constexpr std::size_t kAny = Function::kAny;

constexpr auto kFunctions = std::to_array<Function>({
    {"and", 1, kAny, nullptr},
    {"eq", 2, kAny, eq},
    {"ge", 2, 2, ordered<is_not_less>},
    {"gt", 2, 2, ordered<is_greater>},
    {"html", 1, 1, html},
    {"index", 1, kAny, index},
    {"js", 1, 1, on_text<escape_js>},
    {"le", 2, 2, ordered<is_not_greater>},
    {"len", 1, 1, len},
    {"lt", 2, 2, ordered<is_less>},
    {"ne", 2, 2, ne},
    {"not", 1, 1, logical_not},
    {"or", 1, kAny, nullptr},
    {"print", 0, kAny, print},
    {"printf", 1, kAny, print_formatted},
    {"println", 0, kAny, println},
    {"slice", 1, 3, slice},
    {"urlquery", 1, 1, on_text<escape_query>},
});

}  // namespace

const Type kSafeHtml{"template.HTML"};

Result<Value> index_one(const Value& from, const Value& at) {
  if (const auto* strings = from.as_strings()) {
    const auto key = text_of(at);
    if (!key) return std::unexpected(key.error());
    const auto found = strings->find(*key);
    return Value{found == strings->end() ? std::string() : found->second};
  }
  if (const auto* map = from.as_map()) {
    const auto key = text_of(at);
    if (!key) return std::unexpected(key.error());
    const auto found = map->entries.find(*key);
    return found == map->entries.end() ? Value() : found->second;
  }
  const auto* list = from.as_list();
  if (list == nullptr) return failure(fmt::format("a {} cannot be indexed", type_name(from)));
  const auto* position = at.as<std::int64_t>();
  if (position == nullptr) return failure(fmt::format("expected an integer as index, found {}", type_name(at)));
  if (*position < 0 || static_cast<std::size_t>(*position) >= list->size()) {
    return failure(fmt::format("index {} is out of range of {} elements", *position, list->size()));
  }
  return (*list)[static_cast<std::size_t>(*position)];
}

std::span<const Function> go_functions() { return kFunctions; }

}  // namespace a2od::templates
