// The functions of PromQL: their names and types.
#pragma once

#include "rules/promql/expression.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace a2od::promql {

/// How a function is evaluated: several functions share one way.
enum class FunctionKind : std::uint8_t {
  math,   ///< one number from each sample
  date,   ///< like math; of the evaluation time where there is no argument
  clamp,  ///< like math, with scalars
  range,  ///< one number from the samples of a range
  absent,
  absent_over_time,
  histogram,
  histogram_quantiles,
  info,
  label_join,
  label_replace,
  extreme_of,  ///< min_of, max_of
  pi,
  scalar,
  query,  ///< start, end, step, range: of the query
  sort,
  sort_by_label,
  time,
  timestamp,
  vector,
};

struct Function {
  std::string_view name;
  FunctionKind kind = FunctionKind::math;
  ValueType returns = ValueType::vector;
  std::vector<ValueType> parameters;
  std::size_t optional = 0;  ///< how many of the last parameters may be left out
  bool repeats = false;      ///< the last parameter may be given any number of times, also none
  bool experimental = false;
};

/// Null where there is no such function, or it cannot be evaluated.
[[nodiscard]] const Function* find_function(std::string_view name);
/// Prometheus' feature promql-experimental-functions, for the whole process and off at first: set it before anything is
/// parsed.
void enable_experimental_functions(bool enabled);
[[nodiscard]] bool experimental_functions_enabled();

/// step, range, min_of, max_of in any case: those of duration expressions. Null for others.
[[nodiscard]] const Function* duration_function(std::string_view name);
/// Whether Prometheus knows it, although it cannot be evaluated here.
[[nodiscard]] bool is_unsupported_function(std::string_view name);

}  // namespace a2od::promql
