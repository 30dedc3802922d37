// Plan nodes of aggregations: the group of each input row is kept, an evaluation adds numbers up.
#pragma once

#include "rules/promql/ast.hpp"
#include "rules/promql/plan.hpp"
#include "rules/promql/quantile.hpp"

#include <string>
#include <utility>
#include <vector>

namespace a2od::promql {

/// The labels that the group of a row has.
class Grouping {
 public:
  Grouping(bool without, std::vector<std::string> labels);
  [[nodiscard]] Labels group(const Labels& labels) const;
  [[nodiscard]] bool removes(std::string_view label) const;

 private:
  bool without_;
  std::vector<std::string> labels_;
};

/// Which group each input row belongs to; groups are numbered as they are met.
class Groups {
 public:
  explicit Groups(Grouping grouping) : grouping_(std::move(grouping)) { rows_.set_distinct(); }
  /// Whether everything started anew.
  bool follow(const Rows& input);
  [[nodiscard]] std::uint32_t operator[](std::size_t row) const { return group_of_[row]; }
  [[nodiscard]] const Rows& rows() const { return rows_; }

 private:
  Grouping grouping_;
  Follower follower_;
  Rows rows_;
  LabelIds ids_;
  std::vector<std::uint32_t> group_of_;
};

/// sum avg count min max group stddev stdvar quantile: one row for each group.
class ReduceNode final : public VectorNode {
 public:
  /// `parameter_begin`: where the parameter stands in the expression.
  ReduceNode(AggregateOp op, Grouping grouping, ScalarPtr parameter, std::size_t parameter_begin, VectorPtr input);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;
  [[nodiscard]] const Rows& rows() const override { return groups_.rows(); }

 private:
  void release_inputs() override { release_nodes(input_, parameter_); }
  template <class Accumulator>
  void reduce(Accumulator initial = {});

  AggregateOp op_;
  Groups groups_;
  ScalarPtr parameter_;
  std::size_t parameter_begin_;
  VectorPtr input_;
};

/// limit_ratio: the same part of all label sets at all times, by their hashes; a negative ratio the other part.
class LimitRatioNode final : public VectorNode {
 public:
  LimitRatioNode(ScalarPtr ratio, std::size_t ratio_begin, VectorPtr input);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;
  [[nodiscard]] const Rows& rows() const override { return input_->rows(); }

 private:
  void release_inputs() override { release_nodes(input_, ratio_); }

  ScalarPtr ratio_;
  std::size_t ratio_begin_;
  VectorPtr input_;
};

/// topk, bottomk, limitk: some of the input's rows, in order.
class RankNode final : public VectorNode {
 public:
  RankNode(AggregateOp op, Grouping grouping, ScalarPtr parameter, VectorPtr input);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;
  [[nodiscard]] const Rows& rows() const override { return input_->rows(); }

 private:
  void release_inputs() override { release_nodes(input_, parameter_); }
  [[nodiscard]] std::size_t limit(Context& context, Timestamp at);
  [[nodiscard]] bool ranks_before(std::uint32_t a, std::uint32_t b) const;

  AggregateOp op_;
  Groups groups_;
  ScalarPtr parameter_;
  VectorPtr input_;
  std::vector<std::vector<std::uint32_t>> members_;
};

/// count_values: its rows depend on the values, so they are looked up for each sample.
class CountValuesNode final : public VectorNode {
 public:
  CountValuesNode(std::string label, Grouping grouping, VectorPtr input);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { input_->release(); }
  std::uint32_t row_of(const Labels& labels, double value);

  std::string label_;
  Grouping grouping_;
  VectorPtr input_;
  LabelIds ids_;
  std::vector<std::uint32_t> row_of_input_;
};

}  // namespace a2od::promql
