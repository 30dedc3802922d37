#include "rules/promql/visit.hpp"

#include <algorithm>
#include <vector>

namespace a2od::promql {
namespace {

const VectorSelector* selector_of(const Expr& expr) {
  if (const auto* node = std::get_if<VectorSelector>(&expr.node)) return node;
  if (const auto* node = std::get_if<MatrixSelector>(&expr.node)) return &node->selector;
  return nullptr;
}

std::vector<const Expr*> children_of(const Expr& expr) {
  std::vector<const Expr*> children;
  if (const auto* subquery = std::get_if<Subquery>(&expr.node)) children = {subquery->inner.get()};
  if (const auto* paren = std::get_if<Paren>(&expr.node)) children = {paren->inner.get()};
  if (const auto* unary = std::get_if<Unary>(&expr.node)) children = {unary->inner.get()};
  if (const auto* binary = std::get_if<Binary>(&expr.node)) children = {binary->left.get(), binary->right.get()};
  if (const auto* aggregate = std::get_if<Aggregate>(&expr.node)) {
    children = {aggregate->inner.get()};
    if (aggregate->parameter) children.push_back(aggregate->parameter.get());
  }
  if (const auto* call = std::get_if<Call>(&expr.node)) {
    for (const ExprPtr& argument : call->arguments) children.push_back(argument.get());
  }
  return children;
}

}  // namespace

void collect_metric_names(const Expr& expr, std::set<std::string>& out) {
  if (const VectorSelector* selector = selector_of(expr)) {
    for (const Matcher& matcher : selector->matchers) {
      const bool names = matcher.name() == kMetricName && matcher.type() == MatchType::equal;
      if (names && !matcher.value().empty()) out.insert(matcher.value());
    }
  }
  for (const Expr* child : children_of(expr)) collect_metric_names(*child, out);
}

namespace {

/// As an instant query has it, where it depends on the query.
Milliseconds length(const Duration& duration) {
  return duration.value(Milliseconds(0), Milliseconds(0)).value_or(Milliseconds(0));
}

Milliseconds length(const std::optional<Duration>& duration) { return duration ? length(*duration) : Milliseconds(0); }

}  // namespace

Milliseconds reach_of(const Expr& expr, const EvaluationLimits& limits) {
  Milliseconds own{};
  if (const auto* node = std::get_if<VectorSelector>(&expr.node)) {
    own = limits.lookback + length(node->shift.offset);
  } else if (const auto* range = std::get_if<MatrixSelector>(&expr.node)) {
    own = length(range->range) + length(range->selector.shift.offset);
  } else if (const auto* subquery = std::get_if<Subquery>(&expr.node)) {
    own = length(subquery->range) + length(subquery->shift.offset);
  }
  Milliseconds deepest{};
  for (const Expr* child : children_of(expr)) deepest = std::max(deepest, reach_of(*child, limits));
  return std::max(Milliseconds(0), own + deepest);
}

}  // namespace a2od::promql
