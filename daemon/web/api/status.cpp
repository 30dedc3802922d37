#include "daemon/web/api/status.hpp"

#include "config/duration.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

constexpr std::string_view kFollowedVersion = "3.0.0";
constexpr std::size_t kDefaultTop = 10;
constexpr std::size_t kMostTop = 10'000;

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

using Counts = std::unordered_map<std::string, std::size_t>;

json::array largest(const Counts& counts, std::size_t top) {
  std::vector<std::pair<std::string_view, std::size_t>> sorted(counts.begin(), counts.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (sorted.size() > top) sorted.resize(top);
  json::array list;
  for (const auto& [name, value] : sorted) list.push_back(json::object{{"name", name}, {"value", value}});
  return list;
}

std::string_view health_of(const CollectorCell& cell) {
  if (cell.outcome.empty()) return "unknown";
  return cell.outcome == "ok" || cell.outcome == "degraded" ? "up" : "down";
}

json::object target(const TargetRow& row, const CollectorCell& cell) {
  json::object labels{{"collector", cell.collector}, {"tenant", row.tenant}};
  if (!row.environment.empty()) labels["environment"] = row.environment;
  const auto url =
      fmt::format("a2od:{}/{}{}{}", cell.collector, row.tenant, row.environment.empty() ? "" : "/", row.environment);
  return {{"discoveredLabels", labels},
          {"labels", labels},
          {"scrapePool", cell.collector},
          {"scrapeUrl", url},
          {"globalUrl", url},
          {"lastError", cell.error},
          {"lastScrape", format_time(cell.finished.value_or(Timestamp{}))},
          {"lastScrapeDuration", 0},
          {"health", health_of(cell)}};
}

json::object object_of(const ScrapedRow::Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

json::object target(const ScrapedRow& row) {
  const std::string_view health = !row.last ? "unknown" : row.error.empty() ? "up" : "down";
  return {{"discoveredLabels", object_of(row.discovered)},
          {"labels", object_of(row.labels)},
          {"scrapePool", row.pool},
          {"scrapeUrl", row.address},
          {"globalUrl", row.address},
          {"lastError", row.error},
          {"lastScrape", format_time(row.last.value_or(Timestamp{}))},
          {"lastScrapeDuration", row.took.count()},
          {"health", health},
          {"scrapeInterval", format_duration(row.interval)},
          {"scrapeTimeout", format_duration(row.timeout)}};
}

}  // namespace

ApiReply answer_build_info(const ServerStatus& status) {
  return api_success(json::object{{"version", kFollowedVersion},
                                  {"revision", "a2od " + status.version},
                                  {"branch", ""},
                                  {"buildUser", ""},
                                  {"buildDate", ""},
                                  {"goVersion", ""},
                                  {"application", "a2od"}});
}

ApiReply answer_runtime_info(const ServerStatus& status) {
  std::error_code ignored;
  return api_success(json::object{{"startTime", format_time(status.started)},
                                  {"CWD", std::filesystem::current_path(ignored).string()},
                                  {"hostname", host_name()},
                                  {"serverTime", format_time(status.now)},
                                  {"reloadConfigSuccess", status.reload_successful},
                                  {"lastConfigTime", format_time(status.last_reload)},
                                  {"corruptionCount", 0},
                                  {"goroutineCount", 0},
                                  {"GOMAXPROCS", std::thread::hardware_concurrency()},
                                  {"GOGC", ""},
                                  {"GODEBUG", ""},
                                  {"storageRetention", status.retention}});
}

ApiReply answer_config(const ServerStatus& status) { return api_success(json::object{{"yaml", status.configuration}}); }

ApiReply answer_flags(const ServerStatus& status) {
  json::object flags;
  for (const auto& [name, value] : status.flags) flags[name] = value;
  return api_success(std::move(flags));
}

ApiReply answer_tsdb_status(const Snapshot& series, const Parameters& parameters) {
  auto top = parse_limit(parameters);
  if (!top || *top > kMostTop) return bad_parameter("limit", fmt::format("a whole number up to {}", kMostTop));
  if (*top == 0) top = kDefaultTop;
  Counts by_metric;
  Counts by_pair;
  Counts values_of_label;
  Counts bytes_of_label;
  for (const auto ref : series.select({})) {
    for (const auto& [name, value] : series.find(ref)->labels().pairs()) {
      if (name == kMetricName) ++by_metric[std::string(value)];
      if (by_pair[fmt::format("{}={}", name, value)]++ > 0) continue;
      ++values_of_label[std::string(name)];
      bytes_of_label[std::string(name)] += value.size();
    }
  }
  return api_success(
      json::object{{"headStats", json::object{{"numSeries", series.series_count()}, {"numLabelPairs", by_pair.size()}}},
                   {"seriesCountByMetricName", largest(by_metric, *top)},
                   {"labelValueCountByLabelName", largest(values_of_label, *top)},
                   {"memoryInBytesByLabelName", largest(bytes_of_label, *top)},
                   {"seriesCountByLabelValuePair", largest(by_pair, *top)}});
}

ApiReply answer_targets(std::span<const TargetRow> rows, const ScrapeRows& scraped, const Parameters& parameters) {
  const auto state = find(parameters, "state").value_or("any");
  const auto pool = find(parameters, "scrapePool").value_or("");
  const auto wanted = [&](std::string_view name) { return pool.empty() || pool == name; };
  json::array active;
  json::array dropped;
  json::object dropped_counts;
  if (state != "dropped") {
    for (const auto& row : scraped.active)
      if (wanted(row.pool)) active.push_back(target(row));
    for (const auto& row : rows) {
      for (const auto& cell : row.cells)
        if (wanted(cell.collector)) active.push_back(target(row, cell));
    }
  }
  for (const auto& row : scraped.dropped) {
    auto& count = dropped_counts.emplace(row.pool, 0).first->value();
    count = count.as_int64() + 1;
    if (state != "active" && wanted(row.pool))
      dropped.push_back(json::object{{"discoveredLabels", object_of(row.discovered)}, {"scrapePool", row.pool}});
  }
  return api_success(json::object{{"activeTargets", std::move(active)},
                                  {"droppedTargets", std::move(dropped)},
                                  {"droppedTargetCounts", std::move(dropped_counts)}});
}

}  // namespace a2od
