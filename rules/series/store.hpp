// The series in memory: runs of equal values at a fixed step, indexed labels, staleness, and snapshots to read from.
#pragma once

#include "config/time.hpp"
#include "rules/series/index.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/sample_log.hpp"
#include "rules/series/series.hpp"
#include "rules/series/snapshot.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace a2od {

class IndexWriter;

enum class Appended {
  stored,
  same_time,  ///< the series has a sample of that time already; the first one stays
  too_old,    ///< the series has a later sample
  vanished,   ///< the series is gone: append by labels to have it again
};

/// Written by one thread at a time (a strand), which also takes the snapshots. Snapshots are read, copied and destroyed
/// on any thread; the store copies what they share with it before it writes there.
class Store {
 public:
  Store();
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// A series of labels that none has yet. It is not forgotten before it has got a sample.
  SeriesRef create(const Labels& labels);
  /// Creates the series where it does not exist. The reference is good for fast appends until the series vanishes.
  SeriesRef append(const Labels& labels, Timestamp at, double value);
  /// The samples of a series come in order of time: of two at one time the first stays, earlier ones are left out.
  Appended append(SeriesRef series, Timestamp at, double value);

  /// The same for all samples of a run: those that are not newer than the series' are left out. They come from the
  /// history, and are not logged.
  Appended append(SeriesRef series, SampleRun run);
  /// Puts samples in front of those that the series has: what is not older than these is left out.
  void prepend(SeriesRef series, std::vector<SampleRun> runs);

  /// Ends the series at that time: from then on it is not seen, until the next sample. Nothing for an unknown series.
  Appended mark_stale(SeriesRef series, Timestamp at) { return append(series, at, stale_marker()); }
  Appended mark_stale(const Labels& labels, Timestamp at);

  /// Forgets samples from before that time, as whole runs, and the series that have no later ones.
  void truncate(Timestamp before);

  /// How long samples are kept is asked here for each series that there is or that is born. Whole seconds.
  using WindowOf = std::function<Milliseconds(const Labels&)>;
  void set_windows(WindowOf window_of);
  /// Forgets samples that have left the windows, as whole runs, and series that have ended before theirs. Those that
  /// went silent without an end, and those that somebody needs, stay as long as they have a sample since
  /// `silent_since`.
  using IsNeeded = std::function<bool(SeriesRef)>;
  void truncate_windows(Timestamp now, Timestamp silent_since, const IsNeeded& is_needed);

  /// Each single sample that is stored from now on is added to the log, too; null: no more. Series that exist are told
  /// at once.
  void set_log(SampleLog* log);

  [[nodiscard]] Snapshot snapshot();

  /// The series of these labels, while there is one.
  [[nodiscard]] std::optional<SeriesRef> find(const Labels& labels) const;
  [[nodiscard]] std::size_t series_count() const { return by_labels_.size(); }
  [[nodiscard]] std::uint64_t born() const { return state_->born; }
  [[nodiscard]] std::uint64_t vanished() const { return state_->vanished; }
  /// What the series and the index take, approximately; walks over all series.
  [[nodiscard]] std::size_t approximate_bytes() const;

 private:
  /// Slots by the labels of their series, which are held there alone.
  struct HashOfLabels {
    using is_transparent = void;
    const Store* store;
    std::size_t operator()(const Labels& labels) const { return labels.hash(); }
    std::size_t operator()(std::uint32_t slot) const;
  };
  struct EqualLabels {
    using is_transparent = void;
    const Store* store;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(const Labels& labels, std::uint32_t slot) const;
    bool operator()(std::uint32_t slot, const Labels& labels) const { return (*this)(labels, slot); }
  };
  using SlotsByLabels = boost::unordered_flat_set<std::uint32_t, HashOfLabels, EqualLabels>;

  StoreState& writable();
  Series& writable(std::uint32_t slot);
  [[nodiscard]] const Series& series(std::uint32_t slot) const;
  void set_window(Series& series) const;
  /// Forgets, for each series, samples from before `kept_since(series)`, and the series that have none since
  /// `seen_since(ref, series)`.
  template <class KeptSince, class SeenSince>
  void truncate(KeptSince&& kept_since, SeenSince&& seen_since);
  void remove(std::uint32_t slot);
  void rebuild_index();

  std::uint64_t epoch_ = 1;
  std::shared_ptr<StoreState> state_;
  std::unique_ptr<IndexWriter> index_;
  SlotsByLabels by_labels_;
  std::vector<std::uint32_t> free_slots_;
  std::uint32_t slots_ = 0;
  WindowOf window_of_;
  SampleLog* log_ = nullptr;
};

}  // namespace a2od
