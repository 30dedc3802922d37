#include "collectors/jobs/jobs.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/codes.hpp"
#include "collectors/tables/memory.hpp"
#include "collectors/tables/reader.hpp"
#include "config/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace a2od::jobs {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using cloud::Cause;
using namespace std::chrono_literals;

constexpr unsigned kMostDetails = 20;
constexpr std::size_t kMostImportResults = 10;  ///< asked for in one run; the next goes on where it ended
constexpr double kLargestCount = 5'000;         ///< of $count=true
constexpr double kLargestAggregate = 50'000;    ///< rows, over which Dataverse refuses to aggregate, or stops
constexpr std::string_view kTooManyRows = "0x8004e023";
/// An import that began earlier and has no end was given up without a word.
constexpr std::chrono::days kImportsRemembered{7};

constexpr Code kStates[] = {{0, "waiting_for_resources"}, {10, "waiting"}, {11, "retrying"}, {12, "paused"},
                            {20, "in_progress"},          {21, "pausing"}, {22, "canceling"}};
constexpr Code kImportFileStates[] = {{0, "submitted"}, {1, "parsing"}, {2, "transforming"}, {3, "importing"}};

std::string_view kind_of_row(const Fields& row) {
  return kind_of(row.number({"operationtype"}), row.text({"messagename"}).value_or(""));
}

Sample lower_bound(const std::string& environment_id, std::string_view part, bool is_lower_bound) {
  SampleList samples(environment_id);
  samples.add(kLowerBound, is_lower_bound ? 1.0 : 0.0, {{"part", std::string(part)}});
  return std::move(samples.take().front());
}

// ---- backlog ----

/// The groups of a backlog as it stands, or of as many windows of its age as it takes to count them.
struct Backlog {
  json::array groups;
  std::size_t uncounted_windows = 0;
};

Query backlog_query(const std::string& window) {
  return {.apply = fmt::format("filter(statecode lt 3{})/groupby((operationtype,messagename,statuscode),aggregate("
                               "$count as n,startedon with min as oldest))",
                               window)};
}

std::vector<std::string> windows_of_age(Timestamp now) {
  constexpr std::array kAges{std::chrono::days(1), std::chrono::days(7), std::chrono::days(30)};
  std::vector<std::string> windows;
  std::string newer_end;
  for (const auto age : kAges) {
    const auto begin = odata_time(now - age);
    windows.push_back(fmt::format(" and createdon ge {}{}", begin, newer_end));
    newer_end = fmt::format(" and createdon lt {}", begin);
  }
  windows.push_back(newer_end);
  return windows;
}

void append_groups(const json::value& page, json::array& groups) {
  if (const auto* list = cloud::get_array(page, "value")) groups.insert(groups.end(), list->begin(), list->end());
}

bool is_too_many(const cloud::Failure& failure) { return failure.code == kTooManyRows; }

asio::awaitable<cloud::Reply<Backlog>> read_backlog(TableReader& reader, TableReader::Table table, Timestamp now) {
  Backlog backlog;
  const auto whole = co_await reader.page(table, backlog_query(""));
  if (whole) {
    append_groups(*whole, backlog.groups);
    co_return backlog;
  }
  if (!is_too_many(whole.error())) co_return std::unexpected(whole.error());
  for (const auto& window : windows_of_age(now)) {
    const auto part = co_await reader.page(table, backlog_query(window));
    if (part)
      append_groups(*part, backlog.groups);
    else if (is_too_many(part.error()))
      ++backlog.uncounted_windows;
    else
      co_return std::unexpected(part.error());
  }
  co_return backlog;
}

Result<std::optional<Timestamp>> decode_oldest_due(const json::value& page) {
  std::string fault;
  std::optional<Timestamp> oldest;
  for (const auto& row : Fields(page, "", fault).items({"value"})) oldest = row.time({"createdon"});
  if (!fault.empty()) return failure(std::move(fault));
  return oldest;
}

