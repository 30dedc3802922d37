// What is done to environments, in the state database: nobody is told of their alerts right after a restart either.
#pragma once

#include "daemon/notify/maintenance.hpp"
#include "daemon/state/database.hpp"

#include <span>
#include <vector>

namespace a2od {

/// In place of all that is there.
void save_environment_work(Database& database, std::span<const EnvironmentWork> all);
/// Sorted.
[[nodiscard]] std::vector<EnvironmentWork> load_environment_work(Database& database);

}  // namespace a2od
