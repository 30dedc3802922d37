// The environments of a tenant as the admin API lists them: which exist, and the state of each.
#pragma once

#include "collectors/collector.hpp"
#include "config/result.hpp"
#include "config/time.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

[[nodiscard]] Collector inventory_collector();

}  // namespace a2od

namespace a2od::inventory {

inline constexpr std::string_view kRuntimeStates[] = {"enabled", "disabled", "admin_mode", "other"};

inline constexpr Metric kMetrics[] = {
    {"d365_environment_info", MetricType::info, "", "What an environment is called and where it is, always 1."},
    {"d365_environment_state", MetricType::state_set, "",
     "The runtime state of an environment, as the admin API has it."},
    {"d365_environment_state_reason_info", MetricType::info, "",
     "Why the environment is in its state, where a reason is given, always 1."},
    {"d365_environment_admin_mode", MetricType::gauge, "",
     "1 while the environment is in administration mode and its users are locked out."},
    {"d365_environment_provisioned", MetricType::gauge, "",
     "1 when the provisioning of the environment has succeeded."},
    {"d365_environment_background_operations_enabled", MetricType::gauge, "",
     "1 when background operations (system jobs, synchronization) run."},
    {"d365_environment_managed", MetricType::gauge, "", "1 when the environment is a managed environment."},
    {"d365_environment_created_timestamp_seconds", MetricType::gauge, "seconds", "When the environment was created."},
    {"d365_tenant_environments", MetricType::gauge, "",
     "Environments that exist in the tenant by type, watched or not."},
};
inline constexpr const Metric& kInfo = kMetrics[0];
inline constexpr const Metric& kState = kMetrics[1];
inline constexpr const Metric& kStateReason = kMetrics[2];
inline constexpr const Metric& kAdminMode = kMetrics[3];
inline constexpr const Metric& kProvisioned = kMetrics[4];
inline constexpr const Metric& kBackgroundOperations = kMetrics[5];
inline constexpr const Metric& kManaged = kMetrics[6];
inline constexpr const Metric& kCreated = kMetrics[7];
inline constexpr const Metric& kTenantEnvironments = kMetrics[8];

inline constexpr PartDescription kParts[] = {{"environments", "Power Platform management application", 1}};

/// An environment with what the admin API says of its state; empty where it says nothing.
struct Record {
  Environment environment;
  std::string version;       ///< of Dataverse: "9.2.23092.00206"
  std::string state_reason;  ///< empty for NotSpecified
  std::optional<bool> provisioned;
  std::optional<bool> background_operations;
  std::optional<bool> managed;
  std::optional<Timestamp> created;
};

/// The list of environments, each once. One malformed entry refuses the whole list: a run must not look like the
/// disappearance of an environment. Unknown words of open sets are kept as they are.
[[nodiscard]] Result<std::vector<Record>> decode(std::span<const boost::json::value> items);

/// All environments of the tenant, watched or not.
boost::asio::awaitable<cloud::Reply<std::vector<Record>>> read(Run& run);

/// The samples of the environments that are watched, and the count of all that exist.
[[nodiscard]] std::vector<Sample> samples_of(std::span<const Environment> watched, std::span<const Record> records);

}  // namespace a2od::inventory
