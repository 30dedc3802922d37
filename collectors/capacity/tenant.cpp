#include "collectors/capacity/capacity.hpp"
#include "collectors/capacity/deficit.hpp"
#include "collectors/capacity/units.hpp"
#include "collectors/fields.hpp"
#include "collectors/sample_list.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace a2od::capacity {
namespace {

constexpr std::size_t kMostLicenses = 200;  // of one kind

/// When each licence of a kind changes next, by its code: several lots of one licence, the earliest counts.
using Lifecycles = std::map<std::string, Timestamp, std::less<>>;

std::string_view status_word(std::string_view status) {
  if (same_text(status, "None")) return "none";
  if (same_text(status, "Available")) return "available";
  if (same_text(status, "AvailableByOverflow")) return "available_by_overflow";
  if (same_text(status, "NotAvailable")) return "not_available";
  return "other";
}

/// Both figures have their own moment: the older one is how old the pair is.
std::optional<Timestamp> measured(const Fields& store) {
  const auto actual = store.time({"consumption", "actualUpdatedOn"});
  const auto rated = store.time({"consumption", "ratedUpdatedOn"});
  if (actual && rated) return std::min(*actual, *rated);
  return rated ? rated : actual;
}

void add_overflow(SampleList& samples, const Fields& store, std::string_view unit, const std::string& kind) {
  std::set<std::string_view> seen;
  for (const auto& overflow : store.items({"overflowCapacity"})) {
    const auto covers = kind_of(overflow.text({"capacityType"}).value_or(""));
    if (covers.empty() || !seen.insert(covers).second) continue;
    samples.add(kTenantOverflow, bytes(overflow, {"value"}, unit), {{"kind", kind}, {"covers", std::string(covers)}});
  }
}

void note_lifecycle(Lifecycles& lifecycles, const Fields& license) {
  const auto code = license.text({"entitlementCode"});
  const auto next = license.time({"nextLifecycleDate"});
  if (!code || code->empty() || !next) return;
  const auto [entry, is_new] = lifecycles.emplace(*code, *next);
  if (!is_new) entry->second = std::min(entry->second, *next);
}

void add_licenses(SampleList& samples, const Fields& store, const std::string& kind) {
  Lifecycles lifecycles;
  for (const auto& entitlement : store.items({"capacityEntitlements"}))
    for (const auto& license : entitlement.items({"licenses"})) note_lifecycle(lifecycles, license);
  if (lifecycles.size() > kMostLicenses) return store.refuse({"capacityEntitlements"}, "at most 200 licences");
  for (const auto& [code, next] : lifecycles) samples.add(kLicenseLifecycle, next, {{"kind", kind}, {"license", code}});
}

/// Adds the samples of one kind and hands back what the rule needs of it.
Store add_store(SampleList& samples, const Fields& fields, const std::string& kind) {
  const auto unit = fields.text({"capacityUnits"}).value_or("");
  const auto actual = measured_bytes(fields, {"consumption", "actual"}, unit, {"consumption", "actualUpdatedOn"});
  Store store;
  store.entitled = bytes(fields, {"totalCapacity"}, unit);
  store.consumed = measured_bytes(fields, {"consumption", "rated"}, unit, {"consumption", "ratedUpdatedOn"});
  samples.add(kTenantEntitled, store.entitled, {{"kind", kind}});
  samples.add(kTenantActual, actual, {{"kind", kind}});
  samples.add(kTenantRated, store.consumed, {{"kind", kind}});
  samples.add(kTenantMeasured, measured(fields), {{"kind", kind}});
  const auto status = fields.text({"status"});
  if (status) samples.add_states(kTenantStatus, "status", kStatuses, status_word(*status), {{"kind", kind}});
  add_overflow(samples, fields, unit, kind);
  add_licenses(samples, fields, kind);
  return store;
}

std::map<std::string, Store, std::less<>> add_stores(SampleList& samples, const Fields& answer) {
  std::map<std::string, Store, std::less<>> stores;
  for (const auto& fields : answer.items({"tenantCapacities"})) {
    const std::string kind(kind_of(fields.required_text({"capacityType"})));
    if (!kind.empty() && !stores.contains(kind)) stores[kind] = add_store(samples, fields, kind);
  }
  return stores;
}

bool is_legacy(const Fields& answer) { return same_text(answer.text({"licenseModelType"}).value_or(""), "Legacy"); }

std::optional<Deficit> find_deficit(const Fields& answer, std::map<std::string, Store, std::less<>>& stores) {
  if (!is_legacy(answer)) return deficit_of({stores["database"], stores["file"], stores["log"]});
  const auto unit = answer.text({"legacyModelCapacity", "capacityUnits"}).value_or("");
  return legacy_deficit_of({bytes(answer, {"legacyModelCapacity", "totalCapacity"}, unit),
                            bytes(answer, {"legacyModelCapacity", "totalConsumption"}, unit)});
}

void add_deficit(SampleList& samples, const std::optional<Deficit>& deficit) {
  if (!deficit) return;
  samples.add(kDeficit, deficit->bytes);
  for (const auto& [operation, blocked] : operation_states(*deficit))
    samples.add(kOperationBlocked, blocked ? 1.0 : 0.0, {{"operation", std::string(operation)}});
}

}  // namespace

std::string_view kind_of(std::string_view capacity_type) {
  if (same_text(capacity_type, "Database")) return "database";
  if (same_text(capacity_type, "File")) return "file";
  if (same_text(capacity_type, "Log")) return "log";
  if (same_text(capacity_type, "FinOpsDatabase")) return "finance_operations_database";
  if (same_text(capacity_type, "FinOpsFile")) return "finance_operations_file";
  return {};
}

Result<std::vector<Sample>> decode_tenant(const boost::json::value& body) {
  std::string fault;
  const Fields answer(body, "", fault);
  if (!fault.empty()) return failure(std::move(fault));
  if (cloud::find(body, {"tenantCapacities"}) == nullptr && !is_legacy(answer))
    return failure("tenantCapacities: expected an array, found nothing");
  SampleList samples;
  auto stores = add_stores(samples, answer);
  add_deficit(samples, find_deficit(answer, stores));
  if (answer.flag({"temporaryLicenseInfo", "hasTemporaryLicense"}).value_or(false))
    samples.add(kTemporaryLicenseExpiry, answer.time({"temporaryLicenseInfo", "temporaryLicenseExpiryDate"}));
  if (!fault.empty()) return failure(std::move(fault));
  return samples.take();
}

}  // namespace a2od::capacity
