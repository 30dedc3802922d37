// Alerts that changed lately, in the state database: one that flaps does so after a restart, too.
#pragma once

#include "daemon/notify/flapping.hpp"
#include "daemon/state/database.hpp"

#include <vector>

namespace a2od {

void commit(Database& database, const FlappingChanges& changes);
[[nodiscard]] std::vector<FlappingState> load_flapping(Database& database);

}  // namespace a2od
