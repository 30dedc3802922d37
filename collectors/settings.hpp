// What the configuration makes of a collector: on or off, how often, for how long; and what all of them cost a day.
#pragma once

#include "collectors/collector.hpp"
#include "config/config.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace a2od {

struct CollectorSettings {
  bool enabled = true;
  Milliseconds interval{};
  Milliseconds timeout{};
  bool operator==(const CollectorSettings&) const = default;
};

/// The collector's own defaults, then its section, then each override that applies, in order. An override that names an
/// environment (by name or id) never applies to a tenant-wide run: `environment` is nullptr for those.
[[nodiscard]] CollectorSettings effective_settings(const Collector& collector, const Config& config,
                                                   std::string_view tenant, const Environment* environment = nullptr);

/// How many environments of each kind a tenant has, where they are not known one by one.
struct EnvironmentCounts {
  std::size_t without_dataverse = 0;
  std::size_t with_dataverse = 0;           ///< and without finance and operations
  std::size_t with_finance_operations = 0;  ///< and Dataverse
};

/// Requests that the tenant's collectors plan in 24 hours, from their intervals and the cost of their parts.
[[nodiscard]] double planned_requests_per_day(const Config& config, const TenantConfig& tenant,
                                              std::span<const Environment> environments);

/// The same from counts alone, for a check before anything ran; overrides for single environments are left out.
[[nodiscard]] double planned_requests_per_day(const Config& config, const TenantConfig& tenant,
                                              const EnvironmentCounts& counts);

/// What a2od plans with at most: a tenth of the tenant's entitlement.
[[nodiscard]] double plannable_requests_per_day(const TenantConfig& tenant);

}  // namespace a2od
