#include "rules/promql/parser.hpp"

#include "config/quote.hpp"
#include "rules/promql/operators.hpp"
#include "rules/promql/selector_parser.hpp"
#include "rules/promql/token_reader.hpp"
#include "rules/promql/type_check.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

namespace a2od::promql {
namespace {

using enum TokenKind;

constexpr int kMaxNesting = 128;        // of parentheses, calls, signs
constexpr std::size_t kMaxDepth = 512;  // of the tree, which long chains of operators deepen as well

void require(std::optional<ParseError> error) {
  if (error) throw ParseFailure{std::move(*error)};
}

class Parser {
 public:
  explicit Parser(std::string_view text) : reader_(text) {}

  ExprPtr run() {
    if (reader_.is(end)) fail(reader_.current(), "no expression found in input");
    ExprPtr expr = binary(0);
    if (!reader_.is(end)) reader_.fail_here("", "");
    return expr;
  }

 private:
  template <class Node>
  ExprPtr make(std::size_t begin, Node node, ValueType type, std::initializer_list<const Expr*> children = {}) {
    std::size_t depth = 1;
    for (const Expr* child : children) depth = std::max(depth, child == nullptr ? 1 : child->depth + 1);
    if (depth > kMaxDepth) fail(begin, reader_.last_end(), "expression is nested too deeply");
    return std::make_unique<Expr>(Expr{std::move(node), type, begin, reader_.last_end(), depth});
  }

  ExprPtr binary(int least_precedence) {
    if (++nesting_ > kMaxNesting) fail(reader_.current(), "expression is nested too deeply");
    ExprPtr left = unary();
    refuse_histogram_trims();
    auto found = binary_operator(reader_.current().kind);
    while (found && found->precedence >= least_precedence) {
      left = binary_rest(std::move(left), *found);
      refuse_histogram_trims();
      found = binary_operator(reader_.current().kind);
    }
    --nesting_;
    return left;
  }

  void refuse_histogram_trims() const {
    if (reader_.is_any({trim_upper, trim_lower})) fail_unsupported(reader_.current(), "trimming of native histograms");
  }

  ExprPtr binary_rest(ExprPtr left, const Operator& found) {
    const std::size_t begin = left->begin;
    reader_.take();
    Binary node{.op = found.op, .matching = {}, .left = {}, .right = {}};
    if (reader_.is(boolean)) {
      if (!is_comparison(found.op)) fail(reader_.current(), "bool modifier can only be used on comparison operators");
      reader_.take();
      node.return_bool = true;
    }
    const bool matching_written = reader_.is_any({on, ignoring});
    if (matching_written) matching(node.matching);
    refuse_fill();
    node.right = binary(found.right_precedence());
    node.left = std::move(left);
    const Expr* const children[] = {node.left.get(), node.right.get()};
    ExprPtr expr = make(begin, std::move(node), ValueType::vector, {children[0], children[1]});
    require(check_binary(*expr, matching_written));
    return expr;
  }

  void matching(VectorMatching& matching) {
    matching.on = reader_.take().kind == on;
    matching.labels = read_label_list(reader_);
    if (!reader_.is_any({group_left, group_right})) return;
    const Token group = reader_.take();
    matching.cardinality =
        group.kind == group_left ? VectorMatching::Cardinality::many_to_one : VectorMatching::Cardinality::one_to_many;
    if (reader_.is(left_paren)) matching.include = read_label_list(reader_);
    if (!matching.on) return;
    for (const std::string& label : matching.include) {
      if (std::ranges::find(matching.labels, label) == matching.labels.end()) continue;
      fail(group, fmt::format("label {} must not occur in ON and GROUP clause at once", double_quoted(label)));
    }
  }

  void refuse_fill() const {
    const bool fill = reader_.is(identifier) && reader_.following().kind == left_paren &&
                      (reader_.current().text == "fill" || reader_.current().text == "fill_left" ||
                       reader_.current().text == "fill_right");
    if (fill) fail_unsupported(reader_.current(), "the modifier " + reader_.current().text);
  }

  ExprPtr unary() { return reader_.is_any({add, sub}) ? signed_operand() : postfix(primary()); }

  ExprPtr signed_operand() {
    const Token sign = reader_.take();
    const bool negative = sign.kind == sub;
    ExprPtr inner = binary(kPowPrecedence);
    if (auto* literal = std::get_if<NumberLiteral>(&inner->node)) {
      if (negative) literal->value = -literal->value;
      inner->begin = sign.begin;
      return inner;
    }
    const Expr* const child = inner.get();
    ExprPtr expr = make(sign.begin, Unary{negative, std::move(inner)}, ValueType::vector, {child});
    require(check_unary(*expr));
    return expr;
  }

