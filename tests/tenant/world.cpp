#include "tests/tenant/world.hpp"

#include "tests/tenant/request.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

namespace a2od::tenant {
namespace {

std::uint64_t mixed(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

std::uint64_t hash(std::uint64_t seed, std::string_view text) {
  std::uint64_t h = mixed(seed);
  for (const char c : text) h = mixed(h ^ static_cast<unsigned char>(c));
  return h;
}

struct RegionHost {
  std::string_view region;
  std::string_view label;
};
constexpr std::array<RegionHost, 13> kRegionHosts{{{"europe", "crm4"},
                                                   {"unitedstates", "crm"},
                                                   {"unitedkingdom", "crm11"},
                                                   {"asia", "crm5"},
                                                   {"australia", "crm6"},
                                                   {"japan", "crm7"},
                                                   {"india", "crm8"},
                                                   {"canada", "crm3"},
                                                   {"france", "crm12"},
                                                   {"germany", "crm16"},
                                                   {"southamerica", "crm2"},
                                                   {"switzerland", "crm17"},
                                                   {"norway", "crm19"}}};

std::string domain_of(std::string_view name) {
  std::string domain;
  for (const char c : lower_case(name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      domain += c;
    else if (!domain.empty() && domain.back() != '-')
      domain += '-';
  }
  while (domain.ends_with('-')) domain.pop_back();
  return domain.empty() ? "environment" : domain;
}

Environment generated(std::uint64_t seed, std::uint64_t number) {
  const std::uint64_t h = hash(seed, fmt::format("environment {}", number));
  static constexpr std::array<std::string_view, 8> kTypes{"Production", "Production", "Production", "Sandbox",
                                                          "Sandbox",    "Sandbox",    "Developer",  "Trial"};
  Environment environment;
  environment.type = kTypes[h % kTypes.size()];
  environment.name = fmt::format("Subsidiary {:04} {}", number, environment.type);
  environment.region = kRegionHosts[(h >> 8U) % kRegionHosts.size()].region;
  environment.age = 24h * static_cast<int>(30 + (h >> 16U) % 2000);
  environment.storage = {static_cast<double>(500 + (h >> 24U) % 20'000), static_cast<double>(200 + (h >> 32U) % 30'000),
                         static_cast<double>(10 + (h >> 40U) % 2'000), 0, 0};
  environment.growth_per_hour = {static_cast<double>((h >> 20U) % 8), static_cast<double>((h >> 28U) % 12), 0.5, 0, 0};
  return environment;
}

void fill(Environment& environment, const Scenario& scenario) {
  if (environment.domain.empty()) environment.domain = domain_of(environment.name);
  const auto id = guid(scenario.seed, "id of " + environment.name);
  const bool is_default = environment.type == "Default";
  if (environment.id.empty()) environment.id = is_default ? "Default-" + scenario.tenant_id : id;
  if (environment.organization_id.empty())
    environment.organization_id = guid(scenario.seed, "organization of " + environment.name);
}

}  // namespace

World::World(Scenario scenario, Timestamp start) : scenario_(std::move(scenario)), start_(start) {
  for (std::uint64_t number = 1; number <= scenario_.generate; ++number)
    scenario_.environments.push_back(generated(scenario_.seed, number));
  for (auto& environment : scenario_.environments) fill(environment, scenario_);
  index();
}

void World::index() {
  hosts_.clear();
  ids_.clear();
  names_.clear();
  for (std::size_t at = 0; at < scenario_.environments.size(); ++at) {
    const auto& environment = scenario_.environments[at];
    names_[environment.name] = at;
    ids_[lower_case(environment.id)] = at;
    if (environment.dataverse) hosts_[dataverse_host(environment)] = at;
    if (environment.finance_operations) hosts_[finance_operations_host(environment)] = at;
  }
}

const Environment* World::by_id(std::string_view id) const {
  const auto found = ids_.find(lower_case(id));
  return found == ids_.end() ? nullptr : &scenario_.environments[found->second];
}

const Environment* World::by_name(std::string_view name) const {
  const auto found = names_.find(std::string(name));
  return found == names_.end() ? nullptr : &scenario_.environments[found->second];
}

const Environment* World::by_host(std::string_view host) const {
  const auto found = hosts_.find(std::string(host));
  return found == hosts_.end() ? nullptr : &scenario_.environments[found->second];
}

Timestamp World::measured(Timestamp now) const {
  const auto since = now - start_;
  return start_ + since / scenario_.measured_every * scenario_.measured_every;
}

double World::actual(const Environment& environment, StorageKind kind, Timestamp now) const {
  const auto at = static_cast<std::size_t>(kind);
  const auto then = measured(now) - start_;
  const double hours = std::chrono::duration<double, std::ratio<3600>>(then).count();
  const double grown = environment.storage[at] + environment.growth_per_hour[at] * hours;
  const auto noise = hash(scenario_.seed, fmt::format("{} {} {}", environment.id, at, then.count())) % 2001;
  const double factor = 1 + (static_cast<double>(noise) - 1000) / 1e6;  // a thousandth up or down
  return std::max(0.0, std::round(grown * factor * 1000) / 1000);
}

double World::rated(const Environment& environment, StorageKind kind, Timestamp now) const {
  static constexpr Sizes kFreeForDefault{3072, 3072, 1024, 0, 0};
  const double used = actual(environment, kind, now);
  if (environment.type != "Default") return used;
  return std::max(0.0, used - kFreeForDefault[static_cast<std::size_t>(kind)]);
}

void World::put(Environment environment) {
  fill(environment, scenario_);
  const auto found = names_.find(environment.name);
  if (found == names_.end())
    scenario_.environments.push_back(std::move(environment));
  else
    scenario_.environments[found->second] = std::move(environment);
  index();
}

bool World::remove(std::string_view name) {
  const auto removed = std::erase_if(scenario_.environments, [name](const auto& e) { return e.name == name; });
  index();
  return removed > 0;
}

std::string_view to_string(StorageKind kind) {
  static constexpr std::array<std::string_view, kStorageKinds> kNames{
      "database", "file", "log", "finance_operations_database", "finance_operations_file"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view capacity_type(StorageKind kind) {
  static constexpr std::array<std::string_view, kStorageKinds> kNames{"Database", "File", "Log", "FinOpsDatabase",
                                                                      "FinOpsFile"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string dataverse_host(const Environment& environment) {
  const auto* const found = std::ranges::find(kRegionHosts, environment.region, &RegionHost::region);
  const auto label = found == kRegionHosts.end() ? std::string_view("crm") : found->label;
  return fmt::format("{}.{}.dynamics.com", environment.domain, label);
}

std::string finance_operations_host(const Environment& environment) {
  const bool sandbox = environment.type == "Sandbox";
  return fmt::format("{}.{}operations.dynamics.com", environment.domain, sandbox ? "sandbox." : "");
}

std::string guid(std::uint64_t seed, std::string_view text) {
  const auto a = hash(seed, text);
  const auto b = mixed(a);
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32U, (a >> 16U) & 0xffffU, a & 0xfffU,
                     0x8000U | (b >> 48U & 0x3fffU), b & 0xffffffffffffU);
}

std::string iso_time(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%FT%T}.{:03}0000Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (time - seconds).count());
}

}  // namespace a2od::tenant
