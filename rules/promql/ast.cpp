#include "rules/promql/ast.hpp"

#include <algorithm>
#include <array>

namespace a2od::promql {
namespace {

constexpr std::array<std::string_view, 16> kBinaryOps{
    "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", ">", "<=", ">=", "and", "or", "unless"};
constexpr std::array<std::string_view, 14> kAggregateOps{"sum",    "avg",         "count",        "min",     "max",
                                                         "group",  "stddev",      "stdvar",       "topk",    "bottomk",
                                                         "limitk", "limit_ratio", "count_values", "quantile"};

}  // namespace

std::string_view to_string(BinaryOp op) { return kBinaryOps.at(static_cast<std::size_t>(op)); }

std::string_view to_string(AggregateOp op) { return kAggregateOps.at(static_cast<std::size_t>(op)); }

std::optional<AggregateOp> aggregate_op(std::string_view name) {
  const auto found = std::ranges::find(kAggregateOps, name);
  if (found == kAggregateOps.end()) return std::nullopt;
  return static_cast<AggregateOp>(found - kAggregateOps.begin());
}

const Expr& unwrapped(const Expr& expr) {
  const Expr* inside = &expr;
  while (const auto* paren = std::get_if<Paren>(&inside->node)) inside = paren->inner.get();
  return *inside;
}

std::string_view describe(ValueType type) {
  switch (type) {
    case ValueType::scalar:
      return "scalar";
    case ValueType::vector:
      return "instant vector";
    case ValueType::matrix:
      return "range vector";
    case ValueType::string:
      return "string";
  }
  return "";
}

}  // namespace a2od::promql