  ExprPtr primary() {
    const Token token = reader_.current();
    switch (token.kind) {
      case number:
      case duration:
        reader_.take();
        return make(token.begin, NumberLiteral{token.number, token.kind == duration}, ValueType::scalar);
      case string:
        reader_.take();
        return make(token.begin, TextLiteral{token.text}, ValueType::string);
      case left_paren:
        return paren();
      case left_brace:
        return selector({});
      case identifier:
        if (reader_.following().kind == left_paren) return call();
        [[fallthrough]];
      case metric_identifier:
      case offset:
      case by:
      case without:
      case set_and:
      case set_or:
      case set_unless:
        return selector(reader_.take());
      case aggregator: {
        const TokenKind next = reader_.following().kind;
        const bool called = next == left_paren || next == by || next == without;
        return called ? aggregation() : selector(reader_.take());
      }
      default:
        reader_.fail_here("", "");
    }
  }

  ExprPtr paren() {
    const std::size_t begin = reader_.take().begin;
    ExprPtr inner = binary(0);
    reader_.expect(right_paren, "", "");
    const Expr* const child = inner.get();
    return make(begin, Paren{std::move(inner)}, child->type, {child});
  }

  ExprPtr selector(const Token& name) {
    VectorSelector node{.name = name.text, .matchers = {}, .shift = {}};
    const std::size_t begin = name.text.empty() ? reader_.current().begin : name.begin;
    if (reader_.is(left_brace)) node.matchers = read_matchers(reader_);
    if (!node.name.empty()) node.matchers.push_back(Matcher::equal(std::string(kMetricName), node.name));
    if (!may_match_all_) require(check_selector(node, begin, reader_.last_end()));
    return make(begin, std::move(node), ValueType::vector);
  }

  /// Those of info() but the first name labels, and need not leave anything out.
  std::vector<ExprPtr> arguments(bool of_info = false) {
    std::vector<ExprPtr> found;
    reader_.expect(left_paren, "", "\"(\"");
    while (!reader_.is(right_paren)) {
      const bool outer = std::exchange(may_match_all_, of_info && !found.empty());
      found.push_back(binary(0));
      may_match_all_ = outer;
      if (!reader_.is(comma)) break;
      const Token separator = reader_.take();
      if (reader_.is(right_paren)) fail(separator, "trailing commas not allowed in function call args");
    }
    reader_.expect(right_paren, "", "");
    return found;
  }

  ExprPtr call() {
    const Token name = reader_.take();
    const Function* const function = find_function(name.text);
    if (function == nullptr && is_unsupported_function(name.text)) {
      fail_unsupported(name, "function " + double_quoted(name.text));
    }
    if (function == nullptr) fail(name, "unknown function with name " + double_quoted(name.text));
    if (function->experimental && !experimental_functions_enabled())
      fail(name, fmt::format("function {} is not enabled: it takes --enable-feature=promql-experimental-functions",
                             double_quoted(name.text)));
    Call node{function, arguments(function->kind == FunctionKind::info)};
    std::size_t deepest = 0;
    for (const ExprPtr& argument : node.arguments) deepest = std::max(deepest, argument->depth);
    ExprPtr expr = make(name.begin, std::move(node), ValueType::vector);
    expr->depth = deepest + 1;
    if (expr->depth > kMaxDepth) fail(name, "expression is nested too deeply");
    require(check_call(*expr));
    return expr;
  }

  void grouping(Aggregate& node) {
    node.without = reader_.take().kind == without;
    node.labels = read_label_list(reader_);
  }

