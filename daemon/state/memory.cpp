#include "daemon/state/memory.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include <cstdint>
#include <utility>

namespace a2od {

void save_parts(Database& database, std::span<const PartMemory> parts) {
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?)");
    for (const auto& part : parts) {
      SQLite::bind(put, part.collector, part.tenant, part.environment_id, part.part);
      if (part.last_success) {
        put.bind(5, std::int64_t{part.last_success->time_since_epoch().count()});
      } else {
        put.bind(5);
      }
      put.bind(6, part.right_held ? 1 : 0);
      put.exec();
      put.reset();
    }
  });
}

std::vector<PartMemory> load_parts(Database& database) {
  std::vector<PartMemory> parts;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite,
                             "SELECT collector, tenant, environment_id, part, last_success, right_held FROM part");
    while (select.executeStep()) {
      PartMemory part;
      part.collector = select.getColumn(0).getString();
      part.tenant = select.getColumn(1).getString();
      part.environment_id = select.getColumn(2).getString();
      part.part = select.getColumn(3).getString();
      if (!select.isColumnNull(4)) part.last_success = Timestamp(Milliseconds(select.getColumn(4).getInt64()));
      part.right_held = select.getColumn(5).getInt() != 0;
      parts.push_back(std::move(part));
    }
  });
  return parts;
}

void save_memory(Database& database, const CollectorMemory& memory) {
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO collector_memory VALUES (?, ?, ?, ?)");
    SQLite::bind(put, memory.collector, memory.tenant, memory.environment_id, memory.memory);
    put.exec();
  });
}

std::vector<CollectorMemory> load_memories(Database& database) {
  std::vector<CollectorMemory> memories;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite, "SELECT collector, tenant, environment_id, memory FROM collector_memory");
    while (select.executeStep())
      memories.push_back({.collector = select.getColumn(0).getString(),
                          .tenant = select.getColumn(1).getString(),
                          .environment_id = select.getColumn(2).getString(),
                          .memory = select.getColumn(3).getString()});
  });
  return memories;
}

Timestamp first_start(Database& database, Timestamp now) {
  auto first = now;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement put(sqlite, "INSERT INTO installation SELECT ? WHERE NOT EXISTS (SELECT 1 FROM installation)");
    put.bind(1, std::int64_t{now.time_since_epoch().count()});
    put.exec();
    // One that is ahead was told by a clock that has been set back since.
    SQLite::Statement lower(sqlite, "UPDATE installation SET first_start = ? WHERE first_start > ?");
    SQLite::bind(lower, std::int64_t{now.time_since_epoch().count()}, std::int64_t{now.time_since_epoch().count()});
    lower.exec();
    SQLite::Statement select(sqlite, "SELECT first_start FROM installation");
    if (select.executeStep()) first = Timestamp(Milliseconds(select.getColumn(0).getInt64()));
  });
  return first;
}

}  // namespace a2od
