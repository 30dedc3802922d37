// Reads a day's file into a store.
#pragma once

#include "daemon/history/day_file.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/store.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

namespace a2od {

/// Called for each packet of label sets or of runs that is read, with their number; what it throws ends the reading.
using OnRuns = std::function<void(std::size_t read)>;

enum class DayContent {
  samples,
  series,  ///< each with one sample, at the latest time that is asked for: whether it had any then is not looked at
};

/// Adds the samples of all that the windows ask for: of a series that several match, from the earliest `after` to the
/// latest `until`. Days must come in order. Throws as guarded() does.
void read_day(const std::filesystem::path& folder, Day day, DayContent content,
              std::span<const promql::SeriesWindow> windows, Store& into, const OnRuns& on_runs);

}  // namespace a2od
