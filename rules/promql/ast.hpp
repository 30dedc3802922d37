// A parsed and type-checked expression, as values.
#pragma once

#include "config/matcher.hpp"
#include "config/time.hpp"
#include "rules/promql/expression.hpp"
#include "rules/promql/functions.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace a2od::promql {

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct NumberLiteral {
  double value = 0;
  bool as_duration = false;  ///< written as one
};

struct TextLiteral {
  std::string text;
};

/// `@ 1234.5`, `@ start()`, `@ end()`, or none.
struct AtModifier {
  enum class Kind : std::uint8_t { none, time, start, end };
  Kind kind = Kind::none;
  Timestamp time{};
};

/// A duration as it is written: a literal, or an expression of literals, step() and range() that each query computes.
struct Duration {
  Milliseconds literal{};
  std::shared_ptr<const Expr> expression = nullptr;  ///< null: the literal

  /// An error where it divides by zero or is out of range.
  [[nodiscard]] std::expected<Milliseconds, std::string> value(Milliseconds query_step, Milliseconds query_range) const;
};

/// When a selector or subquery looks, relative to the evaluation: first `at`, then back by `offset`.
struct Shift {
  std::optional<Duration> offset;
  AtModifier at;
};

struct VectorSelector {
  std::string name;  ///< written in front of the braces; the matchers have it too
  std::vector<Matcher> matchers;
  Shift shift;
};

struct MatrixSelector {
  VectorSelector selector;
  Duration range;
};

struct Subquery {
  ExprPtr inner;
  Duration range;
  std::optional<Duration> step;
  Shift shift;
};

struct Paren {
  ExprPtr inner;
};

struct Unary {
  bool negative = false;
  ExprPtr inner;
};

enum class BinaryOp : std::uint8_t {
  add,
  sub,
  mul,
  div,
  mod,
  pow,
  atan2,
  equal,
  not_equal,
  less,
  greater,
  less_or_equal,
  greater_or_equal,
  set_and,
  set_or,
  set_unless,
};
[[nodiscard]] std::string_view to_string(BinaryOp op);
[[nodiscard]] inline bool is_comparison(BinaryOp op) {
  return op >= BinaryOp::equal && op <= BinaryOp::greater_or_equal;
}
[[nodiscard]] inline bool is_set_operator(BinaryOp op) { return op >= BinaryOp::set_and; }

struct VectorMatching {
  enum class Cardinality : std::uint8_t { one_to_one, many_to_one, one_to_many, many_to_many };
  Cardinality cardinality = Cardinality::one_to_one;
  bool on = false;  ///< `labels` are those that must agree; otherwise those that need not
  std::vector<std::string> labels;
  std::vector<std::string> include;  ///< of group_left and group_right
};

struct Binary {
  BinaryOp op = BinaryOp::add;
  bool return_bool = false;
  VectorMatching matching;
  ExprPtr left;
  ExprPtr right;
};

enum class AggregateOp : std::uint8_t {
  sum,
  avg,
  count,
  min,
  max,
  group,
  stddev,
  stdvar,
  topk,
  bottomk,
  limitk,
  limit_ratio,
  count_values,
  quantile,
};
[[nodiscard]] std::string_view to_string(AggregateOp op);
[[nodiscard]] std::optional<AggregateOp> aggregate_op(std::string_view name);
[[nodiscard]] inline bool has_parameter(AggregateOp op) { return op >= AggregateOp::topk; }

struct Aggregate {
  AggregateOp op = AggregateOp::sum;
  bool without = false;
  std::vector<std::string> labels;
  ExprPtr parameter;  ///< null where the aggregation has none
  ExprPtr inner;
};

struct Call {
  const Function* function = nullptr;
  std::vector<ExprPtr> arguments;
};

struct Expr {
  std::variant<NumberLiteral, TextLiteral, VectorSelector, MatrixSelector, Subquery, Paren, Unary, Binary, Aggregate,
               Call>
      node;
  ValueType type = ValueType::scalar;
  std::size_t begin = 0;  ///< the bytes of the expression text
  std::size_t end = 0;
  std::size_t depth = 1;  ///< of the tree below
};

/// Behind all parentheses around it.
[[nodiscard]] const Expr& unwrapped(const Expr& expr);
[[nodiscard]] std::string_view describe(ValueType type);

}  // namespace a2od::promql
