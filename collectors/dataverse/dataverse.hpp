// The Dataverse of an environment: does it answer, how fast, as whom, and in which state is its organization.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/probe.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace a2od {

[[nodiscard]] Collector dataverse_collector();

}  // namespace a2od

namespace a2od::dataverse {

/// In the order of the codes of `organizationstate`.
inline constexpr std::string_view kOrganizationStates[] = {"creating", "upgrading", "updating", "active"};

inline constexpr Metric kMetrics[] = {
    {"d365_dataverse_reachable", MetricType::gauge, "",
     "1 when the Dataverse host of the environment answered the last probe."},
    {"d365_dataverse_authorized", MetricType::gauge, "",
     "1 when it accepted our identity; absent when that could not be told."},
    {"d365_dataverse_probe_result", MetricType::state_set, "",
     "How the last probe ended: which of several causes kept it from succeeding."},
    {"d365_dataverse_probe_duration_seconds", MetricType::gauge, "seconds",
     "How long each phase of the last successful probe took, on a new connection."},
    {"d365_dataverse_organization_state", MetricType::state_set, "", "The state of the Dataverse organization."},
    {"d365_dataverse_organization_enabled", MetricType::gauge, "", "1 unless the Dataverse organization is disabled."},
    {"d365_dataverse_info", MetricType::info, "", "The version of Dataverse that the environment runs, always 1."},
};
inline constexpr const Metric& kReachable = kMetrics[0];
inline constexpr const Metric& kAuthorized = kMetrics[1];
inline constexpr const Metric& kProbeResult = kMetrics[2];
inline constexpr const Metric& kProbeDuration = kMetrics[3];
inline constexpr const Metric& kOrganizationState = kMetrics[4];
inline constexpr const Metric& kOrganizationEnabled = kMetrics[5];
inline constexpr const Metric& kInfo = kMetrics[6];

inline constexpr PartDescription kParts[] = {{"whoami", "application user in the environment", 1},
                                             {"organization", "prvReadOrganization", 2}};

/// Checks that the answer of WhoAmI is one: a host that says 200 to everything is not a Dataverse.
[[nodiscard]] Result<void> check_identity(const boost::json::value& body);

/// From the one row of `organizations` and from RetrieveCurrentOrganization. A state code that is new to us makes all
/// states 0; a missing column leaves its series out.
[[nodiscard]] Result<std::vector<Sample>> decode_organization(const std::string& environment_id,
                                                              const boost::json::value& organizations,
                                                              const boost::json::value& current);

}  // namespace a2od::dataverse
