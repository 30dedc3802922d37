#include "rules/series/store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace a2od {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Milliseconds kLookback = minutes(5);

Timestamp at(Milliseconds since_start) { return Timestamp(since_start); }

Labels named(std::string_view name, std::string_view environment) {
  return {{"__name__", name}, {"environment", environment}};
}

std::vector<Matcher> metric(std::string name) { return {Matcher::equal("__name__", std::move(name))}; }

TEST(Store, EqualValuesAtAFixedStepAreOneRun) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  for (int i = 1; i < 1000; ++i) store.append(ref, at(minutes(i)), 1);

  const auto runs = store.snapshot().runs(ref, at(seconds(-1)), at(minutes(2000)));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].count, 1000U);
  EXPECT_EQ(runs[0].step, minutes(1));
  EXPECT_EQ(runs[0].last(), at(minutes(999)));
}

TEST(Store, AChangedValueOrAChangedStepBeginsARun) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  store.append(ref, at(minutes(1)), 1);
  store.append(ref, at(minutes(3)), 1);
  store.append(ref, at(minutes(4)), 0);
  EXPECT_EQ(store.snapshot().runs(ref, at(seconds(-1)), at(minutes(9))).size(), 3U);
}

TEST(Store, RunsOfAnyLengthAndStepAreReadAsTheyWereWritten) {
  for (const std::int64_t step : {1, 1'023, 1'024, 2'500, 15'000, 15'003, 1'023'000, 1'024'000, 61'380'000, 61'440'000})
    for (const int count : {1, 2, 511, 512, 1'200}) {
      SCOPED_TRACE(testing::Message() << count << " samples, one each " << step << " ms");
      Store store;
      const Timestamp begin = at(std::chrono::days(20'000) + Milliseconds(7));
      const SeriesRef ref = store.create(named("up", "a"));
      for (int i = 0; i < count; ++i) store.append(ref, begin + i * Milliseconds(step), 0.1);
      store.append(ref, begin + count * Milliseconds(step), 0.2);

      const Snapshot snapshot = store.snapshot();
      std::int64_t read = 0;
      for (const SampleRun& run : snapshot.runs(ref, begin - Milliseconds(1), Timestamp::max())) {
        EXPECT_EQ(run.value, read < count ? 0.1 : 0.2);
        EXPECT_EQ(run.first, begin + read * Milliseconds(step));
        if (run.count > 1) EXPECT_EQ(run.step, Milliseconds(step));
        read += run.count;
      }
      EXPECT_EQ(read, count + 1);
      const Timestamp last_but_one = begin + (count - 1) * Milliseconds(step);
      const auto latest = snapshot.latest(ref, last_but_one + Milliseconds(step - 1), Milliseconds(step));
      ASSERT_TRUE(latest);
      EXPECT_EQ(latest->at, last_but_one);
    }
}

TEST(Store, ASeriesThatChangesForgetsWhatHasLeftItsWindow) {
  Store store;
  store.set_windows([](const Labels&) { return minutes(10); });
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 0);
  for (int i = 1; i <= 1000; ++i) store.append(ref, at(minutes(i)), i);

  const Snapshot snapshot = store.snapshot();
  EXPECT_EQ(snapshot.runs(ref, at(minutes(990)), at(minutes(1000))).size(), 10U);
  EXPECT_LT(snapshot.runs(ref, at(minutes(0)), at(minutes(1000))).size(), 20U);
}

TEST(Store, OfTwoSamplesAtOneTimeTheFirstStays) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(1)), 1);
  EXPECT_EQ(store.append(ref, at(minutes(1)), 2), Appended::same_time);
  EXPECT_EQ(store.append(ref, at(minutes(0)), 2), Appended::too_old);
  EXPECT_EQ(store.snapshot().latest(ref, at(minutes(1)), kLookback)->value, 1);
}

TEST(Store, RangesAreOpenOnTheLeft) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  for (int i = 1; i <= 10; ++i) store.append(ref, at(minutes(i)), 1);

  const auto runs = store.snapshot().runs(ref, at(minutes(2)), at(minutes(5)));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].first, at(minutes(3)));
  EXPECT_EQ(runs[0].count, 3U);
  EXPECT_TRUE(store.snapshot().runs(ref, at(minutes(10)), at(minutes(20))).empty());
}

