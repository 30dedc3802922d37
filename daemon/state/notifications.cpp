#include "daemon/state/notifications.hpp"

#include "daemon/notify/webhook_body.hpp"
#include "daemon/state/encoding.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include <cstdint>
#include <utility>

namespace a2od {
namespace {

std::int64_t number(Timestamp time) { return time.time_since_epoch().count(); }

Timestamp time(std::int64_t number) { return Timestamp(Milliseconds(number)); }

template <class... Values>
void run(SQLite::Statement& statement, const Values&... values) {
  SQLite::bind(statement, values...);
  statement.exec();
  statement.reset();
}

void write_alerts(SQLite::Database& sqlite, const DispatcherChanges& changes) {
  SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO routed_alert VALUES (?, ?)");
  for (const auto& alert : changes.alerts) run(put, alert.fingerprint, encode(alert));
  SQLite::Statement remove(sqlite, "DELETE FROM routed_alert WHERE fingerprint = ?");
  for (const auto& id : changes.removed_alerts) run(remove, id);
}

void write_groups(SQLite::Database& sqlite, const DispatcherChanges& changes) {
  SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO alert_group VALUES (?, ?)");
  for (const auto& group : changes.groups) run(put, group.id(), encode(group));
  SQLite::Statement remove(sqlite, "DELETE FROM alert_group WHERE key = ?");
  for (const auto& key : changes.removed_groups) run(remove, key);
}

void write_silences(SQLite::Database& sqlite, const SilenceChanges& changes) {
  SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO silence VALUES (?, ?)");
  for (const auto& silence : changes.silences) run(put, silence.id, encode(silence));
  SQLite::Statement remove(sqlite, "DELETE FROM silence WHERE id = ?");
  for (const auto& id : changes.removed) run(remove, id);
}

void insert_messages(SQLite::Database& sqlite, std::span<const Message> messages) {
  SQLite::Statement insert(
      sqlite,
      "INSERT INTO outbox (id, receiver, integration_index, kind, group_key, body, created, decided, "
      "attempts, next_try, last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const auto& m : messages) {
    run(insert, static_cast<std::int64_t>(m.id), m.to.receiver, static_cast<std::int64_t>(m.to.index), m.to.kind,
        m.group_key, m.body.str(), number(m.created), number(m.decided), static_cast<std::int64_t>(m.attempts),
        number(m.next_try), m.last_error);
  }
}

void write_attempts(SQLite::Database& sqlite, const OutboxChanges& changes) {
  SQLite::Statement update(sqlite, "UPDATE outbox SET attempts = ?, next_try = ?, last_error = ? WHERE id = ?");
  for (const auto& attempt : changes.attempted) {
    run(update, static_cast<std::int64_t>(attempt.attempts), number(attempt.next_try), attempt.last_error,
        static_cast<std::int64_t>(attempt.id));
  }
}

void rewrite_messages(SQLite::Database& sqlite, const OutboxChanges& changes) {
  SQLite::Statement update(sqlite,
                           "UPDATE outbox SET body = ?, created = ?, decided = ?, attempts = ?, next_try = ?, "
                           "last_error = ? WHERE id = ?");
  for (const auto& m : changes.rewritten) {
    run(update, m.body.str(), number(m.created), number(m.decided), static_cast<std::int64_t>(m.attempts),
        number(m.next_try), m.last_error, static_cast<std::int64_t>(m.id));
  }
}

void write(SQLite::Database& sqlite, const DispatcherChanges& changes) {
  write_alerts(sqlite, changes);
  write_groups(sqlite, changes);
  insert_messages(sqlite, changes.messages);
}

void write(SQLite::Database& sqlite, const OutboxChanges& changes) {
  rewrite_messages(sqlite, changes);
  write_attempts(sqlite, changes);
  SQLite::Statement remove(sqlite, "DELETE FROM outbox WHERE id = ?");
  for (const auto id : changes.removed) run(remove, static_cast<std::int64_t>(id));
}

}  // namespace

void commit(Database& database, const DispatcherChanges& changes) {
  database.transaction([&](SQLite::Database& sqlite) { write(sqlite, changes); });
}

void commit(Database& database, const DispatcherChanges& decisions, const OutboxChanges& outcomes) {
  database.transaction([&](SQLite::Database& sqlite) {
    write(sqlite, decisions);
    write(sqlite, outcomes);
  });
}

void commit(Database& database, const SilenceChanges& changes) {
  database.transaction([&](SQLite::Database& sqlite) { write_silences(sqlite, changes); });
}

void replace(Database& database, const NotificationState& state) {
  const DispatcherChanges all{.alerts = state.dispatcher.alerts, .groups = state.dispatcher.groups};
  database.transaction([&](SQLite::Database& sqlite) {
    for (const auto* table : {"routed_alert", "alert_group", "outbox", "silence"})
      sqlite.exec(std::string("DELETE FROM ") + table);
    write_alerts(sqlite, all);
    write_groups(sqlite, all);
    write_silences(sqlite, {state.silences, {}});
    insert_messages(sqlite, state.messages);
  });
}

std::vector<Silence> load_silences(Database& database) {
  std::vector<Silence> silences;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite, "SELECT state FROM silence");
    while (select.executeStep()) silences.push_back(decode_silence(select.getColumn(0).getString()));
  });
  return silences;
}

std::uint64_t last_message_id(Database& database) {
  std::int64_t last = 0;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite, "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
    if (select.executeStep()) last = select.getColumn(0).getInt64();
  });
  return static_cast<std::uint64_t>(last);
}

DispatcherState load_dispatcher(Database& database) {
  DispatcherState state;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement alerts(sqlite, "SELECT state FROM routed_alert");
    while (alerts.executeStep()) state.alerts.push_back(decode_routed_alert(alerts.getColumn(0).getString()));
    SQLite::Statement groups(sqlite, "SELECT state FROM alert_group");
    while (groups.executeStep()) state.groups.push_back(decode_group_state(groups.getColumn(0).getString()));
  });
  return state;
}

void commit(Database& database, const OutboxChanges& changes) {
  database.transaction([&](SQLite::Database& sqlite) { write(sqlite, changes); });
}

std::vector<Message> load_outbox(Database& database) {
  std::vector<Message> messages;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(
        sqlite,
        "SELECT id, receiver, integration_index, group_key, body, created, decided, attempts, next_try, "
        "last_error, kind FROM outbox ORDER BY id");
    while (select.executeStep()) {
      messages.push_back({
          .id = static_cast<std::uint64_t>(select.getColumn(0).getInt64()),
          .to = {select.getColumn(1).getString(), static_cast<std::uint64_t>(select.getColumn(2).getInt64()),
                 select.getColumn(10).getString()},
          .group_key = select.getColumn(3).getString(),
          .body = select.getColumn(4).getString(),
          .created = time(select.getColumn(5).getInt64()),
          .decided = time(select.getColumn(6).getInt64()),
          .attempts = static_cast<std::uint64_t>(select.getColumn(7).getInt64()),
          .next_try = time(select.getColumn(8).getInt64()),
          .last_error = select.getColumn(9).getString(),
      });
    }
  });
  return messages;
}

}  // namespace a2od
