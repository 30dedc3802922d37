#include "daemon/state/environment_work.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

namespace a2od {

void save_environment_work(Database& database, std::span<const EnvironmentWork> all) {
  database.transaction([&](SQLite::Database& sqlite) {
    sqlite.exec("DELETE FROM environment_work");
    SQLite::Statement put(sqlite, "INSERT INTO environment_work VALUES (?, ?, ?)");
    for (const auto& work : all) {
      SQLite::bind(put, work.tenant, work.environment, work.what);
      put.exec();
      put.reset();
    }
  });
}

std::vector<EnvironmentWork> load_environment_work(Database& database) {
  std::vector<EnvironmentWork> all;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite,
                             "SELECT tenant, environment, work FROM environment_work "
                             "ORDER BY tenant, environment, work");
    while (select.executeStep())
      all.push_back(
          {select.getColumn(0).getString(), select.getColumn(1).getString(), select.getColumn(2).getString()});
  });
  return all;
}

}  // namespace a2od
