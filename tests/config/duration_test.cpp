// Durations are read and printed as Prometheus does.
#include "config/duration.hpp"

#include <gtest/gtest.h>

#include <random>

namespace a2od {
namespace {

using namespace std::chrono_literals;

struct Row {
  std::string_view text;
  Milliseconds meant;
  std::string_view printed;
};

constexpr Row kReadable[] = {
    {"0", 0ms, "0s"},
    {"0ms", 0ms, "0s"},
    {"1ms", 1ms, "1ms"},
    {"500ms", 500ms, "500ms"},
    {"90s", 90s, "1m30s"},
    {"1h30m", 90min, "1h30m"},
    {"1d", 24h, "1d"},
    {"8d", 24h * 8, "8d"},
    {"14d", 24h * 14, "2w"},
    {"366d", 24h * 366, "366d"},
    {"365d", 24h * 365, "1y"},
    {"1y2w3d4h5m6s7ms", 24h * (365 + 14 + 3) + 4h + 5min + 6s + 7ms, "382d4h5m6s7ms"},
    {"0000000000000000000000005s", 5s, "5s"},
    {"9223372036854ms", Milliseconds(9'223'372'036'854), "106751d23h47m16s854ms"},
};

TEST(Duration, IsReadInPrometheusUnits) {
  for (const auto& row : kReadable) {
    EXPECT_EQ(parse_duration(row.text), Result<Milliseconds>(row.meant)) << row.text;
  }
}

TEST(Duration, IsPrintedInItsShortestForm) {
  for (const auto& row : kReadable) EXPECT_EQ(format_duration(row.meant), row.printed);
}

TEST(Duration, RefusesWhatPrometheusRefuses) {
  for (const auto* text : {"", "1", "s", "1 s", "-1s", "+1s", "1.5h", "1S", "1m1h", "1s1s", "1mm", "1s ", "1µs",
                           "9223372036855ms", "300y", "99999999999999999999999y"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, AnErrorSaysWhatWouldBeRight) {
  EXPECT_EQ(parse_duration("10").error().message,
            "'10' is not a duration, such as 30s, 5m or 1h30m (units y w d h m s ms, in this order)");
}

TEST(Duration, NegativeOnesArePrintedWithASign) {
  EXPECT_EQ(format_duration(-90s), "-1m30s");
  EXPECT_TRUE(format_duration(Milliseconds::min()).starts_with("-"));
}

TEST(Duration, WhatIsPrintedIsReadBackAsTheSame) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = random() % 43;
    const Milliseconds duration(static_cast<std::int64_t>(random() & ((std::uint64_t{1} << bits) - 1)));
    ASSERT_EQ(parse_duration(format_duration(duration)), Result<Milliseconds>(duration)) << duration.count();
  }
}

}  // namespace
}  // namespace a2od
