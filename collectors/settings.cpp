#include "collectors/settings.hpp"

#include "config/text.hpp"

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
  if (!collector.applies_to(environment)) return 0;
  return requests_per_day(collector, effective_settings(collector, config, tenant, &environment));
}

/// Without an inventory to read, a tenant that lists its environments sends nothing for it.
bool needs_requests(const Collector& collector, const TenantConfig& tenant) {
  return tenant.discover || collector.name != "inventory";
}

/// Requests in 24 hours by priority.
struct Plan {
  double health = 0;
  double normal = 0;
  double bulk = 0;

  void add(cloud::Priority priority, double requests) {
    auto& sum = priority == cloud::Priority::health ? health : priority == cloud::Priority::normal ? normal : bulk;
    sum += requests;
  }
  [[nodiscard]] double total() const { return health + normal + bulk; }
};

void add_tenant_wide(Plan& plan, const Config& config, const TenantConfig& tenant,
                     std::span<const Collector> collectors) {
  for (const auto& collector : collectors)
    if (collector.scope == Scope::tenant && needs_requests(collector, tenant))
      plan.add(collector.priority, requests_per_day(collector, effective_settings(collector, config, tenant.name)));
}

void add_environments(Plan& plan, const Config& config, const TenantConfig& tenant, const Environment& environment,
                      std::span<const Collector> collectors, double count = 1) {
  for (const auto& collector : collectors)
    if (collector.scope == Scope::environment)
      plan.add(collector.priority, count * requests_per_day(collector, config, tenant.name, environment));
}

Plan plan_of(const Config& config, const TenantConfig& tenant, std::span<const Environment> environments,
             std::span<const Collector> collectors) {
  Plan plan;
  add_tenant_wide(plan, config, tenant, collectors);
  for (const auto& environment : environments) add_environments(plan, config, tenant, environment, collectors);
  return plan;
}

Plan plan_of(const Config& config, const TenantConfig& tenant, const EnvironmentCounts& counts,
             std::span<const Collector> collectors) {
  Plan plan;
  add_tenant_wide(plan, config, tenant, collectors);
  Environment environment;
  add_environments(plan, config, tenant, environment, collectors, static_cast<double>(counts.without_dataverse));
  environment.url = "https://any.crm.dynamics.com";
  add_environments(plan, config, tenant, environment, collectors, static_cast<double>(counts.with_dataverse));
  environment.finance_operations_url = "https://any.operations.dynamics.com";
  add_environments(plan, config, tenant, environment, collectors, static_cast<double>(counts.with_finance_operations));
  return plan;
}

/// What is left of the day's plan is for first runs, details of failures, and answers that had to be asked for twice.
constexpr double kPlannedShare = 0.8;
constexpr double kLongestStretch = 12;

Stretch stretch_to_fit(const Plan& plan, const TenantConfig& tenant) {
  return a2od::stretch_to_fit(plan.health, plan.normal, plan.bulk, kPlannedShare * plannable_requests_per_day(tenant));
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

double Stretch::of(cloud::Priority priority) const {
  switch (priority) {
    case cloud::Priority::health:
      return health;
    case cloud::Priority::normal:
      return normal;
    case cloud::Priority::bulk:
      return bulk;
  }
  return 1;
}

Stretch stretch_to_fit(double health, double normal, double bulk, double allowed) {
  const auto fit = [](double planned, double left) {
    if (planned <= left) return 1.0;
    return left > 0 ? std::min(planned / left, kLongestStretch) : kLongestStretch;
  };
  Stretch stretch;
  stretch.bulk = fit(bulk, allowed - health - normal);
  stretch.normal = fit(normal, allowed - health - bulk / stretch.bulk);
  const double total = health + normal / stretch.normal + bulk / stretch.bulk;
  const double all = std::max(1.0, total / allowed);
  stretch = {.health = all, .normal = all * stretch.normal, .bulk = all * stretch.bulk};
  return stretch;
}

Stretch stretch_to_fit(const Config& config, const TenantConfig& tenant, std::span<const Environment> environments,
                       std::span<const Collector> collectors) {
  return stretch_to_fit(plan_of(config, tenant, environments, collectors), tenant);
}

Stretch stretch_to_fit(const Config& config, const TenantConfig& tenant, const EnvironmentCounts& counts,
                       std::span<const Collector> collectors) {
  return stretch_to_fit(plan_of(config, tenant, counts, collectors), tenant);
}

double planned_requests_per_day(const Config& config, const TenantConfig& tenant,
                                std::span<const Environment> environments, std::span<const Collector> collectors) {
  return plan_of(config, tenant, environments, collectors).total();
}

double planned_requests_per_day(const Config& config, const TenantConfig& tenant, const EnvironmentCounts& counts,
                                const Stretch& stretch, std::span<const Collector> collectors) {
  const auto plan = plan_of(config, tenant, counts, collectors);
  return plan.health / stretch.health + plan.normal / stretch.normal + plan.bulk / stretch.bulk;
}

double plannable_requests_per_day(const TenantConfig& tenant) {
  return static_cast<double>(tenant.requests_per_day) / 10;
}

}  // namespace a2od