TEST(Store, LookBackIsOpenOnTheLeft) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  const Snapshot snapshot = store.snapshot();
  EXPECT_TRUE(snapshot.latest(ref, at(minutes(5) - Milliseconds(1)), kLookback));
  EXPECT_FALSE(snapshot.latest(ref, at(minutes(5)), kLookback));
  EXPECT_FALSE(snapshot.latest(ref, at(Milliseconds(-1)), kLookback));
}

TEST(Store, LatestFindsTheSampleInsideARun) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  for (int i = 1; i <= 10; ++i) store.append(ref, at(minutes(i)), 1);
  store.append(ref, at(minutes(11)), 2);
  const auto sample = store.snapshot().latest(ref, at(minutes(7) + seconds(30)), kLookback);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->at, at(minutes(7)));
  EXPECT_EQ(sample->value, 1);
}

TEST(Store, AStaleMarkerEndsTheSeriesUntilItsNextSample) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  EXPECT_EQ(store.mark_stale(ref, at(minutes(1))), Appended::stored);
  store.append(ref, at(minutes(3)), 1);
  const Snapshot snapshot = store.snapshot();
  EXPECT_TRUE(snapshot.latest(ref, at(seconds(59)), kLookback));
  EXPECT_FALSE(snapshot.latest(ref, at(minutes(2)), kLookback));
  EXPECT_TRUE(snapshot.latest(ref, at(minutes(3)), kLookback));
  EXPECT_EQ(snapshot.runs(ref, at(seconds(-1)), at(minutes(9))).size(), 2U);
}

TEST(Store, TruncationForgetsOldRunsAndVanishedSeries) {
  Store store;
  const SeriesRef old = store.append(named("up", "old"), at(minutes(0)), 1);
  const SeriesRef kept = store.append(named("up", "kept"), at(minutes(0)), 1);
  store.append(kept, at(minutes(100)), 2);
  store.truncate(at(minutes(50)));

  const Snapshot snapshot = store.snapshot();
  EXPECT_EQ(store.series_count(), 1U);
  EXPECT_EQ(store.vanished(), 1U);
  EXPECT_EQ(snapshot.find(old), nullptr);
  EXPECT_EQ(snapshot.runs(kept, at(seconds(-1)), at(minutes(200))).size(), 1U);
  EXPECT_EQ(store.append(old, at(minutes(101)), 1), Appended::vanished);
}

TEST(Store, WhatHasEndedIsForgottenWithItsWindowButForWhatIsNeeded) {
  Store store;
  store.set_windows([](const Labels&) { return minutes(6); });
  const Labels ended{{"__name__", "ended"}};
  const Labels needed{{"__name__", "needed"}};
  const Labels silent{{"__name__", "silent"}};
  for (const auto& labels : {ended, needed, silent}) store.append(labels, at(minutes(60)), 1);
  for (const auto& labels : {ended, needed}) store.mark_stale(labels, at(minutes(61)));
  const auto is_needed = [ref = *store.find(needed)](SeriesRef series) { return series == ref; };

  store.truncate_windows(at(minutes(67)), at(minutes(0)), is_needed);
  EXPECT_EQ(store.series_count(), 3U);
  EXPECT_EQ(store.snapshot().forgotten_until({}), Timestamp::min());

  store.truncate_windows(at(minutes(68)), at(minutes(0)), is_needed);
  EXPECT_FALSE(store.find(ended));
  EXPECT_TRUE(store.find(needed));
  EXPECT_TRUE(store.find(silent));
  EXPECT_EQ(store.snapshot().forgotten_until({}), at(minutes(61)));
  EXPECT_EQ(store.snapshot().forgotten_until(metric("ended")), at(minutes(61)));
  EXPECT_EQ(store.snapshot().forgotten_until(metric("silent")), Timestamp::min());

  store.truncate_windows(at(minutes(300)), at(minutes(120)), is_needed);
  EXPECT_EQ(store.series_count(), 0U);
}

