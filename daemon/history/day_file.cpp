#include "daemon/history/day_file.hpp"

#include "config/text.hpp"
#include "config/utf8.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace a2od {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyTimeoutMilliseconds = 5000;
constexpr int kVersion = 1;
constexpr int kApplication = 0x6132686f;  // tells other SQLite files apart
constexpr std::string_view kAside = ".damaged";

constexpr const char* kTables = R"sql(
  CREATE TABLE metric (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE series (metric INTEGER NOT NULL, ids BLOB NOT NULL, labels BLOB NOT NULL) STRICT;
  CREATE INDEX series_of_metric ON series (metric);
  CREATE TABLE journal (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, moment BLOB NOT NULL) STRICT;
  CREATE TABLE chunk (number INTEGER PRIMARY KEY, metric INTEGER NOT NULL, first_at INTEGER NOT NULL,
                      last_at INTEGER NOT NULL, runs BLOB NOT NULL) STRICT;
  CREATE INDEX chunk_of_metric ON chunk (metric, number);
)sql";

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

constexpr std::string_view kForm = "2026-11-26.db";

std::optional<Day> day_of_name(std::string_view name) {
  if (name.size() != kForm.size() || !name.ends_with(".db") || name[4] != '-' || name[7] != '-') return std::nullopt;
  const auto year = number(name.substr(0, 4));
  const auto month = number(name.substr(5, 2));
  const auto day = number(name.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const auto date = std::chrono::year(*year) / *month / *day;
  return date.ok() ? std::optional(Day(date)) : std::nullopt;
}

/// As far as the folder can be read.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  return names;
}

std::string named(const fs::path& file) { return "history file '" + file.string() + "'"; }

void create_tables(SQLite::Database& database) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  database.exec(kTables);
  database.exec(fmt::format("PRAGMA user_version={}", kVersion));
  database.exec(fmt::format("PRAGMA application_id={}", kApplication));
  transaction.commit();
}

void check(SQLite::Database& database, const fs::path& file) {
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (database.execAndGet("PRAGMA application_id").getInt() != kApplication)
    throw DamagedDayFile(file, "it is not a file of a2od's history");
  if (version != kVersion)
    throw std::runtime_error(fmt::format("{} has schema {}, this a2od knows {}: it was written by a newer version",
                                         named(file), version, kVersion));
}

}  // namespace

DamagedDayFile::DamagedDayFile(fs::path file, const std::string& why)
    : std::runtime_error(named(file) + " is damaged: " + one_line(valid_utf8(why))), file_(std::move(file)) {}

fs::path day_file(const fs::path& folder, Day day) { return folder / fmt::format("{:%Y-%m-%d}.db", day); }

std::vector<Day> days_in(const fs::path& folder) {
  std::vector<Day> days;
  for (const auto& name : names_in(folder))
    if (const auto day = day_of_name(name)) days.push_back(*day);
  std::ranges::sort(days);
  return days;
}

void remove_days_before(const fs::path& folder, Day day) {
  for (const auto& name : names_in(folder)) {
    const auto of = day_of_name(name.substr(0, kForm.size()));
    std::error_code ignored;
    if (of && *of < day) fs::remove(folder / name, ignored);
  }
}

std::optional<fs::path> set_aside(const fs::path& file) {
  std::error_code error;
  std::string name = file.string() + std::string(kAside);
  for (int other = 2; fs::exists(name, error); ++other) name = fmt::format("{}.{}{}", file.string(), other, kAside);
  fs::rename(file, name, error);
  if (error) return std::nullopt;
  for (const auto* companion : {"-wal", "-shm", "-journal"}) {
    std::error_code ignored;
    fs::rename(file.string() + companion, name + companion, ignored);
  }
  return name;
}

bool is_set_aside(const fs::path& file) { return file.extension() == kAside; }

std::uint64_t identity_of(const fs::path& file) {
  struct stat found = {};
  return ::stat(file.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_ino) : 0;
}

std::unique_ptr<SQLite::Database> open_day_file(const fs::path& file, DayFileUse use) {
  std::unique_ptr<SQLite::Database> database;
  guarded(file, [&] {
    const int create = use == DayFileUse::write ? SQLite::OPEN_CREATE : 0;
    database =
        std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READWRITE | create, kBusyTimeoutMilliseconds);
    database->exec("PRAGMA cache_size=-512");  // in KiB: what is read is read once
    const bool empty = database->execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
    if (use == DayFileUse::write) {
      database->exec("PRAGMA journal_mode=WAL");
      database->exec("PRAGMA synchronous=FULL");
      if (empty) create_tables(*database);
    } else if (empty) {
      return database.reset();
    }
    check(*database, file);
  });
  return database;
}

void guarded(const fs::path& file, const std::function<void()>& work) {
  try {
    work();
  } catch (const SQLite::Exception& error) {
    switch (error.getErrorCode() & 0xff) {
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
      case SQLITE_FORMAT:
        throw DamagedDayFile(file, error.what());
      case SQLITE_FULL:
        throw std::runtime_error(named(file) + ": no space left on the device");
      default:
        throw std::runtime_error(named(file) + ": " + error.what());
    }
  }
}

}  // namespace a2od
