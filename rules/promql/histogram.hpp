// Quantiles and fractions of classic histograms: series with an upper bound in `le`.
#pragma once

#include "rules/promql/plan.hpp"

#include <vector>

namespace a2od::promql {

struct Bucket {
  double upper_bound = 0;
  double count = 0;  ///< of this bucket and all below it
};

/// Interpolates within the bucket; NaN without observations or without a bucket up to +Inf.
[[nodiscard]] double bucket_quantile(double q, std::vector<Bucket> buckets);
/// The part of the observations between two values.
[[nodiscard]] double bucket_fraction(double lower, double upper, std::vector<Bucket> buckets);

/// histogram_quantile with one parameter, histogram_fraction with two.
class HistogramNode final : public VectorNode {
 public:
  HistogramNode(std::vector<ScalarPtr> parameters, VectorPtr input);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  struct Member {
    std::uint32_t histogram = 0;
    double upper_bound = 0;
    bool is_bucket = false;  ///< it has an `le` that is a number
  };
  void follow();

  std::vector<ScalarPtr> parameters_;
  VectorPtr input_;
  Follower follower_;
  LabelIds ids_;
  std::vector<Member> members_;
  std::vector<std::vector<Bucket>> buckets_;
  std::vector<double> values_;
  UniqueLabels unique_;
};

}  // namespace a2od::promql
