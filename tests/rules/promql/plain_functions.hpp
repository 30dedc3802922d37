// What PromQL's functions and operators make of plain numbers and samples.
#pragma once

#include "rules/promql/ast.hpp"
#include "tests/rules/promql/plain_evaluator.hpp"

#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace a2od::promql::plain {

using Samples = std::vector<Sample>;
using Numbers = std::vector<double>;

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] double seconds(Milliseconds duration);
[[nodiscard]] double seconds(Timestamp at);

// Of many numbers.
[[nodiscard]] double sum_of(const Numbers& numbers);
[[nodiscard]] double mean_of(const Numbers& numbers);
[[nodiscard]] double variance_of(const Numbers& numbers);
[[nodiscard]] double least_of(const Numbers& numbers);
[[nodiscard]] double most_of(const Numbers& numbers);
[[nodiscard]] double quantile_of(double q, Numbers numbers);

/// The samples of a range, which are one at least.
struct Window {
  Samples samples;
  Timestamp begin;
  Timestamp end;
  Timestamp at;
};
/// rate, changes, avg_over_time and the like. Nothing where the function has no result of so few samples.
[[nodiscard]] std::optional<double> of_range(std::string_view name, const Window& window, const Numbers& parameters);

/// abs, clamp and the like.
[[nodiscard]] double of_value(std::string_view name, double value, const Numbers& parameters);

[[nodiscard]] double operated(BinaryOp op, double a, double b);

using Buckets = std::map<double, double>;  ///< counts by upper bound
[[nodiscard]] double quantile_of_buckets(double q, const Buckets& given);

}  // namespace a2od::promql::plain
