// Pages in the store as Prometheus has them: samples, stale markers, series that tell of the scrape.
#include "daemon/scrape/scraped_series.hpp"

#include "tests/collectors/scrape/scrape_fixtures.hpp"
#include "tests/daemon/scrape/allocations.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr Milliseconds kLookback = 5min;

class Scraped : public testing::Test {
 protected:
  void scrape(ScrapedSeries& series, const std::string& page) {
    series.read({page, ExpositionSyntax::text});
    finish(series);
  }
  void scrape(const std::string& page) { scrape(series_, page); }
  void fail() {
    series_.fail("connection refused");
    finish(series_);
  }
  void finish(ScrapedSeries& series) {
    at_ += 15s;
    while (series.create_some(store_, at_)) continue;
    series.write(store_, at_, 20ms);
  }

  /// Without those that tell of the scrape: names with values.
  std::vector<std::pair<std::string, double>> samples() {
    return samples_where([](auto n) { return !is_scrape_report(n); });
  }
  std::vector<std::pair<std::string, double>> told() {
    return samples_where([](auto n) { return is_scrape_report(n); });
  }

  template <class Wanted>
  std::vector<std::pair<std::string, double>> samples_where(Wanted wanted) {
    const auto snapshot = store_.snapshot();
    std::vector<std::pair<std::string, double>> all;
    for (const auto ref : snapshot.select({})) {
      const auto name = snapshot.labels(ref).get(kMetricName);
      const auto sample = snapshot.latest(ref, at_, kLookback);
      if (sample && wanted(name)) all.emplace_back(name, sample->value);
    }
    return all;
  }

  Store store_;
  Timestamp at_{1000h};
  ScrapedSeries series_{test::scrape_target()};
};

TEST_F(Scraped, SamplesAreInTheStoreWithTheTimeOfTheScrape) {
  scrape("a 1\nb 2\n");
  scrape("a 3\nb 2\n");
  EXPECT_THAT(samples(), UnorderedElementsAre(Pair("a", 3), Pair("b", 2)));
  const auto snapshot = store_.snapshot();
  const auto ref = store_.find(Labels{{"__name__", "b"}, {"job", "node"}, {"instance", "host:9100"}});
  ASSERT_TRUE(ref);
  const auto runs = snapshot.runs(*ref, Timestamp{}, at_);
  ASSERT_EQ(runs.size(), 1u) << "a repeated value is one run";
  EXPECT_EQ(runs[0].count, 2u);
  EXPECT_EQ(runs[0].last(), at_);
}

TEST_F(Scraped, TheScrapeIsToldOf) {
  scrape("a 1\nb 2\n");
  EXPECT_THAT(told(), UnorderedElementsAre(
                          Pair("up", 1), Pair("scrape_duration_seconds", 0.02), Pair("scrape_samples_scraped", 2),
                          Pair("scrape_samples_post_metric_relabeling", 2), Pair("scrape_series_added", 2)));
  fail();
  EXPECT_THAT(told(), UnorderedElementsAre(
                          Pair("up", 0), Pair("scrape_duration_seconds", 0.02), Pair("scrape_samples_scraped", 0),
                          Pair("scrape_samples_post_metric_relabeling", 0), Pair("scrape_series_added", 0)));
}