  ExprPtr aggregation() {
    const Token name = reader_.take();
    std::string lowered = name.text;
    std::ranges::transform(lowered, lowered.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
    const auto op = aggregate_op(lowered);
    const bool experimental = op == AggregateOp::limitk || op == AggregateOp::limit_ratio;
    if (experimental && !experimental_functions_enabled())
      fail(name, lowered + " is experimental: it takes --enable-feature=promql-experimental-functions");
    if (!op) fail_unsupported(name, "aggregation " + double_quoted(lowered));
    Aggregate node{.op = *op, .labels = {}, .parameter = {}, .inner = {}};
    const bool grouped_before = reader_.is_any({by, without});
    if (grouped_before) grouping(node);
    std::vector<ExprPtr> given = arguments();
    if (!grouped_before && reader_.is_any({by, without})) grouping(node);

    const std::size_t wanted = has_parameter(*op) ? 2 : 1;
    if (given.empty()) fail(name.begin, reader_.last_end(), "no arguments for aggregate expression provided");
    if (given.size() != wanted) {
      fail(name.begin, reader_.last_end(),
           fmt::format("wrong number of arguments for aggregate expression provided, expected {}, got {}", wanted,
                       given.size()));
    }
    if (wanted == 2) node.parameter = std::move(given.front());
    node.inner = std::move(given.back());
    const Expr* const children[] = {node.parameter.get(), node.inner.get()};
    ExprPtr expr = make(name.begin, std::move(node), ValueType::vector, {children[0], children[1]});
    require(check_aggregate(*expr));
    return expr;
  }

  ExprPtr postfix(ExprPtr expr) {
    while (true) {
      if (reader_.is(left_bracket)) {
        expr = bracket(std::move(expr));
      } else if (reader_.take_if(offset)) {
        set_offset(*expr);
      } else if (reader_.take_if(at)) {
        set_at(*expr);
      } else {
        refuse_extended_ranges();
        return expr;
      }
    }
  }

  void refuse_extended_ranges() const {
    const Token& token = reader_.current();
    const bool extended = token.kind == identifier && (token.text == "anchored" || token.text == "smoothed");
    if (extended) fail_unsupported(token, "the modifier " + token.text);
  }

  ExprPtr bracket(ExprPtr expr) {
    const Token open = reader_.take();
    if (reader_.is(colon)) reader_.fail_here("range", "number or duration");
    Duration range = read_range(reader_);
    if (reader_.take_if(colon)) return subquery(std::move(expr), std::move(range));
    reader_.expect(right_bracket, "range", "\":\" or \"]\"");
    auto* const selected = std::get_if<VectorSelector>(&expr->node);
    if (selected == nullptr) fail(open.begin, reader_.last_end(), "ranges only allowed for vector selectors");
    if (selected->shift.offset) fail(open.begin, reader_.last_end(), "no offset modifiers allowed before range");
    if (selected->shift.at.kind != AtModifier::Kind::none) {
      fail(open.begin, reader_.last_end(), "no @ modifiers allowed before range");
    }
    return make(expr->begin, MatrixSelector{std::move(*selected), std::move(range)}, ValueType::matrix);
  }

  ExprPtr subquery(ExprPtr inner, Duration range) {
    Subquery node{.inner = {}, .range = std::move(range), .step = {}, .shift = {}};
    if (!reader_.is(right_bracket)) node.step = read_range(reader_);
    reader_.expect(right_bracket, "subquery", "\"]\"");
    const std::size_t begin = inner->begin;
    if (inner->type != ValueType::vector) {
      const auto got = inner->type == ValueType::matrix ? "matrix" : describe(inner->type);
      fail(begin, reader_.last_end(), fmt::format("subquery is only allowed on instant vector, got {} instead", got));
    }
    const Expr* const child = inner.get();
    node.inner = std::move(inner);
    return make(begin, std::move(node), ValueType::matrix, {child});
  }

  Shift& shift_of(Expr& expr, std::string_view modifier) const {
    if (auto* node = std::get_if<VectorSelector>(&expr.node)) return node->shift;
    if (auto* node = std::get_if<MatrixSelector>(&expr.node)) return node->selector.shift;
    if (auto* node = std::get_if<Subquery>(&expr.node)) return node->shift;
    fail(
        expr.begin, expr.end,
        fmt::format("{} modifier must be preceded by an instant vector selector or range vector selector or a subquery",
                    modifier));
  }

  void set_offset(Expr& expr) {
    Duration value = read_offset(reader_);
    Shift& shift = shift_of(expr, "offset");
    if (shift.offset) fail(expr.begin, expr.end, "offset may not be set multiple times");
    shift.offset = std::move(value);
    expr.end = reader_.last_end();
  }

  void set_at(Expr& expr) {
    const AtModifier value = read_at(reader_, expr.begin, expr.end);
    Shift& shift = shift_of(expr, "@");
    if (shift.at.kind != AtModifier::Kind::none) {
      fail(expr.begin, expr.end, "@ <timestamp> may not be set multiple times");
    }
    shift.at = value;
    expr.end = reader_.last_end();
  }

  TokenReader reader_;
  int nesting_ = 0;
  bool may_match_all_ = false;
};

}  // namespace

std::expected<ExprPtr, ParseError> parse_expression(std::string_view text) {
  try {
    return Parser(text).run();
  } catch (ParseFailure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

}  // namespace a2od::promql
