#include "daemon/state/events.hpp"

#include "daemon/audit/event.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>
#include <string>

namespace a2od {
namespace {

constexpr int kBusyTimeoutMilliseconds = 5000;
constexpr int kInstructionsBetweenLooks = 10'000;  ///< of SQLite's machine, after which it asks whether to go on

std::int64_t number(Timestamp time) { return time.time_since_epoch().count(); }

void insert(SQLite::Statement& statement, const EventRow& event) {
  SQLite::bind(statement, number(event.at), std::string(event.kind), event.labels, event.details);
  statement.exec();
  statement.reset();
}

/// With its values bound in the order in which they stand.
std::string text_of(const EventQuery& query) {
  std::string text = "SELECT id, at, kind, labels, details FROM event WHERE 1";
  if (query.after) text += " AND id > ?";
  if (query.before) text += " AND id < ?";
  if (query.start) text += " AND at >= ?";
  if (query.end) text += " AND at < ?";
  if (!query.kinds.empty()) {
    text += " AND kind IN (?";
    for (std::size_t i = 1; i < query.kinds.size(); ++i) text += ", ?";
    text += ")";
  }
  return text + (query.newest_first ? " ORDER BY id DESC" : " ORDER BY id");
}

void bind(SQLite::Statement& statement, const EventQuery& query) {
  int place = 0;
  if (query.after) statement.bind(++place, static_cast<std::int64_t>(*query.after));
  if (query.before) statement.bind(++place, static_cast<std::int64_t>(*query.before));
  if (query.start) statement.bind(++place, number(*query.start));
  if (query.end) statement.bind(++place, number(*query.end));
  for (const auto kind : query.kinds) statement.bind(++place, std::string(kind));
}

int is_cancelled(void* query) {
  const auto* cancelled = static_cast<const EventQuery*>(query)->cancelled;
  return cancelled != nullptr && cancelled->load(std::memory_order_relaxed) ? 1 : 0;
}

std::string_view text_at(SQLite::Statement& statement, int column) {
  const auto value = statement.getColumn(column);
  return {value.getText(), static_cast<std::size_t>(value.getBytes())};
}

}  // namespace

void append(Database& database, const EventBatch& batch) {
  if (batch.empty()) return;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement statement(sqlite, "INSERT INTO event (at, kind, labels, details) VALUES (?, ?, ?, ?)");
    for (const auto& event : batch.events) insert(statement, event);
    if (batch.lost > 0) insert(statement, row_of({batch.lost_until, "events.lost", {}, {{"count", batch.lost}}}));
  });
}

std::uint64_t forget_events(Database& database, const EventRetention& retention, std::uint64_t most, Timestamp now) {
  std::uint64_t forgotten = 0;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement bounds(sqlite, "SELECT (SELECT min(id) FROM event), (SELECT max(id) FROM event)");
    if (!bounds.executeStep() || bounds.getColumn(0).isNull()) return;
    const auto oldest = bounds.getColumn(0).getInt64();
    const auto newest = bounds.getColumn(1).getInt64();
    // Only the oldest few are looked at, so that no step takes long, however many there are.
    SQLite::Statement remove(sqlite, "DELETE FROM event WHERE id < ? AND (at < ? OR id <= ?)");
    SQLite::bind(remove, oldest + static_cast<std::int64_t>(most), number(now - retention.age),
                 newest - static_cast<std::int64_t>(retention.count));
    forgotten = static_cast<std::uint64_t>(remove.exec());
  });
  return forgotten;
}

std::optional<Timestamp> newest_event(Database& database) {
  std::optional<Timestamp> newest;
  database.transaction([&](SQLite::Database& sqlite) {
    // An event may be written after later ones.
    SQLite::Statement select(sqlite, "SELECT max(at) FROM (SELECT at FROM event ORDER BY id DESC LIMIT 1000)");
    if (select.executeStep() && !select.getColumn(0).isNull())
      newest = Timestamp(Milliseconds(select.getColumn(0).getInt64()));
  });
  return newest;
}

void visit_events(const std::filesystem::path& database, const EventQuery& query,
                  const std::function<bool(const StoredEvent&)>& visitor) {
  try {
    SQLite::Database sqlite(database.string(), SQLite::OPEN_READONLY, kBusyTimeoutMilliseconds);
    SQLite::Statement select(sqlite, text_of(query));
    bind(select, query);
    sqlite3_progress_handler(sqlite.getHandle(), kInstructionsBetweenLooks, is_cancelled,
                             const_cast<EventQuery*>(&query));
    while (select.executeStep()) {
      const StoredEvent event{static_cast<std::uint64_t>(select.getColumn(0).getInt64()),
                              Timestamp(Milliseconds(select.getColumn(1).getInt64())), text_at(select, 2),
                              text_at(select, 3), text_at(select, 4)};
      if (!visitor(event)) return;
    }
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_INTERRUPT) return;
    throw std::runtime_error(fmt::format("state database '{}': {}", database.string(), error.what()));
  }
}

}  // namespace a2od
