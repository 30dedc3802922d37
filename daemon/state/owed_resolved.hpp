// Ends of alerts that Alertmanagers elsewhere do not know yet, in the state database.
#pragma once

#include "daemon/notify/alertmanager_queues.hpp"
#include "daemon/state/database.hpp"

#include <vector>

namespace a2od {

void commit(Database& database, const OwedChanges& changes);

[[nodiscard]] std::vector<OwedResolved> load_owed_resolved(Database& database);

}  // namespace a2od
