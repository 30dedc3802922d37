#include "daemon/state/owed_resolved.hpp"

#include "daemon/notify/notify.hpp"
#include "daemon/state/encoding.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include <utility>

namespace a2od {
namespace {

RoutedAlert to_routed(const AlertNotice& notice) {
  return {.fingerprint = fingerprint(notice.labels),
          .labels = notice.labels,
          .annotations = notice.annotations,
          .starts_at = notice.starts_at,
          .ends_at = notice.ends_at,
          .updated_at = notice.ends_at,
          .generator_url = notice.generator_url};
}

AlertNotice to_notice(RoutedAlert alert) {
  return {.labels = std::move(alert.labels),
          .annotations = std::move(alert.annotations),
          .starts_at = alert.starts_at,
          .ends_at = alert.ends_at,
          .generator_url = std::move(alert.generator_url)};
}

}  // namespace

void commit(Database& database, const OwedChanges& changes) {
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO owed_to_alertmanager VALUES (?, ?, ?)");
    for (const auto& [alertmanager, notice] : changes.put) {
      const auto alert = to_routed(notice);
      SQLite::bind(put, alertmanager, alert.fingerprint, encode(alert));
      put.exec();
      put.reset();
    }
    SQLite::Statement remove(sqlite, "DELETE FROM owed_to_alertmanager WHERE alertmanager = ? AND fingerprint = ?");
    for (const auto& [alertmanager, fingerprint] : changes.removed) {
      SQLite::bind(remove, alertmanager, fingerprint);
      remove.exec();
      remove.reset();
    }
  });
}

std::vector<OwedResolved> load_owed_resolved(Database& database) {
  std::vector<OwedResolved> all;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite, "SELECT alertmanager, state FROM owed_to_alertmanager");
    while (select.executeStep())
      all.push_back({select.getColumn(0).getString(), to_notice(decode_routed_alert(select.getColumn(1).getString()))});
  });
  return all;
}

}  // namespace a2od
