// The state database: one SQLite file that outlives the process, opened safely or refused with a clear sentence.
#pragma once

#include "config/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace SQLite {
class Database;
}

namespace a2od {

/// `state.db` in the storage folder. What a committed call wrote survives power loss (WAL, synchronous=FULL). One
/// thread at a time may use a Database and the functions on it; which thread does not matter. Its calls block.
class Database {
 public:
  /// Creates folder and file where they are absent, for their owner alone; brings an older schema up to date; locks the
  /// folder, so that no second daemon shares it. Refuses what is in use, damaged, newer than this program, or not
  /// writable.
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& folder);

  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  [[nodiscard]] const std::filesystem::path& file() const;

  /// Runs `work` in one transaction: all of it is durable when this returns, or nothing is. Throws std::runtime_error
  /// that names the file and the cause (disk full, I/O error); the same call may be tried again later. Within `work` a
  /// transaction is a part of this one; what it throws must reach this call.
  void transaction(const std::function<void(SQLite::Database&)>& work);

  /// The value of a PRAGMA, as text.
  [[nodiscard]] std::string pragma(const std::string& name) const;

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace a2od
