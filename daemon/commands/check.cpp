#include "collectors/collector.hpp"
#include "collectors/exposition/families.hpp"
#include "collectors/scrape/target.hpp"
#include "collectors/settings.hpp"
#include "config/duration.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/notify/routes.hpp"
#include "daemon/self_metrics.hpp"
#include "rules/alerting/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace a2od {

namespace {

/// Estates that a check shows the cost for: what is planned with before anything is known of the tenant.
constexpr std::size_t kExampleEnvironments[] = {10, 100, 1000};

std::size_t count_rules(const std::vector<GroupDefinition>& groups) {
  std::size_t rules = 0;
  for (const auto& group : groups) rules += group.rules.size();
  return rules;
}

std::string sign_in_of(const TenantConfig& tenant) {
  if (tenant.certificate) return "certificate " + tenant.certificate->certificate_file;
  if (tenant.federated_token) return "federated token from " + tenant.federated_token->describe();
  if (tenant.managed_identity) return "managed by Azure";
  return "secret from " + tenant.client_secret->describe();
}

void print_tenant(const Config& config, const TenantConfig& tenant, const std::vector<Collector>& collectors) {
  const auto who = tenant.client_id.empty() ? "the machine's identity" : "application " + tenant.client_id;
  fmt::print("  {}: tenant {}, {}, {}\n", tenant.name, tenant.tenant_id, who, sign_in_of(tenant));
  fmt::print("    environments: {}{}\n", tenant.discover ? "discovered" : "not discovered",
             tenant.environments.empty() ? "" : fmt::format(", {} listed", tenant.environments.size()));
  const auto plan = plannable_requests_per_day(tenant);
  for (const auto count : kExampleEnvironments) {
    const auto planned = planned_requests_per_day(config, tenant, {.with_dataverse = count}, {}, collectors);
    const auto stretch = stretch_to_fit(config, tenant, {.with_dataverse = count}, collectors);
    const auto fits = fmt::format("{:.1f} % of what a2od may use ({:.0f})", planned / plan * 100, plan);
    const auto stretched =
        fmt::format("over what a2od may use ({:.0f}): intervals become {:.1f} times as long, probes' {:.1f} times",
                    plan, stretch.normal, stretch.health);
    fmt::print("    with {:>5} environments: {:>9.0f} requests a day, {}\n", count, planned,
               stretch.any() ? stretched : fits);
  }
}

void print_collectors(const Config& config, const std::vector<Collector>& collectors) {
  fmt::print("Collectors:\n");
  for (const auto& collector : collectors) {
    const auto settings = effective_settings(collector, config, "");
    if (!settings.enabled) {
      fmt::print("  {:<20} off\n", collector.name);
      continue;
    }
    fmt::print("  {:<20} every {:<6} within {:<6} {}\n", collector.name, format_duration(settings.interval),
               format_duration(settings.timeout), collector.about);
  }
}

/// What is expected when, and when nobody is told.
void print_calendar(const Config& config) {
  std::string heartbeats;
  for (const auto& each : config.heartbeats.incoming)
    heartbeats += fmt::format("{}{}{}", heartbeats.empty() ? "" : ", ", each.name,
                              each.every ? " every " + format_duration(*each.every) : " on its schedule");
  if (!heartbeats.empty()) fmt::print("Heartbeats that must come: {}\n", heartbeats);
  for (const auto& each : config.heartbeats.outgoing)
    fmt::print("Heartbeats of a2od: to '{}' every {}\n", each.receiver, format_duration(each.every));
  const auto& maintenance = config.maintenance;
  std::string windows;
  for (const auto& window : maintenance.windows) windows += fmt::format(", '{}'", window.name);
  if (!windows.empty() || !maintenance.environments.enabled)
    fmt::print("Maintenance: {}{}\n",
               maintenance.environments.enabled ? "environments that are worked on" : "no environment by itself",
               windows);
  if (const auto& flapping = config.flapping)
    fmt::print("Flapping: {} changes within {}, until {} without\n", flapping->changes,
               format_duration(flapping->within), format_duration(flapping->quiet));
}

void print_scrapes(const Config& config) {
  if (config.scrape_configs.empty()) return;
  fmt::print("Exporters:\n");
  for (const auto& scrape : config.scrape_configs) {
    const auto targets = targets_of(scrape);
    fmt::print("  {:<20} every {:<6} within {:<6} {} target{}\n", scrape.job_name, format_duration(scrape.interval),
               format_duration(scrape.timeout), targets->active.size(), targets->active.size() == 1 ? "" : "s");
  }
}

void print_notifications(const Config& config) {
  if (config.route.receiver.empty()) {
    fmt::print("Notifications: none; alerts are shown on the page and on /metrics only\n");
    return;
  }
  const auto& route = config.route;
  std::string labels;
  for (const auto& label : route.group_by) labels += (labels.empty() ? "" : ", ") + label;
  fmt::print("Notifications: to '{}', grouped by [{}], first after {}, changes after {}, repeated after {}\n",
             route.receiver, labels, format_duration(route.group_wait), format_duration(route.group_interval),
             format_duration(route.repeat_interval));
  const auto below = Routes(route).all().size() - 1;
  if (below > 0 || !config.inhibit_rules.empty())
    fmt::print("Routes: {} below it (a2od routes show), {} inhibition rule{}\n", below, config.inhibit_rules.size(),
               config.inhibit_rules.size() == 1 ? "" : "s");
  if (config.learning > Milliseconds{0})
    fmt::print("Learning: for {} after the very first start alerts are logged and shown, not sent\n",
               format_duration(config.learning));
}

void print_warnings(const Problems& warnings) {
  for (const auto& warning : warnings)
    fmt::print("{}\n", to_string({warning.file, warning.where, "warning: " + warning.message}));
}

void print_sources(const Loaded& loaded) {
  const auto& config = loaded.config;
  if (config.tenants.empty()) {
    fmt::print("Tenants: none, so nothing of Microsoft's is collected\n");
  } else {
    fmt::print("Tenants:\n");
    for (const auto& tenant : config.tenants) print_tenant(config, tenant, *loaded.collectors);
    print_collectors(config, *loaded.collectors);
  }
  print_scrapes(config);
}

void print_rules(const Loaded& loaded) {
  const auto& config = loaded.config;
  if (const auto rules = count_rules(loaded.groups); rules > 0)
    fmt::print("Rules: {} in {} groups of {} files\n", rules, loaded.groups.size(), config.rule_files.size());
  else if (config.tenants.empty() && config.scrape_configs.empty())
    fmt::print("Rules: none, so the only alerts are those that others post to /api/v2/alerts, and of heartbeats\n");
  else
    fmt::print(
        "Rules: NONE, so nothing will ever alert. rule_files matches no file with rules; those that come with a2od are "
        "in /usr/share/a2od/rules, and in its source under rules/library\n");
}

}  // namespace

