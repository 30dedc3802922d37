// Durations: how they are read, and what they come to.
#include "rules/promql/ast.hpp"
#include "rules/promql/operators.hpp"
#include "rules/promql/selector_parser.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace a2od::promql {
namespace {

using enum TokenKind;

constexpr double kLongestSeconds = 9'223'372'036;  // Prometheus keeps nanoseconds in 64 bits
constexpr int kMaxNesting = 64;
constexpr std::size_t kMaxDepth = 256;

/// Those of durations: + - * / % ^.
std::optional<Operator> arithmetic(TokenKind kind) {
  const auto found = binary_operator(kind);
  return found && found->op <= BinaryOp::pow ? found : std::nullopt;
}

bool is_zero(const Expr& expr) {
  const auto* literal = std::get_if<NumberLiteral>(&expr.node);
  return literal != nullptr && literal->value == 0;
}

class DurationReader {
 public:
  DurationReader(TokenReader& reader, std::string_view where, std::string_view expected)
      : reader_(reader), where_(where), expected_(expected) {}

  ExprPtr binary(int least_precedence) {
    if (++nesting_ > kMaxNesting) fail(reader_.current(), "expression is nested too deeply");
    ExprPtr left = signed_operand(true);
    for (auto found = arithmetic(reader_.current().kind); found && found->precedence >= least_precedence;
         found = arithmetic(reader_.current().kind)) {
      const Token op = reader_.take();
      ExprPtr right = binary(found->right_precedence());
      if (found->op == BinaryOp::div && is_zero(*right)) fail(op, "division by zero");
      if (found->op == BinaryOp::mod && is_zero(*right)) fail(op, "modulo by zero");
      const std::size_t begin = left->begin;
      const std::size_t depth = std::max(left->depth, right->depth) + 1;
      left = make(begin, Binary{.op = found->op, .matching = {}, .left = std::move(left), .right = std::move(right)},
                  depth);
    }
    --nesting_;
    return left;
  }

  /// The sign binds less than a power where there may be one: -2^2 is -4.
  ExprPtr signed_operand(bool with_power) {
    if (!reader_.is_any({add, sub})) return primary();
    const Token sign = reader_.take();
    ExprPtr inner = with_power ? binary(kPowPrecedence) : primary();
    if (sign.kind == add) return inner;
    if (auto* literal = std::get_if<NumberLiteral>(&inner->node)) {
      literal->value = -literal->value;
      inner->begin = sign.begin;
      return inner;
    }
    const std::size_t depth = inner->depth + 1;
    return make(sign.begin, Unary{true, std::move(inner)}, depth);
  }

 private:
  template <class Node>
  ExprPtr make(std::size_t begin, Node node, std::size_t depth) {
    if (depth > kMaxDepth) fail(begin, reader_.last_end(), "expression is nested too deeply");
    return std::make_unique<Expr>(Expr{std::move(node), ValueType::scalar, begin, reader_.last_end(), depth});
  }

  ExprPtr primary() {
    const Token token = reader_.current();
    if (token.kind == left_paren) return paren();
    if (token.kind == identifier && duration_function(token.text) != nullptr) return call();
    if (token.kind != number && token.kind != duration) reader_.fail_here(where_, expected_);
    reader_.take();
    if (!(std::abs(token.number) <= kLongestSeconds)) fail(token, "duration out of range");
    return make(token.begin, NumberLiteral{token.number, token.kind == duration}, 1);
  }

  ExprPtr paren() {
    const std::size_t begin = reader_.take().begin;
    ExprPtr inner = binary(0);
    reader_.expect(right_paren, where_, "\")\"");
    const std::size_t depth = inner->depth + 1;
    return make(begin, Paren{std::move(inner)}, depth);
  }

  ExprPtr call() {
    const Token name = reader_.take();
    Call node{duration_function(name.text), {}};
    std::size_t depth = 1;
    reader_.expect(left_paren, where_, "\"(\"");
    for (std::size_t i = 0; i < node.function->parameters.size(); ++i) {
      if (i > 0) reader_.expect(comma, where_, "\",\"");
      node.arguments.push_back(binary(0));
      depth = std::max(depth, node.arguments.back()->depth + 1);
    }
    reader_.expect(right_paren, where_, "\")\"");
    return make(name.begin, std::move(node), depth);
  }

  TokenReader& reader_;
  std::string_view where_;
  std::string_view expected_;
  int nesting_ = 0;
};

Milliseconds to_milliseconds(double seconds) { return Milliseconds(std::llround(seconds * 1000)); }

Duration to_duration(ExprPtr expr) {
  if (const auto* literal = std::get_if<NumberLiteral>(&expr->node))
    return {.literal = to_milliseconds(literal->value)};
  return {.expression = std::move(expr)};
}

struct NotADuration {
  std::string message;
};

/// In seconds; throws NotADuration.
struct Seconds {
  double step;
  double range;

  [[nodiscard]] double of(const Expr& expr) const { return std::visit(*this, expr.node); }
  double operator()(const NumberLiteral& node) const { return node.value; }
  double operator()(const Paren& node) const { return of(*node.inner); }
  double operator()(const Unary& node) const { return node.negative ? -of(*node.inner) : of(*node.inner); }
  double operator()(const Call& node) const {
    if (node.function->name == "step") return step;
    if (node.function->name == "range") return range;
    const double left = of(*node.arguments[0]);
    const double right = of(*node.arguments[1]);
    return node.function->name == "min_of" ? std::min(left, right) : std::max(left, right);
  }
  double operator()(const Binary& node) const {
    const double left = of(*node.left);
    const double right = of(*node.right);
    switch (node.op) {
      case BinaryOp::add:
        return left + right;
      case BinaryOp::sub:
        return left - right;
      case BinaryOp::mul:
        return left * right;
      case BinaryOp::div:
        if (right == 0) throw NotADuration{"division by zero"};
        return left / right;
      case BinaryOp::mod:
        if (right == 0) throw NotADuration{"modulo by zero"};
        return std::fmod(left, right);
      default:
        return std::pow(left, right);
    }
  }
  template <class Other>
  double operator()(const Other& /*node*/) const {
    throw NotADuration{"not a duration"};
  }
};

double seconds(Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }

}  // namespace

std::expected<Milliseconds, std::string> Duration::value(Milliseconds query_step, Milliseconds query_range) const {
  if (expression == nullptr) return literal;
  try {
    const double value = Seconds{seconds(query_step), seconds(query_range)}.of(*expression);
    if (!(std::abs(value) <= kLongestSeconds)) return std::unexpected("duration is out of range");
    return to_milliseconds(value);
  } catch (NotADuration& problem) {
    return std::unexpected(std::move(problem.message));
  }
}

Duration read_range(TokenReader& reader) {
  const Token start = reader.current();
  auto duration = to_duration(DurationReader(reader, "range", "number or duration").binary(0));
  if (duration.expression == nullptr && duration.literal <= Milliseconds(0))
    fail(start, "duration must be greater than 0");
  return duration;
}

Duration read_offset(TokenReader& reader) {
  return to_duration(DurationReader(reader, "offset", "number, duration, step(), or range()").signed_operand(false));
}

}  // namespace a2od::promql
