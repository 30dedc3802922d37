#include "daemon/state/database.hpp"

#include "config/text.hpp"
#include "config/utf8.hpp"
#include "daemon/state/encoding.hpp"
#include "daemon/state/folder_lock.hpp"
#include "daemon/state/schema.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace a2od {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyTimeoutMilliseconds = 5000;

std::string named(const fs::path& file) { return "state database '" + file.string() + "'"; }

/// SQLite tells in its own words what it read, and that may be anything.
Error damaged(const fs::path& file, const std::string& detail) {
  return {
      named(file) + " is damaged: " + one_line(valid_utf8(detail)) +
      "; restore it from a backup, or move it away to start without held alerts, undelivered messages and the names "
      "of environments"};
}

/// What SQLite found wrong, with what to do about it where there is something.
Error explained(const fs::path& file, const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(file, error.what());
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {named(file) +
              " is locked by another program: end what has it open, such as an sqlite3 shell or a backup"};
    case SQLITE_FULL:
      return {named(file) + ": no space left on the device"};
    default:
      return {named(file) + ": " + error.what()};
  }
}

/// Folder and file for their owner alone: SQLite gives its journals the rights of the file.
Result<void> create(const fs::path& folder, const fs::path& file) {
  std::error_code error;
  if (fs::create_directories(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return failure("storage folder '" + folder.string() + "': " + error.message());
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return failure(named(file) + ": " + std::generic_category().message(errno));
  ::close(descriptor);
  return {};
}

int schema_version(SQLite::Database& database) { return database.execAndGet("PRAGMA user_version").getInt(); }

Result<void> check(SQLite::Database& database, const fs::path& file) {
  const auto newest = static_cast<int>(schema_steps().size());
  const auto version = schema_version(database);
  if (version > newest || version < 0) {
    return failure(named(file) + " has schema " + std::to_string(version) + ", this a2od knows up to " +
                   std::to_string(newest) + ": it was written by a newer version, start that one");
  }
  const auto found = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (found != "ok") return std::unexpected(damaged(file, found));
  return {};
}

Result<void> configure(SQLite::Database& database, const fs::path& file) {
  const auto mode = database.execAndGet("PRAGMA journal_mode=WAL").getString();
  if (mode != "wal") {
    return failure(named(file) + " cannot use a write-ahead log (journal mode stays '" + mode +
                   "'): put storage.path on a local file system");
  }
  database.exec("PRAGMA synchronous=FULL");
  database.exec("PRAGMA foreign_keys=ON");
  // Debian's SQLite overwrites what is deleted with zeros, which writes each delivered message once more; there is no
  // secret among what is kept.
  database.exec("PRAGMA secure_delete=OFF");
  return {};
}

void migrate(SQLite::Database& database) {
  const auto steps = schema_steps();
  const auto version = static_cast<std::size_t>(schema_version(database));
  if (version == steps.size()) return;
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  for (const auto* step : steps.subspan(version)) database.exec(step);
  database.exec("PRAGMA user_version=" + std::to_string(steps.size()));
  transaction.commit();
}

}  // namespace

/// Destroyed from the end: the lock is the last to go.
struct Database::Impl {
  FolderLock lock;
  fs::path file;
  SQLite::Database sqlite;
  bool in_transaction = false;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Result<Database> Database::open(const fs::path& folder) {
  const auto file = folder / "state.db";
  if (auto created = create(folder, file); !created) return std::unexpected(created.error());
  auto lock = FolderLock::take(folder);
  if (!lock) return std::unexpected(lock.error());
  try {
    SQLite::Database sqlite(file.string(), SQLite::OPEN_READWRITE, kBusyTimeoutMilliseconds);
    if (auto checked = check(sqlite, file); !checked) return std::unexpected(checked.error());
    if (auto configured = configure(sqlite, file); !configured) return std::unexpected(configured.error());
    migrate(sqlite);
    return Database(std::make_unique<Impl>(std::move(*lock), file, std::move(sqlite)));
  } catch (const SQLite::Exception& error) {
    return std::unexpected(explained(file, error));
  }
}

const fs::path& Database::file() const { return impl_->file; }

void Database::transaction(const std::function<void(SQLite::Database&)>& work) {
  if (impl_->in_transaction) return work(impl_->sqlite);
  struct Mark {
    bool& flag;
    ~Mark() { flag = false; }
  };
  impl_->in_transaction = true;
  const Mark mark{impl_->in_transaction};
  try {
    SQLite::Transaction transaction(impl_->sqlite, SQLite::TransactionBehavior::IMMEDIATE);
    work(impl_->sqlite);
    transaction.commit();
  } catch (const SQLite::Exception& error) {
    throw std::runtime_error(explained(impl_->file, error).message);
  } catch (const UnreadableValue& error) {
    throw std::runtime_error(damaged(impl_->file, error.what()).message);
  } catch (const std::logic_error& error) {  // of Boost.JSON: it has another shape
    throw std::runtime_error(damaged(impl_->file, std::string("a saved value is ") + error.what()).message);
  } catch (const std::exception& error) {
    throw std::runtime_error(named(impl_->file) + ": " + error.what());
  }
}

std::string Database::pragma(const std::string& name) const {
  return impl_->sqlite.execAndGet("PRAGMA " + name).getString();
}

}  // namespace a2od
