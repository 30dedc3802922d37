#include "collectors/inventory/watched.hpp"

#include "collectors/environment_url.hpp"
#include "config/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <list>
#include <string>
#include <string_view>

namespace a2od::inventory {
namespace {

/// One list of a filter. Patterns that RE2 refuses match nothing: the configuration was checked before.
class Patterns {
 public:
  explicit Patterns(const std::vector<std::string>& patterns) {
    for (const auto& pattern : patterns) compiled_.emplace_back(pattern, RE2::Quiet);
  }

  [[nodiscard]] bool given() const { return !compiled_.empty(); }
  [[nodiscard]] bool match(std::string_view value) const {
    const re2::StringPiece piece(value.data(), value.size());
    return std::ranges::any_of(compiled_, [&](const RE2& pattern) { return RE2::FullMatch(piece, pattern); });
  }

 private:
  std::list<RE2> compiled_;  // RE2 can neither be copied nor moved
};

class Filter {
 public:
  explicit Filter(const EnvironmentFilter& filter)
      : names_(filter.names), types_(filter.types), regions_(filter.regions) {}

  [[nodiscard]] bool includes(const Environment& environment) const {
    return (!names_.given() || matches_name(environment)) && (!types_.given() || types_.match(environment.type)) &&
           (!regions_.given() || regions_.match(environment.region));
  }
  [[nodiscard]] bool excludes(const Environment& environment) const {
    return matches_name(environment) || types_.match(environment.type) || regions_.match(environment.region);
  }

 private:
  [[nodiscard]] bool matches_name(const Environment& environment) const {
    return names_.match(environment.display_name) || names_.match(environment.id);
  }

  Patterns names_;
  Patterns types_;
  Patterns regions_;
};

/// The operator's word stands even where it is no plain host, such as one with a port.
std::string address(const std::string& listed) {
  auto url = normalised_url(listed).value_or(listed);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

bool is_same(const ListedEnvironment& listed, const Environment& environment) {
  if (!listed.id.empty()) return same_text(listed.id, environment.id);
  return !listed.url.empty() && address(listed.url) == environment.url;
}

void apply(const ListedEnvironment& listed, Environment& environment) {
  environment.name = listed.name;
  if (!listed.url.empty()) environment.url = address(listed.url);
  if (!listed.finance_operations_url.empty())
    environment.finance_operations_url = address(listed.finance_operations_url);
}

Environment from_list(const ListedEnvironment& listed) {
  Environment environment;
  environment.id = listed.id.empty() ? listed.name : listed.id;
  environment.display_name = listed.name;
  apply(listed, environment);
  return environment;
}

}  // namespace

std::vector<Environment> watched_environments(const TenantConfig& tenant, std::vector<Environment> discovered) {
  const Filter include(tenant.include);
  const Filter exclude(tenant.exclude);
  const auto listed_as = [&](const Environment& environment) {
    return std::ranges::find_if(tenant.environments, [&](const auto& listed) { return is_same(listed, environment); });
  };
  std::erase_if(discovered, [&](const Environment& environment) {
    if (listed_as(environment) != tenant.environments.end()) return false;
    return !include.includes(environment) || exclude.excludes(environment);
  });
  for (const auto& listed : tenant.environments) {
    const auto found = std::ranges::find_if(discovered, [&](const auto& known) { return is_same(listed, known); });
    if (found != discovered.end())
      apply(listed, *found);
    else
      discovered.push_back(from_list(listed));
  }
  return discovered;
}

}  // namespace a2od::inventory
