// A state of the store that does not change any more, to read from.
#pragma once

#include "config/matcher.hpp"
#include "rules/series/index.hpp"
#include "rules/series/series.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Some series next to each other, copied as one when the store writes to them after a snapshot.
struct SeriesBlock {
  static constexpr std::size_t kSeries = 64;
  std::uint64_t epoch = 0;
  std::array<Series, kSeries> series;
};

/// Until when the series had samples that have vanished, by metric. It does not grow: a metric may share its place with
/// others, and is then told the latest of their times.
class ForgottenSeries {
 public:
  ForgottenSeries() { until_.fill(Timestamp::min()); }
  void add(std::string_view metric, Timestamp newest) {
    Timestamp& until = until_[place_of(metric)];
    until = std::max(until, newest);
  }
  [[nodiscard]] Timestamp until(std::string_view metric) const { return until_[place_of(metric)]; }
  [[nodiscard]] Timestamp until() const { return std::ranges::max(until_); }

 private:
  static constexpr std::size_t kPlaces = 256;
  static std::size_t place_of(std::string_view metric) { return std::hash<std::string_view>{}(metric) % kPlaces; }
  std::array<Timestamp, kPlaces> until_;
};

/// Everything that a store holds, shared with its snapshots.
struct StoreState {
  std::uint64_t epoch = 0;
  std::vector<std::shared_ptr<SeriesBlock>> blocks;
  std::shared_ptr<const Index> index = std::make_shared<const Index>();
  std::uint64_t born = 0;
  std::uint64_t vanished = 0;
  ForgottenSeries forgotten;
};

/// Where a reader of the index stands: what it has been shown already of each metric.
struct SelectionCursor {
  std::shared_ptr<const void> identity;  ///< of the index
  std::vector<std::size_t> seen;         ///< rows by table; of tables that the matchers exclude, all
};

/// Cheap to take and to copy; readable from any thread. References into it live as long as it, or a copy of it, does.
class Snapshot {
 public:
  /// Without any series.
  Snapshot();

  /// The series that match: metrics by name, those of one metric in order of their birth.
  [[nodiscard]] std::vector<SeriesRef> select(std::span<const Matcher> matchers) const;

  enum class Selection { extended, started_anew };
  /// For those who keep what they selected: appends only the series born since the cursor's last use. After
  /// `started_anew` everything kept from before is void, and `out` is the whole selection. A cursor belongs to its
  /// matchers. What a later snapshot has shown stays in `out`: an earlier one does not find() it.
  Selection select_new(std::span<const Matcher> matchers, SelectionCursor& cursor, std::vector<SeriesRef>& out) const;

  /// Null when the series has vanished.
  [[nodiscard]] const Series* find(SeriesRef ref) const;
  /// Empty when the series has vanished.
  [[nodiscard]] Labels labels(SeriesRef ref) const;
  /// The newest sample with at - lookback < time <= at; none where the series had ended by then.
  [[nodiscard]] std::optional<StoredSample> latest(SeriesRef ref, Timestamp at, Milliseconds lookback) const;
  /// The samples with after < time <= until, without stale markers.
  [[nodiscard]] std::vector<SampleRun> runs(SeriesRef ref, Timestamp after, Timestamp until) const;

  /// For the HTTP API, of series that select() gave: sorted, each once.
  [[nodiscard]] std::vector<std::string> label_names(std::span<const SeriesRef> series) const;
  [[nodiscard]] std::vector<std::string> label_values(std::string_view label, std::span<const SeriesRef> series) const;
  [[nodiscard]] std::vector<std::string> metric_names() const;

  [[nodiscard]] std::size_t series_count() const { return static_cast<std::size_t>(state_->born - state_->vanished); }
  /// No series that has vanished, and that these may select, had a sample after this time.
  [[nodiscard]] Timestamp forgotten_until(std::span<const Matcher> matchers) const;
  /// How many series were ever born, and how many of them have vanished: equal counts, equal series.
  [[nodiscard]] std::uint64_t born() const { return state_->born; }
  [[nodiscard]] std::uint64_t vanished() const { return state_->vanished; }
  /// The same for snapshots between which nothing was written.
  [[nodiscard]] std::shared_ptr<const void> identity() const { return state_; }

 private:
  friend class Store;
  explicit Snapshot(std::shared_ptr<const StoreState> state) : state_(std::move(state)) {}
  std::shared_ptr<const StoreState> state_;
};

}  // namespace a2od
