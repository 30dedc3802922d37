#include "rules/promql/compile.hpp"

#include "rules/promql/aggregate.hpp"
#include "rules/promql/histogram.hpp"
#include "rules/promql/info.hpp"
#include "rules/promql/printer.hpp"
#include "rules/promql/relabel.hpp"
#include "rules/promql/scalar_nodes.hpp"
#include "rules/promql/selector.hpp"
#include "rules/promql/vector_matching.hpp"
#include "rules/promql/vector_nodes.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace a2od::promql {
namespace {

using Arguments = std::vector<ExprPtr>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double negated(double value, std::span<const double>) { return -value; }
double least_of(double a, double b) { return std::isnan(a) || std::isnan(b) ? kNan : std::min(a, b); }
double most_of(double a, double b) { return std::isnan(a) || std::isnan(b) ? kNan : std::max(a, b); }
double same(double value, std::span<const double>) { return value; }

const std::string& text_of(const Expr& expr) { return std::get<TextLiteral>(unwrapped(expr).node).text; }

std::vector<ScalarPtr> compile_scalars(const Arguments& arguments) {
  std::vector<ScalarPtr> scalars;
  for (const ExprPtr& argument : arguments) {
    if (argument->type == ValueType::scalar) scalars.push_back(compile_scalar(*argument));
  }
  return scalars;
}

const Expr& only_of_type(const Arguments& arguments, ValueType type) {
  for (const ExprPtr& argument : arguments) {
    if (argument->type == type) return *argument;
  }
  assert(false);
  return *arguments.front();
}

VectorPtr compile_time_vector() { return std::make_unique<VectorOfScalar>(std::make_unique<EvaluationTime>()); }

VectorPtr compile_math(const Call& call) {
  const auto name = call.function->name;
  const bool of_now = call.arguments.empty();
  VectorPtr input = of_now ? compile_time_vector() : compile_vector(*call.arguments.front());
  const auto bounds = name == "clamp" ? MathNode::Bounds::must_be_ordered : MathNode::Bounds::any;
  return std::make_unique<MathNode>(math_function(name), std::move(input), compile_scalars(call.arguments), bounds);
}

VectorPtr compile_range_function(const Call& call) {
  const auto name = call.function->name;
  const bool keeps_name = name == "last_over_time" || name == "first_over_time";
  const Expr& range = only_of_type(call.arguments, ValueType::matrix);
  Demands demands;
  if (name == "rate" || name == "increase") demands.counter = range.begin;
  if (name == "quantile_over_time") demands.quantile = call.arguments.front()->begin;
  return std::make_unique<RangeFunctionNode>(range_function(name), keeps_name ? NameLabel::keep : NameLabel::drop,
                                             compile_range(range), compile_scalars(call.arguments), demands);
}

/// timestamp() of a selector is the time of its samples, of anything else the evaluation time.
VectorPtr compile_timestamp(const Expr& argument) {
  if (const auto* selector = std::get_if<VectorSelector>(&unwrapped(argument).node)) {
    auto input = std::make_unique<InstantSelector>(*selector, SelectorYields::timestamps);
    return std::make_unique<MathNode>(same, std::move(input), std::vector<ScalarPtr>{});
  }
  std::vector<ScalarPtr> now;
  now.push_back(std::make_unique<EvaluationTime>());
  const auto first_parameter = [](double, std::span<const double> parameters) { return parameters[0]; };
  return std::make_unique<MathNode>(first_parameter, compile_vector(argument), std::move(now));
}

/// The labels that a selector fixes with `=`; one that is named twice is left out, as in Prometheus.
Labels absent_labels(const Expr& argument) {
  const Expr& expr = unwrapped(argument);
  const VectorSelector* selector = std::get_if<VectorSelector>(&expr.node);
  if (const auto* range = std::get_if<MatrixSelector>(&expr.node)) selector = &range->selector;
  if (selector == nullptr) return {};
  std::map<std::string_view, std::string_view> fixed;
  std::set<std::string_view> named;
  for (const Matcher& matcher : selector->matchers) {
    if (matcher.name() == kMetricName) continue;
    const bool first = matcher.type() == MatchType::equal && named.insert(matcher.name()).second;
    fixed[matcher.name()] = first ? std::string_view(matcher.value()) : std::string_view();
  }
  return Labels::from({fixed.begin(), fixed.end()});
}

VectorPtr compile_relabel(const Call& call) {
  std::vector<std::string> texts;
  for (const ExprPtr& argument : call.arguments) {
    if (argument->type == ValueType::string) texts.push_back(text_of(*argument));
  }
  const auto relabel = call.function->kind == FunctionKind::label_replace
                           ? make_label_replace(texts[0], texts[1], texts[2], texts[3])
                           : make_label_join(texts[0], texts[1], {texts.begin() + 2, texts.end()});
  return std::make_unique<RelabelNode>(compile_vector(*call.arguments.front()), relabel ? *relabel : Relabel{},
                                       relabel ? std::string() : relabel.error().message);
}

VectorPtr compile_info(const Call& call) {
  const Expr& argument = *call.arguments[0];
  const auto* labels = call.arguments.size() > 1 ? std::get_if<VectorSelector>(&call.arguments[1]->node) : nullptr;
  return std::make_unique<InfoNode>(argument, compile_vector(argument), labels);
}

VectorPtr compile_sort_by_label(const Call& call, std::size_t begin) {
  std::vector<std::string> labels;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) labels.push_back(text_of(*call.arguments[i]));
  return std::make_unique<SortNode>(
      compile_vector(*call.arguments[0]),
      call.function->name == "sort_by_label" ? SortNode::Direction::ascending : SortNode::Direction::descending, begin,
      std::move(labels));
}

