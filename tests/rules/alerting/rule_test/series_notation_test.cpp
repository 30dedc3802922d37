#include "rules/alerting/rule_test/series_notation.hpp"

#include "rules/series/series.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

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

/// A description of a series with its values, as Prometheus' parser tests have it.
TEST(SeriesNotation, AgreesWithPrometheus) {
  const auto path = std::filesystem::path(A2OD_SOURCE_DIR) / "../shared/conformance/parser_series.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no conformance cases in " << path;
  std::ifstream in(path);
  const auto set = boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  for (const auto& each : set.at("cases").as_array()) {
    const auto& test = each.as_object();
    const std::string input(test.at("input").as_string());
    const auto brace = input.find('}');
    const auto split = brace == std::string::npos ? input.find_first_of(" \t") : brace + 1;
    const auto labels = parse_series(input.substr(0, split));
    const auto samples = parse_samples(input.substr(split));
    ASSERT_EQ(labels && samples, !test.at("fail").as_bool()) << input;
    if (!labels || !samples) continue;
    std::vector<Labels::Pair> pairs;
    for (const auto& [name, value] : test.at("labels").as_object()) pairs.emplace_back(name, value.as_string());
    EXPECT_EQ(*labels, Labels::from(std::move(pairs))) << input;
    std::vector<std::optional<double>> expected;
    for (const auto& value : test.at("values").as_array())
      expected.push_back(value.is_null() ? std::nullopt : std::optional(std::stod(std::string(value.as_string()))));
    EXPECT_EQ(*samples, expected) << input;
  }
}

}  // namespace
}  // namespace a2od
