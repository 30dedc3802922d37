#include "rules/promql/expression.hpp"

#include "config/free_memory.hpp"
#include "rules/promql/ast.hpp"
#include "rules/promql/compile.hpp"
#include "rules/promql/parser.hpp"
#include "rules/promql/plan.hpp"
#include "rules/promql/printer.hpp"
#include "rules/promql/visit.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <set>
#include <utility>

namespace a2od::promql {
namespace {

void append_points(const SampleRun& run, std::vector<Point>& points) {
  for (std::uint32_t i = 0; i < run.count; ++i) points.push_back({run.first + run.step * i, run.value});
}

Vector to_vector(const Rows& rows, const Frame& frame) {
  Vector samples;
  samples.reserve(frame.count());
  if (!frame.order.empty()) {
    for (const std::uint32_t row : frame.order) {
      if (frame.present[row] != 0) samples.push_back({rows[row], frame.values[row]});
    }
    return samples;
  }
  for (std::size_t row = 0; row < frame.present.size(); ++row) {
    if (frame.present[row] != 0) samples.push_back({rows[row], frame.values[row]});
  }
  return samples;
}

/// Gathers the frames of a range query into series, by labels.
class MatrixBuilder {
 public:
  explicit MatrixBuilder(std::size_t steps) : first_room_(std::min(steps, kFirstRoom)) {}

  void add(const Rows& rows, const Frame& frame, Timestamp at) {
    if (follower_.outdated(rows)) {
      follower_.start(rows);
      series_of_row_.clear();
    }
    follower_.catch_up(rows, [&](std::uint32_t row) { series_of_row_.push_back(series_of(rows[row])); });
    for (std::size_t row = 0; row < frame.present.size(); ++row) {
      if (frame.present[row] == 0) continue;
      auto& points = matrix_[series_of_row_[row]].points;
      if (points.empty()) points.reserve(first_room_);
      points.push_back({at, frame.values[row]});
    }
  }

  Matrix finish() {
    std::erase_if(matrix_, [](const MatrixSeries& series) { return series.points.empty(); });
    std::ranges::sort(matrix_, {}, &MatrixSeries::labels);
    return std::move(matrix_);
  }

 private:
  static constexpr std::size_t kFirstRoom = 64;  ///< most series have a point at each step

  std::uint32_t series_of(const Labels& labels) {
    const auto [known, is_new] = ids_.emplace(labels, static_cast<std::uint32_t>(matrix_.size()));
    if (is_new) matrix_.push_back({labels, {}});
    return known->second;
  }

  Follower follower_;
  std::size_t first_room_;
  std::vector<std::uint32_t> series_of_row_;
  LabelIds ids_;
  Matrix matrix_;
};

}  // namespace

std::expected<std::vector<Matcher>, ParseError> parse_selector(std::string_view text) {
  auto root = parse_expression(text);
  if (!root) return std::unexpected(std::move(root.error()));
  const auto* selector = std::get_if<VectorSelector>(&(*root)->node);
  if (selector == nullptr || selector->shift.offset || selector->shift.at.kind != AtModifier::Kind::none)
    return std::unexpected(ParseError{(*root)->begin, (*root)->end, "expected a selector such as up{job=\"a2od\"}"});
  return selector->matchers;
}

struct Expression::Impl {
  /// What the frames of the plan hold: nothing where there is no such time.
  struct Evaluated {
    std::optional<Timestamp> at;
    std::weak_ptr<const void> series;
  };

  std::string text;
  ExprPtr root;
  ScalarPtr scalar;
  VectorPtr vector;
  RangePtr range;
  std::uint64_t serial = 0;
  Evaluated evaluated;
  LabelIds outputs;  ///< present rows by their labels
  std::uint64_t outputs_of = 0;

  void compile() {
    switch (root->type) {
      case ValueType::scalar:
        scalar = compile_scalar(*root);
        break;
      case ValueType::vector:
        vector = compile_vector(*root);
        break;
      case ValueType::matrix:
        range = compile_range(*root);
        break;
      case ValueType::string:
        break;
    }
  }

  Context begin(const Snapshot& series, Timestamp start, Timestamp end, const EvaluationLimits& limits) {
    evaluated.at.reset();
    outputs.clear();
    outputs_of = 0;
    return {.series = series, .limits = limits, .start = start, .end = end, .serial = ++serial, .text = text};
  }

  Value value(Context& context, Timestamp at) {
    if (scalar) return Scalar{scalar->evaluate(context, at)};
    if (range) return matrix(context, at);
    if (!vector) return std::get<TextLiteral>(unwrapped(*root).node).text;
    vector->evaluate(context, at);
    evaluated = {at, context.series.identity()};
    return to_vector(vector->rows(), vector->frame());
  }

  Matrix matrix(Context& context, Timestamp at) {
    range->evaluate(context, at);
    Matrix found;
    for (std::uint32_t row = 0; row < range->rows().size(); ++row) {
      MatrixSeries series{range->rows()[row], {}};
      for (const SampleRun& run : range->runs(row)) {
        context.count(run.count);
        append_points(run, series.points);
      }
      if (!series.points.empty()) found.push_back(std::move(series));
    }
    std::ranges::sort(found, {}, &MatrixSeries::labels);
    return found;
  }

