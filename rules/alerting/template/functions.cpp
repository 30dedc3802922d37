#include "rules/alerting/template/functions.hpp"

#include "config/duration.hpp"
#include "rules/alerting/template/format.hpp"
#include "rules/alerting/template/go_time.hpp"
#include "rules/alerting/template/humanize.hpp"
#include "rules/alerting/template/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace a2od::templates {
namespace {

using Arguments = std::span<const Value>;
using Known = const Environment&;

Result<std::string_view> text_of(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  return failure(fmt::format("expected a string, found {}", type_name(value)));
}

template <std::string (*function)(std::string_view)>
Result<Value> on_text(Known, Arguments arguments) {
  const auto text = text_of(arguments[0]);
  if (!text) return std::unexpected(text.error());
  return Value{function(*text)};
}

template <std::string (*function)(double)>
Result<Value> on_number(Known, Arguments arguments) {
  const auto number = to_number(arguments[0]);
  if (!number) return std::unexpected(number.error());
  return Value{function(*number)};
}

template <auto function>
Result<Value> on_number_or_fault(Known, Arguments arguments) {
  const auto number = to_number(arguments[0]);
  if (!number) return std::unexpected(number.error());
  auto result = function(*number);
  if (!result) return std::unexpected(std::move(result.error()));
  return Value{std::move(*result)};
}

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
  return failure(fmt::format("a {} has no length", type_name(arguments[0])));
}

