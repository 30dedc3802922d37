// Random expressions over the series of RandomEstate, as rules have them.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace a2od::promql {

/// None makes something of the last digit of a number: what compares, ranks or divides gets values that are computed
/// without rounding, or constants that nothing comes to.
class RandomExpressions {
 public:
  explicit RandomExpressions(std::mt19937_64& random) : random_(random) {}
  /// An instant vector; now and then a scalar.
  [[nodiscard]] std::string next();

 private:
  enum class Values { any, without_rounding };
  using Texts = std::vector<std::string>;

  std::string vector(int depth, Values values = Values::any);
  std::string leaf(Values values);
  std::string aggregation(int depth, Values values);
  std::string matching(int depth);
  std::string set_operation(int depth, Values values);
  std::string with_info();
  std::string scalar(int depth);
  std::string gauge();
  std::string counter();
  std::string matchers();
  std::string range();
  std::string shift();
  std::string grouping();
  std::string one_of(const Texts& texts) { return texts[random_() % texts.size()]; }

  std::mt19937_64& random_;
};

}  // namespace a2od::promql