  Matrix steps(Context& context, Milliseconds step) {
    MatrixBuilder builder(static_cast<std::size_t>((context.end - context.start) / step) + 1);
    Rows one;
    Frame frame;
    if (scalar) one.add({});
    for (Timestamp at = context.start; at <= context.end; at += step) {
      if (scalar) {
        frame.reset(1);
        frame.set(0, scalar->evaluate(context, at));
        context.count(1);
      } else {
        vector->evaluate(context, at);
        context.count(vector->frame().count());
      }
      builder.add(scalar ? one : vector->rows(), scalar ? frame : vector->frame(), at);
    }
    return builder.finish();
  }

  [[nodiscard]] bool holds(const Snapshot& series, Timestamp at) const {
    return evaluated.at == at && !evaluated.series.expired() && evaluated.series.lock() == series.identity();
  }

  void trace(Context& context, Timestamp at, const Labels& output, Provenance& out) {
    if (scalar) return scalar->trace(context, at, out);
    if (!vector) return;
    if (outputs_of != serial) index_outputs();
    if (const auto found = outputs.find(output); found != outputs.end()) vector->trace(found->second, context, at, out);
  }

  /// Many outputs of one evaluation are traced one after the other.
  void index_outputs() {
    const Frame& frame = vector->frame();
    for (std::uint32_t row = 0; row < frame.present.size(); ++row)
      if (frame.present[row] != 0) outputs.emplace(vector->rows()[row], row);
    outputs_of = serial;
  }
};

Expression::Expression(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;

std::expected<Expression, ParseError> Expression::parse(std::string_view text) {
  auto root = parse_expression(text);
  if (!root) return std::unexpected(std::move(root.error()));
  auto impl = std::make_unique<Impl>();
  impl->text = text;
  impl->root = std::move(*root);
  impl->compile();
  return Expression(std::move(impl));
}

Expression Expression::clone() const {
  auto again = parse(impl_->text);
  assert(again);
  return std::move(*again);
}

ValueType Expression::type() const { return impl_->root->type; }

std::string Expression::canonical() const { return print(*impl_->root); }

std::string Expression::pretty() const { return print_pretty(*impl_->root); }

std::vector<ExpressionPart> Expression::parts(std::size_t most) const {
  std::vector<ExpressionPart> parts;
  for (const auto& [expr, depth] : parts_of(*impl_->root, most)) parts.push_back({print(*expr), depth});
  return parts;
}

std::vector<std::string> Expression::metric_names() const {
  std::set<std::string> names;
  collect_metric_names(*impl_->root, names);
  return {names.begin(), names.end()};
}

std::vector<SeriesWindow> Expression::reads(Timestamp start, Timestamp end, Milliseconds step,
                                            const EvaluationLimits& limits) const {
  return reads_of(*impl_->root, {start, end, step}, limits);
}

Milliseconds Expression::reach(const EvaluationLimits& limits) const { return reach_of(*impl_->root, limits); }

std::expected<Value, EvaluationError> Expression::evaluate(const Snapshot& series, Timestamp at,
                                                           const EvaluationLimits& limits, Annotations* annotations) {
  Context context = impl_->begin(series, at, at, limits);
  context.annotations = annotations;
  try {
    return impl_->value(context, at);
  } catch (EvaluationFailure& failure) {
    return std::unexpected(EvaluationError{std::move(failure.message), failure.timed_out});
  }
}

std::expected<Matrix, EvaluationError> Expression::evaluate_range(const Snapshot& series, Timestamp start,
                                                                  Timestamp end, Milliseconds step,
                                                                  const EvaluationLimits& limits,
                                                                  Annotations* annotations) {
  if (step <= Milliseconds(0)) return std::unexpected(EvaluationError{"zero or negative query resolution step"});
  if (end < start) return std::unexpected(EvaluationError{"end timestamp must not be before start time"});
  if (!impl_->scalar && !impl_->vector) {
    return std::unexpected(EvaluationError{"invalid expression type \"" + std::string(describe(type())) +
                                           "\" for range query, must be Scalar or instant Vector"});
  }
  const auto points = static_cast<std::uint64_t>((end - start) / step) + 1;
  if (points > limits.max_points_per_series) {
    return std::unexpected(EvaluationError{"exceeded maximum resolution of " +
                                           std::to_string(limits.max_points_per_series) +
                                           " points per timeseries. Try decreasing the query resolution (?step=XX)"});
  }
  Context context = impl_->begin(series, start, end, limits);
  context.step = step;
  context.annotations = annotations;
  try {
    return impl_->steps(context, step);
  } catch (EvaluationFailure& failure) {
    return std::unexpected(EvaluationError{std::move(failure.message), failure.timed_out});
  }
}

void Expression::release() {
  impl_->evaluated.at.reset();
  free_memory(impl_->outputs);
  impl_->outputs_of = 0;
  promql::release_nodes(impl_->scalar, impl_->vector, impl_->range);
}

std::vector<Labels> Expression::inputs_of(const Snapshot& series, Timestamp at, const Labels& output,
                                          const EvaluationLimits& limits) {
  const bool again = !impl_->holds(series, at);
  Provenance found;
  try {
    if (again) {
      Context context = impl_->begin(series, at, at, limits);
      impl_->value(context, at);
    }
    Context context{.series = series, .limits = limits, .start = at, .end = at, .serial = impl_->serial};
    impl_->trace(context, at, output, found);
  } catch (EvaluationFailure&) {
    return {};  // evaluate() says what is wrong
  }
  return {found.begin(), found.end()};
}

}  // namespace a2od::promql
