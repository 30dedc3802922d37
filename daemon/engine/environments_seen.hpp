// Which environments are worked on, as the inventory and the lifecycle operations have it.
#pragma once

#include "daemon/engine/current_values.hpp"
#include "daemon/notify/maintenance.hpp"

namespace a2od {

/// Administration mode, and operations in whose course an environment cannot be reached: Copy, Recover, Reset, Restore.
[[nodiscard]] EnvironmentsSeen environments_seen(const CurrentValues& values);

}  // namespace a2od
