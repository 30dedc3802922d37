#include "collectors/cloud/json.hpp"
#include "collectors/fields.hpp"
#include "collectors/own/own.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/reader.hpp"
#include "config/document.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace a2od {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// What a metric takes of the rows.
struct Measure {
  enum class Kind { count, min, max, sum, of_row } kind = Kind::count;
  std::string column;  ///< none with count
};

Measure measure_of(std::string_view value) {
  if (value == "count") return {};
  for (const auto& [word, kind] : {std::pair{"min ", Measure::Kind::min}, std::pair{"max ", Measure::Kind::max},
                                   std::pair{"sum ", Measure::Kind::sum}})
    if (value.starts_with(word)) return {kind, std::string(value.substr(4))};
  return {Measure::Kind::of_row, std::string(value)};
}

/// The collector with all that its views point to. Shared by the runs that are under way.
struct Definition {
  OdataCollectorConfig config;
  std::vector<Metric> metrics;
  std::vector<Measure> measures;  ///< in the order of the metrics
  PartDescription part;
  std::list<RE2> environments;
  bool of_rows = false;

  explicit Definition(const OdataCollectorConfig& given) : config(given) {
    for (const auto& metric : config.metrics) {
      measures.push_back(measure_of(metric.value));
      const bool timestamp = metric.name.ends_with("_timestamp_seconds");
      metrics.push_back({metric.name, MetricType::gauge, timestamp ? "seconds" : "", metric.help});
      of_rows = of_rows || measures.back().kind == Measure::Kind::of_row;
    }
    for (const auto& pattern : config.environments) environments.emplace_back(pattern, RE2::Quiet);
    part = {.name = "rows",
            .right = "read access to the table",
            .requests_per_run = 1,
            .table = reads_dataverse() ? std::string_view(config.table) : std::string_view()};
  }

  [[nodiscard]] bool reads_dataverse() const { return config.service == OdataCollectorConfig::Service::dataverse; }

  [[nodiscard]] bool applies(const Environment& environment) const {
    if (!(reads_dataverse() ? environment.has_dataverse() : environment.has_finance_operations())) return false;
    return environments.empty() || std::ranges::any_of(environments, [&](const RE2& pattern) {
             return RE2::FullMatch(environment.name, pattern) || RE2::FullMatch(environment.display_name, pattern);
           });
  }

  /// Every column that is asked for, once.
  [[nodiscard]] std::vector<std::string_view> columns() const {
    std::vector<std::string_view> all;
    const auto add = [&all](std::string_view column) {
      if (!column.empty() && std::ranges::find(all, column) == all.end()) all.push_back(column);
    };
    for (const auto& [label, column] : config.labels) add(column);
    for (const auto& measure : measures) add(measure.column);
    return all;
  }
};

using Shared = std::shared_ptr<const Definition>;

/// A number, a flag as 1 or 0, a time as seconds; nothing for null and for text that is neither.
std::optional<double> value_of(const json::value* value) {
  if (const auto flag = cloud::as_bool(value)) return *flag ? 1.0 : 0.0;
  if (const auto number = cloud::as_number(value)) return number;
  if (const auto time = cloud::as_time(value)) return std::chrono::duration<double>(time->time_since_epoch()).count();
  return std::nullopt;
}

std::string label_value(const json::value* value) {
  if (value == nullptr || value->is_null()) return {};
  if (const auto text = cloud::as_string(value)) return std::string(*text);
  return value->is_primitive() ? json::serialize(*value) : std::string();
}

using Labels = std::map<std::string, std::string>;

Labels labels_of(const Definition& definition, const json::value& row) {
  Labels labels;
  for (const auto& [label, column] : definition.config.labels)
    labels.emplace(label, label_value(cloud::find(row, {column})));
  return labels;
}

