// One UTC day of samples in one SQLite file: which series there are, what came lately as it came, and the rest by
// metric.
//
//     metric   id, name
//     series   label sets of a metric that came together, packed, and their ids
//     journal  a row for what one moment brought: durable with its transaction, until it is sealed
//     chunk    the runs of a metric's series between one sealing and the next, packed
//
// The journal since the last sealing stands for itself: the first sample of each series in it has its value.
#pragma once

#include "config/time.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace SQLite {
class Column;
class Database;
}  // namespace SQLite

namespace a2od {

using Day = std::chrono::sys_days;

[[nodiscard]] inline Day day_of(Timestamp at) { return std::chrono::floor<std::chrono::days>(at); }
/// "2026-11-26.db" in the folder.
[[nodiscard]] std::filesystem::path day_file(const std::filesystem::path& folder, Day day);
/// The days of which there are files in the folder, in order; files set aside are not counted.
[[nodiscard]] std::vector<Day> days_in(const std::filesystem::path& folder);

/// Deletes the files of all days before that one, and what was set aside of them.
void remove_days_before(const std::filesystem::path& folder, Day day);
/// Renames a damaged file, so that it is not read any more and can be looked at; returns its new name, or nothing where
/// that fails.
std::optional<std::filesystem::path> set_aside(const std::filesystem::path& file);
[[nodiscard]] bool is_set_aside(const std::filesystem::path& file);

/// The file is not what it should be: it is of no use any more.
class DamagedDayFile : public std::runtime_error {
 public:
  DamagedDayFile(std::filesystem::path file, const std::string& why);
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
};

/// Tells the file of a name from another one that takes its place; 0 where there is none.
[[nodiscard]] std::uint64_t identity_of(const std::filesystem::path& file);

enum class DayFileUse { read, write };
/// Opens it, to write also where it is absent. To read: null where it is there and empty still. Throws as guarded()
/// does.
[[nodiscard]] std::unique_ptr<SQLite::Database> open_day_file(const std::filesystem::path& file, DayFileUse use);

/// Runs `work`; what SQLite throws becomes DamagedDayFile, or a std::runtime_error that names the file and the cause.
void guarded(const std::filesystem::path& file, const std::function<void()>& work);

}  // namespace a2od
