#include "collectors/integration/integration.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/memory.hpp"
#include "collectors/tables/reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od::integration {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kMostDetails = 20;

bool says_nothing(std::string_view error) { return error.empty() || error == "[]" || error == "{}" || error == "null"; }

asio::awaitable<Part> collect_dataflows(TableReader& reader, const Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  auto log = memory.log("dataflows", now);
  Query query{
      .select = {"msdyn_dataflowrefreshhistoryid", "msdyn_dataflowname", "msdyn_endtime", "msdyn_errorinfojson"},
      .filter = fmt::format("msdyn_endtime ge {}", odata_time(log.since())),
      .order_by = "msdyn_endtime asc"};
  auto decode = [&](const json::value& page) -> Result<Findings> {
    json::array lines;
    const auto taken = take_refreshes(page, log, lines);
    if (!taken) return failure(taken.error().message);
    log.close(now, brought_by(page));
    memory.keep("dataflows", log);
    memory.prepend_lines("newest_refreshes", std::move(lines), kMostDetails);
    SampleList samples(run.environment->id);
    for (const std::string_view result : {"ok", "failed"})
      samples.add(kRefreshes, log.count(result), {{"result", std::string(result)}});
    return Findings{samples.take(), memory.details("newest_refreshes", kRefreshes)};
  };
  co_return co_await read_page(reader, kParts[0], std::move(query), decode);
}

Result<Findings> decode_virtual_tables(const std::string& environment_id, std::span<const json::value> rows) {
  double generated = 0;
  auto fault = read_each(rows, [&](const Fields& row) {
    if (row.flag({"mserp_hasbeengenerated"}).value_or(false)) ++generated;
  });
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  samples.add(kVirtualTables, static_cast<double>(rows.size()), {{"state", "offered"}});
  samples.add(kVirtualTables, generated, {{"state", "generated"}});
  return Findings{samples.take(), {}};
}

asio::awaitable<Part> collect_virtual_tables(TableReader& reader, const Run& run) {
  Query query{.select = {"mserp_hasbeengenerated"}};
  auto decode = [&](const auto& rows) { return decode_virtual_tables(run.environment->id, rows); };
  co_return co_await read_rows(reader, kParts[1], std::move(query), decode);
}

Result<Findings> decode_dual_write(const std::string& environment_id, std::span<const json::value> rows) {
  double active = 0;
  double inactive = 0;
  auto fault = read_each(rows, [&](const Fields& row) {
    if (const auto state = row.number({"statecode"})) ++(*state == 0 ? active : inactive);
  });
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  samples.add(kDualWrite, active, {{"state", "active"}});
  samples.add(kDualWrite, inactive, {{"state", "inactive"}});
  samples.add(kDualWriteVisible, 0.0);
  return Findings{samples.take(), {}};
}

asio::awaitable<Part> collect_dual_write(TableReader& reader, const Run& run) {
  Query query{.select = {"statecode"}};
  auto decode = [&](const auto& rows) { return decode_dual_write(run.environment->id, rows); };
  co_return co_await read_rows(reader, kParts[2], std::move(query), decode);
}

asio::awaitable<RunResult> collect(Run& run) {
  TableReader reader(run);
  Memory memory(run.memory);
  RunResult result;
  auto dataflows = co_await collect_dataflows(reader, run, memory);
  result.parts.push_back(std::move(dataflows));
  auto tables = co_await collect_virtual_tables(reader, run);
  result.parts.push_back(std::move(tables));
  auto dual_write = co_await collect_dual_write(reader, run);
  result.parts.push_back(std::move(dual_write));
  result.memory = memory.take();
  co_return result;
}

}  // namespace

Result<void> take_refreshes(const json::value& page, EventLog& log, json::array& lines) {
  std::string fault;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto ended = row.time({"msdyn_endtime"});
    if (!ended) continue;
    const auto error = row.text({"msdyn_errorinfojson"}).value_or("");
    const bool failed = !says_nothing(error);
    if (!log.take(row.required_text({"msdyn_dataflowrefreshhistoryid"}), *ended, failed ? "failed" : "ok")) continue;
    if (failed)
      lines.insert(lines.begin(), json::value(cloud::clean_text(fmt::format(
                                      "{}: failed {}: {}", row.text({"msdyn_dataflowname"}).value_or("a dataflow"),
                                      odata_time(*ended), error))));
  }
  if (!fault.empty()) return failure(std::move(fault));
  return {};
}

}  // namespace a2od::integration

namespace a2od {

Collector integration_collector() {
  return {.name = "integration",
          .about = "Dataflow refreshes, virtual tables of finance and operations, and what can be seen of dual-write.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(15),
          .timeout = std::chrono::minutes(3),
          .metrics = integration::kMetrics,
          .parts = integration::kParts,
          .applies = &Environment::has_dataverse,
          .collect = integration::collect};
}

}  // namespace a2od