TEST(Store, AReferenceNeverFindsAnotherSeries) {
  Store store;
  const SeriesRef old = store.append(named("up", "old"), at(minutes(0)), 1);
  store.truncate(at(minutes(50)));
  const SeriesRef next = store.append(named("up", "next"), at(minutes(51)), 1);
  EXPECT_NE(old, next);
  EXPECT_EQ(store.snapshot().find(old), nullptr);
  EXPECT_EQ(store.snapshot().labels(next), named("up", "next"));
}

TEST(Store, ASnapshotDoesNotSeeLaterWrites) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  const Snapshot before = store.snapshot();
  store.append(ref, at(minutes(1)), 1);
  store.append(ref, at(minutes(2)), 2);
  store.append(named("up", "b"), at(minutes(2)), 1);
  store.truncate(at(minutes(2)));

  EXPECT_EQ(before.series_count(), 1U);
  EXPECT_EQ(before.select(metric("up")).size(), 1U);
  const auto runs = before.runs(ref, at(seconds(-1)), at(minutes(9)));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].count, 1U);
  EXPECT_EQ(store.snapshot().select(metric("up")).size(), 2U);
}

TEST(Store, SelectsByAllKindsOfMatchers) {
  Store store;
  for (const auto* environment : {"prod", "test", "dev"}) store.append(named("up", environment), at(minutes(0)), 1);
  store.append({{"__name__", "up"}}, at(minutes(0)), 1);
  store.append(named("down", "prod"), at(minutes(0)), 1);
  const Snapshot snapshot = store.snapshot();
  const auto count = [&](MatchType type, std::string name, std::string value) {
    const auto matcher = Matcher::make(type, std::move(name), std::move(value));
    return snapshot.select(std::vector{*matcher}).size();
  };
  EXPECT_EQ(count(MatchType::equal, "environment", "prod"), 2U);
  EXPECT_EQ(count(MatchType::equal, "environment", ""), 1U);
  EXPECT_EQ(count(MatchType::not_equal, "environment", "prod"), 3U);
  EXPECT_EQ(count(MatchType::regex, "environment", "te.*|d.v"), 2U);
  EXPECT_EQ(count(MatchType::regex, "environment", "es"), 0U);
  EXPECT_EQ(count(MatchType::not_regex, "environment", ".+"), 1U);
  EXPECT_EQ(count(MatchType::regex, "__name__", "u.|down"), 5U);
  EXPECT_EQ(count(MatchType::equal, "unknown", "x"), 0U);
  EXPECT_EQ(count(MatchType::not_equal, "unknown", "x"), 5U);
}

TEST(Store, ACursorShowsOnlyWhatIsNew) {
  Store store;
  store.append(named("up", "a"), at(minutes(0)), 1);
  SelectionCursor cursor;
  std::vector<SeriesRef> found;
  EXPECT_EQ(store.snapshot().select_new(metric("up"), cursor, found), Snapshot::Selection::started_anew);
  EXPECT_EQ(found.size(), 1U);
  store.append(named("up", "b"), at(minutes(0)), 1);
  store.append(named("down", "b"), at(minutes(0)), 1);
  EXPECT_EQ(store.snapshot().select_new(metric("up"), cursor, found), Snapshot::Selection::extended);
  EXPECT_EQ(found.size(), 2U);
}

