// The samples of many days on disk: written behind the store's back, read by whoever asks for more than memory has.
#pragma once

#include "collectors/async/event.hpp"
#include "daemon/history/day_reader.hpp"
#include "daemon/history/history_writer.hpp"
#include "daemon/history/series_source.hpp"
#include "daemon/wake.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace a2od {

/// A day that could not be read, or not to its end.
struct UnreadDay {
  Day day;
  std::string why;
  bool damaged = false;        ///< for good
  std::uint64_t identity = 0;  ///< of the file that was read
};

/// Reads all days of a folder that the windows touch, in order, into `into`. Blocks; from any thread.
[[nodiscard]] std::vector<UnreadDay> read_history(const std::filesystem::path& folder, DayContent content,
                                                  std::span<const promql::SeriesWindow> windows, Store& into,
                                                  const OnRuns& on_runs = {});

/// On the event loop. What is added is committed in groups: one transaction for all that came within
/// a tenth of a second.
class History {
 public:
  /// `executor` is a strand: files are written there.
  History(const boost::asio::any_io_executor& loop, boost::asio::any_io_executor executor, HistoryOptions options);

  /// Hands over what the store took in, in its order.
  void add(std::vector<LoggedSamples> samples);

  /// Memory and this history, to read from. Damaged days that are found are set aside.
  [[nodiscard]] SeriesSource source(Snapshot memory, Timestamp now);

  /// Reads the windows into a store that has nothing yet, before anything else happens. From then on memory has no more
  /// than these, for a while: source() knows. Blocks.
  void restore(std::span<const promql::SeriesWindow> windows, Store& store);

  /// What the disk has of the windows. Blocks; from any thread.
  [[nodiscard]] Snapshot older(std::span<const promql::SeriesWindow> windows);

  /// Returns when what was added before is durable; or, where the disk fails, has been tried, or takes longer than five
  /// seconds. Needs run() to run.
  boost::asio::awaitable<void> committed();

  /// Commits, seals and deletes until cancelled.
  boost::asio::awaitable<void> run(std::function<Timestamp()> now);

  /// Writes what is left. When nothing else of this object runs any more.
  void finish();

  /// As of the last commit or upkeep.
  [[nodiscard]] const HistoryStatus& status() const { return status_; }

 private:
  boost::asio::awaitable<void> commit();
  boost::asio::awaitable<void> keep_up(Timestamp now);
  void report(const UnreadDay& day);

  boost::asio::any_io_executor executor_;
  std::filesystem::path folder_;
  HistoryWriter writer_;  ///< on the executor
  std::vector<LoggedSamples> added_;
  std::uint64_t last_added_ = 0;
  std::uint64_t last_committed_ = 0;
  Event commit_ended_;
  Timestamp memory_since_{};
  Wake wake_;
  HistoryStatus status_;
};

}  // namespace a2od
