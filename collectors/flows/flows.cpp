#include "collectors/flows/flows.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/codes.hpp"
#include "collectors/tables/memory.hpp"
#include "collectors/tables/reader.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <utility>

namespace a2od::flows {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kMostDetails = 20;
constexpr Code kStates[] = {{0, "off"}, {1, "on"}, {2, "suspended"}};
constexpr double kBlockedByPolicy = 3;

asio::awaitable<Part> collect_definitions(TableReader& reader, const Run& run, FlowNames& names) {
  Query query{.select = {"workflowid", "name", "statecode", "statuscode"}, .filter = "category eq 5"};
  auto decode = [&](const auto& rows) { return decode_definitions(run.environment->id, rows, names); };
  co_return co_await read_rows(reader, kParts[0], std::move(query), decode);
}

std::string described(const Fields& row, Timestamp ended, const FlowNames& names) {
  const auto flow = names.find(row.text({"_workflow_value"}).value_or(""));
  const std::string_view name = flow == names.end() ? "a flow" : std::string_view(flow->second);
  return cloud::clean_text(fmt::format("{}: failed {}: {} {}", name, odata_time(ended),
                                       row.text({"errorcode"}).value_or("no code"),
                                       row.text({"errormessage"}).value_or("")));
}

Result<void> take_runs(const json::value& page, const FlowNames& names, EventLog& log, json::array& lines) {
  std::string fault;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto ended = row.time({"endtime"});
    if (ended && log.take(row.required_text({"flowrunid"}), *ended, "failed"))
      lines.insert(lines.begin(), json::value(described(row, *ended, names)));
  }
  if (!fault.empty()) return failure(std::move(fault));
  return {};
}

asio::awaitable<Part> collect_runs(TableReader& reader, const Run& run, const FlowNames& names, Memory& memory) {
  const auto now = run.clock.wall();
  auto log = memory.log("runs", now);
  Query query{.select = {"flowrunid", "status", "endtime", "errorcode", "errormessage", "_workflow_value"},
              .filter = fmt::format("status eq 'Failed' and endtime ge {}", odata_time(log.since())),
              .order_by = "endtime asc"};
  auto decode = [&](const json::value& page) -> Result<Findings> {
    json::array lines;
    const auto taken = take_runs(page, names, log, lines);
    if (!taken) return failure(taken.error().message);
    log.close(now, brought_by(page));
    memory.keep("runs", log);
    memory.prepend_lines("newest_runs", std::move(lines), kMostDetails);
    SampleList samples(run.environment->id);
    samples.add(kRunsFailed, log.count("failed"));
    return Findings{samples.take(), memory.details("newest_runs", kRunsFailed)};
  };
  co_return co_await read_page(reader, kParts[1], std::move(query), decode);
}

Result<void> take_losses(const json::value& page, EventLog& log, json::array& lines) {
  std::string fault;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto at = row.time({"createdon"});
    const auto code = row.text({"eventcode"}).value_or("unknown");
    if (!at || !log.take(row.required_text({"floweventid"}), *at, code)) continue;
    lines.insert(lines.begin(), json::value(cloud::clean_text(fmt::format("{} {}", odata_time(*at), code))));
  }
  if (!fault.empty()) return failure(std::move(fault));
  return {};
}

asio::awaitable<Part> collect_losses(TableReader& reader, const Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  auto log = memory.log("losses", now);
  Query query{.select = {"floweventid", "eventcode", "createdon"},
              .filter = fmt::format("eventtype eq 'FlowRunIngestion' and createdon ge {}", odata_time(log.since())),
              .order_by = "createdon asc"};
  auto decode = [&](const json::value& page) -> Result<Findings> {
    json::array lines;
    const auto taken = take_losses(page, log, lines);
    if (!taken) return failure(taken.error().message);
    log.close(now, brought_by(page));
    memory.keep("losses", log);
    memory.prepend_lines("newest_losses", std::move(lines), kMostDetails);
    SampleList samples(run.environment->id);
    for (const auto& [code, count] : log.shown_counts()) samples.add(kLosses, count, {{"code", code}});
    return Findings{samples.take(), memory.details("newest_losses", kLosses)};
  };
  co_return co_await read_page(reader, kParts[2], std::move(query), decode);
}

asio::awaitable<RunResult> collect(Run& run) {
  TableReader reader(run);
  Memory memory(run.memory);
  FlowNames names;
  RunResult result;
  auto definitions = co_await collect_definitions(reader, run, names);
  result.parts.push_back(std::move(definitions));
  auto runs = co_await collect_runs(reader, run, names, memory);
  result.parts.push_back(std::move(runs));
  auto losses = co_await collect_losses(reader, run, memory);
  result.parts.push_back(std::move(losses));
  result.memory = memory.take();
  co_return result;
}

}  // namespace

Result<Findings> decode_definitions(const std::string& environment_id, std::span<const json::value> rows,
                                    FlowNames& names) {
  Findings findings;
  std::map<std::string, double> counts{{"off", 0}, {"on", 0}, {"suspended", 0}};
  double blocked = 0;
  auto fault = read_each(rows, [&](const Fields& row) {
    const auto name = std::string(row.text({"name"}).value_or("a flow without a name"));
    names.emplace(row.required_text({"workflowid"}), name);
    const auto state = name_of(kStates, row.number({"statecode"}));
    ++counts[state];
    const bool by_policy = row.number({"statuscode"}) == kBlockedByPolicy;
    if (by_policy) ++blocked;
    if (state == "suspended" && findings.details.size() < kMostDetails)
      findings.details.push_back(
          {&kFlows, cloud::clean_text(fmt::format("{}: suspended{}", name, by_policy ? " by a data policy" : ""))});
    if (by_policy && findings.details.size() < kMostDetails)
      findings.details.push_back({&kBlocked, cloud::clean_text(name)});
  });
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& [state, count] : counts) samples.add(kFlows, count, {{"state", state}});
  samples.add(kBlocked, blocked);
  findings.samples = samples.take();
  return findings;
}

}  // namespace a2od::flows

namespace a2od {

Collector flows_collector() {
  return {.name = "flows",
          .about = "Cloud flows: suspended or off, failed runs, and what Dataverse says it lost of them.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(5),
          .timeout = std::chrono::minutes(2),
          .metrics = flows::kMetrics,
          .parts = flows::kParts,
          .applies = &Environment::has_dataverse,
          .collect = flows::collect};
}

}  // namespace a2od
