#include "daemon/state/flapping.hpp"

#include "daemon/state/encoding.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>

namespace a2od {
namespace {

namespace json = boost::json;

std::int64_t number(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp time(std::int64_t number) { return Timestamp(Milliseconds(number)); }

std::string encode(const std::vector<Timestamp>& times) {
  json::array list;
  for (const auto each : times) list.emplace_back(number(each));
  return json::serialize(list);
}

std::vector<Timestamp> decode_times(const std::string& text) {
  std::vector<Timestamp> times;
  const auto list = json::parse(text);
  for (const auto& each : list.as_array()) times.push_back(time(each.as_int64()));
  return times;
}

}  // namespace

void commit(Database& database, const FlappingChanges& changes) {
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement put(sqlite, "INSERT OR REPLACE INTO flapping VALUES (?, ?, ?, ?, ?)");
    for (const auto& state : changes.states) {
      put.bind(1, state.latest.fingerprint);
      put.bind(2, encode(state.latest));
      put.bind(3, state.fires ? 1 : 0);
      put.bind(4, encode(state.changes));
      state.since ? put.bind(5, number(*state.since)) : put.bind(5);
      put.exec();
      put.reset();
    }
    SQLite::Statement remove(sqlite, "DELETE FROM flapping WHERE fingerprint = ?");
    for (const auto& id : changes.removed) {
      remove.bind(1, id);
      remove.exec();
      remove.reset();
    }
  });
}

std::vector<FlappingState> load_flapping(Database& database) {
  std::vector<FlappingState> states;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite, "SELECT alert, fires, changes, since FROM flapping");
    while (select.executeStep()) {
      auto& state = states.emplace_back();
      state.latest = decode_routed_alert(select.getColumn(0).getString());
      state.fires = select.getColumn(1).getInt() != 0;
      state.changes = decode_times(select.getColumn(2).getString());
      if (!select.isColumnNull(3)) state.since = time(select.getColumn(3).getInt64());
    }
  });
  return states;
}

}  // namespace a2od
