// Plan nodes that yield one number.
#pragma once

#include "rules/promql/math_functions.hpp"
#include "rules/promql/plan.hpp"

#include <string_view>

namespace a2od::promql {

class Constant final : public ScalarNode {
 public:
  explicit Constant(double value) : value_(value) {}
  double evaluate(Context& context, Timestamp at) override;

 private:
  double value_;
};

/// time(): the evaluation time in seconds.
class EvaluationTime final : public ScalarNode {
 public:
  double evaluate(Context& context, Timestamp at) override;
};

/// start(), end(), step(), range(): of the query, in seconds.
class QueryValue final : public ScalarNode {
 public:
  explicit QueryValue(std::string_view name) : name_(name) {}
  double evaluate(Context& context, Timestamp at) override;

 private:
  std::string_view name_;
};

/// scalar(v): the value of the only sample, NaN where there is not exactly one.
class OnlySample final : public ScalarNode {
 public:
  explicit OnlySample(VectorPtr vector) : vector_(std::move(vector)) {}
  double evaluate(Context& context, Timestamp at) override;
  void trace(Context& context, Timestamp at, Provenance& out) override;
  void release() override { vector_->release(); }

 private:
  VectorPtr vector_;
};

class ScalarOperation final : public ScalarNode {
 public:
  ScalarOperation(BinaryFunction function, ScalarPtr left, ScalarPtr right);
  double evaluate(Context& context, Timestamp at) override;
  void trace(Context& context, Timestamp at, Provenance& out) override;
  void release() override { release_nodes(left_, right_); }

 private:
  BinaryFunction function_;
  ScalarPtr left_;
  ScalarPtr right_;
};

}  // namespace a2od::promql
