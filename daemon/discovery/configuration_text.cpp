#include "daemon/discovery/configuration_text.hpp"

#include "collectors/settings.hpp"
#include "config/duration.hpp"
#include "config/quote.hpp"
#include "daemon/notify/templates/truncate.hpp"
#include "daemon/version.hpp"
#include "daemon/web/api/reply.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kNamesInLine = 5;
constexpr std::size_t kUnknownLines = 20;
constexpr std::size_t kLongestReason = 160;

/// From "route:" on, taken out of its comments, a good part of a configuration.
constexpr std::string_view kReceivers = R"(
# Who is told. Until then alerts are shown on the page and on /metrics only. To tell a channel of Teams and PagerDuty, put
# the address of the channel's workflow and the integration key into the two files, and take "# " away:
#   sed -i '/^# route:/,$ s/^# //' a2od.yaml
# Then `a2od alerts test --send severity=ticket` tries it. Receivers of other kinds are in examples/receivers.yaml. With
# `learning: 3d`, alerts of the first three days are logged only: time to mend what was broken all along.
#
# route:
#   receiver: operations
#   group_by: [alertname, tenant, environment]
#   routes:
#     - receiver: on-call
#       matchers: ['severity="page"']
# receivers:
#   - name: operations
#     msteamsv2_configs:
#       - webhook_url_file: /etc/a2od/teams.url
#   - name: on-call
#     pagerduty_configs:
#       - routing_key_file: /etc/a2od/pagerduty.key
)";

std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& text : texts) out += (out.size() == 1 ? "" : ", ") + yaml_quoted(text);
  return out + "]";
}

std::string source_of(const SecretSource& source) {
  if (const auto* file = std::get_if<SecretFile>(&source.from))
    return fmt::format("{{file: {}}}", yaml_quoted(file->path.string()));
  if (const auto* variable = std::get_if<SecretVariable>(&source.from))
    return fmt::format("{{env: {}}}", yaml_quoted(variable->name));
  return fmt::format("{{credential: {}}}", yaml_quoted(std::get<SecretCredential>(source.from).name));
}

/// "{a: "x", b: "y"}" of those that are not empty.
std::string mapping_of(std::initializer_list<std::pair<std::string_view, std::string_view>> entries) {
  std::string out = "{";
  for (const auto& [key, value] : entries)
    if (!value.empty()) out += fmt::format("{}{}: {}", out.size() == 1 ? "" : ", ", key, yaml_quoted(value));
  return out + "}";
}

std::string sign_in_of(const TenantConfig& tenant) {
  if (const auto& certificate = tenant.certificate) {
    const bool rs256 = certificate->algorithm == CertificateCredential::Algorithm::rs256;
    return fmt::format("    certificate: {}\n", mapping_of({{"file", certificate->certificate_file},
                                                            {"key_file", certificate->key_file},
                                                            {"algorithm", rs256 ? "RS256" : ""}}));
  }
  if (tenant.federated_token) return fmt::format("    federated_token: {}\n", source_of(*tenant.federated_token));
  if (const auto& identity = tenant.managed_identity)
    return fmt::format("    managed_identity: {}\n", mapping_of({{"client_id", identity->client_id},
                                                                 {"object_id", identity->object_id},
                                                                 {"resource_id", identity->resource_id}}));
  if (tenant.client_secret) return fmt::format("    client_secret: {}\n", source_of(*tenant.client_secret));
  return {};
}

std::string identity_of(const TenantConfig& tenant) {
  const TenantConfig standard;
  std::string out =
      fmt::format("  - name: {}\n    tenant_id: {}\n", yaml_quoted(tenant.name), yaml_quoted(tenant.tenant_id));
  if (!tenant.client_id.empty()) out += fmt::format("    client_id: {}\n", yaml_quoted(tenant.client_id));
  out += sign_in_of(tenant);
  for (const auto& [word, cloud] : kClouds)
    if (cloud == tenant.cloud && cloud != standard.cloud) out += fmt::format("    cloud: {}\n", word);
  if (const auto& hosts = tenant.hosts; hosts != standard.hosts)
    out += fmt::format("    hosts: {}\n", mapping_of({{"login", hosts.login},
                                                      {"admin", hosts.admin},
                                                      {"power_platform", hosts.power_platform},
                                                      {"graph", hosts.graph}}));
  if (tenant.requests_per_day != standard.requests_per_day)
    out += fmt::format("    requests_per_day: {}\n", tenant.requests_per_day);
  if (tenant.service_protection_share != standard.service_protection_share)
    out += fmt::format("    service_protection_share: {:g}%\n", tenant.service_protection_share * 100);
  return out;
}

