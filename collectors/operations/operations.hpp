// The lifecycle operations of an environment (copy, restore, backup, …): which run, and which failed lately.
#pragma once

#include "collectors/collector.hpp"
#include "config/result.hpp"
#include "config/time.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace a2od {

[[nodiscard]] Collector operations_collector();

}  // namespace a2od

namespace a2od::operations {

inline constexpr Metric kMetrics[] = {
    {"d365_environment_operations", MetricType::gauge, "",
     "Lifecycle operations by type that have not ended (running) or that failed within the last 24 hours (failed)."},
    {"d365_environment_operation_running_since_timestamp_seconds", MetricType::gauge, "seconds",
     "When the oldest operation of a type that has not ended was asked for."},
};
inline constexpr const Metric& kOperations = kMetrics[0];
inline constexpr const Metric& kRunningSince = kMetrics[1];

inline constexpr PartDescription kParts[] = {{"lifecycle", "Power Platform management application", 1}};

/// A failed operation is counted for as long after its last action.
inline constexpr std::chrono::hours kFailuresRemembered{24};

/// Types are an open set, kept as they are; those beyond the first hundred count as "other". Each type that the history
/// names has both states, so that a failure ends with a 0.
[[nodiscard]] Result<std::vector<Sample>> decode(const std::string& environment_id,
                                                 std::span<const boost::json::value> items, Timestamp now);

}  // namespace a2od::operations
