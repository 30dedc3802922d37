#include "rules/promql/visit.hpp"

#include "rules/promql/info.hpp"

#include <algorithm>
#include <utility>
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

void collect_parts(const Expr& outer, std::size_t depth, std::size_t most, std::vector<Within>& out) {
  const Expr& expr = unwrapped(outer);
  const bool literal =
      std::holds_alternative<NumberLiteral>(expr.node) || std::holds_alternative<TextLiteral>(expr.node);
  if (literal || out.size() >= most) return;
  out.push_back({&expr, depth});
  for (const Expr* child : children_of(expr)) collect_parts(*child, depth + 1, most, out);
}

}  // namespace

std::vector<Within> parts_of(const Expr& expr, std::size_t most) {
  std::vector<Within> parts;
  collect_parts(expr, 0, most, parts);
  return parts;
}

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

/// Times at which a part of an expression is evaluated.
struct Times {
  Timestamp first;
  Timestamp last;
};

class Reads {
 public:
  Reads(const QueryTime& query, const EvaluationLimits& limits) : query_(query), limits_(limits) {}

  void add(const Expr& expr, Times times) {
    if (const auto* selector = std::get_if<VectorSelector>(&expr.node)) {
      add(*selector, times, limits_.lookback);
    } else if (const auto* matrix = std::get_if<MatrixSelector>(&expr.node)) {
      add(matrix->selector, times, length(matrix->range));
    } else if (const auto* subquery = std::get_if<Subquery>(&expr.node)) {
      times = shifted(subquery->shift, times);
      times.first -= length(subquery->range);
    }
    const auto* call = std::get_if<Call>(&expr.node);
    if (call != nullptr && call->function->name == "info") return add_info(*call, times);
    for (const Expr* child : children_of(expr)) add(*child, times);
  }

  std::vector<SeriesWindow> take() { return std::move(found_); }

 private:
  void add(const VectorSelector& selector, Times times, Milliseconds range) {
    times = shifted(selector.shift, times);
    found_.push_back({selector.matchers, times.first - range, times.last});
  }

  /// The second argument is no selector of its own: it says which labels are added. Info series are read when those of
  /// the first are.
  void add_info(const Call& call, Times times) {
    const std::size_t before = found_.size();
    add(*call.arguments.front(), times);
    const auto* labels = call.arguments.size() > 1 ? selector_of(unwrapped(*call.arguments[1])) : nullptr;
    SeriesWindow window{info_names(labels), times.first, times.last};
    for (std::size_t i = before; i < found_.size(); ++i) {
      window.after = std::min(window.after, found_[i].after);
      window.until = std::max(window.until, found_[i].until);
    }
    window.after -= limits_.lookback;
    found_.push_back(std::move(window));
  }

  [[nodiscard]] Milliseconds length(const Duration& duration) const {
    return duration.value(query_.step, query_.end - query_.start).value_or(Milliseconds(0));
  }

  [[nodiscard]] Times shifted(const Shift& shift, Times times) const {
    if (shift.at.kind == AtModifier::Kind::time) times = {shift.at.time, shift.at.time};
    if (shift.at.kind == AtModifier::Kind::start) times = {query_.start, query_.start};
    if (shift.at.kind == AtModifier::Kind::end) times = {query_.end, query_.end};
    if (!shift.offset) return times;
    const Milliseconds offset = length(*shift.offset);
    return {times.first - offset, times.last - offset};
  }

  const QueryTime& query_;
  const EvaluationLimits& limits_;
  std::vector<SeriesWindow> found_;
};

Milliseconds length(const std::optional<Duration>& duration) { return duration ? length(*duration) : Milliseconds(0); }

}  // namespace

std::vector<SeriesWindow> reads_of(const Expr& expr, const QueryTime& query, const EvaluationLimits& limits) {
  Reads reads(query, limits);
  reads.add(expr, {query.start, query.end});
  return reads.take();
}

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
