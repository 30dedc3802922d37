#include "daemon/state/rule_alerts.hpp"

#include "daemon/state/encoding.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include <set>
#include <utility>

namespace a2od {
namespace {

/// Rule and labels: what is distinct within a group.
using Key = std::pair<std::string, std::string>;

std::set<Key> saved_keys(SQLite::Database& sqlite, const GroupAlerts& group) {
  SQLite::Statement select(sqlite, "SELECT rule, labels FROM rule_alert WHERE file = ? AND rule_group = ?");
  SQLite::bind(select, group.file, group.group);
  std::set<Key> keys;
  while (select.executeStep()) keys.emplace(select.getColumn(0).getString(), select.getColumn(1).getString());
  return keys;
}

void save(SQLite::Database& sqlite, const GroupAlerts& group) {
  auto gone = saved_keys(sqlite, group);
  SQLite::Statement put(
      sqlite,
      "INSERT INTO rule_alert VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state "
      "WHERE state <> excluded.state");
  for (const auto& saved : group.alerts) {
    const auto labels = encode(saved.alert.labels);
    SQLite::bind(put, group.file, group.group, saved.rule, labels, encode(saved));
    put.exec();
    put.reset();
    gone.erase({saved.rule, labels});
  }
  SQLite::Statement remove(sqlite,
                           "DELETE FROM rule_alert WHERE file = ? AND rule_group = ? AND rule = ? AND labels = ?");
  for (const auto& [rule, labels] : gone) {
    SQLite::bind(remove, group.file, group.group, rule, labels);
    remove.exec();
    remove.reset();
  }
}

}  // namespace

void save_rule_alerts(Database& database, std::span<const GroupAlerts> groups) {
  database.transaction([&](SQLite::Database& sqlite) {
    for (const auto& group : groups) save(sqlite, group);
  });
}

std::vector<SavedAlert> load_rule_alerts(Database& database) {
  std::vector<SavedAlert> all;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite, "SELECT file, rule_group, rule, labels, state FROM rule_alert");
    while (select.executeStep()) {
      SavedAlert saved;
      saved.file = select.getColumn(0).getString();
      saved.group = select.getColumn(1).getString();
      saved.rule = select.getColumn(2).getString();
      saved.alert.labels = decode_labels(select.getColumn(3).getString());
      decode_into(saved, select.getColumn(4).getString());
      all.push_back(std::move(saved));
    }
  });
  return all;
}

}  // namespace a2od
