// The one who writes a day's file.
#pragma once

#include "daemon/history/day_file.hpp"
#include "rules/series/chunk.hpp"
#include "rules/series/labels.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// One thread at a time; its calls block. What fails throws DamagedDayFile, or std::runtime_error that names the file
/// and the cause: then what was not written is still to be, and the same call may be tried again later.
class DayWriter {
 public:
  /// Creates the file where it is absent.
  explicit DayWriter(std::filesystem::path file);
  ~DayWriter();
  DayWriter(DayWriter&&) noexcept;
  DayWriter& operator=(DayWriter&&) noexcept;

  /// The number of a series: the one that the file has for it from before, or a new one.
  [[nodiscard]] std::uint32_t id_of(const Labels& labels);
  /// Repeated values are those of the same series' sample before, since the last seal() and the last drop_pending().
  void append(Timestamp at, Moment moment, std::size_t samples);

  /// What was appended is durable when this returns.
  void commit();
  [[nodiscard]] std::size_t pending_bytes() const { return pending_bytes_; }
  /// Gives up what was appended and not committed; returns how many samples that were.
  std::size_t drop_pending();

  /// Moves the journal into chunks, in one transaction.
  void seal();
  [[nodiscard]] std::size_t journal_bytes() const { return journal_bytes_; }

  /// Seals, merges the label sets and the chunks of each metric, and leaves one small file without companions.
  void close();

 private:
  struct Row {
    Timestamp at;
    std::string moment;
  };
  using NewSeries = std::vector<std::pair<std::uint32_t, Labels>>;

  void read_known_series();
  void write_series(std::string_view name, const NewSeries& series);
  void write_series_row(std::int64_t metric, std::span<const std::uint32_t> ids, std::string_view labels);
  void merge_series(std::int64_t metric, const std::string& name);
  [[nodiscard]] std::int64_t metric_id(std::string_view name);
  [[nodiscard]] std::vector<std::int64_t> metric_by_id() const;
  void seal_metrics(const std::vector<std::int64_t>& metric_by_id, std::int64_t first, std::int64_t last);
  void write_chunks(std::int64_t metric, std::span<const SeriesRuns> series);
  void write_chunk(std::int64_t metric, std::span<const SeriesRuns> series);
  template <class Visit>
  std::size_t visit_chunks(std::int64_t metric, std::int64_t until_number, Visit&& visit);
  void merge_chunks(std::int64_t metric);

  std::filesystem::path file_;
  std::unique_ptr<SQLite::Database> database_;
  std::uint32_t next_id_ = 0;
  boost::unordered_flat_map<Labels, std::uint32_t, std::hash<Labels>> known_;  ///< of an earlier writer, until sealed
  std::map<std::string, NewSeries, std::less<>> new_series_;                   ///< by metric
  std::vector<Row> new_rows_;
  std::size_t pending_bytes_ = 0;
  std::size_t pending_samples_ = 0;
  std::size_t journal_bytes_ = 0;
};

}  // namespace a2od
