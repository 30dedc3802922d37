#include "daemon/state/heartbeats.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace a2od {
namespace {

std::int64_t number(Timestamp time) { return time.time_since_epoch().count(); }

void bind(SQLite::Statement& statement, int column, const std::optional<Timestamp>& time) {
  time ? statement.bind(column, number(*time)) : statement.bind(column);
}

std::optional<Timestamp> time_at(SQLite::Statement& row, int column) {
  if (row.isColumnNull(column)) return std::nullopt;
  return Timestamp(Milliseconds(row.getColumn(column).getInt64()));
}

void write(SQLite::Database& sqlite, const HeartbeatChanges& changes) {
  SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO heartbeat VALUES (?, ?, ?, ?, ?, ?)");
  for (const auto& state : changes.states) {
    put.bind(1, state.name);
    put.bind(2, number(state.counted_from));
    bind(put, 3, state.last);
    put.bind(4, state.message);
    bind(put, 5, state.missing_since);
    bind(put, 6, state.failed_since);
    put.exec();
    put.reset();
  }
  SQLite::Statement remove(sqlite, "DELETE FROM heartbeat WHERE name = ?");
  for (const auto& name : changes.removed) {
    remove.bind(1, name);
    remove.exec();
    remove.reset();
  }
  if (!changes.listened_until) return;
  sqlite.exec("DELETE FROM heartbeat_listening");
  SQLite::Statement listened(sqlite, "INSERT INTO heartbeat_listening VALUES (?)");
  listened.bind(1, number(*changes.listened_until));
  listened.exec();
}

}  // namespace

void commit(Database& database, const HeartbeatChanges& changes) {
  database.transaction([&](SQLite::Database& sqlite) { write(sqlite, changes); });
}

void replace(Database& database, const SavedHeartbeats& all) {
  database.transaction([&](SQLite::Database& sqlite) {
    sqlite.exec("DELETE FROM heartbeat");
    write(sqlite, {.states = all.states, .removed = {}, .listened_until = all.listened_until});
  });
}

SavedHeartbeats load_heartbeats(Database& database) {
  SavedHeartbeats saved;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement states(sqlite,
                             "SELECT name, counted_from, last, message, missing_since, failed_since FROM heartbeat");
    while (states.executeStep())
      saved.states.push_back({.name = states.getColumn(0).getString(),
                              .counted_from = time_at(states, 1).value_or(Timestamp{}),
                              .last = time_at(states, 2),
                              .message = states.getColumn(3).getString(),
                              .missing_since = time_at(states, 4),
                              .failed_since = time_at(states, 5)});
    SQLite::Statement listened(sqlite, "SELECT until FROM heartbeat_listening");
    if (listened.executeStep()) saved.listened_until = time_at(listened, 0);
  });
  return saved;
}

}  // namespace a2od