asio::awaitable<Part> collect_backlog(TableReader& reader, const Run& run) {
  const auto now = run.clock.wall();
  const auto& id = run.environment->id;
  const auto table = co_await reader.table(kParts[0].table);
  if (!table) co_return failed_part(kParts[0], table.error());
  auto backlog = co_await read_backlog(reader, *table, now);
  if (!backlog) co_return failed_part(kParts[0], **table, backlog.error());
  Query due{
      .select = {"createdon"},
      .filter = fmt::format("statuscode eq 0 and (postponeuntil eq null or postponeuntil lt {})", odata_time(now)),
      .order_by = "createdon asc",
      .top = 1};
  const auto first = co_await reader.page(*table, std::move(due));
  if (!first) co_return failed_part(kParts[0], **table, first.error());
  const auto oldest = decode_oldest_due(*first);
  if (!oldest) co_return decoded_part(kParts[0], failure(oldest.error().message));
  auto part = decoded_part(kParts[0], decode_backlog(id, {{"value", std::move(backlog->groups)}}));
  if (part.outcome != Outcome::ok) co_return part;
  SampleList more(id);
  more.add(kOldestDue, *oldest);
  if (backlog->uncounted_windows > 0) {
    const auto at_least = kLargestAggregate * static_cast<double>(backlog->uncounted_windows);
    more.add(kJobs, at_least, {{"kind", "other"}, {"state", "unknown"}});
  }
  std::ranges::move(more.take(), std::back_inserter(part.samples));
  const bool capped = std::ranges::any_of(
      part.samples, [](const Sample& sample) { return sample.metric == &kJobs && sample.value >= kLargestAggregate; });
  part.samples.push_back(lower_bound(id, "backlog", capped));
  co_return part;
}

// ---- stuck ----

asio::awaitable<Part> collect_stuck(TableReader& reader, const Run& run) {
  const auto now = run.clock.wall();
  Query query{.select = {"name", "operationtype", "messagename", "startedon"},
              .filter = fmt::format("statuscode eq 20 and startedon lt {}", odata_time(now - kStuckAfter)),
              .order_by = "startedon asc",
              .count = true,
              .top = kMostDetails};
  auto decode = [&](const json::value& page) { return decode_running(run.environment->id, page, now); };
  co_return co_await read_page(reader, kParts[1], std::move(query), decode);
}

// ---- failures ----

std::string described(const Fields& row) {
  std::string text = fmt::format("{} ({})", row.text({"name"}).value_or("a job without a name"), kind_of_row(row));
  if (const auto ended = row.time({"completedon"})) text += fmt::format(", failed {}", odata_time(*ended));
  if (const auto code = row.number({"errorcode"}))
    text += fmt::format(", error 0x{:08x}", static_cast<std::uint32_t>(static_cast<std::int64_t>(*code)));
  const auto message = row.text({"friendlymessage"}).value_or("");
  if (!message.empty()) text += fmt::format(": {}", message);
  return cloud::clean_text(text);
}

json::array lines_of(const json::value& page) {
  json::array lines;
  std::string fault;
  for (const auto& row : Fields(page, "", fault).items({"value"})) lines.emplace_back(described(row));
  return fault.empty() ? lines : json::array();
}

/// The newest failures in words, for the people behind an alert. Counting does not depend on them.
asio::awaitable<void> read_newest(TableReader& reader, TableReader::Table table, Timestamp since, Memory& memory) {
  Query query{.select = {"name", "operationtype", "messagename", "errorcode", "completedon", "friendlymessage"},
              .filter = fmt::format("statuscode eq 31 and completedon ge {}", odata_time(since)),
              .order_by = "completedon desc",
              .top = kMostDetails};
  const auto page = co_await reader.page(std::move(table), std::move(query));
  if (page) memory.prepend_lines("newest_failures", lines_of(*page), kMostDetails);
}

asio::awaitable<Part> collect_failures(TableReader& reader, const Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  auto log = memory.log("failures", now);
  const auto table = co_await reader.table(kParts[2].table);
  if (!table) co_return failed_part(kParts[2], table.error());
  const auto since = log.since();
  Query query{.select = {"asyncoperationid", "operationtype", "messagename", "completedon"},
              .filter = fmt::format("statuscode eq 31 and completedon ge {}", odata_time(since)),
              .order_by = "completedon asc"};
  const auto page = co_await reader.page(*table, std::move(query));
  if (!page) co_return failed_part(kParts[2], **table, page.error());
  const auto fresh = take_failures(*page, log);
  if (!fresh) co_return decoded_part(kParts[2], failure(fresh.error().message));
  if (*fresh > 0) co_await read_newest(reader, *table, since, memory);
  log.close(now, brought_by(*page));
  SampleList samples(run.environment->id);
  for (const auto kind : kKinds) samples.add(kFailed, log.count(kind), {{"kind", std::string(kind)}});
  memory.keep("failures", log);
  co_return found_part(kParts[2], Findings{samples.take(), memory.details("newest_failures", kFailed)});
}

