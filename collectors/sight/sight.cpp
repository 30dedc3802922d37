#include "collectors/sight/sight.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace a2od {
namespace {

using cloud::Cause;

bool did_not_get_through(Cause cause) {
  switch (cause) {
    case Cause::lookup:
    case Cause::connection:
    case Cause::tls:
    case Cause::timeout:
    case Cause::sign_in:
      return true;
    default:
      return false;
  }
}

/// An identity that is refused is a matter of its tenant: it says nothing of the way to other tenants' hosts.
bool fails_beyond_its_tenant(const std::optional<Cause>& failure) { return failure && *failure != Cause::sign_in; }

}  // namespace

Sight::Sight() : Sight(Options()) {}
Sight::Sight(Options options) : options_(options) {}

void Sight::probed(std::string_view name, std::string_view environment_id, const Probe& probe, Timestamp now) {
  auto& tenant = tenants_[std::string(name)];
  const auto failure = probe.failure && did_not_get_through(*probe.failure) ? probe.failure : std::nullopt;
  const auto [entry, is_new] = tenant.hosts.try_emplace({std::string(environment_id), probe.host});
  if (!is_new) remove(tenant, entry->second);
  entry->second = {now, failure};
  add(tenant, entry->second);
  drop_old_hosts(tenant, now);
  decide(tenant, now);
}

void Sight::signed_in(std::string_view name, std::string_view failure, Timestamp now) {
  auto& tenant = tenants_[std::string(name)];
  tenant.sign_in_failure = failure;
  decide(tenant, now);
}

void Sight::advance(Timestamp now) {
  for (auto& [name, tenant] : tenants_) drop_old_hosts(tenant, now);
  for (auto& [name, tenant] : tenants_) decide(tenant, now);
}

void Sight::forget(std::string_view name, std::string_view environment_id) {
  const auto found = tenants_.find(name);
  if (found != tenants_.end()) remove_hosts_of(found->second, environment_id);
}

void Sight::forget(std::string_view name) {
  const auto found = tenants_.find(name);
  if (found == tenants_.end()) return;
  for (const auto& [key, host] : found->second.hosts) remove(found->second, host);
  tenants_.erase(found);
}

bool Sight::sees(std::string_view name) const {
  const auto* tenant = find(name);
  return tenant == nullptr || !tenant->blind;
}

std::string Sight::reason(std::string_view name) const {
  const auto* tenant = find(name);
  if (tenant == nullptr || !tenant->blind) return {};
  if (!tenant->sign_in_failure.empty()) return fmt::format("signing in fails: {}", tenant->sign_in_failure);
  if (tenant->over_since) return "hosts answer again, waiting for them to stay";
  return fmt::format("{} of {} hosts fail alike, {} of {} in all tenants", tenant->count.failing, tenant->count.probed,
                     estate_.failing, estate_.probed);
}

std::vector<std::string> Sight::unknown_environments(std::string_view name) const {
  std::vector<std::string> unknown;
  const auto* tenant = find(name);
  if (tenant == nullptr || !tenant->blind) return unknown;
  for (const auto& [key, host] : tenant->hosts)
    if (host.failure || !tenant->sign_in_failure.empty()) unknown.push_back(key.first);
  const auto repeated = std::ranges::unique(unknown);  // an environment has up to two hosts, side by side in the map
  unknown.erase(repeated.begin(), repeated.end());
  return unknown;
}

void Sight::add(Tenant& tenant, const Host& host) {
  for (auto* count : {&tenant.count, &estate_}) ++count->probed;
  if (host.failure) ++tenant.count.failing;
  if (fails_beyond_its_tenant(host.failure)) ++estate_.failing;
}

void Sight::remove(Tenant& tenant, const Host& host) {
  for (auto* count : {&tenant.count, &estate_}) --count->probed;
  if (host.failure) --tenant.count.failing;
  if (fails_beyond_its_tenant(host.failure)) --estate_.failing;
}

void Sight::remove_hosts_of(Tenant& tenant, std::string_view environment_id) {
  std::erase_if(tenant.hosts, [&](const auto& entry) {
    if (entry.first.first != environment_id) return false;
    remove(tenant, entry.second);
    return true;
  });
}

void Sight::drop_old_hosts(Tenant& tenant, Timestamp now) {
  std::erase_if(tenant.hosts, [&](const auto& entry) {
    if (now - entry.second.probed <= options_.window) return false;
    remove(tenant, entry.second);
    return true;
  });
}

bool Sight::is_dark(const Count& count) const {
  return count.failing >= options_.least_hosts && count.mostly_failing();
}

bool Sight::should_be_blind(const Tenant& tenant) const {
  if (!tenant.sign_in_failure.empty() || is_dark(tenant.count)) return true;
  const bool too_few_to_tell = tenant.count.probed < options_.least_hosts;
  return too_few_to_tell && tenant.count.mostly_failing() && is_dark(estate_);
}

void Sight::decide(Tenant& tenant, Timestamp now) const {
  if (should_be_blind(tenant)) {
    tenant.blind = true;
    tenant.over_since.reset();
    return;
  }
  if (!tenant.blind) return;
  if (!tenant.over_since) tenant.over_since = now;
  if (now - *tenant.over_since < options_.settle) return;
  tenant.blind = false;
  tenant.over_since.reset();
}

const Sight::Tenant* Sight::find(std::string_view tenant) const {
  const auto found = tenants_.find(tenant);
  return found != tenants_.end() ? &found->second : nullptr;
}

}  // namespace a2od
