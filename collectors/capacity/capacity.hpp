// Storage: what each environment uses, what the tenant is entitled to, and what is missing.
#pragma once

#include "collectors/collector.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace a2od {

[[nodiscard]] Collector capacity_collector();

}  // namespace a2od

namespace a2od::capacity {

inline constexpr std::string_view kStatuses[] = {"none", "available", "available_by_overflow", "not_available",
                                                 "other"};

inline constexpr Metric kMetrics[] = {
    {"d365_environment_storage_actual_bytes", MetricType::gauge, "bytes",
     "Storage that the environment uses physically."},
    {"d365_environment_storage_rated_bytes", MetricType::gauge, "bytes",
     "Storage of the environment that counts against the tenant's entitlement."},
    {"d365_environment_storage_measured_timestamp_seconds", MetricType::gauge, "seconds",
     "When Microsoft last measured the storage of the environment."},
    {"d365_tenant_storage_entitled_bytes", MetricType::gauge, "bytes",
     "Storage that the tenant's licences entitle it to."},
    {"d365_tenant_storage_actual_bytes", MetricType::gauge, "bytes", "Storage that the tenant uses physically."},
    {"d365_tenant_storage_rated_bytes", MetricType::gauge, "bytes",
     "Storage of the tenant that counts against its entitlement."},
    {"d365_tenant_storage_overflow_bytes", MetricType::gauge, "bytes",
     "Storage of one kind that covers the overrun of another, as Microsoft reports it."},
    {"d365_tenant_storage_status", MetricType::state_set, "", "Microsoft's verdict on a kind of storage."},
    {"d365_tenant_storage_measured_timestamp_seconds", MetricType::gauge, "seconds",
     "When Microsoft last measured the storage of the tenant."},
    {"d365_tenant_storage_deficit_bytes", MetricType::gauge, "bytes",
     "Storage that is missing after surplus of one kind has covered what it may; absent when an input is unknown."},
    {"d365_tenant_storage_operation_blocked", MetricType::gauge, "",
     "1 while lack of storage makes Microsoft refuse the operation."},
    {"d365_tenant_storage_license_lifecycle_timestamp_seconds", MetricType::gauge, "seconds",
     "When a licence that entitles to storage next changes its state."},
    {"d365_tenant_storage_temporary_license_expiry_timestamp_seconds", MetricType::gauge, "seconds",
     "When the tenant's temporary storage licence expires."},
};
inline constexpr const Metric& kEnvironmentActual = kMetrics[0];
inline constexpr const Metric& kEnvironmentRated = kMetrics[1];
inline constexpr const Metric& kEnvironmentMeasured = kMetrics[2];
inline constexpr const Metric& kTenantEntitled = kMetrics[3];
inline constexpr const Metric& kTenantActual = kMetrics[4];
inline constexpr const Metric& kTenantRated = kMetrics[5];
inline constexpr const Metric& kTenantOverflow = kMetrics[6];
inline constexpr const Metric& kTenantStatus = kMetrics[7];
inline constexpr const Metric& kTenantMeasured = kMetrics[8];
inline constexpr const Metric& kDeficit = kMetrics[9];
inline constexpr const Metric& kOperationBlocked = kMetrics[10];
inline constexpr const Metric& kLicenseLifecycle = kMetrics[11];
inline constexpr const Metric& kTemporaryLicenseExpiry = kMetrics[12];

inline constexpr PartDescription kParts[] = {{"environments", "Power Platform management application", 1},
                                             {"tenant", "role Power Platform Reader", 1}};

/// The `kind` label for Microsoft's name of a kind of storage ("FinOpsDatabase"); empty for those not followed.
[[nodiscard]] std::string_view kind_of(std::string_view capacity_type);

/// The storage of the environments in `watched`; of all that are listed while the inventory is not known yet. What is
/// null, in an unknown unit or was never measured is left out: unknown is not zero.
[[nodiscard]] Result<std::vector<Sample>> decode_environments(std::span<const boost::json::value> items,
                                                              std::span<const Environment> watched);

[[nodiscard]] Result<std::vector<Sample>> decode_tenant(const boost::json::value& body);

}  // namespace a2od::capacity
