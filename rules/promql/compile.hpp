// Turns a parsed expression into its plan.
#pragma once

#include "rules/promql/ast.hpp"
#include "rules/promql/plan.hpp"

namespace a2od::promql {

/// Each for expressions of its type; the plan refers to nothing of the expression.
[[nodiscard]] ScalarPtr compile_scalar(const Expr& expr);
[[nodiscard]] VectorPtr compile_vector(const Expr& expr);
[[nodiscard]] RangePtr compile_range(const Expr& expr);

}  // namespace a2od::promql
