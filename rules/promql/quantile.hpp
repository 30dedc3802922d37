// Quantiles of samples, interpolated between neighbours.
#pragma once

#include <vector>

namespace a2od::promql {

struct WeightedValue {
  double value = 0;
  double count = 1;
};

/// -Inf and +Inf for q outside of [0, 1], NaN for NaN. Sorts the values, NaN first.
[[nodiscard]] double quantile(double q, std::vector<WeightedValue>& values);

}  // namespace a2od::promql
