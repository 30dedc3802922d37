// The background jobs of an environment's Dataverse: what waits and for how long, what is stuck, what failed.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/event_log.hpp"
#include "collectors/tables/findings.hpp"
#include "config/result.hpp"
#include "config/time.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

[[nodiscard]] Collector jobs_collector();

}  // namespace a2od

namespace a2od::jobs {

inline constexpr Metric kMetrics[] = {
    {"d365_jobs", MetricType::gauge, "", "System jobs that have not ended, by kind and state."},
    {"d365_jobs_oldest_due_timestamp_seconds", MetricType::gauge, "seconds",
     "When the oldest job was created that should have started and has not; absent when none is due."},
    {"d365_jobs_oldest_running_timestamp_seconds", MetricType::gauge, "seconds",
     "When the job in progress that runs longest began; absent when none runs."},
    {"d365_jobs_stuck", MetricType::gauge, "", "System jobs that have been in progress for two hours or longer."},
    {"d365_jobs_failed_total", MetricType::counter, "", "System jobs that failed since a2od began to watch, by kind."},
    {"d365_jobs_count_is_lower_bound", MetricType::gauge, "",
     "1 when the service stopped counting, so that the figures of this part are at least what they say."},
    {"d365_bulk_deletes", MetricType::gauge, "", "Bulk deletions that have not ended, by state."},
    {"d365_bulk_delete_oldest_overdue_timestamp_seconds", MetricType::gauge, "seconds",
     "When the recurring bulk deletion that is overdue longest should have run; absent when none is overdue."},
    {"d365_solution_imports_running", MetricType::gauge, "", "Solution imports that have not ended."},
    {"d365_solution_import_oldest_running_timestamp_seconds", MetricType::gauge, "seconds",
     "When the solution import that runs longest began; absent when none runs."},
    {"d365_solution_imports_total", MetricType::counter, "",
     "Solution imports that ended since a2od began to watch, by result."},
    {"d365_data_imports", MetricType::gauge, "", "Data import files that have not ended, by state."},
    {"d365_data_imports_total", MetricType::counter, "",
     "Data import files that ended since a2od began to watch, by result."},
    {"d365_data_import_rows_failed_total", MetricType::counter, "",
     "Rows that data imports could not bring in, since a2od began to watch."},
};
inline constexpr const Metric& kJobs = kMetrics[0];
inline constexpr const Metric& kOldestDue = kMetrics[1];
inline constexpr const Metric& kOldestRunning = kMetrics[2];
inline constexpr const Metric& kStuck = kMetrics[3];
inline constexpr const Metric& kFailed = kMetrics[4];
inline constexpr const Metric& kLowerBound = kMetrics[5];
inline constexpr const Metric& kBulkDeletes = kMetrics[6];
inline constexpr const Metric& kBulkDeleteOverdue = kMetrics[7];
inline constexpr const Metric& kImportsRunning = kMetrics[8];
inline constexpr const Metric& kImportOldestRunning = kMetrics[9];
inline constexpr const Metric& kImports = kMetrics[10];
inline constexpr const Metric& kDataImports = kMetrics[11];
inline constexpr const Metric& kDataImportsEnded = kMetrics[12];
inline constexpr const Metric& kDataImportRowsFailed = kMetrics[13];

/// Metadata is asked for at the first run only; details of failures, and results of imports, when there are new ones.
inline constexpr PartDescription kParts[] = {{"backlog", "prvReadAsyncOperation", 2, "asyncoperation"},
                                             {"stuck", "prvReadAsyncOperation", 1, "asyncoperation"},
                                             {"failures", "prvReadAsyncOperation", 1, "asyncoperation"},
                                             {"bulk_deletes", "prvReadBulkDeleteOperation", 1, "bulkdeleteoperation"},
                                             {"solution_imports", "prvReadImportJob", 1, "importjob"},
                                             {"data_imports", "prvReadImportFile", 1, "importfile"}};

/// A job in progress for longer is stuck.
inline constexpr std::chrono::hours kStuckAfter{2};

/// What people call a system job, from its operation type and, where that says nothing, from its message.
[[nodiscard]] std::string_view kind_of(std::optional<double> operation_type, std::string_view message);
inline constexpr std::string_view kKinds[] = {"workflow",
                                              "plug_in",
                                              "flow",
                                              "bulk_delete",
                                              "data_import",
                                              "solution",
                                              "email",
                                              "duplicate_detection",
                                              "rollup",
                                              "retention",
                                              "request",
                                              "virtual_table",
                                              "finance_operations",
                                              "maintenance",
                                              "other"};

/// From the groups by operationtype, messagename and statuscode, with `n`.
[[nodiscard]] Result<std::vector<Sample>> decode_backlog(const std::string& environment_id,
                                                         const boost::json::value& groups);

/// From the page of jobs that have been running longest, with their number.
[[nodiscard]] Result<Findings> decode_running(const std::string& environment_id, const boost::json::value& page,
                                              Timestamp now);

/// Takes in the ids, kinds and ends of failed jobs; how many were new.
[[nodiscard]] Result<std::size_t> take_failures(const boost::json::value& page, EventLog& log);

/// From recurring bulk deletions and those that have not ended.
[[nodiscard]] Result<Findings> decode_bulk_deletes(const std::string& environment_id, const boost::json::value& page,
                                                   Timestamp now);

}  // namespace a2od::jobs
