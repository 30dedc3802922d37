// The functions of a range vector, computed from runs: a value that repeats costs once.
#pragma once

#include "rules/promql/plan.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace a2od::promql {

struct RangeWindow {
  std::span<const SampleRun> runs;  ///< never empty
  Timestamp begin;
  Timestamp end;
  Timestamp at;  ///< of the evaluation
};

/// None where the samples are too few.
using RangeFunction = std::optional<double> (*)(const RangeWindow& window, std::span<const double> parameters);

[[nodiscard]] RangeFunction range_function(std::string_view name);

}  // namespace a2od::promql