std::string filter_of(const EnvironmentFilter& filter, std::string_view indent) {
  std::string out;
  if (!filter.types.empty()) out += fmt::format("{}types: {}\n", indent, list_of(filter.types));
  if (!filter.regions.empty()) out += fmt::format("{}regions: {}\n", indent, list_of(filter.regions));
  return out;
}

std::string include_of(const EnvironmentFilter& include) {
  if (include == EnvironmentFilter()) return {};
  std::string out = "      include:\n";
  if (!include.names.empty()) out += fmt::format("        names: {}\n", list_of(include.names));
  return out + filter_of(include, "        ");
}

std::string described(const LeftOut& left_out) {
  const auto facts = facts_of(left_out.environment);
  return fmt::format("{} ({}): {}", quoted_name(left_out.environment.display_name), facts, left_out.reason);
}

/// What is left out stays so until its line is taken away: by id, since names are given anew.
std::string exclude_of(const FoundTenant& found) {
  const auto& exclude = found.tenant.exclude;
  std::string names;
  for (const auto& name : exclude.names) {
    const auto left_out =
        std::ranges::find(found.estate.left_out, name, [](const LeftOut& each) { return each.environment.id; });
    const bool is_id = left_out != found.estate.left_out.end();
    names += fmt::format("          - {}{}\n", yaml_quoted(name), is_id ? "  # " + described(*left_out) : "");
  }
  std::string filtered;
  for (const auto& left_out : found.estate.left_out) {
    const auto& id = left_out.environment.id;
    if (std::ranges::find(exclude.names, id) != exclude.names.end()) continue;
    if (left_out.filtered)
      filtered += fmt::format("      # {}\n", described(left_out));
    else
      names += fmt::format("          - {}  # {}\n", yaml_quoted(id), described(left_out));
  }
  if (names.empty() && exclude == EnvironmentFilter()) return filtered;
  auto out =
      filtered + "      # Left out, each with its reason: take its line away to have it watched.\n      exclude:\n";
  if (!names.empty()) out += "        names:\n" + names;
  return out + filter_of(exclude, "        ");
}

const ListedEnvironment* listed_as(const TenantConfig& tenant, const Environment& environment) {
  const auto found = std::ranges::find(tenant.environments, environment.name, &ListedEnvironment::name);
  return found != tenant.environments.end() ? &*found : nullptr;
}

std::string entry_of(const TenantConfig& tenant, const Environment& environment) {
  // Addresses that the operator gave stay; others are the inventory's, which tells when they change.
  static const ListedEnvironment kNew;
  const auto* listed = listed_as(tenant, environment);
  const auto& given = listed != nullptr ? *listed : kNew;
  const bool unknown_id = listed != nullptr && listed->id.empty() && environment.id == listed->name;
  return fmt::format("        - {}  # {}\n",
                     mapping_of({{"name", environment.name},
                                 {"id", unknown_id ? given.id : environment.id},
                                 {"url", given.url},
                                 {"finance_operations_url", given.finance_operations_url}}),
                     facts_of(environment));
}

std::string environments_of(const FoundTenant& found) {
  const auto& tenant = found.tenant;
  if (found.estate.listed.empty() && found.estate.left_out.empty()) return {};
  std::string out = "    environments:\n";
  if (!tenant.discover) out += "      discover: false\n";
  out += include_of(tenant.include) + exclude_of(found);
  if (found.estate.listed.empty()) return out;
  out += tenant.discover ? "      # The names that these are known by from now on. New ones are found and watched "
                           "without a line here.\n"
                         : "      # Watched are these alone.\n";
  out += "      list:\n";
  for (const auto& environment : found.estate.listed) out += entry_of(tenant, environment);
  return out;
}

std::string cost_of(const FoundTenant& found, const Config& config, std::span<const Collector> collectors) {
  const auto planned = planned_requests_per_day(config, found.tenant, found.estate.listed, collectors);
  const auto plan = plannable_requests_per_day(found.tenant);
  const auto stretch = stretch_to_fit(config, found.tenant, found.estate.listed, collectors);
  auto out =
      fmt::format("# {}: {} environment{} listed, {} left out; about {:.0f} requests a day of {:.0f} that a2od may use",
                  quoted_name(found.tenant.name), found.estate.listed.size(),
                  found.estate.listed.size() == 1 ? "" : "s", found.estate.left_out.size(), planned, plan);
  if (stretch.any()) out += fmt::format(",\n# so that intervals become up to {:.1f} times as long", stretch.bulk);
  return out + ".\n";
}

