#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>
#include <array>

namespace a2od::schema {
namespace {

constexpr auto kShortestInterval = 10s;
constexpr auto kShortestTimeout = 1s;
constexpr std::uint64_t kMostRows = 5'000;
constexpr std::uint64_t kMostSeries = 5'000;
constexpr std::uint64_t kKiB = 1024;

bool is_name(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 64 && text.front() >= 'a' && std::ranges::all_of(text, allowed);
}

/// Metrics that begin with d365_ and a2od_ are ours: what they mean must not depend on a configuration.
bool is_own_metric(std::string_view text) {
  return is_label_name(text) && !text.starts_with("d365_") && !text.starts_with("a2od_") && !text.starts_with("__");
}

bool is_column(std::string_view text) { return is_label_name(text) && text.size() <= 128; }

bool is_value(std::string_view text) {
  if (text == "count" || is_column(text)) return true;
  constexpr std::array<std::string_view, 3> kFunctions{"min ", "max ", "sum "};
  return std::ranges::any_of(
      kFunctions, [&](std::string_view function) { return text.starts_with(function) && is_column(text.substr(4)); });
}

Type<OdataMetric> odata_metric() {
  return section<OdataMetric>({
      .keys = {key("name", &OdataMetric::name,
                   text("a metric name that begins with neither d365_ nor a2od_", is_own_metric), "the metric",
                   Presence::required),
               key("help", &OdataMetric::help, text("a sentence", is_not_empty), "what it means", Presence::required),
               key("value", &OdataMetric::value, text("count, min COLUMN, max COLUMN, sum COLUMN, or COLUMN", is_value),
                   "of each group of rows that agree in the labels, or, for a column alone, of each row",
                   Presence::required)},
  });
}

/// Not of a value that was refused, and is empty.
bool is_of_rows(const OdataMetric& metric) {
  return !metric.value.empty() && metric.value != "count" && !metric.value.contains(' ');
}
bool is_of_groups(const OdataMetric& metric) { return !metric.value.empty() && !is_of_rows(metric); }

void check_odata(Reader& reader, const Node& node, const OdataCollectorConfig& collector) {
  if (std::ranges::any_of(collector.metrics, is_of_rows) && std::ranges::any_of(collector.metrics, is_of_groups))
    reader.problem(node.find("metrics")->position(),
                   "metrics: some are of rows and some of groups, expected two collectors");
  if (collector.timeout > collector.interval)
    reader.problem(node.position(), "timeout is longer than the interval, expected it to be at most as long");
}

Type<OdataCollectorConfig> odata_collector() {
  using Config = OdataCollectorConfig;
  return section<Config>({
      .keys = {key("name", &Config::name, text("a name of small letters, digits and underscores", is_name),
                   "as the built-in collectors have one", Presence::required),
               key("help", &Config::help, text("a sentence", is_not_empty), "what it watches"),
               key("service", &Config::service,
                   choice<Config::Service>({{"dataverse", Config::Service::dataverse},
                                            {"finance_operations", Config::Service::finance_operations}}),
                   "whose table it is"),
               key("table", &Config::table, text("the name of a table", is_column),
                   "the logical name, such as incident; of finance and operations the entity set", Presence::required),
               key("filter", &Config::filter, text(), "which rows, as OData's $filter: statecode eq 0"),
               key("labels", &Config::labels,
                   map_of(text("a column", is_column),
                          [](Reader& checked, const Node::Entry& entry) {
                            const bool taken = entry.key == "tenant" || entry.key == "environment";
                            if (!is_label_name(entry.key) || entry.key.starts_with("__") || taken)
                              checked.problem(entry.position,
                                              "found " + quote(entry.key) +
                                                  ", expected a label name other than tenant and environment");
                          }),
                   "label: column"),
               key("metrics", &Config::metrics, list_of(odata_metric(), Emptiness::refused), "what becomes of the rows",
                   Presence::required),
               key("environments", &Config::environments, list_of(regex()),
                   "only environments whose whole name matches one of these"),
               key("interval", &Config::interval, duration(kShortestInterval), "from one run to the next"),
               key("timeout", &Config::timeout, duration(kShortestTimeout), "after which a run is cut off"),
               key("max_rows", &Config::max_rows, number(1, kMostRows), "more rows are a failure, not a part of them"),
               key("max_series", &Config::max_series, number(1, kMostSeries),
                   "more combinations of label values are a failure")},
      .check = check_odata,
  });
}

void check_exec(Reader& reader, const Node& node, const ExecCollectorConfig& collector) {
  if (collector.timeout > collector.interval)
    reader.problem(node.position(), "timeout is longer than the interval, expected it to be at most as long");
  const auto* command = node.find("command");
  if (command != nullptr && !collector.command.empty() && !collector.command.front().starts_with('/'))
    reader.problem(command->position(), "found " + quote(collector.command.front()) +
                                            ", expected a program by its whole path: no PATH is searched");
}

Type<ExecCollectorConfig> exec_collector() {
  using Config = ExecCollectorConfig;
  return section<Config>({
      .keys = {key("name", &Config::name, text("a name of small letters, digits and underscores", is_name),
                   "as the built-in collectors have one", Presence::required),
               key("help", &Config::help, text("a sentence", is_not_empty), "what it watches"),
               key("command", &Config::command, list_of(text(), Emptiness::refused),
                   "the program by its whole path, and its arguments; no shell", Presence::required),
               key("environment", &Config::environment, map_of(text()),
                   "all variables that it gets, beside PATH, LANG and A2OD_TENANT"),
               key("interval", &Config::interval, duration(kShortestInterval), "from one run to the next"),
               key("timeout", &Config::timeout, duration(kShortestTimeout), "after which it is killed"),
               key("max_output", &Config::max_output_bytes, size(kKiB, 64 * kKiB * kKiB),
                   "of what it prints; more is a failure")},
      .check = check_exec,
      .holds_secret = true,
  });
}

}  // namespace

Type<std::vector<OdataCollectorConfig>> odata() { return unique_list_of("name", odata_collector()); }
Type<std::vector<ExecCollectorConfig>> exec() { return unique_list_of("name", exec_collector()); }

}  // namespace a2od::schema