VectorPtr compile_histogram(const Call& call) {
  const Expr& input = only_of_type(call.arguments, ValueType::vector);
  return std::make_unique<HistogramNode>(compile_scalars(call.arguments), compile_vector(input),
                                         HistogramNode::Places{call.arguments.front()->begin, input.begin});
}

/// One histogram_quantile for each number, each with its own label.
VectorPtr compile_quantiles(const Call& call) {
  const Expr& input = *call.arguments[0];
  Binary either;
  either.op = BinaryOp::set_or;
  either.matching.cardinality = VectorMatching::Cardinality::many_to_many;
  VectorPtr all;
  for (std::size_t i = 2; i < call.arguments.size(); ++i) {
    const Expr& quantile = *call.arguments[i];
    std::vector<ScalarPtr> parameter;
    parameter.push_back(compile_scalar(quantile));
    VectorPtr one = std::make_unique<HistogramNode>(std::move(parameter), compile_vector(input),
                                                    HistogramNode::Places{quantile.begin, input.begin});
    std::string value = format_number(std::get<NumberLiteral>(unwrapped(quantile).node).value);
    if (value.find_first_of(".INa") == std::string::npos) value += ".0";
    const auto relabel = make_label_replace(text_of(*call.arguments[1]), value, "", "");
    one = std::make_unique<RelabelNode>(std::move(one), relabel ? *relabel : Relabel{},
                                        relabel ? std::string() : relabel.error().message);
    all = all ? std::make_unique<UnionNode>(either, std::move(all), std::move(one)) : std::move(one);
  }
  return all;
}

VectorPtr compile_call(const Call& call, std::size_t begin) {
  switch (call.function->kind) {
    case FunctionKind::math:
    case FunctionKind::date:
    case FunctionKind::clamp:
      return compile_math(call);
    case FunctionKind::range:
      return compile_range_function(call);
    case FunctionKind::absent:
      return std::make_unique<AbsentNode>(compile_vector(*call.arguments[0]), nullptr,
                                          absent_labels(*call.arguments[0]));
    case FunctionKind::absent_over_time:
      return std::make_unique<AbsentNode>(nullptr, compile_range(*call.arguments[0]),
                                          absent_labels(*call.arguments[0]));
    case FunctionKind::histogram:
      return compile_histogram(call);
    case FunctionKind::histogram_quantiles:
      return compile_quantiles(call);
    case FunctionKind::info:
      return compile_info(call);
    case FunctionKind::label_join:
    case FunctionKind::label_replace:
      return compile_relabel(call);
    case FunctionKind::sort:
      return std::make_unique<SortNode>(
          compile_vector(*call.arguments[0]),
          call.function->name == "sort" ? SortNode::Direction::ascending : SortNode::Direction::descending, begin);
    case FunctionKind::sort_by_label:
      return compile_sort_by_label(call, begin);
    case FunctionKind::timestamp:
      return compile_timestamp(*call.arguments[0]);
    case FunctionKind::vector:
      return std::make_unique<VectorOfScalar>(compile_scalar(*call.arguments[0]));
    case FunctionKind::extreme_of:
    case FunctionKind::pi:
    case FunctionKind::query:
    case FunctionKind::scalar:
    case FunctionKind::time:
      break;
  }
  assert(false);
  return nullptr;
}

