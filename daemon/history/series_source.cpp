#include "daemon/history/series_source.hpp"

#include "daemon/history/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace a2od {
namespace {

using promql::EvaluationError;
using promql::SeriesWindow;

/// What a query may read of the history: 160 MB of runs.
constexpr std::size_t kMostRead = 10'000'000;

/// Adds what the store does not have yet: the newest samples may not be on the disk.
void add_newer(const Snapshot& memory, std::span<const SeriesWindow> windows, Store& store) {
  struct Reach {
    Timestamp after = Timestamp::max();
    Timestamp until = Timestamp::min();
  };
  std::map<SeriesRef, Reach> wanted;
  for (const SeriesWindow& window : windows) {
    for (const SeriesRef ref : memory.select(window.matchers)) {
      auto& reach = wanted[ref];
      reach.after = std::min(reach.after, window.after);
      reach.until = std::max(reach.until, window.until);
    }
  }
  for (const auto& [ref, reach] : wanted) {
    const Series& series = *memory.find(ref);
    auto target = store.find(series.labels());
    series.visit_all_runs(reach.after, reach.until, [&](const SampleRun& run) {
      if (!target) target = store.create(series.labels());
      store.append(*target, run);
    });
  }
}

}  // namespace

bool SeriesSource::memory_covers(const SeriesWindow& window) const {
  if (window.after < std::max(memory_since_, memory_.forgotten_until(window.matchers))) return false;
  return std::ranges::all_of(memory_.select(window.matchers),
                             [&](SeriesRef ref) { return window.after >= now_ - memory_.find(ref)->window(); });
}

SeriesSource::Covering SeriesSource::covering(std::span<const SeriesWindow> windows, DayContent content,
                                              const promql::EvaluationLimits& limits) const {
  const bool enough =
      history_.empty() || std::ranges::all_of(windows, [this](const auto& w) { return memory_covers(w); });
  if (enough) return CoveringSeries{memory_};
  Store store;
  std::size_t read = 0;
  EvaluationError stopped;
  struct Stop {};
  const auto count = [&](std::size_t runs) {
    read += runs;
    if (read > kMostRead) {
      stopped.message = fmt::format(
          "the query would read over {} label sets and changes of values from the history: ask for less time, or fewer "
          "series",
          kMostRead);
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
  add_newer(memory_, windows, store);
  found.series = store.snapshot();
  return found;
}

}  // namespace a2od
