#include "daemon/state/database.hpp"

#include "config/text.hpp"
#include "config/utf8.hpp"
#include "daemon/state/schema.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace a2od {
namespace {

using test::TemporaryFolder;
namespace fs = std::filesystem;

void execute(const fs::path& file, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

mode_t rights(const fs::path& file) {
  struct stat status{};
  EXPECT_EQ(::stat(file.c_str(), &status), 0);
  return status.st_mode & 0777U;
}

std::string refusal(const fs::path& folder) {
  const auto database = Database::open(folder);
  EXPECT_FALSE(database);
  return database ? std::string() : database.error().message;
}

TEST(Database, CreatesFolderAndFileForTheirOwnerAlone) {
  const TemporaryFolder folder;
  const auto nested = folder.path() / "var" / "a2od";
  const auto database = Database::open(nested);
  ASSERT_TRUE(database) << database.error().message;
  EXPECT_EQ(database->file(), nested / "state.db");
  EXPECT_EQ(rights(nested), 0700U);
  EXPECT_EQ(rights(nested / "state.db"), 0600U);
}

TEST(Database, IsDurableAtEveryCommit) {
  const TemporaryFolder folder;
  const auto database = Database::open(folder.path());
  ASSERT_TRUE(database);
  EXPECT_EQ(database->pragma("journal_mode"), "wal");
  EXPECT_EQ(database->pragma("synchronous"), "2");
  EXPECT_EQ(database->pragma("foreign_keys"), "1");
  EXPECT_EQ(database->pragma("busy_timeout"), "5000");
  EXPECT_EQ(database->pragma("user_version"), std::to_string(schema_steps().size()));
}

TEST(Database, OpensAgain) {
  const TemporaryFolder folder;
  {
    ASSERT_TRUE(Database::open(folder.path()));
  }
  EXPECT_TRUE(Database::open(folder.path()));
}

TEST(Database, IsNotShared) {
  const TemporaryFolder folder;
  const auto first = Database::open(folder.path());
  ASSERT_TRUE(first);
  EXPECT_EQ(refusal(folder.path()), "storage folder '" + folder.path().string() +
                                        "' is in use by another a2od (process " + std::to_string(::getpid()) +
                                        "): stop it, or give this one a storage.path of its own");
}

TEST(Database, RefusesANewerSchema) {
  const TemporaryFolder folder;
  {
    ASSERT_TRUE(Database::open(folder.path()));
  }
  const auto known = schema_steps().size();
  execute(folder.path() / "state.db", ("PRAGMA user_version=" + std::to_string(known + 3)).c_str());
  EXPECT_EQ(refusal(folder.path()), "state database '" + (folder.path() / "state.db").string() + "' has schema " +
                                        std::to_string(known + 3) + ", this a2od knows up to " + std::to_string(known) +
                                        ": it was written by a newer version, start that one");
}

TEST(Database, SaysThatAFileIsNoDatabase) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "state.db") << std::string(8192, 'x');
  const auto message = refusal(folder.path());
  EXPECT_NE(message.find("is damaged"), std::string::npos) << message;
  EXPECT_NE(message.find("restore it from a backup, or move it away"), std::string::npos) << message;
}

TEST(Database, SaysThatPagesAreDamaged) {
  const TemporaryFolder folder;
  {
    ASSERT_TRUE(Database::open(folder.path()));
  }
  const auto file = folder.path() / "state.db";
  execute(file,
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
          "INSERT INTO routed_alert SELECT 'alert ' || i, 'firing' FROM n; PRAGMA wal_checkpoint(TRUNCATE)");
  {
    std::fstream pages(file, std::ios::in | std::ios::out | std::ios::binary);
    pages.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
    pages << std::string(20'000, '\x5a');
  }
  const auto message = refusal(folder.path());
  EXPECT_NE(message.find("is damaged"), std::string::npos) << message;
}

TEST(Database, SaysThatItsSchemaIsDamagedWithoutWhatTerminalsObey) {
  const TemporaryFolder folder;
  {
    ASSERT_TRUE(Database::open(folder.path()));
  }
  execute(
      folder.path() / "state.db",
      "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET name = CAST(x'1b5b324aff' AS TEXT), sql = 'CREATE TABLE' "
      "WHERE name = 'silence'");
  const auto message = refusal(folder.path());
  EXPECT_NE(message.find("is damaged"), std::string::npos) << message;
  EXPECT_TRUE(std::ranges::none_of(message, is_control)) << message;
  EXPECT_TRUE(is_valid_utf8(message)) << message;
}

TEST(Database, SaysWhatKeepsItFromWriting) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto message = refusal(folder.path() / "file" / "a2od");
  EXPECT_TRUE(message.starts_with("storage folder '")) << message;
  EXPECT_NE(message.find("Not a directory"), std::string::npos) << message;
}

TEST(Database, NothingOfAFailedTransactionStays) {
  const TemporaryFolder folder;
  auto database = Database::open(folder.path());
  ASSERT_TRUE(database);
  try {
    database->transaction([](SQLite::Database&) { throw std::runtime_error("no"); });
    FAIL() << "expected the error to be passed on";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "state database '" + database->file().string() + "': no");
  }
  EXPECT_NO_THROW(database->transaction([](SQLite::Database&) {}));
}

TEST(Database, CanBeMovedAndStaysLocked) {
  const TemporaryFolder folder;
  auto database = Database::open(folder.path());
  ASSERT_TRUE(database);
  const auto moved = std::move(*database);
  EXPECT_FALSE(Database::open(folder.path()));
}

}  // namespace
}  // namespace a2od
