#include "collectors/batch/batch.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/memory.hpp"
#include "collectors/tables/query.hpp"
#include "config/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

namespace a2od::batch {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kMostDetails = 20;
constexpr std::size_t kMostStatuses = 30;
constexpr unsigned kMostExecutions = 1000;
constexpr std::chrono::hours kExecutionsRemembered{24};
constexpr std::string_view kUnfinishedStatuses[] = {"Hold",  "Waiting",    "Executing", "Error",
                                                    "Ready", "Cancelling", "Scheduled", "NotRun"};

/// "PartiallySucceeded" as "partially_succeeded".
std::string label_of(std::string_view member) {
  std::string label;
  for (const char c : member.substr(0, 64)) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !label.empty()) label += '_';
    label += lower_case(c);
  }
  return label;
}

asio::awaitable<Part> collect_jobs(Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  auto log = memory.log("failures", now);
  Query query{.select = {"BatchJobRecId", "JobDescription", "Status", "StartDateTime", "EndDateTime"},
              .filter =
                  "Status ne Microsoft.Dynamics.DataEntities.BatchStatus'Finished' and "
                  "Status ne Microsoft.Dynamics.DataEntities.BatchStatus'Canceled'"};
  auto asked = finance_operations_request(*run.environment, "BatchJobs", query);
  const auto rows = co_await run.session.send_paged(std::move(asked));
  if (!rows) co_return failed_part(kParts[0], rows.error());
  json::array lines;
  auto findings = decode_jobs(run.environment->id, *rows, now, log, lines);
  if (!findings) co_return found_part(kParts[0], std::move(findings));
  log.close(now, EventLog::Brought::all);
  memory.keep("failures", log);
  memory.prepend_lines("newest_failures", std::move(lines), kMostDetails);
  std::ranges::move(memory.details("newest_failures", kFailed), std::back_inserter(findings->details));
  co_return found_part(kParts[0], std::move(findings));
}

asio::awaitable<Part> collect_executions(Run& run) {
  Query query{
      .select = {"JobId", "EntityName", "StagingStatus", "TargetStatus", "StagingStartDateTime", "TargetEndDateTime"},
      .order_by = "StagingStartDateTime desc",
      .top = kMostExecutions};
  auto asked = finance_operations_request(*run.environment, "DataManagementExecutionJobDetails", query);
  const auto reply = co_await run.session.send(std::move(asked));
  if (!reply) co_return failed_part(kParts[1], reply.error());
  co_return found_part(kParts[1], decode_executions(run.environment->id, reply->body, run.clock.wall()));
}

asio::awaitable<RunResult> collect(Run& run) {
  Memory memory(run.memory);
  RunResult result;
  auto jobs = co_await collect_jobs(run, memory);
  const bool reached = jobs.outcome == Outcome::ok || jobs.outcome == Outcome::absent ||
                       jobs.outcome == Outcome::denied || jobs.outcome == Outcome::broken;
  result.parts.push_back(std::move(jobs));
  if (reached) {
    auto executions = co_await collect_executions(run);
    result.parts.push_back(std::move(executions));
  } else {
    Part unasked = result.parts.front();
    unasked.name = kParts[1].name;
    result.parts.push_back(std::move(unasked));
  }
  result.memory = memory.take();
  co_return result;
}

struct Tally {
  std::map<std::string, double> by_status;
  double overdue = 0;
  double long_running = 0;
  std::optional<Timestamp> oldest_due;
  std::optional<Timestamp> oldest_running;
  std::vector<Detail> details;

  void note(const Metric& metric, std::string text) {
    const auto lines = std::ranges::count(details, &metric, &Detail::metric);
    if (static_cast<std::size_t>(lines) < kMostDetails) details.push_back({&metric, cloud::clean_text(text)});
  }
};

