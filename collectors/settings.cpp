#include "collectors/settings.hpp"

#include "collectors/text.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace a2od {
namespace {

template <class Section>
void apply(const Section& section, CollectorSettings& settings) {
  settings.enabled = section.enabled.value_or(settings.enabled);
  settings.interval = section.interval.value_or(settings.interval);
  settings.timeout = section.timeout.value_or(settings.timeout);
}

bool applies(const CollectorOverride& override_, std::string_view tenant, const Environment* environment) {
  if (!override_.tenant.empty() && override_.tenant != tenant) return false;
  if (override_.environment.empty()) return true;
  if (environment == nullptr) return false;
  return override_.environment == environment->name || same_text(override_.environment, environment->id);
}

double requests_per_run(const Collector& collector) {
  double requests = 0;
  for (const auto& part : collector.parts) requests += part.requests_per_run;
  return requests;
}

double requests_per_day(const Collector& collector, const CollectorSettings& settings) {
  if (!settings.enabled || settings.interval <= Milliseconds::zero()) return 0;
  const double runs = std::chrono::duration<double>(std::chrono::days(1)) / settings.interval;
  return runs * requests_per_run(collector);
}

double requests_per_day(const Collector& collector, const Config& config, std::string_view tenant,
                        const Environment& environment) {
  if (collector.applies != nullptr && !collector.applies(environment)) return 0;
  return requests_per_day(collector, effective_settings(collector, config, tenant, &environment));
}

/// Without an inventory to read, a tenant that lists its environments sends nothing for it.
bool needs_requests(const Collector& collector, const TenantConfig& tenant) {
  return tenant.discover || collector.name != "inventory";
}

double tenant_wide_requests_per_day(const Config& config, const TenantConfig& tenant) {
  double requests = 0;
  for (const auto& collector : all_collectors())
    if (collector.scope == Scope::tenant && needs_requests(collector, tenant))
      requests += requests_per_day(collector, effective_settings(collector, config, tenant.name));
  return requests;
}

double environment_requests_per_day(const Config& config, const TenantConfig& tenant, const Environment& environment) {
  double requests = 0;
  for (const auto& collector : all_collectors())
    if (collector.scope == Scope::environment)
      requests += requests_per_day(collector, config, tenant.name, environment);
  return requests;
}

}  // namespace

CollectorSettings effective_settings(const Collector& collector, const Config& config, std::string_view tenant,
                                     const Environment* environment) {
  CollectorSettings settings{.interval = collector.interval, .timeout = collector.timeout};
  const auto section = config.collectors.find(std::string(collector.name));
  if (section == config.collectors.end()) return settings;
  apply(section->second, settings);
  for (const auto& override_ : section->second.overrides)
    if (applies(override_, tenant, environment)) apply(override_, settings);
  return settings;
}

double planned_requests_per_day(const Config& config, const TenantConfig& tenant,
                                std::span<const Environment> environments) {
  double requests = tenant_wide_requests_per_day(config, tenant);
  for (const auto& environment : environments) requests += environment_requests_per_day(config, tenant, environment);
  return requests;
}

double planned_requests_per_day(const Config& config, const TenantConfig& tenant, const EnvironmentCounts& counts) {
  Environment environment;
  double requests = tenant_wide_requests_per_day(config, tenant);
  const auto add = [&](std::size_t count) {
    requests += static_cast<double>(count) * environment_requests_per_day(config, tenant, environment);
  };
  add(counts.without_dataverse);
  environment.url = "https://any.crm.dynamics.com";
  add(counts.with_dataverse);
  environment.finance_operations_url = "https://any.operations.dynamics.com";
  add(counts.with_finance_operations);
  return requests;
}

double plannable_requests_per_day(const TenantConfig& tenant) {
  return static_cast<double>(tenant.requests_per_day) / 10;
}

}  // namespace a2od
