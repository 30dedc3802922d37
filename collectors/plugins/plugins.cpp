#include "collectors/plugins/plugins.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/codes.hpp"
#include "collectors/tables/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace a2od::plugins {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kMostDetails = 20;
/// Exceptions are up to 10 KB each, and come with their traces: 500 of them are enough for one answer.
constexpr unsigned kMostTraces = 500;
constexpr Code kModes[] = {{0, "synchronous"}, {1, "asynchronous"}};

Result<Findings> decode_setting(const std::string& environment_id, const json::value& page) {
  std::string fault;
  SampleList samples(environment_id);
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto code = row.number({"plugintracelogsetting"});
    if (!code) continue;
    const bool known = *code >= 0 && *code < std::size(kSettings);
    samples.add_states(kSetting, "setting", kSettings,
                       known ? kSettings[static_cast<std::size_t>(*code)] : std::string_view());
  }
  if (!fault.empty()) return failure(std::move(fault));
  return Findings{samples.take(), {}};
}

asio::awaitable<Part> collect_setting(TableReader& reader, const Run& run) {
  const auto answer = co_await reader.get("organizations?$select=plugintracelogsetting");
  if (!answer) co_return failed_part(kParts[0], answer.error());
  co_return found_part(kParts[0], decode_setting(run.environment->id, *answer));
}

std::vector<Sample> samples_of(const std::string& environment_id, const Traces& traces, bool all) {
  SampleList samples(environment_id);
  for (const auto& mode : kModes) {
    const std::string name(mode.name);
    samples.add(kTraces, traces.traces.count(name), {{"mode", name}});
    samples.add(kFailures, traces.failures.count(name), {{"mode", name}});
    samples.add(kDuration, traces.duration.count(name), {{"mode", name}});
  }
  samples.add(kSlowest, traces.slowest);
  samples.add(kLowerBound, all ? 0.0 : 1.0);
  return samples.take();
}

asio::awaitable<Part> collect_traces(TableReader& reader, const Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  Traces traces{.traces = memory.log("traces", now),
                .failures = memory.log("failures", now),
                .duration = memory.log("duration", now)};
  Query query{.select = {"plugintracelogid", "typename", "messagename", "primaryentity", "mode",
                         "performanceexecutionduration", "createdon", "exceptiondetails"},
              .filter = fmt::format("createdon ge {}", odata_time(traces.traces.since())),
              .order_by = "createdon desc",
              .top = kMostTraces};
  auto decode = [&](const json::value& page) -> Result<Findings> {
    const auto* rows = cloud::get_array(page, "value");
    const bool all = rows == nullptr || rows->size() < kMostTraces;
    const auto taken = take_traces(page, traces);
    if (!taken) return failure(taken.error().message);
    // The newest came: what lies before them and was not read is lost, and said to be.
    for (auto* log : {&traces.traces, &traces.failures, &traces.duration}) log->close(now, EventLog::Brought::all);
    memory.keep("traces", traces.traces);
    memory.keep("failures", traces.failures);
    memory.keep("duration", traces.duration);
    memory.prepend_lines("newest_failures", std::move(traces.lines), kMostDetails);
    return Findings{samples_of(run.environment->id, traces, all), memory.details("newest_failures", kFailures)};
  };
  co_return co_await read_page(reader, kParts[1], std::move(query), decode);
}

asio::awaitable<RunResult> collect(Run& run) {
  TableReader reader(run);
  Memory memory(run.memory);
  RunResult result;
  auto setting = co_await collect_setting(reader, run);
  result.parts.push_back(std::move(setting));
  auto traces = co_await collect_traces(reader, run, memory);
  result.parts.push_back(std::move(traces));
  result.memory = memory.take();
  co_return result;
}

}  // namespace

Result<void> take_traces(const json::value& page, Traces& traces) {
  constexpr double kMillisecondsPerSecond = 1000;
  std::string fault;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto at = row.time({"createdon"});
    const auto id = row.required_text({"plugintracelogid"});
    const auto mode = name_of(kModes, row.number({"mode"}));
    if (!at || !traces.traces.take(id, *at, mode)) continue;
    const double seconds =
        std::max(0.0, row.number({"performanceexecutionduration"}).value_or(0)) / kMillisecondsPerSecond;
    traces.duration.take(id, *at, mode, seconds);
    traces.slowest = std::max(traces.slowest.value_or(0), seconds);
    const auto exception = row.text({"exceptiondetails"}).value_or("");
    if (exception.empty()) continue;
    traces.failures.take(id, *at, mode);
    traces.lines.emplace_back(cloud::clean_text(fmt::format(
        "{} {} of {} ({}): {}", row.text({"typename"}).value_or("a plug-in"), row.text({"messagename"}).value_or(""),
        row.text({"primaryentity"}).value_or("no table"), mode, exception)));
  }
  if (!fault.empty()) return failure(std::move(fault));
  return {};
}

}  // namespace a2od::plugins

namespace a2od {

Collector plugins_collector() {
  return {.name = "plugins",
          .about = "Plug-in traces: exceptions and execution times, where the environment writes them.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(5),
          .timeout = std::chrono::minutes(2),
          .priority = cloud::Priority::bulk,
          .metrics = plugins::kMetrics,
          .parts = plugins::kParts,
          .applies = &Environment::has_dataverse,
          .collect = plugins::collect};
}

}  // namespace a2od
