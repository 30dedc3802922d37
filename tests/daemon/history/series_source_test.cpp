// Which queries memory answers, and which are read from the history.
#include "daemon/history/series_source.hpp"

#include "daemon/history/history.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using promql::SeriesWindow;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 20h;

struct SeriesSourceTest : testing::Test {
  test::TemporaryFolder folder;
  Store memory;
  Timestamp memory_since = kNow - 24h;

  SeriesSourceTest() {
    memory.set_windows(
        [](const Labels& labels) -> Milliseconds { return labels.get("__name__") == "long" ? 2h : 10min; });
    SampleLog log;
    Store all;
    all.set_log(&log);
    for (auto at = kNow - 6h; at < kNow; at += 1min) {
      for (const auto* name : {"long", "short"}) all.append({{"__name__", name}}, at, value(at));
      if (at < kNow - 30min) all.append({{"__name__", "gone"}}, at, 1);
    }
    HistoryWriter writer({.folder = folder.path()});
    writer.write(log.take());
    for (auto at = kNow - 2h; at <= kNow; at += 1min) memory.append({{"__name__", "long"}}, at, value(at));
    for (auto at = kNow - 10min; at <= kNow; at += 1min) memory.append({{"__name__", "short"}}, at, value(at));
  }
  static double value(Timestamp at) { return static_cast<double>((at - kNow) / 1min); }

  [[nodiscard]] SeriesSource source(std::vector<UnreadDay>* unread = nullptr) {
    return {memory.snapshot(), kNow, memory_since, folder.path(), [unread](const UnreadDay& day) {
              if (unread != nullptr) unread->push_back(day);
            }};
  }
  double count(std::string_view text) {
    auto expression = promql::Expression::parse(text);
    const auto covered = source().covering(expression->reads(kNow, kNow, 0ms, {}), {});
    if (!covered) return -2;
    const auto result = expression->evaluate(covered->series, kNow, {});
    const auto& vector = std::get<promql::Vector>(*result);
    return vector.empty() ? -1 : vector[0].value;
  }
};

TEST_F(SeriesSourceTest, MemoryAnswersWhatItHas) {
  const std::vector<SeriesWindow> windows{{{Matcher::equal("__name__", "long")}, kNow - 2h, kNow},
                                          {{Matcher::equal("__name__", "short")}, kNow - 5min, kNow}};
  const auto source = this->source();
  EXPECT_EQ(source.covering(windows, {})->series.identity(), source.memory().identity());
}

TEST_F(SeriesSourceTest, TheHistoryAnswersWhatIsBeyondAndMemoryAddsTheNewest) {
  EXPECT_EQ(count("count_over_time(short[1h])"), 60);
  EXPECT_EQ(count("count_over_time(long[5h])"), 300);
  EXPECT_EQ(count("last_over_time(short[1h])"), 0) << "memory alone has this one";
  EXPECT_EQ(count("count({__name__=~\"long|short\"} offset 1h)"), 2);
}

TEST_F(SeriesSourceTest, RightAfterAStartTheHistoryAnswersForSeriesThatMemoryDoesNotKnow) {
  EXPECT_EQ(count("count_over_time(gone[1h])"), -1) << "a process of a day would have it still";
  memory_since = kNow - 10min;
  EXPECT_EQ(count("count_over_time(gone[1h])"), 29);
}

TEST_F(SeriesSourceTest, TheHistoryAnswersForSeriesThatMemoryHasForgotten) {
  const Labels gone{{"__name__", "gone"}};
  for (auto at = kNow - 40min; at < kNow - 30min; at += 1min) memory.append(gone, at, 1);
  memory.mark_stale(gone, kNow - 30min);
  EXPECT_EQ(count("count_over_time(gone[9m])"), -1);
  memory.truncate_windows(kNow, kNow - 3h, [](SeriesRef) { return false; });
  ASSERT_FALSE(memory.find(gone));
  EXPECT_EQ(count("count_over_time(gone[1h])"), 29);
  const std::vector<SeriesWindow> since{{{Matcher::equal("__name__", "long")}, kNow - 30min, kNow}};
  const auto source = this->source();
  EXPECT_EQ(source.covering(since, {})->series.identity(), source.memory().identity());
}

TEST_F(SeriesSourceTest, SeriesAloneAreFoundByTheirDay) {
  memory_since = kNow - 10min;
  const std::vector<SeriesWindow> windows{{{}, kNow - 1h, kNow}};
  const auto covered = source().covering_series(windows, {});
  ASSERT_TRUE(covered);
  EXPECT_THAT(covered->series.metric_names(), testing::ElementsAre("gone", "long", "short"));
}

TEST_F(SeriesSourceTest, ACancelledQueryStopsReading) {
  std::atomic<bool> cancelled{true};
  const std::vector<SeriesWindow> windows{{{}, kNow - 5h, kNow}};
  const auto covered = source().covering(windows, {.cancelled = &cancelled});
  ASSERT_FALSE(covered);
  EXPECT_TRUE(covered.error().timed_out);
}

TEST_F(SeriesSourceTest, ADamagedDayIsAWarningBesideTheRest) {
  const auto file = day_file(folder.path(), day_of(kNow));
  std::filesystem::resize_file(file, 1000);
  std::filesystem::remove(file.string() + "-wal");
  std::vector<UnreadDay> unread;
  const std::vector<SeriesWindow> windows{{{}, kNow - 5h, kNow}};
  const auto covered = source(&unread).covering(windows, {});
  ASSERT_TRUE(covered);
  EXPECT_EQ(covered->warnings.size(), 1U);
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_TRUE(unread[0].damaged);
  EXPECT_EQ(covered->series.series_count(), 2U) << "what memory has";
}

}  // namespace
}  // namespace a2od
