// What the daemon remembers of collectors' parts, and counters that go on counting after a restart.
#pragma once

#include "config/time.hpp"
#include "daemon/state/database.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace a2od {

/// A part of a collector's runs on one tenant or environment.
struct PartMemory {
  std::string collector;
  std::string tenant;
  std::string environment_id;  ///< empty: tenant-wide
  std::string part;
  std::optional<Timestamp> last_success;
  bool right_held = false;  ///< it was ok at some time: denied now means that a right was lost
  bool operator==(const PartMemory&) const = default;
};

/// Inserts or replaces these.
void save_parts(Database& database, std::span<const PartMemory> parts);
[[nodiscard]] std::vector<PartMemory> load_parts(Database& database);

/// What a collector's last run on a tenant or environment wanted to be remembered, as JSON.
struct CollectorMemory {
  std::string collector;
  std::string tenant;
  std::string environment_id;  ///< empty: tenant-wide
  std::string memory;
  bool operator==(const CollectorMemory&) const = default;
};

/// Inserts or replaces it.
void save_memory(Database& database, const CollectorMemory& memory);
[[nodiscard]] std::vector<CollectorMemory> load_memories(Database& database);

/// When a2od first ran with this state: `now` at the first call, the same ever after.
[[nodiscard]] Timestamp first_start(Database& database, Timestamp now);

}  // namespace a2od
