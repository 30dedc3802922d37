// Sums with Neumaier's compensation and means that do not overflow, as Prometheus 3 computes them.
#pragma once

#include <cmath>

namespace a2od::promql {

struct KahanSum {
  double sum = 0;
  double lost = 0;

  void add(double value) {
    const double total = sum + value;
    if (std::isinf(total)) {
      lost = 0;
    } else if (std::abs(sum) >= std::abs(value)) {
      lost += (sum - total) + value;
    } else {
      lost += (value - total) + sum;
    }
    sum = total;
  }
  /// `count` times the value; the product's rounding error is added as well.
  void add(double value, double count) {
    const double product = value * count;
    add(product);
    if (count != 1 && std::isfinite(product)) add(std::fma(value, count, -product));
  }
  [[nodiscard]] double total() const { return sum + lost; }
};

/// Sums up while the sum fits into a double, and goes on with a running mean where it does not.
class KahanMean {
 public:
  void add(double value, double count = 1) {
    const double before = count_;
    count_ += count;
    if (!incremental_) {
      KahanSum next = sum_;
      next.add(value, count);
      if (!std::isinf(next.sum) || before == 0) {
        sum_ = next;
        if (!std::isinf(value) && std::isinf(next.sum)) start_mean(value, count);
        return;
      }
      incremental_ = true;
      sum_ = {sum_.sum / before, sum_.lost / before};
    }
    const double kept = before / count_;
    KahanSum mean{kept * sum_.sum, kept * sum_.lost};
    mean.add(value / (count_ / count));
    sum_ = mean;
  }
  [[nodiscard]] double mean() const { return incremental_ ? sum_.total() : sum_.sum / count_ + sum_.lost / count_; }
  [[nodiscard]] double count() const { return count_; }

 private:
  /// The first run alone overflows: its mean is its value.
  void start_mean(double value, double count) {
    incremental_ = count > 1;
    if (incremental_) sum_ = {value, 0};
  }

  KahanSum sum_;
  double count_ = 0;
  bool incremental_ = false;
};

/// Welford's variance, with whole runs at once.
class Variance {
 public:
  void add(double value, double count = 1) {
    count_ += count;
    const double delta = value - mean_.total();
    mean_.add(count == count_ ? delta : delta * count / count_);  // exact for the first
    squares_.add(delta * (value - mean_.total()) * count);
  }
  [[nodiscard]] double value() const { return squares_.total() / count_; }

 private:
  double count_ = 0;
  KahanSum mean_;
  KahanSum squares_;
};

}  // namespace a2od::promql
