#include "rules/alerting/rule_test/series_notation.hpp"

#include "rules/series/series.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(SeriesNotation, ReadsSamples) {
  EXPECT_THAT(*parse_samples("1 -2 +3 1e3"), ElementsAre(1, -2, 3, 1000));
  EXPECT_THAT(*parse_samples("1+2x3"), ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(*parse_samples(" 5-1x1\n0x2 "), ElementsAre(5, 4, 0, 0, 0));
  EXPECT_THAT(*parse_samples("_ _x2 1"), ElementsAre(std::nullopt, std::nullopt, std::nullopt, Optional(1)));
  EXPECT_TRUE(is_stale_marker(*parse_samples("1 stale")->at(1)));
  EXPECT_EQ(*parse_samples("-Inf")->at(0), -INFINITY);
  EXPECT_TRUE(std::isnan(*parse_samples("NaN")->at(0)));
  EXPECT_TRUE(parse_samples("")->empty());
}

TEST(SeriesNotation, RefusesWhatIsNone) {
  for (const auto* text : {"a", "1x", "1+x3", "1+2", "-3-3", "_a4", "_x0", "1xx2", "1+-2x3", "--1", "{{schema:1}}",
                           "1x10000001", "1x99999999999999999999"})
    EXPECT_FALSE(parse_samples(text)) << text;
}

TEST(SeriesNotation, ReadsLabels) {
  EXPECT_EQ(*parse_series("up{job=\"a\"}"), (Labels{{"__name__", "up"}, {"job", "a"}}));
  EXPECT_EQ(*parse_series("{\"my.metric\", \"a.b\"=\"c\"}"), (Labels{{"__name__", "my.metric"}, {"a.b", "c"}}));
  EXPECT_EQ(*parse_series(" {} "), Labels{});
  for (const auto* text : {"up{job=~\"a\"}", "up[5m]", "sum(up)", "up{", "1"}) EXPECT_FALSE(parse_series(text)) << text;
}

}  // namespace
}  // namespace a2od
