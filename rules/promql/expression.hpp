// PromQL as others see it: parse once, evaluate often.
#pragma once

#include "config/matcher.hpp"
#include "config/time.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/store.hpp"

#include <atomic>
#include <cstddef>
#include <expected>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace a2od::promql {

/// What is wrong with an expression, and the bytes of it that are meant.
struct ParseError {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string message;
};

enum class ValueType { scalar, vector, matrix, string };

struct VectorSample {
  Labels labels;
  double value = 0;
  bool operator==(const VectorSample&) const = default;
};
using Vector = std::vector<VectorSample>;

struct Scalar {
  double value = 0;
};

struct Point {
  Timestamp at;
  double value = 0;
  bool operator==(const Point&) const = default;
};
struct MatrixSeries {
  Labels labels;
  std::vector<Point> points;
};
using Matrix = std::vector<MatrixSeries>;

using Value = std::variant<Scalar, Vector, Matrix, std::string>;

struct EvaluationError {
  std::string message;
  bool timed_out = false;  ///< it was cancelled
};

/// What is doubtful about an evaluation, in Prometheus' words and with the place in the expression: each once.
struct Annotations {
  std::set<std::string> warnings;
  std::set<std::string> infos;
};

/// The samples with after < time <= until of the series that match.
struct SeriesWindow {
  std::vector<Matcher> matchers;
  Timestamp after;
  Timestamp until;
};

/// Bounds of one evaluation; exceeding one is an EvaluationError.
struct EvaluationLimits {
  std::size_t max_samples = 50'000'000;
  std::size_t max_points_per_series = 11'000;  ///< of a range evaluation
  Milliseconds lookback = std::chrono::minutes(5);
  Milliseconds subquery_step = std::chrono::minutes(1);  ///< of subqueries that name none
  const std::atomic<bool>* cancelled = nullptr;          ///< looked at all along, set by another thread
};

/// The matchers of a selector that stands alone, without modifiers: up{job="a"}.
[[nodiscard]] std::expected<std::vector<Matcher>, ParseError> parse_selector(std::string_view text);

/// An expression within another, as Prometheus prints it.
struct ExpressionPart {
  std::string text;
  std::size_t depth = 0;  ///< how many are around it
};

/// A parsed and type-checked expression with its plan. The plan caches label work between evaluations, so an Expression
/// is used by one thread at a time; parsing again, or clone(), gives another thread its own.
class Expression {
 public:
  /// The whole grammar of PromQL is read; what cannot be evaluated yet is refused here, with position and name.
  [[nodiscard]] static std::expected<Expression, ParseError> parse(std::string_view text);
  ~Expression();
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  [[nodiscard]] Expression clone() const;

  [[nodiscard]] ValueType type() const;
  /// As Prometheus prints it: generator links and the API use it.
  [[nodiscard]] std::string canonical() const;
  /// The same over several lines, where it is long.
  [[nodiscard]] std::string pretty() const;
  /// The expression itself and what it is made of, each before its own; literals are left out, and all beyond `most`.
  [[nodiscard]] std::vector<ExpressionPart> parts(std::size_t most) const;
  /// The names of all metrics that selectors name with `=`, sorted, each once.
  [[nodiscard]] std::vector<std::string> metric_names() const;
  /// What the selectors read, one entry each, when evaluated from `start` to `end`.
  [[nodiscard]] std::vector<SeriesWindow> reads(Timestamp start, Timestamp end, Milliseconds step,
                                                const EvaluationLimits& limits) const;
  /// How far back from the evaluation time it may read: look-back, ranges, offsets and subqueries added up.
  [[nodiscard]] Milliseconds reach(const EvaluationLimits& limits) const;

  [[nodiscard]] std::expected<Value, EvaluationError> evaluate(const Snapshot& series, Timestamp at,
                                                               const EvaluationLimits& limits,
                                                               Annotations* annotations = nullptr);
  [[nodiscard]] std::expected<Matrix, EvaluationError> evaluate_range(const Snapshot& series, Timestamp start,
                                                                      Timestamp end, Milliseconds step,
                                                                      const EvaluationLimits& limits,
                                                                      Annotations* annotations = nullptr);
  /// Gives back what the last evaluation needed and the next one does not.
  void release();
  /// The stored series that the output row with these labels was computed from at `at`: each once, sorted.
  [[nodiscard]] std::vector<Labels> inputs_of(const Snapshot& series, Timestamp at, const Labels& output,
                                              const EvaluationLimits& limits);

 private:
  struct Impl;
  explicit Expression(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace a2od::promql
