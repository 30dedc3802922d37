#include "daemon/discovery/estate.hpp"

#include "collectors/inventory/watched.hpp"
#include "config/quote.hpp"
#include "config/schema/checks.hpp"
#include "config/text.hpp"
#include "config/utf8.hpp"
#include "daemon/notify/templates/truncate.hpp"
#include "daemon/state/environments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kLongestInComment = 120;
constexpr std::size_t kRoomForSuffix = 80;  // of 128 bytes: behind it the digits of an id may stand

std::string reason_of(const inventory::Record& record) {
  const auto& environment = record.environment;
  if (record.provisioned == false)
    return "its provisioning has not succeeded: it is being made or deleted, or that failed";
  if (same_text(environment.state, "Disabled"))
    return record.state_reason.empty() ? "disabled" : "disabled: " + word(record.state_reason);
  if (!environment.has_dataverse() && !environment.has_finance_operations()) return "no Dataverse";
  return {};
}

/// A name for the list: what the daemon would call it, as far as a configuration can say that.
std::string name_for(const Environment& environment, const std::set<std::string>& taken) {
  const auto called = one_line(valid_utf8(environment.display_name));
  auto name = stable_name({environment.id, called}, taken);
  if (schema::is_label_value(name)) return name;
  const auto shorter = truncate_bytes(called.empty() ? environment.id : called, kRoomForSuffix).text;
  return stable_name({environment.id, shorter}, taken);
}

bool is_listed(const TenantConfig& tenant, const Environment& environment) {
  return !environment.name.empty() && std::ranges::find(tenant.environments, environment.name,
                                                        &ListedEnvironment::name) != tenant.environments.end();
}

struct Sorted {
  std::vector<Environment> watched;              ///< by the configuration; those that it lists have a name
  std::vector<const inventory::Record*> others;  ///< kept away by its filters
};

Sorted sort_out(const TenantConfig& tenant, std::span<const inventory::Record> records) {
  std::vector<Environment> all;
  for (const auto& record : records) all.push_back(record.environment);
  Sorted sorted{.watched = inventory::watched_environments(tenant, std::move(all))};
  std::set<std::string_view> ids;
  for (const auto& environment : sorted.watched) ids.insert(environment.id);
  for (const auto& record : records)
    if (!ids.contains(record.environment.id)) sorted.others.push_back(&record);
  return sorted;
}

std::unordered_map<std::string_view, const inventory::Record*> by_id(std::span<const inventory::Record> records) {
  std::unordered_map<std::string_view, const inventory::Record*> found;
  for (const auto& record : records) found.emplace(record.environment.id, &record);
  return found;
}

/// The order in which names are given, and in which all is written.
bool stands_before(const Environment& a, const Environment& b) {
  return std::tie(a.display_name, a.id) < std::tie(b.display_name, b.id);
}

std::string url_line(const Environment& environment, std::string_view listed, std::string_view now) {
  return fmt::format("~ {}: is at {} now, listed with {}", quoted_name(environment.name), now, quoted_name(listed));
}

}  // namespace

std::string quoted_name(std::string_view name) { return yaml_quoted(truncate_bytes(name, kLongestInComment).text); }

std::string word(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (lower_case(c) >= 'a' && lower_case(c) <= 'z') ||
           std::string_view(" -_./,").contains(c);
  };
  return std::ranges::all_of(text, plain) && text.size() <= kLongestInComment ? std::string(text) : quoted_name(text);
}

std::string facts_of(const Environment& environment) {
  std::string facts;
  const auto add = [&facts](const std::string& fact) {
    if (!fact.empty()) facts += (facts.empty() ? "" : ", ") + fact;
  };
  add(word(environment.type));
  add(word(environment.region));
  if (same_text(environment.state, "AdminMode")) add("in administration mode");
  add(environment.url);
  add(environment.finance_operations_url);
  return facts;
}

Estate estate_of(const TenantConfig& tenant, std::span<const inventory::Record> records) {
  Estate estate;
  auto sorted = sort_out(tenant, records);
  const auto known = by_id(records);
  for (auto& environment : sorted.watched) {
    const auto record = known.find(environment.id);
    auto reason = record == known.end() || is_listed(tenant, environment) ? std::string() : reason_of(*record->second);
    if (reason.empty())
      estate.listed.push_back(std::move(environment));
    else
      estate.left_out.push_back({std::move(environment), std::move(reason)});
  }
  for (const auto* record : sorted.others) {
    auto reason = reason_of(*record);
    if (reason.empty()) reason = "left out by include and exclude";
    estate.left_out.push_back({record->environment, std::move(reason), true});
  }

  std::ranges::sort(estate.listed, stands_before);
  std::ranges::sort(estate.left_out, stands_before, &LeftOut::environment);
  std::set<std::string> taken;
  for (const auto& listed : tenant.environments) taken.insert(listed.name);
  for (auto& environment : estate.listed) {
    if (environment.name.empty()) environment.name = name_for(environment, taken);
    taken.insert(environment.name);
  }
  return estate;
}

std::vector<std::string> differences(const TenantConfig& tenant, std::span<const inventory::Record> records) {
  std::vector<std::string> lines;
  const auto known = by_id(records);
  const auto estate = estate_of(tenant, records);
  for (const auto& environment : estate.listed) {
    const auto record = known.find(environment.id);
    if (!is_listed(tenant, environment)) {
      lines.push_back(fmt::format("+ {}: {} ({}) is not listed{}", quoted_name(environment.name), environment.id,
                                  facts_of(environment), tenant.discover ? ", but watched" : " and not watched"));
      continue;
    }
    if (record == known.end()) {
      lines.push_back(fmt::format("- {}: the tenant does not have it (any more)", quoted_name(environment.name)));
      continue;
    }
    const auto& now = record->second->environment;
    if (const auto reason = reason_of(*record->second); !reason.empty())
      lines.push_back(fmt::format("~ {}: {}", quoted_name(environment.name), reason));
    if (environment.url != now.url && !now.url.empty())
      lines.push_back(url_line(environment, environment.url, now.url));
    if (environment.finance_operations_url != now.finance_operations_url && !now.finance_operations_url.empty())
      lines.push_back(url_line(environment, environment.finance_operations_url, now.finance_operations_url));
  }
  return lines;
}

}  // namespace a2od
