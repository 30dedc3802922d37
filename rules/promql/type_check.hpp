// The rules about types that the grammar leaves open, each checked when its node is complete.
#pragma once

#include "rules/promql/ast.hpp"
#include "rules/promql/expression.hpp"

#include <optional>

namespace a2od::promql {

/// Sets the type of the node; its children have theirs.
[[nodiscard]] std::optional<ParseError> check_unary(Expr& expr);
[[nodiscard]] std::optional<ParseError> check_binary(Expr& expr, bool matching_written);
[[nodiscard]] std::optional<ParseError> check_aggregate(Expr& expr);
[[nodiscard]] std::optional<ParseError> check_call(Expr& expr);
[[nodiscard]] std::optional<ParseError> check_selector(const VectorSelector& selector, std::size_t begin,
                                                       std::size_t end);

}  // namespace a2od::promql
