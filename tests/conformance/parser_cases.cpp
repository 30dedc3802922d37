// Cases of the parser: what is accepted, how operators bind, which bytes an error means, how expressions are printed.
#include "case.hpp"
#include "rules/promql/ast.hpp"
#include "rules/promql/parser.hpp"
#include "rules/promql/printer.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/core.h>

#include <variant>

namespace a2od::conformance {
namespace {

namespace json = boost::json;
using promql::Expr;

/// The tree in a notation of its own: enough to see what binds to what.
std::string shape(const Expr& expr);

struct Shape {
  std::string operator()(const promql::NumberLiteral& node) const { return promql::format_number(node.value); }
  std::string operator()(const promql::TextLiteral&) const { return "string"; }
  std::string operator()(const promql::VectorSelector& node) const { return selector(node); }
  std::string operator()(const promql::MatrixSelector& node) const {
    return fmt::format("range({},{})", selector(node.selector), node.range.literal.count());
  }
  std::string operator()(const promql::Subquery& node) const {
    return fmt::format("subquery({},{},{},{})", shape(*node.inner), node.range.literal.count(),
                       node.step ? node.step->literal.count() : 0, offset(node.shift));
  }
  std::string operator()(const promql::Paren& node) const { return "paren(" + shape(*node.inner) + ")"; }
  std::string operator()(const promql::Unary& node) const { return "unary(" + shape(*node.inner) + ")"; }
  std::string operator()(const promql::Binary& node) const {
    return fmt::format("({} {}{} {})", shape(*node.left), promql::to_string(node.op), node.return_bool ? "?" : "",
                       shape(*node.right));
  }
  std::string operator()(const promql::Aggregate& node) const {
    return fmt::format("{}[{}]({})", promql::to_string(node.op), node.labels.size(), shape(*node.inner));
  }
  std::string operator()(const promql::Call& node) const {
    std::string out(node.function->name);
    for (const auto& argument : node.arguments) out += "," + shape(*argument);
    return "call(" + out + ")";
  }
  static std::int64_t offset(const promql::Shift& shift) { return shift.offset ? shift.offset->literal.count() : 0; }
  static std::string selector(const promql::VectorSelector& node) {
    return fmt::format("selector({},{},{})", node.name, node.matchers.size(), offset(node.shift));
  }
};

std::string shape(const Expr& expr) { return std::visit(Shape{}, expr.node); }

std::int64_t integer(const json::object& node, std::string_view key) {
  return node.contains(key) ? node.at(key).to_number<std::int64_t>() : 0;
}
std::size_t length(const json::object& node, std::string_view key) {
  return node.contains(key) && node.at(key).is_array() ? node.at(key).as_array().size() : 0;
}
std::string text(const json::object& node, std::string_view key) {
  return node.contains(key) && node.at(key).is_string() ? std::string(node.at(key).as_string()) : std::string();
}

std::string expected_shape(const json::value& value) {
  const json::object& node = value.as_object();
  const std::string kind = text(node, "node");
  const auto child = [&](std::string_view key) { return expected_shape(node.at(key)); };
  if (kind == "NumberLiteral") return promql::format_number(number_of(node.at("Val")));
  if (kind == "StringLiteral") return "string";
  if (kind == "VectorSelector") {
    return fmt::format("selector({},{},{})", text(node, "Name"), length(node, "LabelMatchers"),
                       integer(node, "OriginalOffset_ms"));
  }
  if (kind == "MatrixSelector") return fmt::format("range({},{})", child("VectorSelector"), integer(node, "Range_ms"));
  if (kind == "SubqueryExpr") {
    return fmt::format("subquery({},{},{},{})", child("Expr"), integer(node, "Range_ms"), integer(node, "Step_ms"),
                       integer(node, "OriginalOffset_ms"));
  }
  if (kind == "ParenExpr") return "paren(" + child("Expr") + ")";
  if (kind == "UnaryExpr") return "unary(" + child("Expr") + ")";
  if (kind == "BinaryExpr") {
    const bool returns_bool = node.contains("ReturnBool") && node.at("ReturnBool").as_bool();
    return fmt::format("({} {}{} {})", child("LHS"), text(node, "Op"), returns_bool ? "?" : "", child("RHS"));
  }
  if (kind == "AggregateExpr")
    return fmt::format("{}[{}]({})", text(node, "Op"), length(node, "Grouping"), child("Expr"));
  if (kind == "Call") {
    std::string out = node.at("Func").is_object() ? text(node.at("Func").as_object(), "Name") : text(node, "Func");
    for (const json::value& argument : node.at("Args").as_array()) out += "," + expected_shape(argument);
    return "call(" + out + ")";
  }
  return kind;
}

}  // namespace

Result run_parser_case(const Set& /*set*/, const json::object& test) {
  const auto parsed = promql::parse_expression(text_of(test.at("input")));
  if (!parsed && parsed.error().message.ends_with(promql::kNotSupported)) {
    return {Outcome::unsupported, parsed.error().message};
  }
  const bool must_fail = test.at("fail").as_bool();
  if (must_fail) return {parsed ? Outcome::failed : Outcome::passed, parsed ? "was accepted" : ""};
  if (!parsed) return {Outcome::failed, parsed.error().message};
  const std::string expected = expected_shape(test.at("ast"));
  const std::string found = shape(**parsed);
  if (expected == found) return {};
  return {Outcome::failed, fmt::format("expected {}, found {}", expected, found)};
}

Result run_printer_case(const Set& /*set*/, const json::object& test) {
  const auto parsed = promql::parse_expression(text_of(test.at("input")));
  if (!parsed) {
    const bool unsupported = parsed.error().message.ends_with(promql::kNotSupported);
    return {unsupported ? Outcome::unsupported : Outcome::failed, parsed.error().message};
  }
  const std::string printed = promql::print(**parsed);
  if (printed == text_of(test.at("output"))) return {};
  return {Outcome::failed, "printed as " + printed};
}

}  // namespace a2od::conformance
