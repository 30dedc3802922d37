#include "tests/tenant/services.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace a2od::tenant {
namespace {

constexpr std::array<std::string_view, 2> kVersions{"2022-03-01-preview", "2024-10-01"};

/// Who covers whose overrun: database surplus covers log and then file, log surplus covers file, file covers nothing.
struct Balance {
  Sizes actual{};
  Sizes rated{};
  Sizes over{};  ///< beyond the entitlement, before anything covers it
  Sizes uncovered{};
  double database_for_log = 0;
  double database_for_file = 0;
  double log_for_file = 0;
};

double take(double& surplus, double& need) {
  const double taken = std::min(surplus, need);
  surplus -= taken;
  need -= taken;
  return taken;
}

Balance balance_of(const World& world, Timestamp now) {
  Balance balance;
  Sizes surplus{};
  for (std::size_t at = 0; at < kStorageKinds; ++at) {
    for (const auto& environment : world.environments()) {
      balance.actual[at] += world.actual(environment, static_cast<StorageKind>(at), now);
      balance.rated[at] += world.rated(environment, static_cast<StorageKind>(at), now);
    }
    surplus[at] = std::max(0.0, world.scenario().entitlements[at] - balance.rated[at]);
    balance.over[at] = std::max(0.0, balance.rated[at] - world.scenario().entitlements[at]);
  }
  balance.uncovered = balance.over;
  balance.database_for_log = take(surplus[0], balance.uncovered[2]);
  balance.database_for_file = take(surplus[0], balance.uncovered[1]);
  balance.log_for_file = take(surplus[2], balance.uncovered[1]);
  return balance;
}

std::string_view status_of(const Balance& balance, std::size_t kind) {
  if (balance.uncovered[kind] > 0) return "NotAvailable";
  return balance.over[kind] > 0 ? "AvailableByOverflow" : "Available";
}

json::array overflow_of(const Balance& balance, std::size_t kind) {
  json::array list;
  if (kind == 0 && balance.database_for_log > 0)
    list.push_back({{"capacityType", "Log"}, {"value", balance.database_for_log}});
  if (kind == 0 && balance.database_for_file > 0)
    list.push_back({{"capacityType", "File"}, {"value", balance.database_for_file}});
  if (kind == 2 && balance.log_for_file > 0)
    list.push_back({{"capacityType", "File"}, {"value", balance.log_for_file}});
  return list;
}

json::object license(double total) {
  const json::object none{{"enabled", 0}, {"warning", 0}, {"suspended", 0}};
  return {{"entitlementCode", "CDS_STORAGE"},
          {"displayName", "Dataverse for Customer Engagement BASE"},
          {"servicePlanId", guid(1, "service plan")},
          {"skuId", guid(1, "sku")},
          {"paid", {{"enabled", 100}, {"warning", 0}, {"suspended", 0}}},
          {"trial", none},
          {"totalCapacity", total},
          {"capabilityStatus", "Enabled"}};
}

json::object entry(std::string_view type, std::string_view unit, double total, double actual, double rated,
                   std::string_view status, json::array overflow, const std::string& measured) {
  json::array entitlements;
  entitlements.push_back({{"capacityType", type},
                          {"capacitySubType", fmt::format("{}Base", type)},
                          {"totalCapacity", total},
                          {"licenses", total > 0 ? json::array{license(total)} : json::array()}});
  return {{"capacityType", type},
          {"capacityUnits", unit},
          {"totalCapacity", total},
          {"maxCapacity", 0.0},
          {"consumption",
           {{"actual", actual}, {"rated", rated}, {"actualUpdatedOn", measured}, {"ratedUpdatedOn", measured}}},
          {"status", status},
          {"overflowCapacity", std::move(overflow)},
          {"capacityEntitlements", std::move(entitlements)}};
}

struct Verdict {
  std::string_view code;
  std::string_view message;
};

Verdict verdict_of(const Balance& balance) {
  const bool database = balance.uncovered[0] > 0;
  const bool file = balance.uncovered[1] > 0;
  const bool log = balance.uncovered[2] > 0;
  if (database && file && log) return {"AllCapacityOver", "You are over capacity across all storage types."};
  if (database && log) return {"DBAndLogOver", "You are over database and log capacity."};
  if (database && file) return {"DBAndFileOver", "You are over database and file capacity."};
  if (log && file) return {"LogAndFileOver", "You are over log and file capacity."};
  if (database) return {"DBCapacityOver", "You are over database capacity."};
  if (log) return {"LogCapacityOver", "You are over log capacity."};
  if (file) return {"FileCapacityOver", "You are over file capacity."};
  if (balance.over[1] > 0) return {"FileOverDBCover", "File capacity is covered by database capacity."};
  if (balance.over[2] > 0) return {"LogOverDBCover", "Log capacity is covered by database capacity."};
  return {"AllCapacityAvailable", "You have available capacity across all storage types."};
}

json::object summary_of(const Balance& balance) {
  const auto verdict = verdict_of(balance);
  const bool short_of = balance.uncovered[0] > 0 || balance.uncovered[1] > 0 || balance.uncovered[2] > 0;
  return {{"status", short_of ? "NotAvailable" : "Available"},
          {"statusMessage", verdict.message},
          {"statusMessageCode", verdict.code},
          {"finOpsStatus", "None"},
          {"finOpsStatusMessage", "Finance and Operations storage reporting is in preview and for information only."},
          {"finOpsStatusMessageCode", "FinOpsNotAvailable"}};
}

/// Microsoft writes these times with an offset, unlike those of the admin API.
std::string offset_time(Timestamp time) {
  auto text = iso_time(time);
  text.pop_back();
  return text + "+00:00";
}

json::value tenant_capacity(const World& world, Timestamp now) {
  const auto balance = balance_of(world, now);
  const auto measured = offset_time(world.measured(now));
  json::array capacities;
  for (std::size_t at = 0; at < kStorageKinds; ++at)
    capacities.push_back(entry(capacity_type(static_cast<StorageKind>(at)), "MB", world.scenario().entitlements[at],
                               balance.actual[at], balance.rated[at], status_of(balance, at), overflow_of(balance, at),
                               measured));
  capacities.push_back(
      entry("ApiCallCount", "Unit", 2'500'000, 0, 0, "Available", {}, "0001-01-01T00:00:00+00:00"));  // never measured
  return {{"tenantId", world.scenario().tenant_id},
          {"licenseModelType", "StorageDriven"},
          {"capacitySummary", summary_of(balance)},
          {"tenantCapacities", std::move(capacities)}};
}

}  // namespace

ApiReply power_platform_api(const World& world, const ApiRequest& request, Timestamp now) {
  const auto* version = request.option("api-version");
  if (version == nullptr || std::ranges::find(kVersions, *version) == kVersions.end())  // code is a guess
    return error_reply(Api::power_platform, 400, "UnsupportedApiVersion",
                       "The HTTP resource does not support the API version that was asked for, or none was named.");
  if (request.path == "/licensing/tenantCapacity") return {200, tenant_capacity(world, now), {}};
  return error_reply(Api::power_platform, 404, "NotFound", fmt::format("No route matches {}.", request.path));
}

}  // namespace a2od::tenant
