// The finance and operations apps of an environment: do they answer, how fast, and do they let us in.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/probe.hpp"

namespace a2od {

[[nodiscard]] Collector finance_operations_collector();

}  // namespace a2od

namespace a2od::finance_operations {

inline constexpr Metric kMetrics[] = {
    {"d365_finance_operations_reachable", MetricType::gauge, "",
     "1 when the finance and operations host of the environment answered the last probe."},
    {"d365_finance_operations_authorized", MetricType::gauge, "",
     "1 when it accepted our identity; absent when that could not be told."},
    {"d365_finance_operations_probe_result", MetricType::state_set, "",
     "How the last probe ended: which of several causes kept it from succeeding."},
    {"d365_finance_operations_probe_duration_seconds", MetricType::gauge, "seconds",
     "How long each phase of the last successful probe took, on a new connection."},
};
inline constexpr const Metric& kReachable = kMetrics[0];
inline constexpr const Metric& kAuthorized = kMetrics[1];
inline constexpr const Metric& kProbeResult = kMetrics[2];
inline constexpr const Metric& kProbeDuration = kMetrics[3];

inline constexpr PartDescription kParts[] = {
    {"probe", "Microsoft Entra application mapped to a finance and operations user", 1}};

}  // namespace a2od::finance_operations
