// The series in memory: runs of equal values at a fixed step, interned labels, staleness, and snapshots to read from.
#pragma once

#include "config/time.hpp"
#include "rules/series/labels.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// A state of the store that does not change any more: cheap to take and to copy, readable from any thread.
class Snapshot;

/// Written by one thread at a time (a strand). Reading goes through snapshots.
class Store;

}  // namespace a2od
