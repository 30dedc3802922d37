// Writes what the store takes in to the files of its days, whatever becomes of the disk.
#pragma once

#include "daemon/history/day_writer.hpp"
#include "rules/series/sample_log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace a2od {

struct HistoryOptions {
  std::filesystem::path folder;
  Milliseconds retention = std::chrono::days(35);
  /// What waits for a disk that cannot be written is given up beyond this.
  std::size_t most_waiting_bytes = std::size_t{64} << 20;
};

struct HistoryStatus {
  bool writing = true;  ///< false: what came last is not on the disk yet
  std::string last_error;
  std::uint64_t failures = 0;  ///< of commits, sealings and deletions
  std::uint64_t samples = 0;   ///< taken in, lost ones among them
  std::uint64_t samples_lost = 0;
  std::uint64_t damaged_files = 0;  ///< set aside, in the folder
  std::uint64_t bytes = 0;          ///< of all files, as of the last upkeep
  std::chrono::nanoseconds upkeep_cpu{};
};

/// One thread at a time; its calls block, and do not throw: what fails is in status().
class HistoryWriter {
 public:
  explicit HistoryWriter(HistoryOptions options);

  /// Durable when it returns, or kept for the next call: see status().
  void write(std::vector<LoggedSamples> samples);

  /// What is due: sealing each hour and after the day's end, and deleting what is older than the retention. Tries again
  /// what could not be written. To be called each few seconds.
  void upkeep(Timestamp now);

  /// A reader found that the file of a day cannot be read. Nothing happens where another file has its name meanwhile:
  /// see identity_of().
  void report_damaged(Day day, std::uint64_t identity, const std::string& why);

  [[nodiscard]] const HistoryStatus& status() const { return status_; }

 private:
  /// What a file knows of a slot.
  struct Known {
    std::uint32_t id : 31 = kNoId;
    std::uint32_t value : 1 = 0;  ///< the last one is in its journal
    static constexpr std::uint32_t kNoId = 0x7fff'ffff;
  };
  /// A day that is written to.
  struct OpenDay {
    DayWriter writer;
    Timestamp sealed{};
    bool touched = true;  ///< since the last upkeep
    Timestamp quiet_since{};
    std::vector<Known> slots = {};
  };

  bool write_waiting();
  void set_aside_day(Day day, const std::string& why);
  void take_born(const LoggedSamples& samples);
  void take(const LoggedSamples& samples);
  OpenDay& open(Timestamp at);
  void give_up_oldest_waiting();
  static void forget_values(OpenDay& day);
  /// Whether nothing waits any more.
  bool commit(Day day);
  bool seal_or_close(Day day, Timestamp now);
  [[nodiscard]] std::vector<Day> open_days() const;
  bool seal_unfinished_day(Timestamp now);
  void look_at_files();
  /// Calls `work()` on the file of a day; a damaged file is set aside. Whether it succeeded.
  template <class Work>
  bool attempt(Day day, Work&& work);

  HistoryOptions options_;
  std::vector<Labels> labels_;  ///< by slot
  std::map<Day, OpenDay> days_;
  std::deque<LoggedSamples> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<Day> unfinished_;  ///< days that an earlier process left unsealed, perhaps
  bool looked_for_unfinished_ = false;
  Timestamp next_unfinished_{};
  Timestamp next_count_{};
  bool commit_fails_ = false;
  bool upkeep_fails_ = false;
  HistoryStatus status_;
};

}  // namespace a2od