TEST(Store, ARebuiltIndexStartsCursorsAnew) {
  Store store;
  for (int i = 0; i < 1000; ++i) store.append(named("up", std::to_string(i)), at(minutes(0)), 1);
  SelectionCursor cursor;
  std::vector<SeriesRef> found;
  store.snapshot().select_new(metric("up"), cursor, found);
  store.append(named("up", "new"), at(minutes(60)), 1);
  store.truncate(at(minutes(30)));
  EXPECT_EQ(store.snapshot().select_new(metric("up"), cursor, found), Snapshot::Selection::started_anew);
  EXPECT_EQ(found.size(), 1U);
}

TEST(Store, ARebuiltIndexHasSeriesThatWereCreatedJustBefore) {
  Store store;
  for (int i = 0; i < 1000; ++i) store.append(named("up", std::to_string(i)), at(minutes(0)), 1);
  const SeriesRef created = store.create(named("down", "a"));
  store.truncate(at(minutes(1)));
  ASSERT_EQ(store.series_count(), 1U);
  store.append(created, at(minutes(2)), 1);
  EXPECT_EQ(store.snapshot().select(metric("down")), std::vector{created});
}

TEST(Store, EnumeratesNamesAndValues) {
  Store store;
  store.append(named("up", "b"), at(minutes(0)), 1);
  store.append(named("down", "a"), at(minutes(0)), 1);
  const Snapshot snapshot = store.snapshot();
  EXPECT_EQ(snapshot.label_names(snapshot.select({})), (std::vector<std::string>{"__name__", "environment"}));
  EXPECT_EQ(snapshot.label_values("environment", snapshot.select({})), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(snapshot.label_values("environment", snapshot.select(metric("up"))), (std::vector<std::string>{"b"}));
  EXPECT_EQ(snapshot.metric_names(), (std::vector<std::string>{"down", "up"}));
}

TEST(Store, MemoryOfRepeatsDoesNotGrow) {
  Store store;
  const SeriesRef ref = store.append(named("up", "a"), at(minutes(0)), 1);
  const std::size_t before = store.approximate_bytes();
  for (int i = 1; i < 43'200; ++i) store.append(ref, at(minutes(i)), 1);
  EXPECT_EQ(store.approximate_bytes(), before);
}

TEST(Matcher, RefusesABrokenRegularExpression) {
  const auto matcher = Matcher::make(MatchType::regex, "job", "a(");
  ASSERT_FALSE(matcher);
  EXPECT_EQ(matcher.error().message, "regular expression \"a(\" for label 'job': missing ): a(");
}

TEST(Matcher, DotMatchesANewline) { EXPECT_TRUE(Matcher::make(MatchType::regex, "job", "a.b")->matches("a\nb")); }

TEST(ThreadsStore, SnapshotsAreReadWhileTheStoreIsWritten) {
  Store store;
  store.set_windows([](const Labels&) { return minutes(3); });  // runs move within their arrays, too
  constexpr int kSeries = 200;
  std::vector<SeriesRef> refs;
  for (int i = 0; i < kSeries; ++i) refs.push_back(store.append(named("up", std::to_string(i)), at(minutes(0)), 0));

  std::vector<std::jthread> readers;
  std::vector<int> wrong(20, 0);
  for (int round = 1; round <= 20; ++round) {
    const auto slot = static_cast<std::size_t>(round - 1);
    readers.emplace_back([snapshot = store.snapshot(), round, &count = wrong[slot]] {
      for (const SeriesRef ref : snapshot.select(metric("up"))) {
        const auto sample = snapshot.latest(ref, at(minutes(1000)), minutes(2000));
        if (!sample || sample->at != at(minutes(round - 1))) ++count;
      }
    });
    for (const SeriesRef ref : refs) store.append(ref, at(minutes(round)), round % 3);
    refs.push_back(store.append(named("up", "new" + std::to_string(round)), at(minutes(round)), 0));
  }
  readers.clear();
  EXPECT_EQ(wrong, std::vector<int>(20, 0));
}

}  // namespace
}  // namespace a2od
