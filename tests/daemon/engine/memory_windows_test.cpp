#include "daemon/engine/memory_windows.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{Milliseconds(1'790'000'000'000)};

MemoryWindows windows_of(std::initializer_list<std::string_view> expressions) {
  MemoryWindows windows(10min);
  for (const auto text : expressions)
    windows.add(promql::Expression::parse(text)->reads(kNow, kNow, 0ms, {}), kNow, 2min);
  return windows;
}

TEST(MemoryWindows, EachSelectorAsksForItsOwnSeries) {
  const auto windows =
      windows_of({"rate(a[1h]) > on () b", "max_over_time(a{x=\"y\"}[1d:1h] offset 1h)", "c offset 2h"});
  EXPECT_EQ(windows.of({{"__name__", "a"}}), 62min);
  EXPECT_EQ(windows.of({{"__name__", "a"}, {"x", "y"}}), 25h + 5min + 2min);
  EXPECT_EQ(windows.of({{"__name__", "b"}}), 10min);
  EXPECT_EQ(windows.of({{"__name__", "c"}}), 2h + 5min + 2min);
  EXPECT_EQ(windows.of({{"__name__", "other"}}), 10min);
}

TEST(MemoryWindows, SelectorsWithoutAMetricsNameAskForAll) {
  const auto windows = windows_of({"count({job=\"a2od\"} offset 1h)", "changes({__name__=~\"a.*\"}[3h])"});
  EXPECT_EQ(windows.of({{"__name__", "b"}, {"job", "a2od"}}), 1h + 5min + 2min);
  EXPECT_EQ(windows.of({{"__name__", "ab"}}), 3h + 2min);
  EXPECT_EQ(windows.of({{"__name__", "b"}}), 10min);
}

TEST(MemoryWindows, OnlyWhatIsNewIsBeyondOthers) {
  const auto before = windows_of({"rate(a[1h])", "b offset 1h"});
  const auto after = windows_of({"rate(a[1h])", "rate(b[30m])", "rate(c[1h])", "rate(a[2h])"});
  const auto beyond = after.beyond(before, kNow);
  ASSERT_EQ(beyond.size(), 2U);
  EXPECT_EQ(beyond[0].after, kNow - 2h - 2min);
  EXPECT_EQ(beyond[0].matchers[0].value(), "a");
  EXPECT_EQ(beyond[1].matchers[0].value(), "c");
  EXPECT_TRUE(before.beyond(before, kNow).empty());
}

}  // namespace
}  // namespace a2od
