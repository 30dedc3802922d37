// One series: its labels and its samples, kept as runs of equal values at a fixed step.
#pragma once

#include "config/time.hpp"
#include "rules/series/append_only.hpp"
#include "rules/series/labels.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace a2od {

/// The value that ends a series: Prometheus' own NaN, told from other NaNs by its bits.
[[nodiscard]] double stale_marker();
[[nodiscard]] bool is_stale_marker(double value);

/// `count` samples of the same value (the same bits), the first at `first`, one each `step`.
struct SampleRun {
  Timestamp first;
  Milliseconds step{};
  std::uint32_t count = 0;
  double value = 0;
  [[nodiscard]] Timestamp last() const { return first + step * (count == 0 ? 0 : count - 1); }
};

struct StoredSample {
  Timestamp at;
  double value = 0;
};

/// A run in 24 bytes, which may still grow: each series has one. Times and steps are milliseconds.
struct PackedRun {
  std::int64_t first = 0;
  double value = 0;
  std::uint32_t step = 0;
  std::uint32_t count = 0;

  [[nodiscard]] static PackedRun of(const SampleRun& run) {
    return {run.first.time_since_epoch().count(), run.value, static_cast<std::uint32_t>(run.step.count()), run.count};
  }
  [[nodiscard]] static PackedRun of(Timestamp at, double value) {
    return {.first = at.time_since_epoch().count(), .value = value, .step = 0, .count = 1};
  }
  [[nodiscard]] std::int64_t last() const {
    return count == 0 ? first : first + static_cast<std::int64_t>(step) * (count - 1);
  }
  [[nodiscard]] SampleRun unpacked() const {
    return {Timestamp(Milliseconds(first)), Milliseconds(step), count, value};
  }
  /// Whether the samples continue the run; if so they are counted. They must be later.
  bool extend(const PackedRun& next);
};

/// A run that grows no more, in 16 bytes: most of what a store holds. Its time is of the years 1830 to 2109; others
/// become the nearest of these.
class SealedRun {
 public:
  SealedRun() = default;
  /// The first samples of a run that has some: as many as fit. That is all, but of a run of hundreds, or of a step that
  /// is no multiple of a tenth of a second, from one second on.
  [[nodiscard]] static SealedRun first_of(const PackedRun& run);
  /// How many it takes for all samples of a run.
  [[nodiscard]] static std::size_t needed_for(const SampleRun& run);

  [[nodiscard]] std::int64_t first() const { return first_; }
  [[nodiscard]] std::int64_t last() const { return first_ + step() * (count() - 1); }
  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(count_); }
  [[nodiscard]] std::int64_t step() const { return static_cast<std::int64_t>(steps_) * kUnits[unit_]; }
  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] SampleRun unpacked() const {
    return {Timestamp(Milliseconds(first_)), Milliseconds(step()), count(), value_};
  }

 private:
  /// A step is so many times one of these.
  static constexpr std::array<std::int64_t, 4> kUnits = {1, 100, 1'000, 60'000};
  static constexpr int kTimeBits = 43;
  static constexpr int kCountBits = 9;
  static constexpr int kStepBits = 10;
  static constexpr std::int64_t kMostSamples = (1 << kCountBits) - 1;
  static constexpr std::int64_t kMostSteps = (1 << kStepBits) - 1;

  [[nodiscard]] static std::optional<std::size_t> unit_of(std::int64_t step);

  double value_ = 0;
  std::int64_t first_ : kTimeBits = 0;
  std::uint64_t count_ : kCountBits = 1;
  std::uint64_t steps_ : kStepBits = 0;
  std::uint64_t unit_ : 2 = 0;
};
static_assert(sizeof(SealedRun) == 16);

/// The samples with after < time <= until: count becomes 0 where there are none.
[[nodiscard]] SampleRun clip(SampleRun run, Timestamp after, Timestamp until);

/// Read through a snapshot, from any thread; written by the store alone.
class Series {
 public:
  [[nodiscard]] const Labels& labels() const { return labels_; }

  /// The newest sample with at - lookback < time <= at; none where that sample is a stale marker.
  [[nodiscard]] std::optional<StoredSample> latest(Timestamp at, Milliseconds lookback) const;

  /// Calls `visit(const SampleRun&)` for the samples with after < time <= until, in order, without stale markers.
  template <class Visit>
  void visit_runs(Timestamp after, Timestamp until, Visit&& visit) const;
  /// The same with stale markers.
  template <class Visit>
  void visit_all_runs(Timestamp after, Timestamp until, Visit&& visit) const;

  /// Whether it has a sample with from <= time <= until, stale markers left out.
  [[nodiscard]] bool has_samples(Timestamp from, Timestamp until) const;

  [[nodiscard]] bool empty() const { return open_.count == 0; }
  /// The time of the newest sample, be it a stale marker. The series must not be empty.
  [[nodiscard]] Timestamp newest() const { return Timestamp(Milliseconds(open_.last())); }
  /// Whether the newest sample says that nothing comes after it.
  [[nodiscard]] bool has_ended() const { return open_.count > 0 && is_stale_marker(open_.value); }
  /// How long samples are kept: see Store::set_windows. 0 where nobody has said it.
  [[nodiscard]] std::chrono::seconds window() const { return std::chrono::seconds(window_); }

 private:
  friend class Store;
  friend class Snapshot;

  /// Later than newest(): the store has checked. Whether the value is that of the newest sample before.
  bool append(const PackedRun& run);
  /// Earlier than all it has: the store has checked.
  void prepend(std::span<const SampleRun> runs);
  /// Forgets the runs that end before `before`.
  void truncate(std::int64_t before);
  [[nodiscard]] std::int64_t oldest() const { return sealed_.empty() ? open_.first : sealed_[0].first(); }

  Labels labels_;
  AppendOnly<SealedRun> sealed_;
  PackedRun open_;                 ///< the last run, the only one that still grows
  std::uint32_t incarnation_ = 0;  ///< odd while the slot is in use
  std::uint32_t window_ = 0;       ///< in seconds
};

template <class Visit>
void Series::visit_runs(Timestamp after, Timestamp until, Visit&& visit) const {
  visit_all_runs(after, until, [&](const SampleRun& run) {
    if (!is_stale_marker(run.value)) visit(run);
  });
}

template <class Visit>
void Series::visit_all_runs(Timestamp after, Timestamp until, Visit&& visit) const {
  const auto clipped = [&](const auto& run) {
    const SampleRun part = clip(run.unpacked(), after, until);
    if (part.count > 0) visit(part);
  };
  const auto begin = after.time_since_epoch().count();
  const auto end = until.time_since_epoch().count();
  const auto runs = sealed_.items();
  auto run = std::ranges::partition_point(runs, [&](const SealedRun& candidate) { return candidate.last() <= begin; });
  for (; run != runs.end() && run->first() <= end; ++run) clipped(*run);
  if (open_.count > 0 && open_.first <= end && open_.last() > begin) clipped(open_);
}

}  // namespace a2od
