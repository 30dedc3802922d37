#include "collectors/environment_url.hpp"
#include "collectors/fields.hpp"
#include "collectors/inventory/inventory.hpp"
#include "collectors/sample_list.hpp"
#include "config/text.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace a2od::inventory {
namespace {

std::string copy(std::optional<std::string_view> text) { return std::string(text.value_or(std::string_view())); }

/// "Enabled" and "Disabled" are told apart; what else a service may say of a switch is unknown.
std::optional<bool> switched_on(std::optional<std::string_view> word) {
  if (word && same_text(*word, "Enabled")) return true;
  if (word && same_text(*word, "Disabled")) return false;
  return std::nullopt;
}

std::optional<bool> is_word(std::optional<std::string_view> found, std::string_view wanted) {
  if (!found) return std::nullopt;
  return same_text(*found, wanted);
}

/// Empty where there is none; a fault where it is not the address of a host.
std::string url(const Fields& entry, Fields::Path path) {
  const auto written = entry.text(path);
  if (!written || written->empty()) return {};
  auto url = normalised_url(*written);
  if (!url) entry.refuse(path, "an https address with a host name alone");
  return std::move(url).value_or(std::string());
}

Environment decode_environment(const Fields& entry) {
  Environment environment;
  environment.id = entry.required_text({"name"});
  if (!is_environment_id(environment.id)) entry.refuse({"name"}, "an environment id of letters, digits and dashes");
  environment.display_name = copy(entry.text({"properties", "displayName"}));
  environment.type = copy(entry.text({"properties", "environmentSku"}));
  environment.region = copy(entry.text({"location"}));
  environment.state = copy(entry.text({"properties", "states", "runtime", "id"}));
  environment.organization_id = copy(entry.text({"properties", "linkedEnvironmentMetadata", "resourceId"}));
  environment.url = url(entry, {"properties", "linkedEnvironmentMetadata", "instanceUrl"});
  environment.finance_operations_url = url(entry, {"properties", "linkedAppMetadata", "url"});
  return environment;
}

std::string decode_reason(const Fields& entry) {
  auto reason = copy(entry.text({"properties", "states", "runtime", "runtimeReasonCode"}));
  return same_text(reason, "NotSpecified") ? std::string() : reason;
}

Record decode_record(const Fields& entry) {
  entry.require_object({"properties"});
  Record record;
  record.environment = decode_environment(entry);
  record.version = copy(entry.text({"properties", "linkedEnvironmentMetadata", "version"}));
  record.state_reason = decode_reason(entry);
  record.provisioned = is_word(entry.text({"properties", "provisioningState"}), "Succeeded");
  record.background_operations =
      switched_on(entry.text({"properties", "linkedEnvironmentMetadata", "backgroundOperationsState"}));
  record.managed = is_word(entry.text({"properties", "governanceConfiguration", "protectionLevel"}), "Standard");
  record.created = entry.time({"properties", "createdTime"});
  return record;
}

std::string_view state_word(std::string_view runtime_state) {
  if (same_text(runtime_state, "Enabled")) return "enabled";
  if (same_text(runtime_state, "Disabled")) return "disabled";
  if (same_text(runtime_state, "AdminMode")) return "admin_mode";
  return "other";
}

std::optional<double> as_value(std::optional<bool> flag) {
  if (!flag) return std::nullopt;
  return *flag ? 1.0 : 0.0;
}

void add_state(SampleList& samples, const Record& record) {
  const auto& state = record.environment.state;
  if (state.empty()) return;
  samples.add_states(kState, "state", kRuntimeStates, state_word(state));
  samples.add(kAdminMode, state_word(state) == "admin_mode" ? 1.0 : 0.0);
  if (!record.state_reason.empty()) samples.add(kStateReason, 1.0, {{"reason", record.state_reason}});
}

void add_environment(SampleList& samples, const Environment& environment, const Record* record) {
  samples.for_environment(environment.id);
  samples.add(kInfo, 1.0,
              {{"id", environment.id},
               {"display_name", environment.display_name},
               {"type", environment.type},
               {"region", environment.region},
               {"version", record != nullptr ? record->version : std::string()},
               {"url", environment.url},
               {"organization_id", environment.organization_id}});
  if (record == nullptr) return;
  add_state(samples, *record);
  samples.add(kProvisioned, as_value(record->provisioned));
  samples.add(kBackgroundOperations, as_value(record->background_operations));
  samples.add(kManaged, as_value(record->managed));
  samples.add(kCreated, record->created);
}

void add_counts(SampleList& samples, std::span<const Record> records) {
  std::map<std::string_view, double> counts;
  for (const auto& record : records) ++counts[record.environment.type];
  samples.for_environment({});
  for (const auto& [type, count] : counts) samples.add(kTenantEnvironments, count, {{"type", std::string(type)}});
}

}  // namespace

Result<std::vector<Record>> decode(std::span<const boost::json::value> items) {
  std::vector<Record> records;
  std::unordered_set<std::string> seen;
  auto fault = read_each(items, [&](const Fields& item) {
    auto record = decode_record(item);
    if (seen.insert(lower_case(record.environment.id)).second) records.push_back(std::move(record));
  });
  if (!fault.empty()) return failure(std::move(fault));
  return records;
}

std::vector<Sample> samples_of(std::span<const Environment> watched, std::span<const Record> records) {
  std::unordered_map<std::string_view, const Record*> by_id;
  for (const auto& record : records) by_id.emplace(record.environment.id, &record);
  SampleList samples;
  for (const auto& environment : watched) {
    const auto found = by_id.find(environment.id);
    add_environment(samples, environment, found != by_id.end() ? found->second : nullptr);
  }
  add_counts(samples, records);
  return samples.take();
}

}  // namespace a2od::inventory
