// Incoming heartbeats in the state database, and until when they were listened for.
#pragma once

#include "daemon/notify/heartbeats.hpp"
#include "daemon/state/database.hpp"

namespace a2od {

void commit(Database& database, const HeartbeatChanges& changes);
[[nodiscard]] SavedHeartbeats load_heartbeats(Database& database);
/// All of it in place of what is there.
void replace(Database& database, const SavedHeartbeats& all);

}  // namespace a2od
