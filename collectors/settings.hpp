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

/// By how much the intervals of a tenant's collectors are lengthened, by priority, so that what is planned fits into
/// its share of the day.
struct Stretch {
  double health = 1;
  double normal = 1;
  double bulk = 1;
  [[nodiscard]] double of(cloud::Priority priority) const;
  [[nodiscard]] bool any() const { return health > 1 || normal > 1 || bulk > 1; }
  bool operator==(const Stretch&) const = default;
};
/// The least important first, each up to twelvefold before the next one; then all alike, as far as it takes.
[[nodiscard]] Stretch stretch_to_fit(double health, double normal, double bulk, double allowed);
[[nodiscard]] Stretch stretch_to_fit(const Config& config, const TenantConfig& tenant,
                                     std::span<const Environment> environments,
                                     std::span<const Collector> collectors = all_collectors());

/// How many environments of each kind a tenant has, where they are not known one by one.
struct EnvironmentCounts {
  std::size_t without_dataverse = 0;
  std::size_t with_dataverse = 0;           ///< and without finance and operations
  std::size_t with_finance_operations = 0;  ///< and Dataverse
};

/// Requests that the tenant's collectors plan in 24 hours, from their intervals and the cost of their parts.
[[nodiscard]] double planned_requests_per_day(const Config& config, const TenantConfig& tenant,
                                              std::span<const Environment> environments,
                                              std::span<const Collector> collectors = all_collectors());

[[nodiscard]] Stretch stretch_to_fit(const Config& config, const TenantConfig& tenant, const EnvironmentCounts& counts,
                                     std::span<const Collector> collectors = all_collectors());

/// The same from counts alone, for a check before anything ran; overrides for single environments are left out.
[[nodiscard]] double planned_requests_per_day(const Config& config, const TenantConfig& tenant,
                                              const EnvironmentCounts& counts, const Stretch& stretch = {},
                                              std::span<const Collector> collectors = all_collectors());

/// What a2od plans with at most: a tenth of the tenant's entitlement.
[[nodiscard]] double plannable_requests_per_day(const TenantConfig& tenant);

}  // namespace a2od
