#include "rules/promql/type_check.hpp"

#include "config/quote.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace a2od::promql {
namespace {

using Cardinality = VectorMatching::Cardinality;

ParseError wrong(const Expr& expr, std::string message) { return {expr.begin, expr.end, std::move(message)}; }

std::optional<ParseError> expect_type(const Expr& expr, ValueType wanted, std::string_view where) {
  if (expr.type == wanted) return std::nullopt;
  return wrong(expr, fmt::format("expected type {} in {}, got {}", describe(wanted), where, describe(expr.type)));
}

bool is_operand(const Expr& expr) { return expr.type == ValueType::scalar || expr.type == ValueType::vector; }

std::optional<ParseError> check_operands(const Expr& expr, const Binary& binary) {
  for (const ExprPtr* side : {&binary.left, &binary.right}) {
    if (!is_operand(**side)) {
      return wrong(**side, "binary expression must contain only scalar and instant vector types");
    }
  }
  const bool both_scalar = binary.left->type == ValueType::scalar && binary.right->type == ValueType::scalar;
  if (both_scalar && is_comparison(binary.op) && !binary.return_bool) {
    return wrong(expr, "comparisons between scalars must use BOOL modifier");
  }
  return std::nullopt;
}

std::optional<ParseError> check_set_operator(const Expr& expr, const Binary& binary) {
  const auto name = to_string(binary.op);
  if (binary.left->type == ValueType::scalar || binary.right->type == ValueType::scalar) {
    return wrong(expr, fmt::format("set operator \"{}\" not allowed in binary scalar expression", name));
  }
  const auto cardinality = binary.matching.cardinality;
  if (cardinality == Cardinality::many_to_one || cardinality == Cardinality::one_to_many) {
    return wrong(expr, fmt::format("no grouping allowed for \"{}\" operation", name));
  }
  return std::nullopt;
}

std::string argument_count(const Function& function, std::size_t given) {
  const std::size_t all = function.parameters.size();
  const std::size_t least = all - function.optional - (function.repeats ? 1 : 0);
  if (given < least && (function.optional > 0 || function.repeats)) {
    return fmt::format("expected at least {} argument(s) in call to \"{}\", got {}", least, function.name, given);
  }
  if (given < least) return fmt::format("expected {} argument(s) in call to \"{}\", got {}", all, function.name, given);
  if (given <= all || function.repeats) return {};
  if (function.optional > 0) {
    return fmt::format("expected at most {} argument(s) in call to \"{}\", got {}", all, function.name, given);
  }
  return fmt::format("expected {} argument(s) in call to \"{}\", got {}", all, function.name, given);
}

/// Their labels are made when the expression is compiled.
std::optional<ParseError> check_quantiles(const std::vector<ExprPtr>& arguments) {
  constexpr std::size_t kMost = 10;
  if (arguments.size() > kMost + 2) return wrong(*arguments.back(), "expected at most 10 quantiles");
  for (std::size_t i = 2; i < arguments.size(); ++i)
    if (!std::holds_alternative<NumberLiteral>(unwrapped(*arguments[i]).node))
      return wrong(*arguments[i], "expected a number as a quantile");
  return std::nullopt;
}

std::optional<ParseError> check_info_labels(const Expr& expr) {
  const auto* selector = std::get_if<VectorSelector>(&expr.node);
  if (selector == nullptr) return wrong(expr, "expected label selectors only");
  if (!selector->name.empty()) return wrong(expr, "expected label selectors only, got vector selector instead");
  return std::nullopt;
}

}  // namespace

std::optional<ParseError> check_unary(Expr& expr) {
  const Expr& inner = *std::get<Unary>(expr.node).inner;
  if (!is_operand(inner)) {
    return wrong(
        expr, fmt::format("unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"",
                          describe(inner.type)));
  }
  expr.type = inner.type;
  return std::nullopt;
}

std::optional<ParseError> check_binary(Expr& expr, bool matching_written) {
  auto& binary = std::get<Binary>(expr.node);
  if (auto error = check_operands(expr, binary)) return error;
  if (is_set_operator(binary.op)) {
    if (auto error = check_set_operator(expr, binary)) return error;
    binary.matching.cardinality = Cardinality::many_to_many;
  }
  const bool vectors = binary.left->type == ValueType::vector && binary.right->type == ValueType::vector;
  if (matching_written && !vectors && !binary.matching.labels.empty()) {
    return wrong(expr, "vector matching only allowed between instant vectors");
  }
  const bool scalars = binary.left->type == ValueType::scalar && binary.right->type == ValueType::scalar;
  expr.type = scalars ? ValueType::scalar : ValueType::vector;
  return std::nullopt;
}

std::optional<ParseError> check_aggregate(Expr& expr) {
  const auto& aggregate = std::get<Aggregate>(expr.node);
  expr.type = ValueType::vector;
  if (auto error = expect_type(*aggregate.inner, ValueType::vector, "aggregation expression")) return error;
  if (!aggregate.parameter) return std::nullopt;
  const auto wanted = aggregate.op == AggregateOp::count_values ? ValueType::string : ValueType::scalar;
  return expect_type(*aggregate.parameter, wanted, "aggregation parameter");
}

std::optional<ParseError> check_call(Expr& expr) {
  const auto& [function, arguments] = std::get<Call>(expr.node);
  expr.type = function->returns;
  if (auto message = argument_count(*function, arguments.size()); !message.empty()) return wrong(expr, message);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ValueType wanted = function->parameters[std::min(i, function->parameters.size() - 1)];
    const std::string where = fmt::format("call to function \"{}\"", function->name);
    if (auto error = expect_type(*arguments[i], wanted, where)) return error;
  }
  if (function->kind == FunctionKind::histogram_quantiles) return check_quantiles(arguments);
  if (function->kind == FunctionKind::info && arguments.size() > 1) return check_info_labels(*arguments[1]);
  return std::nullopt;
}

std::optional<ParseError> check_selector(const VectorSelector& selector, std::size_t begin, std::size_t end) {
  const auto names_metric = [](const Matcher& matcher) { return matcher.name() == kMetricName; };
  if (!selector.name.empty() && std::ranges::count_if(selector.matchers, names_metric) > 1) {
    return ParseError{begin, end,
                      fmt::format("metric name must not be set twice: {} or {}", double_quoted(selector.name),
                                  double_quoted(std::ranges::find_if(selector.matchers, names_metric)->value()))};
  }
  const bool selective = std::ranges::any_of(selector.matchers, [](const Matcher& m) { return !m.matches(""); });
  if (selective) return std::nullopt;
  return ParseError{begin, end, "vector selector must contain at least one non-empty matcher"};
}

}  // namespace a2od::promql