void count(const Fields& row, Timestamp now, Tally& tally) {
  const auto status = row.required_text({"Status"});
  auto label = label_of(status);
  if (tally.by_status.size() >= kMostStatuses && !tally.by_status.contains(label)) label = "other";
  ++tally.by_status[label];
  const auto start = row.time({"StartDateTime"});
  const auto name = row.text({"JobDescription"}).value_or("a batch job without a description");
  if (status == "Waiting" && start && *start < now) {
    tally.oldest_due = std::min(*start, tally.oldest_due.value_or(*start));
    if (now - *start > kOverdueAfter) {
      ++tally.overdue;
      tally.note(kOverdue, fmt::format("{}, due {}", name, odata_time(*start)));
    }
  }
  if (status == "Executing" && start && *start < now) {
    tally.oldest_running = std::min(*start, tally.oldest_running.value_or(*start));
    if (now - *start >= kLongRunningAfter) {
      ++tally.long_running;
      tally.note(kLongRunning, fmt::format("{}, executing since {}", name, odata_time(*start)));
    }
  }
}

/// The record id of a recurring job stays the same: each end is an event of its own.
void take_failure(const Fields& row, EventLog& failures, json::array& lines) {
  if (row.text({"Status"}) != "Error") return;
  const auto ended = row.time({"EndDateTime"});
  const auto id = row.number({"BatchJobRecId"});
  if (!ended || !id || *ended < failures.since()) return;
  if (failures.take(fmt::format("{} {}", *id, ended->time_since_epoch().count()), *ended, "failed"))
    lines.emplace_back(cloud::clean_text(fmt::format(
        "{}: ended with an error {}", row.text({"JobDescription"}).value_or("a batch job"), odata_time(*ended))));
}

}  // namespace

Result<Findings> decode_jobs(const std::string& environment_id, std::span<const json::value> rows, Timestamp now,
                             EventLog& failures, json::array& lines) {
  Tally tally;
  for (const auto status : kUnfinishedStatuses) tally.by_status[label_of(status)] = 0;
  auto fault = read_each(rows, [&](const Fields& row) {
    count(row, now, tally);
    take_failure(row, failures, lines);
  });
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& [status, count] : tally.by_status) samples.add(kJobs, count, {{"status", status}});
  samples.add(kOldestDue, tally.oldest_due);
  samples.add(kOverdue, tally.overdue);
  samples.add(kOldestRunning, tally.oldest_running);
  samples.add(kLongRunning, tally.long_running);
  samples.add(kFailed, failures.count("failed"));
  return Findings{samples.take(), std::move(tally.details)};
}

Result<Findings> decode_executions(const std::string& environment_id, const json::value& page, Timestamp now) {
  std::string fault;
  Findings findings;
  std::map<std::pair<std::string_view, std::string>, double> counts;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto began = row.time({"StagingStartDateTime"});
    if (!began || now - *began > kExecutionsRemembered) continue;
    for (const auto& [stage, column] :
         {std::pair<std::string_view, std::string_view>{"staging", "StagingStatus"}, {"target", "TargetStatus"}}) {
      const auto status = row.text({column});
      if (!status || status->empty()) continue;
      ++counts[{stage, label_of(*status)}];
      const bool bad = status->contains("Fail") || status->contains("Error") || *status == "PartiallySucceeded";
      if (bad && findings.details.size() < kMostDetails)
        findings.details.push_back(
            {&kExecutions,
             cloud::clean_text(fmt::format("{} of job {}: {} {}", row.text({"EntityName"}).value_or("an entity"),
                                           row.text({"JobId"}).value_or("?"), stage, *status))});
    }
  }
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& [key, count] : counts)
    samples.add(kExecutions, count, {{"stage", std::string(key.first)}, {"status", key.second}});
  findings.samples = samples.take();
  return findings;
}

}  // namespace a2od::batch

namespace a2od {

Collector batch_collector() {
  return {.name = "batch",
          .about = "Batch jobs and data-management executions of finance and operations apps.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(5),
          .timeout = std::chrono::minutes(2),
          .metrics = batch::kMetrics,
          .parts = batch::kParts,
          .applies = &Environment::has_finance_operations,
          .collect = batch::collect};
}

}  // namespace a2od