// ---- bulk deletes ----

asio::awaitable<Part> collect_bulk_deletes(TableReader& reader, const Run& run) {
  Query query{.select = {"name", "isrecurring", "nextrun", "statuscode"}, .filter = "statecode lt 3"};
  auto decode = [&](const json::value& page) {
    return decode_bulk_deletes(run.environment->id, page, run.clock.wall());
  };
  co_return co_await read_page(reader, kParts[3], std::move(query), decode);
}

// ---- solution imports ----

struct ImportResult {
  std::string status;
  std::string error;
};

ImportResult decode_result(const json::value& body) {
  std::string fault;
  const Fields answer(body, "", fault);
  ImportResult result{lower_case(answer.text({"SolutionOperationResult", "Status"}).value_or("unknown")), ""};
  const auto* result_body = cloud::find(body, {"SolutionOperationResult"});
  const auto* errors = result_body == nullptr ? nullptr : cloud::get_array(*result_body, "ErrorMessages");
  if (errors != nullptr && !errors->empty()) result.error = cloud::as_string(&errors->front()).value_or("");
  return result;
}

struct Import {
  std::string id;
  std::string solution;
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
};

Result<std::vector<Import>> decode_imports(const json::value& page) {
  std::string fault;
  std::vector<Import> imports;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto name = row.text({"solutionname"});
    imports.push_back({.id = std::string(row.required_text({"importjobid"})),
                       .solution = std::string(name ? *name : row.text({"name"}).value_or("a solution")),
                       .started = row.time({"startedon"}),
                       .ended = row.time({"completedon"})});
  }
  if (!fault.empty()) return failure(std::move(fault));
  return imports;
}

/// Whether every import that ended was looked at.
asio::awaitable<bool> take_results(TableReader& reader, std::vector<Import> ended, EventLog& log, Memory& memory) {
  std::ranges::sort(ended, {}, &Import::ended);
  std::size_t asked = 0;
  for (const auto& import : ended) {
    if (log.has_taken(import.id)) continue;
    if (asked++ == kMostImportResults) co_return false;
    const auto answer = co_await reader.get(fmt::format("RetrieveSolutionImportResult(ImportJobId={})", import.id));
    if (!answer && reader.closed()) co_return false;
    const auto result = answer ? decode_result(*answer) : ImportResult{"unknown", ""};
    log.take(import.id, *import.ended, result.status);
    if (result.status == "passed") continue;
    json::array line{json::value(
        cloud::clean_text(fmt::format("{}: {} {}{}{}", import.solution, result.status, odata_time(*import.ended),
                                      result.error.empty() ? "" : ": ", result.error)))};
    memory.prepend_lines("newest_imports", std::move(line), kMostDetails);
  }
  co_return true;
}

asio::awaitable<Part> collect_solution_imports(TableReader& reader, const Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  auto log = memory.log("solution_imports", now);
  const auto table = co_await reader.table(kParts[4].table);
  if (!table) co_return failed_part(kParts[4], table.error());
  Query query{.select = {"importjobid", "name", "solutionname", "startedon", "completedon"},
              .filter = fmt::format("(completedon eq null and startedon ge {}) or completedon ge {}",
                                    odata_time(now - kImportsRemembered), odata_time(log.since()))};
  const auto page = co_await reader.page(*table, std::move(query));
  if (!page) co_return failed_part(kParts[4], **table, page.error());
  auto imports = decode_imports(*page);
  if (!imports) co_return decoded_part(kParts[4], failure(imports.error().message));
  const auto running = std::ranges::partition(*imports, [](const Import& import) { return import.ended.has_value(); });
  SampleList samples(run.environment->id);
  samples.add(kImportsRunning, static_cast<double>(running.size()));
  std::optional<Timestamp> oldest;
  for (const auto& import : running)
    if (import.started) oldest = std::min(*import.started, oldest.value_or(*import.started));
  samples.add(kImportOldestRunning, oldest);
  imports->erase(running.begin(), running.end());
  const bool all = co_await take_results(reader, std::move(*imports), log, memory);
  log.close(now, all ? EventLog::Brought::all : EventLog::Brought::first_page);
  for (const std::string_view result : {"passed", "failed"})
    samples.add(kImports, log.count(result), {{"result", std::string(result)}});
  for (const auto& [result, count] : log.shown_counts())
    if (result != "passed" && result != "failed") samples.add(kImports, count, {{"result", result}});
  memory.keep("solution_imports", log);
  co_return found_part(kParts[4], Findings{samples.take(), memory.details("newest_imports", kImports)});
}