std::string tenants_of(const FoundConfiguration& found, const Config& config, std::span<const Collector> collectors) {
  std::string out = "tenants:\n";
  for (const auto& each : found.tenants) out += identity_of(each.tenant) + environments_of(each);
  for (const auto& each : found.tenants) {
    out += "\n" + cost_of(each, config, collectors);
    if (each.compared > 0)
      out += fmt::format("# Rights, compared in {} of {} environments:{}\n", each.compared, each.estate.listed.size(),
                         each.lacking.empty() ? " nothing is missing." : "");
    for (const auto& line : rights_text(each)) out += "#   " + line + "\n";
  }
  return out;
}

std::string transport_of(const TransportConfig& transport) {
  const TransportConfig standard;
  if (transport == standard) return {};
  std::string out = "\ntransport:\n";
  if (!transport.ca_file.empty()) out += fmt::format("  ca_file: {}\n", yaml_quoted(transport.ca_file));
  if (const auto& proxy = transport.proxy) {
    out += fmt::format("  proxy:\n    url: {}\n", yaml_quoted(proxy->url));
    if (proxy->credentials) out += fmt::format("    credentials: {}\n", source_of(*proxy->credentials));
    if (!proxy->direct.empty()) out += fmt::format("    direct: {}\n", list_of(proxy->direct));
  }
  const auto add = [&out](std::string_view key, Milliseconds value, Milliseconds usual) {
    if (value != usual) out += fmt::format("  {}: {}\n", key, format_duration(value));
  };
  add("connect_timeout", transport.connect_timeout, standard.connect_timeout);
  add("first_byte_timeout", transport.first_byte_timeout, standard.first_byte_timeout);
  add("total_timeout", transport.total_timeout, standard.total_timeout);
  if (transport.max_body_bytes != standard.max_body_bytes)
    out += fmt::format("  max_body: {}B\n", transport.max_body_bytes);
  if (transport.max_idle_connections != standard.max_idle_connections)
    out += fmt::format("  max_idle_connections: {}\n", transport.max_idle_connections);
  if (!transport.connect.empty()) out += "  connect:\n";
  for (const auto& each : transport.connect) {
    const bool ipv6 = each.address.contains(':');
    const auto to = fmt::format("{}{}{}:{}", ipv6 ? "[" : "", each.address, ipv6 ? "]" : "", each.port);
    out += fmt::format("    - {}\n", mapping_of({{"hosts", each.hosts}, {"to", to}}));
  }
  return out;
}

/// What a collector is there for, or nothing where there is nothing that it could read.
std::string use_of(const Collector& collector, std::span<const FoundTenant> tenants) {
  if (collector.scope == Scope::tenant) return "of the tenant as a whole";
  std::size_t count = 0;
  for (const auto& found : tenants)
    count += static_cast<std::size_t>(std::ranges::count_if(
        found.estate.listed, [&](const Environment& environment) { return collector.applies_to(environment); }));
  return count == 0 ? std::string() : fmt::format("{} environment{}", count, count == 1 ? "" : "s");
}

/// "enabled: true", "interval: 5m": what is said.
template <class Section>
std::vector<std::string> settings_of(const Section& section) {
  std::vector<std::string> settings;
  if (section.enabled) settings.push_back(fmt::format("enabled: {}", *section.enabled));
  if (section.interval) settings.push_back("interval: " + format_duration(*section.interval));
  if (section.timeout) settings.push_back("timeout: " + format_duration(*section.timeout));
  return settings;
}

std::string override_of(const CollectorOverride& override_) {
  auto settings = settings_of(override_);
  if (!override_.tenant.empty()) settings.push_back("tenant: " + yaml_quoted(override_.tenant));
  if (!override_.environment.empty()) settings.push_back("environment: " + yaml_quoted(override_.environment));
  return fmt::format("      - {{{}}}\n", fmt::join(settings, ", "));
}

/// As the configuration has it; on, where that says nothing.
std::string collector_of(std::string_view name, CollectorConfig section, std::string_view use) {
  if (section == CollectorConfig()) section.enabled = true;
  const auto settings = settings_of(section);
  if (section.overrides.empty())
    return fmt::format("  {:<42} # {}\n", fmt::format("{}: {{{}}}", name, fmt::join(settings, ", ")), use);
  auto out = fmt::format("  {}: # {}\n", name, use);
  for (const auto& setting : settings) out += fmt::format("    {}\n", setting);
  out += "    overrides:\n";
  for (const auto& each : section.overrides) out += override_of(each);
  return out;
}

