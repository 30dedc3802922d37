// The functions of single numbers: arithmetic, dates, and what operators compute.
#pragma once

#include "rules/promql/ast.hpp"

#include <span>
#include <string_view>

namespace a2od::promql {

using MathFunction = double (*)(double value, std::span<const double> parameters);
/// Of the kinds math, date and clamp.
[[nodiscard]] MathFunction math_function(std::string_view name);

/// Of arithmetic operators the result; of comparisons 1 or 0.
using BinaryFunction = double (*)(double left, double right);
[[nodiscard]] BinaryFunction binary_function(BinaryOp op);

}  // namespace a2od::promql