VectorPtr compile_aggregate(const Aggregate& aggregate) {
  Grouping grouping(aggregate.without, aggregate.labels);
  VectorPtr input = compile_vector(*aggregate.inner);
  if (aggregate.op == AggregateOp::count_values) {
    return std::make_unique<CountValuesNode>(text_of(*aggregate.parameter), std::move(grouping), std::move(input));
  }
  ScalarPtr parameter = aggregate.parameter ? compile_scalar(*aggregate.parameter) : nullptr;
  if (aggregate.op == AggregateOp::topk || aggregate.op == AggregateOp::bottomk ||
      aggregate.op == AggregateOp::limitk) {
    return std::make_unique<RankNode>(aggregate.op, std::move(grouping), std::move(parameter), std::move(input));
  }
  const std::size_t begin = aggregate.parameter ? aggregate.parameter->begin : 0;
  if (aggregate.op == AggregateOp::limit_ratio)
    return std::make_unique<LimitRatioNode>(std::move(parameter), begin, std::move(input));
  return std::make_unique<ReduceNode>(aggregate.op, std::move(grouping), std::move(parameter), begin, std::move(input));
}

VectorPtr compile_binary(const Binary& binary) {
  if (binary.left->type == ValueType::scalar) {
    return std::make_unique<VectorScalarNode>(binary, compile_vector(*binary.right), compile_scalar(*binary.left),
                                              VectorScalarNode::ScalarSide::left);
  }
  if (binary.right->type == ValueType::scalar) {
    return std::make_unique<VectorScalarNode>(binary, compile_vector(*binary.left), compile_scalar(*binary.right),
                                              VectorScalarNode::ScalarSide::right);
  }
  VectorPtr left = compile_vector(*binary.left);
  VectorPtr right = compile_vector(*binary.right);
  if (binary.op == BinaryOp::set_or) {
    return std::make_unique<UnionNode>(binary, std::move(left), std::move(right));
  }
  if (is_set_operator(binary.op)) return std::make_unique<FilterNode>(binary, std::move(left), std::move(right));
  return std::make_unique<MatchNode>(binary, std::move(left), std::move(right));
}

VectorPtr compile_unary(const Unary& unary) {
  VectorPtr input = compile_vector(*unary.inner);
  if (!unary.negative) return input;
  return std::make_unique<MathNode>(negated, std::move(input), std::vector<ScalarPtr>{});
}

ScalarPtr compile_scalar_call(const Call& call) {
  switch (call.function->kind) {
    case FunctionKind::time:
      return std::make_unique<EvaluationTime>();
    case FunctionKind::query:
      return std::make_unique<QueryValue>(call.function->name);
    case FunctionKind::scalar:
      return std::make_unique<OnlySample>(compile_vector(*call.arguments[0]));
    case FunctionKind::extreme_of:
      return std::make_unique<ScalarOperation>(call.function->name == "min_of" ? least_of : most_of,
                                               compile_scalar(*call.arguments[0]), compile_scalar(*call.arguments[1]));
    default:
      return std::make_unique<Constant>(3.14159265358979323846);
  }
}

}  // namespace

ScalarPtr compile_scalar(const Expr& expr) {
  const Expr& inside = unwrapped(expr);
  if (const auto* node = std::get_if<NumberLiteral>(&inside.node)) return std::make_unique<Constant>(node->value);
  if (const auto* node = std::get_if<Call>(&inside.node)) return compile_scalar_call(*node);
  if (const auto* node = std::get_if<Unary>(&inside.node)) {
    const double sign = node->negative ? -1 : 1;
    return std::make_unique<ScalarOperation>(binary_function(BinaryOp::mul), std::make_unique<Constant>(sign),
                                             compile_scalar(*node->inner));
  }
  const auto& binary = std::get<Binary>(inside.node);
  return std::make_unique<ScalarOperation>(binary_function(binary.op), compile_scalar(*binary.left),
                                           compile_scalar(*binary.right));
}

VectorPtr compile_vector(const Expr& expr) {
  const Expr& inside = unwrapped(expr);
  if (const auto* node = std::get_if<VectorSelector>(&inside.node)) {
    return std::make_unique<InstantSelector>(*node, SelectorYields::values);
  }
  if (const auto* node = std::get_if<Call>(&inside.node)) return compile_call(*node, inside.begin);
  if (const auto* node = std::get_if<Aggregate>(&inside.node)) return compile_aggregate(*node);
  if (const auto* node = std::get_if<Unary>(&inside.node)) return compile_unary(*node);
  return compile_binary(std::get<Binary>(inside.node));
}

RangePtr compile_range(const Expr& expr) {
  const Expr& inside = unwrapped(expr);
  if (const auto* node = std::get_if<MatrixSelector>(&inside.node)) return std::make_unique<RangeSelector>(*node);
  const auto& subquery = std::get<Subquery>(inside.node);
  return std::make_unique<SubqueryRange>(compile_vector(*subquery.inner), subquery);
}

}  // namespace a2od::promql