// ---- data imports ----

Result<void> take_data_imports(const json::value& page, EventLog& ended, EventLog& rows, json::array& lines) {
  std::string fault;
  for (const auto& file : Fields(page, "", fault).items({"value"})) {
    const auto id = file.required_text({"importfileid"});
    const auto at = file.time({"completedon"});
    if (!at) continue;
    const auto failed_rows = file.number({"failurecount"}).value_or(0);
    const bool failed = file.number({"statuscode"}) == 5;
    if (!ended.take(id, *at, failed ? "failed" : "completed")) continue;
    rows.take(id, *at, "rows", failed_rows);
    if (!failed && failed_rows == 0) continue;
    lines.emplace_back(
        cloud::clean_text(fmt::format("{}: {} {}, {} rows not imported", file.text({"name"}).value_or("a file"),
                                      failed ? "failed" : "ended", odata_time(*at), failed_rows)));
  }
  if (!fault.empty()) return failure(std::move(fault));
  return {};
}

Result<std::vector<Sample>> decode_data_imports(const std::string& environment_id, const json::value& page) {
  constexpr double kCompleted = 4;
  std::string fault;
  std::map<std::string, double> counts;
  for (const auto& file : Fields(page, "", fault).items({"value"})) {
    const auto state = file.number({"statuscode"});
    if (state.value_or(kCompleted) < kCompleted) ++counts[name_of(kImportFileStates, state)];
  }
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& [state, count] : counts) samples.add(kDataImports, count, {{"state", state}});
  return samples.take();
}

asio::awaitable<Part> collect_data_imports(TableReader& reader, const Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  auto ended = memory.log("data_imports", now);
  auto rows = memory.log("data_import_rows", now);
  const auto table = co_await reader.table(kParts[5].table);
  if (!table) co_return failed_part(kParts[5], table.error());
  Query query{.select = {"importfileid", "name", "statuscode", "failurecount", "completedon"},
              .filter = fmt::format("statuscode lt 4 or completedon ge {}", odata_time(ended.since())),
              .order_by = "completedon asc"};
  const auto page = co_await reader.page(*table, std::move(query));
  if (!page) co_return failed_part(kParts[5], **table, page.error());
  json::array lines;
  const auto taken = take_data_imports(*page, ended, rows, lines);
  if (!taken) co_return decoded_part(kParts[5], failure(taken.error().message));
  auto samples = decode_data_imports(run.environment->id, *page);
  if (!samples) co_return decoded_part(kParts[5], std::move(samples));
  const auto brought = brought_by(*page);
  ended.close(now, brought);
  rows.close(now, brought);
  memory.prepend_lines("newest_data_imports", std::move(lines), kMostDetails);
  SampleList counters(run.environment->id);
  for (const std::string_view result : {"completed", "failed"})
    counters.add(kDataImportsEnded, ended.count(result), {{"result", std::string(result)}});
  counters.add(kDataImportRowsFailed, rows.count("rows"));
  std::ranges::move(counters.take(), std::back_inserter(*samples));
  memory.keep("data_imports", ended);
  memory.keep("data_import_rows", rows);
  auto details = memory.details("newest_data_imports", kDataImportsEnded);
  std::ranges::move(memory.details("newest_data_imports", kDataImportRowsFailed), std::back_inserter(details));
  co_return found_part(kParts[5], Findings{std::move(*samples), std::move(details)});
}

