#include "daemon/history/series_source.hpp"

#include "daemon/engine/memory_windows.hpp"
#include "daemon/history/history.hpp"

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

using promql::EvaluationError;
using promql::SeriesWindow;

/// Adds what the store does not have yet: the newest samples may not be on the disk.
void add_newer(const Snapshot& memory, const SeriesWindow& window, Store& store) {
  for (const SeriesRef ref : memory.select(window.matchers)) {
    const Series& series = *memory.find(ref);
    const auto known = store.find(series.labels());
    std::optional<SeriesRef> target = known;
    series.visit_all_runs(window.after, window.until, [&](const SampleRun& run) {
      if (!target) target = store.create(series.labels());
      store.append(*target, run);
    });
  }
}

}  // namespace

bool SeriesSource::memory_covers(const SeriesWindow& window) const {
  Milliseconds shortest = kEndedSeriesKept;
  for (const SeriesRef ref : memory_.select(window.matchers))
    shortest = std::min<Milliseconds>(shortest, memory_.find(ref)->window());
  return window.after >= now_ - shortest;
}

SeriesSource::Covering SeriesSource::covering(std::span<const SeriesWindow> windows, DayContent content,
                                              const promql::EvaluationLimits& limits) const {
  const bool enough = history_.empty() || std::ranges::all_of(windows, [this](const auto& w) { return memory_covers(w); });
  if (enough) return CoveringSeries{memory_};
  Store store;
  std::size_t read = 0;
  EvaluationError stopped;
  struct Stop {};
  const auto count = [&](std::size_t runs) {
    read += runs;
    if (read > limits.max_samples) {
      stopped.message = "query processing would load too many samples into memory in query execution";
      throw Stop{};
    }
    if (limits.cancelled == nullptr || !limits.cancelled->load(std::memory_order_relaxed)) return;
    stopped = {"query timed out in query execution", true};
    throw Stop{};
  };
  CoveringSeries found;
  try {
    for (const auto& day : read_history(history_, content, windows, store, count)) {
      found.warnings.push_back(day.why);
      if (on_unread_) on_unread_(day);
    }
  } catch (const Stop&) {
    return std::unexpected(std::move(stopped));
  }
  for (const SeriesWindow& window : windows) add_newer(memory_, window, store);
  found.series = store.snapshot();
  return found;
}

}  // namespace a2od
