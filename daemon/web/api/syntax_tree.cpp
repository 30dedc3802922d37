#include "daemon/web/api/syntax_tree.hpp"

#include "rules/promql/ast.hpp"
#include "rules/promql/parser.hpp"
#include "rules/promql/printer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace a2od {
namespace {

namespace json = boost::json;
using promql::AtModifier;
using promql::Expr;

json::value tree(const Expr& expr);

/// Of a duration that is an expression, what an instant query makes of it.
std::int64_t milliseconds(const promql::Duration& duration) {
  return duration.value(Milliseconds(0), Milliseconds(0)).value_or(Milliseconds(0)).count();
}

json::array strings(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::array matchers(const promql::VectorSelector& selector) {
  json::array list;
  for (const Matcher& matcher : selector.matchers)
    list.push_back(
        json::object{{"name", matcher.name()}, {"type", to_string(matcher.type())}, {"value", matcher.value()}});
  return list;
}

void add_shift(json::object& object, const promql::Shift& shift) {
  object["offset"] = shift.offset ? milliseconds(*shift.offset) : 0;
  object["timestamp"] = nullptr;
  object["startOrEnd"] = nullptr;
  if (shift.at.kind == AtModifier::Kind::time) object["timestamp"] = shift.at.time.time_since_epoch().count();
  if (shift.at.kind == AtModifier::Kind::start) object["startOrEnd"] = "start";
  if (shift.at.kind == AtModifier::Kind::end) object["startOrEnd"] = "end";
}

json::value matching(const promql::Binary& binary) {
  const bool scalar = binary.left->type == promql::ValueType::scalar || binary.right->type == promql::ValueType::scalar;
  if (scalar) return nullptr;
  constexpr const char* kCardinalities[] = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
  return json::object{{"card", kCardinalities[static_cast<std::size_t>(binary.matching.cardinality)]},
                      {"labels", strings(binary.matching.labels)},
                      {"on", binary.matching.on},
                      {"include", strings(binary.matching.include)}};
}

std::string_view type_name(promql::ValueType type) {
  constexpr std::string_view kNames[] = {"scalar", "vector", "matrix", "string"};
  return kNames[static_cast<std::size_t>(type)];
}

json::object function(const promql::Function& function) {
  json::array types;
  for (const auto type : function.parameters) types.emplace_back(type_name(type));
  const auto optional = static_cast<std::int64_t>(function.optional);
  return {{"name", function.name},
          {"argTypes", std::move(types)},
          {"variadic", function.repeats ? -1 : optional},
          {"returnType", type_name(function.returns)}};
}

struct ToTree {
  json::object operator()(const promql::NumberLiteral& node) const {
    return {{"type", "numberLiteral"}, {"val", promql::format_number(node.value)}};
  }
  json::object operator()(const promql::TextLiteral& node) const {
    return {{"type", "stringLiteral"}, {"val", node.text}};
  }
  json::object operator()(const promql::VectorSelector& node) const {
    json::object object{{"type", "vectorSelector"}, {"name", node.name}, {"matchers", matchers(node)}};
    add_shift(object, node.shift);
    return object;
  }
  json::object operator()(const promql::MatrixSelector& node) const {
    json::object object{{"type", "matrixSelector"},
                        {"name", node.selector.name},
                        {"range", milliseconds(node.range)},
                        {"matchers", matchers(node.selector)}};
    add_shift(object, node.selector.shift);
    return object;
  }
  json::object operator()(const promql::Subquery& node) const {
    json::object object{{"type", "subquery"},
                        {"expr", tree(*node.inner)},
                        {"range", milliseconds(node.range)},
                        {"step", node.step ? milliseconds(*node.step) : 0}};
    add_shift(object, node.shift);
    return object;
  }
  json::object operator()(const promql::Paren& node) const {
    return {{"type", "parenExpr"}, {"expr", tree(*node.inner)}};
  }
  json::object operator()(const promql::Unary& node) const {
    return {{"type", "unaryExpr"}, {"op", node.negative ? "-" : "+"}, {"expr", tree(*node.inner)}};
  }
  json::object operator()(const promql::Binary& node) const {
    return {{"type", "binaryExpr"},     {"op", to_string(node.op)},   {"lhs", tree(*node.left)},
            {"rhs", tree(*node.right)}, {"matching", matching(node)}, {"bool", node.return_bool}};
  }
  json::object operator()(const promql::Aggregate& node) const {
    return {{"type", "aggregation"},
            {"op", to_string(node.op)},
            {"expr", tree(*node.inner)},
            {"param", node.parameter ? tree(*node.parameter) : json::value()},
            {"grouping", strings(node.labels)},
            {"without", node.without}};
  }
  json::object operator()(const promql::Call& node) const {
    json::array arguments;
    for (const auto& argument : node.arguments) arguments.push_back(tree(*argument));
    return {{"type", "call"}, {"func", function(*node.function)}, {"args", std::move(arguments)}};
  }
};

json::value tree(const Expr& expr) { return std::visit(ToTree(), expr.node); }

}  // namespace

ApiReply answer_parse_query(const Parameters& parameters) {
  const auto text = find(parameters, "query");
  if (!text) return bad_parameter("query", "an expression");
  const auto expression = promql::parse_expression(*text);
  if (!expression) return parse_failed("query", expression.error());
  return api_success(tree(**expression));
}

}  // namespace a2od
