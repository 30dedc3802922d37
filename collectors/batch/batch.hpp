// Batch jobs and data-management executions of finance and operations apps.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/event_log.hpp"
#include "collectors/tables/findings.hpp"
#include "config/result.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <span>
#include <string>

namespace a2od {

[[nodiscard]] Collector batch_collector();

}  // namespace a2od

namespace a2od::batch {

inline constexpr Metric kMetrics[] = {
    {"d365_batch_jobs", MetricType::gauge, "", "Batch jobs that are not finished, by status."},
    {"d365_batch_jobs_oldest_due_timestamp_seconds", MetricType::gauge, "seconds",
     "When the waiting batch job should have started that is overdue longest; absent when none is."},
    {"d365_batch_jobs_overdue", MetricType::gauge, "",
     "Waiting batch jobs whose start lies more than an hour in the past."},
    {"d365_batch_jobs_oldest_running_timestamp_seconds", MetricType::gauge, "seconds",
     "When the executing batch job that runs longest began; absent when none runs."},
    {"d365_batch_jobs_long_running", MetricType::gauge, "",
     "Batch jobs that have been executing for four hours or longer."},
    {"d365_batch_jobs_failed_total", MetricType::counter, "",
     "Batch jobs that ended with an error since a2od began to watch."},
    {"d365_data_management_executions", MetricType::gauge, "",
     "Data-management executions of the last 24 hours, by stage and status as finance and operations names it."},
};
inline constexpr const Metric& kJobs = kMetrics[0];
inline constexpr const Metric& kOldestDue = kMetrics[1];
inline constexpr const Metric& kOverdue = kMetrics[2];
inline constexpr const Metric& kOldestRunning = kMetrics[3];
inline constexpr const Metric& kLongRunning = kMetrics[4];
inline constexpr const Metric& kFailed = kMetrics[5];
inline constexpr const Metric& kExecutions = kMetrics[6];

inline constexpr PartDescription kParts[] = {
    {"batch_jobs", "read access to the entity BatchJobs", 1},
    {"data_management", "read access to the entity DataManagementExecutionJobDetails", 1}};

inline constexpr std::chrono::hours kOverdueAfter{1};
inline constexpr std::chrono::hours kLongRunningAfter{4};

/// From all batch jobs that are neither finished nor canceled.
[[nodiscard]] Result<Findings> decode_jobs(const std::string& environment_id, std::span<const boost::json::value> rows,
                                           Timestamp now, EventLog& failures, boost::json::array& lines);

/// From the newest execution details.
[[nodiscard]] Result<Findings> decode_executions(const std::string& environment_id, const boost::json::value& page,
                                                 Timestamp now);

}  // namespace a2od::batch
