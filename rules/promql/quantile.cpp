#include "rules/promql/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace a2od::promql {
namespace {

bool before(const WeightedValue& a, const WeightedValue& b) {
  return std::isnan(a.value) ? !std::isnan(b.value) : a.value < b.value;
}

double value_at(const std::vector<WeightedValue>& values, double position) {
  double passed = 0;
  for (const WeightedValue& entry : values) {
    passed += entry.count;
    if (position < passed) return entry.value;
  }
  return values.back().value;
}

}  // namespace

double quantile(double q, std::vector<WeightedValue>& values) {
  using limits = std::numeric_limits<double>;
  if (values.empty() || std::isnan(q)) return limits::quiet_NaN();
  if (q < 0) return -limits::infinity();
  if (q > 1) return limits::infinity();
  std::ranges::sort(values, before);
  double count = 0;
  for (const WeightedValue& entry : values) count += entry.count;
  const double rank = q * (count - 1);
  const double lower = std::max(0.0, std::floor(rank));
  const double upper = std::min(count - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return value_at(values, lower) * (1 - weight) + value_at(values, upper) * weight;
}

}  // namespace a2od::promql