void print(const Problems& problems) {
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", to_string(problem));
}

int check_config(const std::string& config_file, bool check_files) {
  const auto loaded = load(config_file, {}, check_files);
  if (!loaded) {
    print(loaded.error());
    fmt::print(stderr, "{}: {} problem{}\n", config_file, loaded.error().size(), loaded.error().size() == 1 ? "" : "s");
    return 1;
  }
  print_warnings(loaded->warnings);
  const auto& config = loaded->config;
  fmt::print("{} is good. It would run:\n\n", config_file);
  print_sources(*loaded);
  print_rules(*loaded);
  print_notifications(config);
  print_calendar(config);
  fmt::print("State: {}\nWeb: {}\n", config.storage.path, loaded->external_url);
  return 0;
}

int check_rules(const std::vector<std::string>& files, bool strict, bool legacy_names) {
  Problems warnings;
  const auto groups = read_rule_files(files, {.legacy_names = legacy_names, .warnings = &warnings});
  if (!groups) {
    print(groups.error());
    fmt::print(stderr, "{} problem{}\n", groups.error().size(), groups.error().size() == 1 ? "" : "s");
    return 1;
  }
  const auto metrics = declared_metrics(all_collectors());
  std::ranges::move(lint_rules(*groups, {.metrics = metrics}), std::back_inserter(warnings));
  print_warnings(warnings);
  for (const auto& file : files) {
    std::size_t rules = 0;
    for (const auto& group : *groups)
      if (group.file == file) rules += group.rules.size();
    const auto warned = std::ranges::count(warnings, file, &Problem::file);
    fmt::print("{}: {} rules are good{}\n", file, rules,
               warned == 0 ? "" : fmt::format(", {} warning{}", warned, warned == 1 ? "" : "s"));
  }
  return strict && !warnings.empty() ? 1 : 0;
}

int check_metrics(const std::string& file) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      fmt::print(stderr, "a2od: {} cannot be read\n", file);
      return 1;
    }
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto families = parse_families(text);
  if (!families) {
    fmt::print(stderr, "{}: {}\n", file == "-" ? "standard input" : file, families.error().message);
    return 1;
  }
  const auto problems = lint(*families);
  for (const auto& [metric, problem] : problems) fmt::print("{} {}\n", metric, problem);
  return problems.empty() ? 0 : 3;
}

}  // namespace a2od
