#include "collectors/inventory/watched.hpp"

#include "collectors/environment_url.hpp"
#include "config/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

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

/// Where something is found first by its id, and by its address. Estates have thousands of both.
class Places {
 public:
  void add(const std::string& id, const std::string& url, std::size_t place) {
    if (!id.empty()) by_id_.emplace(lower_case(id), place);
    if (!url.empty()) by_url_.emplace(url, place);
  }
  [[nodiscard]] std::optional<std::size_t> with_id(const std::string& id) const { return at(by_id_, lower_case(id)); }
  [[nodiscard]] std::optional<std::size_t> with_url(const std::string& url) const { return at(by_url_, url); }

 private:
  using Map = std::unordered_map<std::string, std::size_t>;
  static std::optional<std::size_t> at(const Map& map, const std::string& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  }

  Map by_id_;
  Map by_url_;
};

/// What is listed with an id is known by it, the others by their address.
Places places_of(const std::vector<ListedEnvironment>& listed) {
  Places places;
  for (std::size_t i = 0; i < listed.size(); ++i)
    places.add(listed[i].id, listed[i].id.empty() ? address(listed[i].url) : std::string(), i);
  return places;
}

std::optional<std::size_t> place_of(const ListedEnvironment& listed, const Places& discovered) {
  if (!listed.id.empty()) return discovered.with_id(listed.id);
  return listed.url.empty() ? std::nullopt : discovered.with_url(address(listed.url));
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
  const auto listed = places_of(tenant.environments);
  std::erase_if(discovered, [&](const Environment& environment) {
    if (listed.with_id(environment.id) || listed.with_url(environment.url)) return false;
    return !include.includes(environment) || exclude.excludes(environment);
  });
  Places places;
  for (std::size_t i = 0; i < discovered.size(); ++i) places.add(discovered[i].id, discovered[i].url, i);
  for (const auto& each : tenant.environments) {
    const auto found = place_of(each, places);
    if (found) {
      apply(each, discovered[*found]);
    } else {
      discovered.push_back(from_list(each));
      places.add(discovered.back().id, discovered.back().url, discovered.size() - 1);
    }
  }
  return discovered;
}

}  // namespace a2od::inventory