TEST_F(Scraped, ASeriesThatVanishesEndsAtOnce) {
  scrape("a 1\nb 2\n");
  scrape("a 1\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("a", 1)));
  scrape("a 1\nb 3\n");
  EXPECT_THAT(samples(), UnorderedElementsAre(Pair("a", 1), Pair("b", 3)));
}

TEST_F(Scraped, AllEndWhenTheTargetGoesDownAndGoOnWhenItIsBack) {
  scrape("a 1\nb 2\n");
  fail();
  EXPECT_THAT(samples(), IsEmpty());
  fail();
  scrape("a 1\nb 2\n");
  EXPECT_THAT(samples(), UnorderedElementsAre(Pair("a", 1), Pair("b", 2)));
  EXPECT_EQ(series_.report().added, 0u) << "it is still known";
  EXPECT_EQ(store_.series_count(), 7u);
}

TEST_F(Scraped, APageThatIsRefusedEndsAllToo) {
  scrape("a 1\n");
  scrape("a 1\nb x\n");
  EXPECT_THAT(samples(), IsEmpty());
  EXPECT_THAT(told(), testing::Contains(Pair("up", 0)));
}

TEST_F(Scraped, ATargetThatWasDownForLongIsReadAnew) {
  scrape("a 1\n");
  fail();
  at_ += 4h;
  fail();
  store_.truncate(at_ - 1h);
  scrape("a 2\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("a", 2)));
}

TEST_F(Scraped, NothingIsLostOfASlowTargetWhoseSeriesAreForgottenWhileItIsDown) {
  store_.set_windows([](const Labels&) { return 6min; });
  auto config = test::scrape_config();
  config.interval = 10min;
  ScrapedSeries slow(test::target_of(config));
  const auto wait = [&] {
    store_.truncate_windows(at_ + 9min, at_ - 3h, [](SeriesRef) { return false; });
    at_ += config.interval - 15s;
  };
  scrape(slow, "a 1\n");
  wait();
  slow.fail("connection refused");
  finish(slow);
  wait();
  ASSERT_FALSE(store_.find({{"__name__", "a"}, {"job", "node"}, {"instance", "host:9100"}}));
  scrape(slow, "a 2\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("a", 2)));
}

TEST_F(Scraped, ASeriesThatTheStoreForgotComesBack) {
  scrape("a 1\nb 1\n");
  store_.truncate(at_ + 1h);
  scrape("a 2\nb 2\n");
  scrape("a 3\nb 3\n");
  EXPECT_THAT(samples(), UnorderedElementsAre(Pair("a", 3), Pair("b", 3)));
}

TEST_F(Scraped, NoSampleIsLostWhereTheStoreForgetsFromOneScrapeToTheNext) {
  auto config = test::scrape_config();
  config.interval = 4h;
  ScrapedSeries seldom(test::target_of(config));
  for (int value = 1; value <= 3; ++value) {
    scrape(seldom, fmt::format("a {}\n", value));
    EXPECT_THAT(samples(), ElementsAre(Pair("a", value)));
    store_.truncate(at_ + 3h);
    at_ += config.interval - 15s;
  }
}

TEST_F(Scraped, OneSeriesInTwoTextsGoesOnWhileOneOfThemIsThere) {
  scrape("a{x=\"1\",y=\"2\"} 1\n");
  scrape("a{y=\"2\",x=\"1\"} 2\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("a", 2)));
  scrape("a{y=\"2\",x=\"1\"} 3\na{x=\"1\",y=\"2\"} 4\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("a", 3))) << "of two at one time the first stays";
  scrape("a{x=\"1\",y=\"2\"} 5\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("a", 5)));
}

TEST_F(Scraped, TimesOfThePageAreKeptAndThoseFarOffLeftOut) {
  const auto in_page = [&](Milliseconds from_now) { return (at_ + 15s + from_now).time_since_epoch().count(); };
  scrape(fmt::format("a 1 {}\nb 2 {}\nc 3\nd 4 {}\n", in_page(-1min), in_page(11min), in_page(-61min)));
  EXPECT_THAT(samples(), UnorderedElementsAre(Pair("a", 1), Pair("c", 3)));
  EXPECT_EQ(store_.series_count(), 2 + told().size()) << "what has no sample would stay for good";
  EXPECT_THAT(told(), Contains(Pair("scrape_series_added", 2)));
  scrape(fmt::format("a 1 {}\nb 2 {}\nc 3\nd 4 {}\n", in_page(-2min), in_page(10min), in_page(-59min)));
  EXPECT_EQ(store_.series_count(), 4 + told().size()) << "their times are near now";
  scrape("c 3\n");
  EXPECT_THAT(samples(), UnorderedElementsAre(Pair("a", 1), Pair("c", 3))) << "it has a time of its own: no marker";
}

TEST_F(Scraped, SeriesThatWereThereBeforeTakeNoMemoryEach) {
  constexpr int kSeries = 2'000;
  store_.set_windows([](const Labels&) { return 5min; });
  const auto page = [](int value) {
    std::string text;
    for (int i = 0; i < kSeries; ++i) text += fmt::format("a{{number=\"{}\"}} {}\n", i, value + i);
    return text;
  };
  int value = 0;
  while (value < 40) scrape(page(++value));
  const std::string next = page(++value);

  const auto before = test::allocations();
  scrape(next);
  EXPECT_LT(test::allocations() - before, 100U) << "all values changed";
  EXPECT_EQ(store_.series_count(), kSeries + 5U);
}

TEST_F(Scraped, WhatIsNotScrapedAnyMoreEnds) {
  scrape("a 1\n");
  at_ += 1s;
  series_.end(store_, at_);
  EXPECT_THAT(samples(), IsEmpty());
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Scraped, AChangedConfigurationEndsOnlyWhatItDoesNotBring) {
  scrape("a 1\ngo_gc 2\n");
  auto config = test::scrape_config();
  config.metric_relabel_configs = {
      {.action = RelabelConfig::Action::drop, .source_labels = {"__name__"}, .regex = "go_.*"}};
  ScrapedSeries changed(test::target_of(config));
  changed.take_over(series_);
  EXPECT_THAT(samples(), UnorderedElementsAre(Pair("a", 1), Pair("go_gc", 2)));
  scrape(changed, "a 1\ngo_gc 2\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("a", 1)));
  const auto ref = store_.find(Labels{{"__name__", "a"}, {"job", "node"}, {"instance", "host:9100"}});
  EXPECT_EQ(store_.snapshot().runs(ref.value(), Timestamp{}, at_).size(), 1u) << "without a gap";
}

TEST_F(Scraped, AConfigurationThatChangedTwiceBetweenScrapesEndsWhatTheFirstBrought) {
  scrape("a 1\nb 2\n");
  ScrapedSeries never_scraped(test::scrape_target());
  ScrapedSeries third(test::scrape_target());
  third.take_over(series_);
  third.take_over(never_scraped);
  scrape(third, "b 2\n");
  EXPECT_THAT(samples(), ElementsAre(Pair("b", 2)));
}

TEST(Aligned, ScrapesThatAreALittleLateHaveTheirTime) {
  const Timestamp last(1000h);
  EXPECT_EQ(aligned(last + 15s + 100ms, last, 15s), last + 15s);
  EXPECT_EQ(aligned(last + 30s - 100ms, last, 15s), last + 30s);
  EXPECT_EQ(aligned(last + 15s + 200ms, last, 15s), last + 15s + 200ms);
  EXPECT_EQ(aligned(last + 1h + 100ms, last, 1h), last + 1h);
  EXPECT_EQ(aligned(last + 1h + 101ms, last, 1h), last + 1h + 101ms);
  EXPECT_EQ(aligned(last + 100ms, last, 15s), last + 100ms);
  EXPECT_EQ(aligned(last, std::nullopt, 15s), last);
}

}  // namespace
}  // namespace a2od
