// The `environment` label: the name that an environment had when it was first seen, kept for good.
#pragma once

#include "daemon/state/database.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace a2od {

struct SeenEnvironment {
  std::string id;
  std::string display_name;
};

/// The name for an environment that was not seen before: what it is called, or its id where that is empty. If another
/// one has the name already, four hex digits of its id are added, or more where those are taken too.
[[nodiscard]] std::string stable_name(const SeenEnvironment& environment, const std::set<std::string>& taken);

/// Of one tenant's environments, by id, those seen before included.
using EnvironmentNames = std::map<std::string, std::string>;

/// Names what has none yet, in the order given; whether there was something.
bool add_names(EnvironmentNames& names, std::span<const SeenEnvironment> environments);

/// Adds what is not there; a name that is there stays.
void save_environment_names(Database& database, const std::string& tenant, const EnvironmentNames& names);

/// By tenant.
[[nodiscard]] std::map<std::string, EnvironmentNames> load_environment_names(Database& database);

}  // namespace a2od