asio::awaitable<RunResult> collect(Run& run) {
  TableReader reader(run);
  Memory memory(run.memory);
  RunResult result;
  auto backlog = co_await collect_backlog(reader, run);
  result.parts.push_back(std::move(backlog));
  auto stuck = co_await collect_stuck(reader, run);
  result.parts.push_back(std::move(stuck));
  auto failures = co_await collect_failures(reader, run, memory);
  result.parts.push_back(std::move(failures));
  auto deletes = co_await collect_bulk_deletes(reader, run);
  result.parts.push_back(std::move(deletes));
  auto imports = co_await collect_solution_imports(reader, run, memory);
  result.parts.push_back(std::move(imports));
  auto data = co_await collect_data_imports(reader, run, memory);
  result.parts.push_back(std::move(data));
  result.memory = memory.take();
  co_return result;
}

}  // namespace

Result<std::vector<Sample>> decode_backlog(const std::string& environment_id, const json::value& groups) {
  std::map<std::pair<std::string, std::string>, double> counts;
  std::optional<Timestamp> oldest;
  std::string fault;
  for (const auto& group : Fields(groups, "", fault).items({"value"})) {
    const auto state = name_of(kStates, group.number({"statuscode"}));
    counts[{std::string(kind_of_row(group)), state}] += group.number({"n"}).value_or(0);
    const auto began = group.time({"oldest"});
    if (state == "in_progress" && began) oldest = std::min(*began, oldest.value_or(*began));
  }
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& [key, count] : counts) samples.add(kJobs, count, {{"kind", key.first}, {"state", key.second}});
  samples.add(kOldestRunning, oldest);
  return samples.take();
}

Result<Findings> decode_running(const std::string& environment_id, const json::value& page, Timestamp now) {
  std::string fault;
  Findings findings;
  const Fields answer(page, "", fault);
  const auto count = answer.number({"@odata.count"});
  const auto rows = answer.items({"value"});
  for (const auto& row : rows) {
    const auto began = row.time({"startedon"});
    if (!began || now - *began < kStuckAfter) continue;
    findings.details.push_back(
        {&kStuck, cloud::clean_text(fmt::format("{} ({}), in progress since {}",
                                                row.text({"name"}).value_or("a job without a name"), kind_of_row(row),
                                                odata_time(*began)))});
  }
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  samples.add(kStuck, count.value_or(static_cast<double>(rows.size())));
  findings.samples = samples.take();
  findings.samples.push_back(lower_bound(environment_id, "stuck", count.value_or(0) >= kLargestCount));
  return findings;
}

Result<std::size_t> take_failures(const json::value& page, EventLog& log) {
  std::string fault;
  std::size_t fresh = 0;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto id = row.required_text({"asyncoperationid"});
    const auto ended = row.time({"completedon"});
    if (ended && log.take(id, *ended, kind_of_row(row))) ++fresh;
  }
  if (!fault.empty()) return failure(std::move(fault));
  return fresh;
}

Result<Findings> decode_bulk_deletes(const std::string& environment_id, const json::value& page, Timestamp now) {
  std::string fault;
  Findings findings;
  std::map<std::string, double> counts;
  std::optional<Timestamp> oldest;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    ++counts[name_of(kStates, row.number({"statuscode"}))];
    const auto next = row.time({"nextrun"});
    if (!row.flag({"isrecurring"}).value_or(false) || !next || *next >= now) continue;
    oldest = std::min(*next, oldest.value_or(*next));
    if (findings.details.size() < kMostDetails)
      findings.details.push_back(
          {&kBulkDeleteOverdue, cloud::clean_text(fmt::format(
                                    "{}, due {}", row.text({"name"}).value_or("a bulk deletion"), odata_time(*next)))});
  }
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& [state, count] : counts) samples.add(kBulkDeletes, count, {{"state", state}});
  samples.add(kBulkDeleteOverdue, oldest);
  findings.samples = samples.take();
  return findings;
}

}  // namespace a2od::jobs

namespace a2od {

Collector jobs_collector() {
  return {.name = "jobs",
          .about = "Background jobs of Dataverse: backlog, stuck and failed jobs, bulk deletions, imports.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(5),
          .timeout = std::chrono::minutes(2),
          .metrics = jobs::kMetrics,
          .parts = jobs::kParts,
          .applies = &Environment::has_dataverse,
          .collect = jobs::collect};
}

}  // namespace a2od
