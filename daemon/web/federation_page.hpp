// The newest samples of many series as text for another Prometheus, of which an estate has tens of megabytes.
#pragma once

#include "config/time.hpp"
#include "rules/series/snapshot.hpp"

#include <map>
#include <span>
#include <string>

namespace a2od {

/// Series that have no sample within the look-back are left out. Those of one metric follow each other in `series`.
/// External labels come last, where a series has none of that name.
[[nodiscard]] std::string federation_page(const Snapshot& snapshot, std::span<const SeriesRef> series, Timestamp now,
                                          Milliseconds lookback,
                                          const std::map<std::string, std::string>& external_labels);

}  // namespace a2od
