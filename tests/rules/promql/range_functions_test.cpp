#include "rules/promql/range_functions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string_view>
#include <vector>

namespace a2od::promql {
namespace {

std::vector<SampleRun> expanded(const std::vector<SampleRun>& runs) {
  std::vector<SampleRun> samples;
  for (const SampleRun& run : runs) {
    for (std::uint32_t i = 0; i < run.count; ++i)
      samples.push_back({run.first + run.step * i, Milliseconds(0), 1, run.value});
  }
  return samples;
}

TEST(RangeFunctions, OfRunsAreThoseOfTheirSamples) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<SampleRun> runs;
    Timestamp at(Milliseconds(1000));
    for (unsigned i = 0; i < 1 + random() % 6; ++i) {
      runs.push_back({at, Milliseconds(60'000), static_cast<std::uint32_t>(1 + random() % 50),
                      static_cast<double>(random() % 100)});
      at = runs.back().last() + Milliseconds(60'000);
    }
    const auto samples = expanded(runs);
    const std::vector<double> parameters{0.3};
    for (const std::string_view name :
         {"rate", "increase", "delta", "irate", "idelta", "changes", "resets", "deriv", "avg_over_time",
          "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "last_over_time", "first_over_time",
          "stddev_over_time", "stdvar_over_time", "quantile_over_time", "predict_linear"}) {
      const auto function = range_function(name);
      const auto closed = function({runs, Timestamp(), at, at}, parameters);
      const auto counted = function({samples, Timestamp(), at, at}, parameters);
      ASSERT_EQ(closed.has_value(), counted.has_value()) << name;
      if (closed) EXPECT_NEAR(*closed, *counted, 1e-9 * (1 + std::abs(*counted))) << name;
    }
  }
}

TEST(RangeFunctions, AMeanDoesNotOverflow) {
  const std::vector<SampleRun> runs{{Timestamp(Milliseconds(0)), Milliseconds(1000), 10, 1e308},
                                    {Timestamp(Milliseconds(10'000)), Milliseconds(1000), 10, 1e308}};
  EXPECT_DOUBLE_EQ(*range_function("avg_over_time")({runs, {}, {}, {}}, {}), 1e308);
}

}  // namespace
}  // namespace a2od::promql
