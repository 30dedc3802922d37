// The operators between two operands, and how tightly they bind.
#pragma once

#include "rules/promql/ast.hpp"
#include "rules/promql/token.hpp"

#include <optional>

namespace a2od::promql {

struct Operator {
  BinaryOp op;
  int precedence;
  bool right_associative = false;
  /// The least precedence that an operator may have on its right.
  [[nodiscard]] int right_precedence() const { return precedence + (right_associative ? 0 : 1); }
};
inline constexpr int kPowPrecedence = 6;

[[nodiscard]] std::optional<Operator> binary_operator(TokenKind kind);

}  // namespace a2od::promql