/// What a group has of one measure.
struct Accumulated {
  double value = 0;
  bool any = false;
  void add(const Measure& measure, std::optional<double> next) {
    if (!next) return;
    if (measure.kind == Measure::Kind::min)
      value = any ? std::min(value, *next) : *next;
    else if (measure.kind == Measure::Kind::max)
      value = any ? std::max(value, *next) : *next;
    else
      value += *next;
    any = true;
  }
};

using Groups = std::map<Labels, std::vector<Accumulated>>;

/// `read` yields the value of a measure in one row.
template <class Read>
Result<Groups> group_rows(const Definition& definition, std::span<const json::value> rows, Read read) {
  Groups groups;
  for (const auto& row : rows) {
    if (!row.is_object()) return failure("value: expected objects");
    auto labels = labels_of(definition, row);
    const auto [group, is_new] = groups.try_emplace(std::move(labels), definition.measures.size());
    if (definition.of_rows && !is_new)
      return failure("two rows have the same labels, expected labels that tell rows apart");
    if (groups.size() > definition.config.max_series)
      return failure(fmt::format("over {} combinations of label values (max_series)", definition.config.max_series));
    for (std::size_t i = 0; i < definition.measures.size(); ++i)
      group->second[i].add(definition.measures[i], read(row, i));
  }
  return groups;
}

std::vector<Sample> samples_of(const Definition& definition, const std::string& environment_id, const Groups& groups) {
  SampleList samples(environment_id);
  for (const auto& [labels, values] : groups)
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i].any) samples.add(definition.metrics[i], values[i].value, {labels.begin(), labels.end()});
  return samples.take();
}

std::optional<double> of_plain_row(const Definition& definition, const json::value& row, std::size_t measure) {
  const auto& wanted = definition.measures[measure];
  return wanted.kind == Measure::Kind::count ? std::optional(1.0) : value_of(cloud::find(row, {wanted.column}));
}

std::string alias(std::size_t measure) { return fmt::format("m{}", measure); }

/// The columns that the table has not got, each with the nearest that it has; empty when it has all.
std::string unknown_columns(const Definition& definition, const TableSchema& table) {
  std::string unknown;
  const std::vector<std::string_view> known(table.attributes.begin(), table.attributes.end());
  for (const auto column : definition.columns()) {
    if (known.empty() || table.has(column)) continue;
    const auto meant = nearest(column, known);
    unknown += fmt::format("{}table '{}' has no column '{}'{}", unknown.empty() ? "" : "; ", definition.config.table,
                           column, meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant));
  }
  return unknown;
}

