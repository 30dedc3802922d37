// Plan nodes that yield one row for each row of their input, or a single one.
#pragma once

#include "rules/promql/math_functions.hpp"
#include "rules/promql/plan.hpp"
#include "rules/promql/range_functions.hpp"

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace a2od::promql {

/// Rows like those of the input, with other labels.
class Relabelled {
 public:
  using Function = std::function<Labels(const Labels&)>;
  explicit Relabelled(Function relabel) : relabel_(std::move(relabel)) {}
  void follow(const Rows& input, Rows& rows);

 private:
  Function relabel_;
  Follower follower_;
};

/// One number from each sample: functions, the unary minus.
class MathNode final : public VectorNode {
 public:
  enum class Bounds { any, must_be_ordered };  ///< clamp() with min > max yields nothing
  MathNode(MathFunction function, VectorPtr input, std::vector<ScalarPtr> parameters, Bounds bounds = Bounds::any);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { release_nodes(input_, parameters_); }

  MathFunction function_;
  VectorPtr input_;
  std::vector<ScalarPtr> parameters_;
  Bounds bounds_;
  UniqueLabels unique_;
  std::vector<double> values_;
};

/// An operator between a vector and a scalar.
class VectorScalarNode final : public VectorNode {
 public:
  enum class ScalarSide { left, right };
  VectorScalarNode(const Binary& binary, VectorPtr vector, ScalarPtr scalar, ScalarSide side);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { release_nodes(vector_, scalar_); }

  BinaryFunction function_;
  bool filters_;
  VectorPtr vector_;
  ScalarPtr scalar_;
  ScalarSide side_;
  UniqueLabels unique_;
};

/// label_replace, label_join. An operand that is wrong is an error of each evaluation, as in Prometheus.
class RelabelNode final : public VectorNode {
 public:
  RelabelNode(VectorPtr input, Relabelled::Function relabel, std::string error);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { input_->release(); }

  VectorPtr input_;
  std::string error_;
  Relabelled relabelled_;
  UniqueLabels unique_;
};

/// Where in the expression stands what a function has demands on; absent: it has none.
struct Demands {
  std::optional<std::size_t> counter = std::nullopt;   ///< the argument that should be one
  std::optional<std::size_t> quantile = std::nullopt;  ///< the parameter that should be between 0 and 1
};

/// Warns where it is not between 0 and 1.
void check_quantile(const Context& context, std::optional<std::size_t> begin, double quantile);

class RangeFunctionNode final : public VectorNode {
 public:
  RangeFunctionNode(RangeFunction function, NameLabel name, RangePtr input, std::vector<ScalarPtr> parameters,
                    Demands demands = {});
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { release_nodes(input_, parameters_); }
  void annotate(const Context& context) const;

  RangeFunction function_;
  NameLabel name_;
  RangePtr input_;
  std::vector<ScalarPtr> parameters_;
  Demands demands_;
  UniqueLabels unique_;
  std::vector<double> values_;
};

/// By value; by some labels where there are any, numbers in them by their size.
class SortNode final : public VectorNode {
 public:
  enum class Direction { ascending, descending };
  /// `begin`: of the call in the expression.
  SortNode(VectorPtr input, Direction direction, std::size_t begin,
           std::optional<std::vector<std::string>> labels = std::nullopt)
      : input_(std::move(input)), direction_(direction), begin_(begin), labels_(std::move(labels)) {}
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;
  [[nodiscard]] const Rows& rows() const override { return input_->rows(); }

 private:
  void release_inputs() override { input_->release(); }
  [[nodiscard]] std::strong_ordering compare(std::uint32_t a, std::uint32_t b) const;

  VectorPtr input_;
  Direction direction_;
  std::size_t begin_;
  std::optional<std::vector<std::string>> labels_;
};

/// 1 where the input has no samples. It rests on nothing.
class AbsentNode final : public VectorNode {
 public:
  AbsentNode(VectorPtr vector, RangePtr range, Labels labels);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { release_nodes(vector_, range_); }
  [[nodiscard]] bool has_samples(Context& context, Timestamp at);

  VectorPtr vector_;  ///< one of these
  RangePtr range_;
};

/// vector(s): one sample without labels.
class VectorOfScalar final : public VectorNode {
 public:
  explicit VectorOfScalar(ScalarPtr scalar);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { scalar_->release(); }

  ScalarPtr scalar_;
};

}  // namespace a2od::promql