std::string collectors_of(std::span<const FoundTenant> tenants, const Config& config,
                          std::span<const Collector> collectors) {
  std::string out =
      "\n# Collectors that have something to read, at their own intervals unless one is given.\ncollectors:\n";
  std::vector<std::string_view> idle;
  for (const auto& collector : collectors) {
    const auto use = use_of(collector, tenants);
    const auto section = config.collectors.find(std::string(collector.name));
    const bool given = section != config.collectors.end();
    if (use.empty()) idle.push_back(collector.name);
    if (given || !use.empty())
      out +=
          collector_of(collector.name, given ? section->second : CollectorConfig(), use.empty() ? "nothing yet" : use);
  }
  if (!idle.empty())
    out += fmt::format(
        "# No environment has what these read, and nothing is asked for them: {}. They begin where one comes.\n",
        fmt::join(idle, ", "));
  return out;
}

std::string rules_of(const std::vector<std::string>& rule_files) {
  std::string out =
      "\n# Rules in Prometheus' format. A pattern may match nothing, a plain path must exist.\nrule_files:\n";
  for (const auto& file : rule_files) out += fmt::format("  - {}\n", yaml_quoted(file));
  return out;
}

/// The first names, and how many others there are.
std::string some_of(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesInLine); ++i)
    out += (i == 0 ? "" : ", ") + quoted_name(names[i]);
  if (names.size() > kNamesInLine) out += fmt::format(" and {} others", names.size() - kNamesInLine);
  return out;
}

void add_once(std::vector<std::string>& texts, const std::string& text) {
  if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
}

/// A right, who uses it, and the environments that lack it.
std::vector<std::string> missing_lines(const FoundTenant& found) {
  struct Missing {
    std::vector<std::string> used_by;
    std::vector<std::string> environments;
  };
  std::map<std::string, Missing> by_name;
  for (const auto& lacking : found.lacking) {
    if (lacking.right != TableRight::missing) continue;
    auto& missing = by_name[lacking.name];
    add_once(missing.used_by, word(lacking.used_by));
    if (!lacking.environment.empty()) add_once(missing.environments, lacking.environment);
  }
  std::vector<std::string> lines;
  for (const auto& [name, missing] : by_name) {
    auto line = fmt::format("missing  {} for {}", word(name), fmt::join(missing.used_by, ", "));
    if (!missing.environments.empty())
      line += fmt::format(", in {} of {} environments: {}", missing.environments.size(), found.compared,
                          some_of(missing.environments));
    lines.push_back(std::move(line));
  }
  return lines;
}

/// What could not be tried: once for each environment, since it is one host that does not answer.
std::vector<std::string> unknown_lines(const FoundTenant& found) {
  std::vector<std::string> lines;
  std::set<std::string> told;
  for (const auto& lacking : found.lacking) {
    if (lacking.right != TableRight::unknown || !told.insert(lacking.environment + "\n" + lacking.why).second) continue;
    const auto where = lacking.environment.empty() ? std::string() : " in " + quoted_name(lacking.environment);
    lines.push_back(fmt::format("unknown  {} for {}{}: {}", word(lacking.name), word(lacking.used_by), where,
                                yaml_quoted(truncate_bytes(lacking.why, kLongestReason).text)));
  }
  return lines;
}

}  // namespace

std::vector<std::string> rights_text(const FoundTenant& found) {
  auto lines = missing_lines(found);
  auto unknown = unknown_lines(found);
  const auto told = std::min(unknown.size(), kUnknownLines);
  lines.insert(lines.end(), unknown.begin(), unknown.begin() + static_cast<std::ptrdiff_t>(told));
  if (told < unknown.size()) lines.push_back(fmt::format("unknown  in {} others", unknown.size() - told));
  return lines;
}

std::string configuration_text(const FoundConfiguration& found, const Config& config,
                               std::span<const Collector> collectors, Timestamp now) {
  auto out = fmt::format(
      "# yaml-language-server: $schema=/usr/share/a2od/a2od.schema.json\n"
      "# Written by a2od discover {} at {}. No secret stands in it, only where each is kept.\n"
      "# Next: a2od check config, a2od check access ENVIRONMENT, a2od run. What is new later: a2od discover "
      "--diff.\n\n",
      kVersion, format_time(now));
  out += tenants_of(found, config, collectors);
  out += transport_of(found.transport);
  out += collectors_of(found.tenants, config, collectors);
  out += rules_of(found.rule_files);
  out += kReceivers;
  return out;
}

}  // namespace a2od
