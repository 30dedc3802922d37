#include "daemon/web/exposition.hpp"

#include "collectors/cloud/gzip.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace a2od {
namespace {

using namespace std::chrono_literals;

constexpr Metric kUsed{"d365_used_bytes", MetricType::gauge, "bytes", "Space used,\nper \"kind\" \\ environment."};
constexpr Metric kFailures{"d365_failures_total", MetricType::counter, "", "Failures."};
constexpr Metric kInfo{"d365_environment_info", MetricType::info, "", "An environment."};

struct ExpositionTest : testing::Test {
  Store store;
  CurrentValues values{{.instance = "here:1"}, [](std::string_view) { return std::string_view(); }};

  void publish(std::vector<PublishedSample> samples) {
    values.publish(store,
                   {.key = {"a", "b", "", "c"}, .delivered = true, .interval = 1h, .samples = std::move(samples)},
                   Timestamp(Milliseconds(1)));
  }
};

TEST_F(ExpositionTest, TextHasHelpTypeAndEscapes) {
  publish({{&kUsed, Labels{{"environment", "a\"b\\c\nd"}}, 1.5}});
  EXPECT_EQ(render(values, ExpositionFormat::text),
            "# HELP d365_used_bytes Space used,\\nper \"kind\" \\\\ environment.\n"
            "# TYPE d365_used_bytes gauge\n"
            "d365_used_bytes{environment=\"a\\\"b\\\\c\\nd\"} 1.5\n");
}

TEST_F(ExpositionTest, OpenMetricsNamesFamiliesWithoutSuffixesAndEndsWithEof) {
  publish({{&kFailures, {}, 3}, {&kInfo, Labels{{"id", "1"}}, 1}});
  EXPECT_EQ(render(values, ExpositionFormat::open_metrics),
            "# HELP d365_environment An environment.\n"
            "# TYPE d365_environment info\n"
            "d365_environment_info{id=\"1\"} 1\n"
            "# HELP d365_failures Failures.\n"
            "# TYPE d365_failures counter\n"
            "d365_failures_total 3\n"
            "# EOF\n");
}

TEST_F(ExpositionTest, SpecialValuesAreSpelledAsPrometheusReadsThem) {
  publish({{&kUsed, Labels{{"k", "1"}}, std::nan("")},
           {&kUsed, Labels{{"k", "2"}}, -std::numeric_limits<double>::infinity()}});
  const auto text = render(values, ExpositionFormat::text);
  EXPECT_NE(text.find("{k=\"1\"} NaN\n"), std::string::npos);
  EXPECT_NE(text.find("{k=\"2\"} -Inf\n"), std::string::npos);
}

TEST(Negotiation, APrometheusServerGetsOpenMetrics) {
  EXPECT_EQ(negotiate("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            ExpositionFormat::open_metrics);
}

TEST(Negotiation, ABrowserAndNobodyGetText) {
  EXPECT_EQ(negotiate("text/html,application/xhtml+xml,*/*;q=0.8"), ExpositionFormat::text);
  EXPECT_EQ(negotiate(""), ExpositionFormat::text);
  EXPECT_EQ(negotiate("text/plain,application/openmetrics-text;q=0.3"), ExpositionFormat::text);
}

TEST(Negotiation, GzipIsGivenOnlyToThoseWhoAskForIt) {
  EXPECT_TRUE(accepts_gzip("deflate, gzip;q=1.0, *;q=0.5"));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
}

/// What one gzip member has, of at most so many bytes.
std::string unpacked(const std::string& packed, std::size_t most) {
  cloud::Gunzip gunzip(most);
  std::string text;
  EXPECT_EQ(gunzip.write(packed, text), cloud::Gunzip::Status::ok);
  EXPECT_TRUE(gunzip.complete());
  return text;
}

TEST_F(ExpositionTest, ACompressedPageUnpacksToTheSameText) {
  std::vector<PublishedSample> samples;
  for (int i = 0; i < 5000; ++i)
    samples.push_back({&kUsed, Labels{{"environment", "environment " + std::to_string(i)}}, i / 7.0});
  publish(std::move(samples));
  const auto text = render(values, ExpositionFormat::open_metrics);
  const auto packed = render_gzip(values, ExpositionFormat::open_metrics);
  EXPECT_LT(packed.size(), text.size() / 3);
  EXPECT_EQ(unpacked(packed, text.size()), text);
}

TEST(Gzipped, UnpacksToTheSameTextHoweverLongItIs) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, (std::size_t{1} << 20) + 1}) {
    std::string text;
    while (text.size() < size) text += std::to_string(text.size());
    EXPECT_EQ(unpacked(gzipped(text), text.size()), text);
  }
}

}  // namespace
}  // namespace a2od
