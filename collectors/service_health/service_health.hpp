// What Microsoft says of its own services: which are not operational, and which incidents and advisories are open.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/findings.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <span>

namespace a2od {

[[nodiscard]] Collector service_health_collector();

}  // namespace a2od

namespace a2od::service_health {

inline constexpr Metric kMetrics[] = {
    {"d365_service_health_operational", MetricType::gauge, "",
     "Whether Microsoft calls a service operational (1), or by any other word (0)."},
    {"d365_service_health_open_issues", MetricType::gauge, "",
     "Issues of a service that Microsoft has not resolved, by classification: incident, advisory, other."},
    {"d365_service_health_issue_since_timestamp_seconds", MetricType::gauge, "seconds",
     "When the oldest issue of a service and classification began that Microsoft has not resolved."},
};
inline constexpr const Metric& kOperational = kMetrics[0];
inline constexpr const Metric& kOpenIssues = kMetrics[1];
inline constexpr const Metric& kIssueSince = kMetrics[2];

inline constexpr PartDescription kParts[] = {{"overview", "ServiceHealth.Read.All", 1}};

/// The services of Dynamics 365, Power Platform and what all of them need, among those that the tenant has. Open
/// issues are details of kOpenIssues, incidents first.
[[nodiscard]] Result<Findings> decode(std::span<const boost::json::value> items);

}  // namespace a2od::service_health
