// Quantiles and fractions of classic histograms: series with an upper bound in `le`.
#pragma once

#include "config/free_memory.hpp"
#include "rules/promql/plan.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace a2od::promql {

struct Bucket {
  double upper_bound = 0;
  double count = 0;  ///< of this bucket and all below it
};

/// Interpolates within the bucket; NaN without observations or without a bucket up to +Inf. `mended`: whether counts
/// fell from bucket to bucket, by more than rounding.
[[nodiscard]] double bucket_quantile(double q, std::vector<Bucket> buckets, bool* mended = nullptr);
/// The part of the observations between two values.
[[nodiscard]] double bucket_fraction(double lower, double upper, std::vector<Bucket> buckets);

/// histogram_quantile with one parameter, histogram_fraction with two.
class HistogramNode final : public VectorNode {
 public:
  /// Where the call's first parameter, and its vector, begin in the expression.
  struct Places {
    std::size_t parameter = 0;
    std::size_t input = 0;
  };
  HistogramNode(std::vector<ScalarPtr> parameters, VectorPtr input, Places places);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  struct Member {
    std::uint32_t histogram = 0;
    double upper_bound = 0;
    bool is_bucket = false;  ///< it has an `le` that is a number
  };
  void release_inputs() override {
    free_memory(buckets_);
    release_nodes(input_, parameters_);
  }
  void follow();
  [[nodiscard]] double value_of(const Context& context, std::size_t row) const;
  void warn_of_bound(const Context& context, const Labels& labels) const;

  std::vector<ScalarPtr> parameters_;
  VectorPtr input_;
  Places places_;
  std::vector<std::string> names_;  ///< of the metrics, by row
  Follower follower_;
  LabelIds ids_;
  std::vector<Member> members_;
  std::vector<std::vector<Bucket>> buckets_;
  std::vector<double> values_;
  UniqueLabels unique_;
};

}  // namespace a2od::promql