Result<Value> index_one(const Value& from, const Value& at) {
  if (const auto* strings = from.as_strings()) {
    const auto key = text_of(at);
    if (!key) return std::unexpected(key.error());
    const auto found = strings->find(*key);
    return Value{found == strings->end() ? std::string() : found->second};
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
  return Value::list(List(at(begin), at(end)));
}

/// arg0, arg1, …: how several values are given to a template.
Result<Value> args(Known, Arguments arguments) {
  Record record;
  for (const Value& argument : arguments) record.emplace(fmt::format("arg{}", record.size()), argument);
  return Value::record(std::move(record));
}

/// As fmt.Sprint: a space between two arguments where neither is a string.
Result<Value> print(Known, Arguments arguments) {
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
  std::string printed;
  for (const Value& argument : arguments) {
    if (!printed.empty()) printed += ' ';
    printed += to_text(argument);
  }
  return Value{printed + "\n"};
}

Result<Value> print_formatted(Known, Arguments arguments) {
  const auto format = text_of(arguments[0]);
  if (!format) return std::unexpected(format.error());
  return Value{sprintf(*format, arguments.subspan(1))};
}

std::string unchanged(std::string_view text) { return std::string(text); }

Result<Value> match(Known, Arguments arguments) {
  const auto pattern = text_of(arguments[0]);
  const auto text = text_of(arguments[1]);
  if (!pattern || !text) return std::unexpected(!pattern ? pattern.error() : text.error());
  const auto matched = matches(*pattern, *text);
  if (!matched) return std::unexpected(matched.error());
  return Value{*matched};
}

Result<Value> regex_replace(Known, Arguments arguments) {
  for (const Value& argument : arguments) {
    if (const auto text = text_of(argument); !text) return std::unexpected(text.error());
  }
  auto replaced = replace_all(*text_of(arguments[0]), *text_of(arguments[1]), *text_of(arguments[2]));
  if (!replaced) return std::unexpected(std::move(replaced.error()));
  return Value{std::move(*replaced)};
}

Result<Value> duration(Known, Arguments arguments) {
  const auto text = text_of(arguments[0]);
  if (!text) return std::unexpected(text.error());
  const bool negative = text->starts_with('-');
  const auto parsed = parse_duration(text->substr(negative ? 1 : 0));
  if (!parsed) return std::unexpected(parsed.error());
  const double seconds = std::chrono::duration<double>(*parsed).count();
  return Value{negative ? -seconds : seconds};
}

Result<Value> join(Known, Arguments arguments) {
  const auto separator = text_of(arguments[0]);
  if (!separator) return std::unexpected(separator.error());
  const auto* list = arguments[1].as_list();
  if (list == nullptr) return failure(fmt::format("expected a list, found {}", type_name(arguments[1])));
  std::string joined;
  for (std::size_t position = 0; position < list->size() && joined.size() <= kLongestText; ++position) {
    if (position > 0) joined += *separator;
    joined += to_text((*list)[position]);
  }
  return Value{std::move(joined)};
}

Result<Value> query(Known environment, Arguments arguments) {
  const auto expression = text_of(arguments[0]);
  if (!expression) return std::unexpected(expression.error());
  if (!environment.query) return failure("queries are not possible here");
  const auto result = environment.query(*expression);
  if (!result) return std::unexpected(result.error());
  List samples;
  for (const promql::VectorSample& sample : *result) samples.push_back(Value::sample(sample));
  return Value::list(std::move(samples));
}

Result<Value> first(Known, Arguments arguments) {
  const auto* list = arguments[0].as_list();
  if (list == nullptr) return failure(fmt::format("expected a query result, found {}", type_name(arguments[0])));
  if (list->empty()) return failure("the query result has no elements");
  return list->front();
}

/// The field of a sample; the empty value where the argument is none.
Result<Value> sample_field(const Value& sample, std::string_view name) {
  const auto* record = sample.as_record();
  const auto found = record == nullptr ? Record::const_iterator() : record->find(name);
  if (record == nullptr || found == record->end()) {
    return failure(fmt::format("expected a sample, found {}", type_name(sample)));
  }
  return found->second;
}

Result<Value> value(Known, Arguments arguments) { return sample_field(arguments[0], "Value"); }

Result<Value> label_of(const Value& name, const Value& sample) {
  const auto labels = sample_field(sample, "Labels");
  if (!labels) return labels;
  return index_one(*labels, name);
}

Result<Value> label(Known, Arguments arguments) { return label_of(arguments[0], arguments[1]); }

/// Series of expressions like count_values keep a text in this label.
Result<Value> strvalue(Known, Arguments arguments) { return label_of({std::string("__value__")}, arguments[0]); }

Result<Value> sort_by_label(Known, Arguments arguments) {
  const auto* list = arguments[1].as_list();
  if (list == nullptr) return failure(fmt::format("expected a query result, found {}", type_name(arguments[1])));
  std::multimap<std::string, Value> keyed;
  for (const Value& sample : *list) {
    auto key = label_of(arguments[0], sample);
    if (!key) return key;
    keyed.emplace(*key->as<std::string>(), sample);
  }
  List sorted;
  for (const auto& [key, sample] : keyed) sorted.push_back(sample);
  return Value::list(std::move(sorted));
}

Result<Value> external_url(Known environment, Arguments) { return Value{environment.external_url}; }
Result<Value> path_prefix(Known environment, Arguments) { return Value{path_of(environment.external_url)}; }
Result<Value> now(Known environment, Arguments) {
  return Value{std::chrono::duration<double>(environment.now.time_since_epoch()).count()};
}

bool is_less(std::partial_ordering order) { return order < 0; }
bool is_not_greater(std::partial_ordering order) { return order <= 0; }
bool is_greater(std::partial_ordering order) { return order > 0; }
bool is_not_less(std::partial_ordering order) { return order >= 0; }

constexpr std::size_t kAny = Function::kAny;

/// Sorted by name. `and` and `or` are decided by the execution, which leaves their later arguments alone.
constexpr auto kFunctions = std::to_array<Function>({
    {"and", 1, kAny, nullptr},
    {"args", 0, kAny, args},
    {"eq", 2, kAny, eq},
    {"externalURL", 0, 0, external_url},
    {"first", 1, 1, first},
    {"ge", 2, 2, ordered<is_not_less>},
    {"graphLink", 1, 1, on_text<graph_link>},
    {"gt", 2, 2, ordered<is_greater>},
    {"html", 1, 1, on_text<escape_html>},
    {"humanize", 1, 1, on_number<humanize>},
    {"humanize1024", 1, 1, on_number<humanize_1024>},
    {"humanizeDuration", 1, 1, on_number<humanize_duration>},
    {"humanizePercentage", 1, 1, on_number<humanize_percentage>},
    {"humanizeTimestamp", 1, 1, on_number_or_fault<humanize_timestamp>},
    {"index", 1, kAny, index},
    {"join", 2, 2, join},
    {"js", 1, 1, on_text<escape_js>},
    {"label", 2, 2, label},
    {"le", 2, 2, ordered<is_not_greater>},
    {"len", 1, 1, len},
    {"lt", 2, 2, ordered<is_less>},
    {"match", 2, 2, match},
    {"ne", 2, 2, ne},
    {"not", 1, 1, logical_not},
    {"now", 0, 0, now},
    {"or", 1, kAny, nullptr},
    {"parseDuration", 1, 1, duration},
    {"pathPrefix", 0, 0, path_prefix},
    {"print", 0, kAny, print},
    {"printf", 1, kAny, print_formatted},
    {"println", 0, kAny, println},
    {"query", 1, 1, query},
    {"reReplaceAll", 3, 3, regex_replace},
    {"safeHtml", 1, 1, on_text<unchanged>},
    {"slice", 1, 3, slice},
    {"sortByLabel", 2, 2, sort_by_label},
    {"stripDomain", 1, 1, on_text<strip_domain>},
    {"stripPort", 1, 1, on_text<strip_port>},
    {"strvalue", 1, 1, strvalue},
    {"tableLink", 1, 1, on_text<table_link>},
    {"title", 1, 1, on_text<title>},
    {"toDuration", 1, 1, on_number_or_fault<to_duration>},
    {"toLower", 1, 1, on_text<to_lower>},
    {"toTime", 1, 1, on_number_or_fault<to_time>},
    {"toUpper", 1, 1, on_text<to_upper>},
    {"urlQueryEscape", 1, 1, on_text<escape_query>},
    {"urlquery", 1, 1, on_text<escape_query>},
    {"value", 1, 1, value},
});
static_assert(std::ranges::is_sorted(kFunctions, {}, &Function::name));

constexpr auto kNames = [] {
  std::array<std::string_view, kFunctions.size()> names;
  std::ranges::transform(kFunctions, names.begin(), &Function::name);
  return names;
}();

}  // namespace

const Function* find_function(std::string_view name) {
  const auto found = std::ranges::lower_bound(kFunctions, name, {}, &Function::name);
  return found == kFunctions.end() || found->name != name ? nullptr : &*found;
}

std::span<const std::string_view> function_names() { return kNames; }

}  // namespace a2od::templates