Query rows_query(const Definition& definition) {
  return {.select = definition.columns(),
          .filter = definition.config.filter,
          .top = static_cast<unsigned>(std::min<std::uint64_t>(definition.config.max_rows + 1, 5'000))};
}

Query groups_query(const Definition& definition) {
  std::string columns;
  for (const auto& [label, column] : definition.config.labels) columns += (columns.empty() ? "" : ",") + column;
  std::string aggregates;
  for (std::size_t i = 0; i < definition.measures.size(); ++i) {
    const auto& measure = definition.measures[i];
    const std::string_view function = measure.kind == Measure::Kind::min   ? "min"
                                      : measure.kind == Measure::Kind::max ? "max"
                                                                           : "sum";
    aggregates += fmt::format(
        "{}{} as {}", i == 0 ? "" : ",",
        measure.kind == Measure::Kind::count ? "$count" : fmt::format("{} with {}", measure.column, function),
        alias(i));
  }
  const auto filter = definition.config.filter.empty() ? "" : fmt::format("filter({})/", definition.config.filter);
  return {.apply = fmt::format("{}groupby(({}),aggregate({}))", filter, columns, aggregates)};
}

Result<std::vector<Sample>> decode_page(const Definition& definition, const std::string& environment_id,
                                        const json::value& page, bool aggregated) {
  const auto* list = cloud::get_array(page, "value");
  if (list == nullptr) return failure("value: expected an array");
  if (!aggregated && (list->size() > definition.config.max_rows || has_more(page)))
    return failure(fmt::format("over {} rows (max_rows): narrow the filter, or let metrics count groups",
                               definition.config.max_rows));
  const std::span<const json::value> rows(list->data(), list->size());
  const auto groups =
      aggregated
          ? group_rows(definition, rows,
                       [](const json::value& row, std::size_t i) { return value_of(cloud::find(row, {alias(i)})); })
          : group_rows(definition, rows,
                       [&](const json::value& row, std::size_t i) { return of_plain_row(definition, row, i); });
  if (!groups) return failure(groups.error().message);
  return samples_of(definition, environment_id, *groups);
}

/// A count of all rows needs no rows.
bool only_counts(const Definition& definition) {
  return definition.config.labels.empty() && std::ranges::all_of(definition.measures, [](const Measure& measure) {
           return measure.kind == Measure::Kind::count;
         });
}

Result<std::vector<Sample>> decode_count(const Definition& definition, const std::string& environment_id,
                                         const json::value& page) {
  constexpr double kLargestCount = 5'000;
  const auto count = cloud::get_number(page, "@odata.count");
  if (!count) return failure("@odata.count: expected a number");
  if (*count >= kLargestCount)
    return failure("5,000 rows or more, which Dataverse does not count: narrow the filter, or give labels to group by");
  SampleList samples(environment_id);
  for (const auto& metric : definition.metrics) samples.add(metric, *count);
  return samples.take();
}

asio::awaitable<Part> collect_dataverse(Run& run, Shared definition) {
  TableReader reader(run);
  const auto table = co_await reader.table(definition->part.table);
  if (!table) co_return failed_part(definition->part, table.error());
  if (const auto unknown = unknown_columns(*definition, **table); !unknown.empty())
    co_return broken_part(definition->part, unknown);
  const auto& id = run.environment->id;
  const bool counts = only_counts(*definition);
  const bool aggregates = !definition->of_rows && !definition->config.labels.empty();
  Query query = counts       ? Query{.filter = definition->config.filter, .count = true, .top = 1}
                : aggregates ? groups_query(*definition)
                             : rows_query(*definition);
  const auto page = co_await reader.page(*table, std::move(query));
  if (!page) co_return failed_part(definition->part, **table, page.error());
  co_return decoded_part(definition->part, counts ? decode_count(*definition, id, *page)
                                                  : decode_page(*definition, id, *page, aggregates));
}

/// Finance and operations do not aggregate: rows come, and are grouped here.
asio::awaitable<Part> collect_finance_operations(Run& run, Shared definition) {
  auto request = finance_operations_request(*run.environment, definition->config.table, rows_query(*definition));
  const auto reply = co_await run.session.send(std::move(request));
  if (!reply) co_return failed_part(definition->part, reply.error());
  co_return decoded_part(definition->part, decode_page(*definition, run.environment->id, reply->body, false));
}

asio::awaitable<RunResult> collect(Run& run, Shared definition) {
  RunResult result;
  auto part = definition->reads_dataverse() ? co_await collect_dataverse(run, definition)
                                            : co_await collect_finance_operations(run, definition);
  result.parts.push_back(std::move(part));
  co_return result;
}

}  // namespace

Collector odata_collector(const OdataCollectorConfig& config) {
  const auto definition = std::make_shared<const Definition>(config);
  return {.name = definition->config.name,
          .about = definition->config.help.empty() ? std::string_view("A table, as the configuration says.")
                                                   : std::string_view(definition->config.help),
          .scope = Scope::environment,
          .interval = std::chrono::ceil<std::chrono::seconds>(config.interval),
          .timeout = std::chrono::ceil<std::chrono::seconds>(config.timeout),
          .priority = cloud::Priority::bulk,
          .metrics = definition->metrics,
          .parts = {&definition->part, 1},
          .applies = [definition](const Environment& environment) { return definition->applies(environment); },
          .collect = [definition](Run& run) { return collect(run, definition); }};
}

}  // namespace a2od
