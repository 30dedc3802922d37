#include "collectors/links/links.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/codes.hpp"
#include "collectors/tables/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace a2od::links {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kMostDetails = 20;
constexpr Code kProfileStates[] = {{0, "inactive"},  {1, "active"},     {2, "error"},
                                   {3, "deleted"},   {4, "aborting"},   {5, "aborted"},
                                   {6, "suspended"}, {7, "suspending"}, {8, "deactivated"}};
constexpr Code kSources[] = {{0, "dataverse"}, {1, "finance_operations"}};
constexpr Code kTableStates[] = {{0, "not_created"}, {1, "created"}, {2, "failed"}, {3, "deleted"}, {4, "in_progress"}};

struct Step {
  std::string_view name;
  std::string_view column;
};
constexpr Step kSteps[] = {{"table", "tablestate"},
                           {"sync", "lastsyncstate"},
                           {"shortcut", "lakehouseshortcutstate"},
                           {"trino", "trinostate"}};

struct Side {
  std::string_view name;
  std::string_view rows;
  std::string_view counted;
};
constexpr Side kSides[] = {{"dataverse", "crmrecordcount", "crmrecordcountmodifiedtime"},
                           {"lake", "lakerecordcount", "lakerecordcountmodifiedtime"}};

void earlier(std::optional<Timestamp>& oldest, std::optional<Timestamp> time) {
  if (time) oldest = std::min(*time, oldest.value_or(*time));
}

asio::awaitable<RunResult> collect(Run& run) {
  TableReader reader(run);
  const auto& id = run.environment->id;
  RunResult result;
  Query profiles{.select = {"name", "profilestate"}};
  auto read_profiles = [&](const json::value& page) { return decode_profiles(id, page); };
  auto first = co_await read_page(reader, kParts[0], std::move(profiles), read_profiles);
  result.parts.push_back(std::move(first));
  Query tables{.select = {"entityname", "entitysource", "syncstate", "crmrecordcount", "crmrecordcountmodifiedtime",
                          "lakerecordcount", "lakerecordcountmodifiedtime", "lastsynceddatatime"}};
  auto read_tables = [&](const auto& rows) { return decode_tables(id, rows); };
  auto second = co_await read_rows(reader, kParts[1], std::move(tables), read_tables);
  result.parts.push_back(std::move(second));
  Query external{.select = {"entityname", "tablestate", "lastsyncstate", "lakehouseshortcutstate", "trinostate"}};
  auto read_external = [&](const auto& rows) { return decode_external_tables(id, rows); };
  auto third = co_await read_rows(reader, kParts[2], std::move(external), read_external);
  result.parts.push_back(std::move(third));
  co_return result;
}

}  // namespace

std::string_view state_of_bits(double bits) {
  const auto set = static_cast<std::uint32_t>(std::clamp(bits, 0.0, 1e9));
  const auto has = [set](std::uint32_t bit) { return (set & bit) != 0; };
  if (has(8)) return "failed";
  if (has(32)) return "paused";
  if (has(2) || has(16) || has(64)) return "in_progress";
  if (has(4)) return "completed";
  return "not_started";
}

Result<Findings> decode_profiles(const std::string& environment_id, const json::value& page) {
  std::string fault;
  Findings findings;
  std::map<std::string, double> counts;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto state = name_of(kProfileStates, row.number({"profilestate"}));
    ++counts[state];
    if (state != "active" && findings.details.size() < kMostDetails)
      findings.details.push_back(
          {&kProfiles, cloud::clean_text(fmt::format("{}: {}", row.text({"name"}).value_or("a profile"), state))});
  }
  if (!fault.empty()) return failure(std::move(fault));
  if (!counts.empty()) counts.try_emplace("error", 0);
  SampleList samples(environment_id);
  for (const auto& [state, count] : counts) samples.add(kProfiles, count, {{"state", state}});
  findings.samples = samples.take();
  return findings;
}

Result<Findings> decode_tables(const std::string& environment_id, std::span<const json::value> rows) {
  Findings findings;
  std::map<std::pair<std::string, std::string_view>, double> counts;
  std::map<std::string, std::optional<Timestamp>> oldest;
  std::map<std::string_view, double> sums;
  std::map<std::string_view, std::optional<Timestamp>> counted;
  const auto fault = read_each(rows, [&](const Fields& row) {
    const auto source = name_of(kSources, row.number({"entitysource"}));
    const auto state = state_of_bits(row.number({"syncstate"}).value_or(0));
    ++counts[{source, state}];
    if (state != "paused") earlier(oldest[source], row.time({"lastsynceddatatime"}));
    if (state == "failed" && findings.details.size() < kMostDetails)
      findings.details.push_back(
          {&kTables,
           cloud::clean_text(fmt::format("{}: synchronisation failed", row.text({"entityname"}).value_or("a table")))});
    for (const auto& side : kSides) {
      const auto number = row.number({side.rows});
      if (!number || *number < 0) continue;
      sums[side.name] += *number;
      earlier(counted[side.name], row.time({side.counted}));
    }
  });
  if (!fault.empty()) return failure(fault);
  SampleList samples(environment_id);
  for (const auto& [key, count] : counts)
    samples.add(kTables, count, {{"source", key.first}, {"state", std::string(key.second)}});
  for (const auto& [source, time] : oldest) samples.add(kOldestSync, time, {{"source", source}});
  for (const auto& [side, sum] : sums) samples.add(kRows, sum, {{"side", std::string(side)}});
  for (const auto& [side, time] : counted) samples.add(kRowsCounted, time, {{"side", std::string(side)}});
  findings.samples = samples.take();
  return findings;
}

Result<Findings> decode_external_tables(const std::string& environment_id, std::span<const json::value> rows) {
  Findings findings;
  std::map<std::pair<std::string_view, std::string>, double> counts;
  const auto fault = read_each(rows, [&](const Fields& row) {
    for (const auto& step : kSteps) {
      const auto code = row.number({step.column});
      if (!code) continue;
      const auto state = name_of(kTableStates, code);
      ++counts[{step.name, state}];
      if (state == "failed" && findings.details.size() < kMostDetails)
        findings.details.push_back(
            {&kExternalTables,
             cloud::clean_text(fmt::format("{}: {} failed", row.text({"entityname"}).value_or("a table"), step.name))});
    }
  });
  if (!fault.empty()) return failure(fault);
  SampleList samples(environment_id);
  for (const auto& [key, count] : counts)
    samples.add(kExternalTables, count, {{"step", std::string(key.first)}, {"state", key.second}});
  findings.samples = samples.take();
  return findings;
}

}  // namespace a2od::links

namespace a2od {

Collector links_collector() {
  return {.name = "links",
          .about = "Synapse Link and Fabric Link: state of profiles and tables, how far behind they are, row counts.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(15),
          .timeout = std::chrono::minutes(3),
          .metrics = links::kMetrics,
          .parts = links::kParts,
          .applies = &Environment::has_dataverse,
          .collect = links::collect};
}

}  // namespace a2od
