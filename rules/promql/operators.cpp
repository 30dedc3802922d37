#include "rules/promql/operators.hpp"

namespace a2od::promql {

std::optional<Operator> binary_operator(TokenKind kind) {
  using enum TokenKind;
  switch (kind) {
    case set_or:
      return Operator{BinaryOp::set_or, 1};
    case set_and:
      return Operator{BinaryOp::set_and, 2};
    case set_unless:
      return Operator{BinaryOp::set_unless, 2};
    case equal:
      return Operator{BinaryOp::equal, 3};
    case not_equal:
      return Operator{BinaryOp::not_equal, 3};
    case less:
      return Operator{BinaryOp::less, 3};
    case greater:
      return Operator{BinaryOp::greater, 3};
    case less_or_equal:
      return Operator{BinaryOp::less_or_equal, 3};
    case greater_or_equal:
      return Operator{BinaryOp::greater_or_equal, 3};
    case add:
      return Operator{BinaryOp::add, 4};
    case sub:
      return Operator{BinaryOp::sub, 4};
    case mul:
      return Operator{BinaryOp::mul, 5};
    case div:
      return Operator{BinaryOp::div, 5};
    case mod:
      return Operator{BinaryOp::mod, 5};
    case atan2:
      return Operator{BinaryOp::atan2, 5};
    case pow:
      return Operator{BinaryOp::pow, kPowPrecedence, true};
    default:
      return std::nullopt;
  }
}

}  // namespace a2od::promql
