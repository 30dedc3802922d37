#include "rules/promql/printer.hpp"

#include "config/duration.hpp"
#include "config/quote.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace a2od::promql {
namespace {

std::string label_name(const std::string& label) { return is_classic_label_name(label) ? label : double_quoted(label); }

std::string label_list(const std::vector<std::string>& labels) {
  std::string out = "(";
  for (const std::string& label : labels) {
    if (out.size() > 1) out += ", ";
    out += label_name(label);
  }
  return out + ")";
}

std::string signed_duration(Milliseconds duration) {
  return duration < Milliseconds(0) ? "-" + format_duration(-duration) : format_duration(duration);
}

std::string duration_text(const Duration& duration) {
  return duration.expression ? print(*duration.expression) : signed_duration(duration.literal);
}

std::string at_text(const AtModifier& at) {
  switch (at.kind) {
    case AtModifier::Kind::none:
      return "";
    case AtModifier::Kind::time:
      return fmt::format(" @ {:.3f}", static_cast<double>(at.time.time_since_epoch().count()) / 1000);
    case AtModifier::Kind::start:
      return " @ start()";
    case AtModifier::Kind::end:
      return " @ end()";
  }
  return "";
}

std::string shift_text(const Shift& shift) {
  const bool moved = shift.offset && (shift.offset->expression || shift.offset->literal != Milliseconds(0));
  return at_text(shift.at) + (moved ? " offset " + duration_text(*shift.offset) : "");
}

std::string bare_selector(const VectorSelector& selector) {
  std::string inside;
  for (const Matcher& matcher : selector.matchers) {
    if (!selector.name.empty() && matcher.name() == kMetricName) continue;
    if (!inside.empty()) inside += ",";
    inside += label_name(matcher.name()) + std::string(to_string(matcher.type())) + double_quoted(matcher.value());
  }
  return inside.empty() ? selector.name : selector.name + "{" + inside + "}";
}

std::string matching_text(const VectorMatching& matching) {
  using enum VectorMatching::Cardinality;
  const bool grouped = matching.cardinality == many_to_one || matching.cardinality == one_to_many;
  if (!matching.on && matching.labels.empty() && !grouped) return "";
  std::string out = (matching.on ? " on " : " ignoring ") + label_list(matching.labels);
  if (grouped) {
    out += matching.cardinality == many_to_one ? " group_left " : " group_right ";
    out += label_list(matching.include);
  }
  return out;
}

std::string aggregate_head(const Aggregate& node) {
  std::string out(to_string(node.op));
  if (node.without) return out + " without " + label_list(node.labels) + " ";
  return node.labels.empty() ? out : out + " by " + label_list(node.labels) + " ";
}

/// Before ^, the sign of +Inf would be read as one of the whole power.
std::string left_of(const Binary& node) {
  const auto* number = std::get_if<NumberLiteral>(&node.left->node);
  const bool infinite = number != nullptr && node.op == BinaryOp::pow && std::isinf(number->value) && number->value > 0;
  return infinite ? "Inf" : print(*node.left);
}

struct Printer {
  std::string operator()(const NumberLiteral& node) const {
    if (!node.as_duration) return format_number(node.value);
    return signed_duration(Milliseconds(std::llround(node.value * 1000)));
  }
  std::string operator()(const TextLiteral& node) const { return double_quoted(node.text); }
  std::string operator()(const VectorSelector& node) const { return bare_selector(node) + shift_text(node.shift); }
  std::string operator()(const MatrixSelector& node) const {
    return bare_selector(node.selector) + "[" + duration_text(node.range) + "]" + shift_text(node.selector.shift);
  }
  std::string operator()(const Subquery& node) const {
    const std::string step = node.step ? duration_text(*node.step) : "";
    return print(*node.inner) + "[" + duration_text(node.range) + ":" + step + "]" + shift_text(node.shift);
  }
  std::string operator()(const Paren& node) const { return "(" + print(*node.inner) + ")"; }
  std::string operator()(const Unary& node) const { return (node.negative ? "-" : "+") + print(*node.inner); }
  std::string operator()(const Binary& node) const {
    return left_of(node) + " " + std::string(to_string(node.op)) + (node.return_bool ? " bool" : "") +
           matching_text(node.matching) + " " + print(*node.right);
  }
  std::string operator()(const Aggregate& node) const {
    std::string out = aggregate_head(node) + "(";
    if (node.parameter) out += print(*node.parameter) + ", ";
    return out + print(*node.inner) + ")";
  }
  std::string operator()(const Call& node) const {
    std::string out = std::string(node.function->name) + "(";
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      if (i > 0) out += ", ";
      out += print(*node.arguments[i]);
    }
    return out + ")";
  }
};

/// What is longer than a line is broken behind each opening parenthesis and around each operator.
class PrettyPrinter {
 public:
  std::string print_at(const Expr& expr, std::size_t level) const {
    constexpr std::size_t kLongestLine = 100;
    const std::string line = print(expr);
    const bool splits = line.size() > kLongestLine;
    const std::string margin(2 * level, ' ');
    if (const auto* node = std::get_if<Unary>(&expr.node); node != nullptr && splits) {
      const std::string inner = print_at(*node->inner, level);
      return margin + (node->negative ? "-" : "+") + inner.substr(inner.find_first_not_of(' '));
    }
    if (const auto* node = std::get_if<Binary>(&expr.node); node != nullptr && splits)
      return print_at(*node->left, level + 1) + "\n" + margin + std::string(to_string(node->op)) +
             (node->return_bool ? " bool" : "") + matching_text(node->matching) + "\n" +
             print_at(*node->right, level + 1);
    if (const auto* node = std::get_if<Paren>(&expr.node); node != nullptr && splits)
      return margin + "(\n" + print_at(*node->inner, level + 1) + "\n" + margin + ")";
    if (const auto* node = std::get_if<Aggregate>(&expr.node); node != nullptr && splits) {
      std::vector<const Expr*> inside{node->inner.get()};
      if (node->parameter) inside.insert(inside.begin(), node->parameter.get());
      return margin + aggregate_head(*node) + in_parentheses(inside, level);
    }
    if (const auto* node = std::get_if<Call>(&expr.node); node != nullptr && splits) {
      std::vector<const Expr*> inside;
      for (const ExprPtr& argument : node->arguments) inside.push_back(argument.get());
      return margin + std::string(node->function->name) + in_parentheses(inside, level);
    }
    if (const auto* node = std::get_if<Subquery>(&expr.node); node != nullptr && splits)
      return print_at(*node->inner, level) + line.substr(print(*node->inner).size());
    return margin + line;
  }

 private:
  [[nodiscard]] std::string in_parentheses(const std::vector<const Expr*>& inside, std::size_t level) const {
    std::string out = "(\n";
    for (std::size_t i = 0; i < inside.size(); ++i) out += (i > 0 ? ",\n" : "") + print_at(*inside[i], level + 1);
    return out + "\n" + std::string(2 * level, ' ') + ")";
  }
};

}  // namespace

std::string format_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 400> buffer{};
  const auto [end, problem] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), end};
}

std::string print(const Expr& expr) { return std::visit(Printer{}, expr.node); }

std::string print_pretty(const Expr& expr) { return PrettyPrinter{}.print_at(expr, 0); }

}  // namespace a2od::promql
