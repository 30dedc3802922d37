#include "rules/alerting/template/functions.hpp"

#include "config/duration.hpp"
#include "rules/alerting/template/arguments.hpp"
#include "rules/alerting/template/go_time.hpp"
#include "rules/alerting/template/humanize.hpp"
#include "rules/alerting/template/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace a2od::templates {
namespace {

/// arg0, arg1, …: how several values are given to a template.
Result<Value> args(Known, Arguments arguments) {
  Record record;
  for (const Value& argument : arguments) record.emplace(fmt::format("arg{}", record.size()), argument);
  return Value::record(std::move(record));
}

Result<Value> safe_html(Known, Arguments arguments) {
  const auto text = text_of(arguments[0]);
  if (!text) return std::unexpected(text.error());
  return Value{std::string(*text), &kSafeHtml};
}

Result<GoTime> time_of_seconds(double seconds) { return to_time(seconds); }

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
  for (std::size_t position = 0; position < list->size(); ++position) {
    if (position > 0) joined += *separator;
    joined += to_text((*list)[position]);
    if (joined.size() > kLongestText) return failure(fmt::format("a text of more than {} bytes", kLongestText));
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

constexpr auto kCommon = std::to_array<Function>({
    {"humanizeDuration", 1, 1, on_number<humanize_duration>},
    {"join", 2, 2, join},
    {"match", 2, 2, match},
    {"reReplaceAll", 3, 3, regex_replace},
    {"safeHtml", 1, 1, safe_html},
    {"title", 1, 1, on_text<title>},
    {"toLower", 1, 1, on_text<to_lower>},
    {"toUpper", 1, 1, on_text<to_upper>},
});

constexpr auto kPrometheus = std::to_array<Function>({
    {"args", 0, Function::kAny, args},
    {"externalURL", 0, 0, external_url},
    {"first", 1, 1, first},
    {"graphLink", 1, 1, on_text<graph_link>},
    {"humanize", 1, 1, on_number<humanize>},
    {"humanize1024", 1, 1, on_number<humanize_1024>},
    {"humanizePercentage", 1, 1, on_number<humanize_percentage>},
    {"humanizeTimestamp", 1, 1, on_number_or_fault<humanize_timestamp>},
    {"label", 2, 2, label},
    {"now", 0, 0, now},
    {"parseDuration", 1, 1, duration},
    {"pathPrefix", 0, 0, path_prefix},
    {"query", 1, 1, query},
    {"sortByLabel", 2, 2, sort_by_label},
    {"stripDomain", 1, 1, on_text<strip_domain>},
    {"stripPort", 1, 1, on_text<strip_port>},
    {"strvalue", 1, 1, strvalue},
    {"tableLink", 1, 1, on_text<table_link>},
    {"toDuration", 1, 1, on_number_or_fault<to_duration>},
    {"toTime", 1, 1, on_number_or_fault<time_of_seconds>},
    {"urlQueryEscape", 1, 1, on_text<escape_query>},
    {"value", 1, 1, value},
});

}  // namespace

FunctionTable::FunctionTable(std::initializer_list<std::span<const Function>> parts) {
  for (const auto& part : parts)
    for (const Function& function : part) functions_.push_back(&function);
  std::ranges::sort(functions_, {}, &Function::name);
  for (const Function* function : functions_) names_.push_back(function->name);
}

const Function* FunctionTable::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(functions_, name, {}, &Function::name);
  return found == functions_.end() || (*found)->name != name ? nullptr : *found;
}

std::span<const Function> common_functions() { return kCommon; }

const FunctionTable& prometheus_functions() {
  static const FunctionTable table{go_functions(), common_functions(), kPrometheus};
  return table;
}

}  // namespace a2od::templates
