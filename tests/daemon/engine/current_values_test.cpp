#include "daemon/engine/current_values.hpp"

#include "rules/promql/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr Metric kUsed{"d365_used_bytes", MetricType::gauge, "bytes", "Used."};
constexpr Metric kReachable{"d365_reachable", MetricType::gauge, "", "Reachable."};

PartReport report(std::vector<PublishedSample> samples, bool delivered = true) {
  return {.key = {"capacity", "contoso", "", "tenant"},
          .delivered = delivered,
          .interval = 1h,
          .samples = std::move(samples)};
}

PublishedSample used(std::string_view environment, double value) {
  return {&kUsed, Labels{{"tenant", "contoso"}, {"environment", environment}}, value};
}

struct CurrentValuesTest : testing::Test {
  Store store;
  CurrentValues values{{.instance = "here:1"}, [](std::string_view metric) -> std::string_view {
                         return metric == kUsed.name ? "capacity" : "";
                       }};
  Timestamp start{Milliseconds(1'700'000'000'000)};

  void SetUp() override { values.set_running(store, {{"capacity", "contoso"}}, start); }

  std::vector<double> query(const std::string& text, Timestamp at) {
    const auto value = promql::Expression::parse(text)->evaluate(store.snapshot(), at, {});
    std::vector<double> found;
    for (const auto& sample : std::get<promql::Vector>(*value)) found.push_back(sample.value);
    return found;
  }
  Labels stored(std::string_view environment) {
    return Labels{{"__name__", "d365_used_bytes"},
                  {"tenant", "contoso"},
                  {"environment", environment},
                  {"job", "a2od"},
                  {"instance", "here:1"}};
  }
};

TEST_F(CurrentValuesTest, StoredSeriesLookAsIfPrometheusHadScrapedThem) {
  values.publish(store, report({used("prod", 5)}), start);
  EXPECT_THAT(query(R"(d365_used_bytes{job="a2od",instance="here:1",environment="prod"})", start), ElementsAre(5));
}

TEST_F(CurrentValuesTest, AnHourlyValueStaysVisibleToAFiveMinuteLookBack) {
  values.publish(store, report({used("prod", 5)}), start);
  for (auto now = start + 1min; now <= start + 59min; now += 1min) values.tick(store, now);
  EXPECT_THAT(query("d365_used_bytes", start + 59min + 30s), ElementsAre(5));
}

TEST_F(CurrentValuesTest, ASampleThatArrivesTakesThePlaceOfTheNextTick) {
  values.publish(store, report({used("prod", 5)}), start + 30s);
  values.tick(store, start + 1min);
  values.tick(store, start + 2min);
  EXPECT_THAT(query("count_over_time(d365_used_bytes[10m])", start + 2min), ElementsAre(2));
}

TEST_F(CurrentValuesTest, PublishingTellsWhichMetricsChanged) {
  EXPECT_THAT(values.publish(store, report({used("prod", 5)}), start), ElementsAre("d365_used_bytes"));
  EXPECT_THAT(values.publish(store, report({used("prod", 5)}), start + 1h), IsEmpty());
  EXPECT_THAT(values.publish(store, report({used("prod", 6)}), start + 2h), ElementsAre("d365_used_bytes"));
}

TEST_F(CurrentValuesTest, ASeriesThatACompleteSetNoLongerHasEndsAtOnce) {
  values.publish(store, report({used("prod", 5), used("test", 1)}), start);
  values.publish(store, report({used("prod", 5)}), start + 1min);
  EXPECT_THAT(query("d365_used_bytes", start + 1min), ElementsAre(5));
}

TEST_F(CurrentValuesTest, AFailedRunKeepsTheLastGoodValuesForTwoAndAHalfIntervals) {
  values.publish(store, report({used("prod", 5)}), start);
  values.publish(store, report({}, false), start + 1h);
  values.tick(store, start + 149min);
  values.tick(store, start + 150min);
  EXPECT_THAT(query("d365_used_bytes", start + 150min), ElementsAre(5));
  values.tick(store, start + 151min);
  EXPECT_THAT(query("d365_used_bytes", start + 151min), IsEmpty());
}

TEST_F(CurrentValuesTest, ASeriesEndsAlsoWithinTheMillisecondOfItsRepetition) {
  values.publish(store, report({used("prod", 5)}), start);
  values.tick(store, start + 1min);
  values.tick(store, start + 2min);
  values.publish(store, report({}), start + 2min);
  EXPECT_THAT(query("d365_used_bytes", start + 2min + 1ms), IsEmpty());
}

TEST_F(CurrentValuesTest, ASourceIsWellWhileItsPartDelivers) {
  values.publish(store, report({used("prod", 5)}), start);
  EXPECT_TRUE(values.source_ok(store, stored("prod")));
  values.publish(store, report({}, false), start + 1h);
  EXPECT_FALSE(values.source_ok(store, stored("prod")));
  values.publish(store, report({used("prod", 5)}), start + 2h);
  EXPECT_TRUE(values.source_ok(store, stored("prod")));
}

TEST_F(CurrentValuesTest, AnExpiredSeriesStillHasASourceThatIsNotWell) {
  values.publish(store, report({used("prod", 5)}), start);
  values.publish(store, report({}, false), start + 1h);
  values.tick(store, start + 4h);
  EXPECT_FALSE(values.source_ok(store, stored("prod")));
  store.set_windows([](const Labels&) { return 6min; });
  store.truncate_windows(start + 5h, start + 2h, [this](SeriesRef series) { return values.brought(series); });
  EXPECT_TRUE(values.source_of(store, stored("prod"))) << "also where its samples have left the window";
}

TEST_F(CurrentValuesTest, ASeriesNotSeenSinceTheStartHasNoWellSourceBeforeItsCollectorDelivered) {
  EXPECT_FALSE(values.source_ok(store, stored("prod")));
  values.publish(store, report({}, false), start);
  EXPECT_FALSE(values.source_ok(store, stored("prod")));
  values.publish(store, report({used("test", 1)}), start + 1min);
  EXPECT_TRUE(values.source_ok(store, stored("prod")));
}

TEST_F(CurrentValuesTest, DetailsAreThoseOfTheMetricInThePartsLastSet) {
  auto first = report({used("prod", 5)});
  first.details = {{&kUsed, "the largest table"}, {&kReachable, "not asked for"}};
  values.publish(store, std::move(first), start);
  EXPECT_THAT(values.details_of(store, stored("prod")), ElementsAre("the largest table"));
  EXPECT_THAT(values.details_of(store, stored("test")), IsEmpty());
  values.publish(store, report({}, false), start + 1h);
  EXPECT_THAT(values.details_of(store, stored("prod")), ElementsAre("the largest table"));
  values.publish(store, report({used("prod", 6)}), start + 2h);
  EXPECT_THAT(values.details_of(store, stored("prod")), IsEmpty());
}

TEST_F(CurrentValuesTest, SeriesOfNoCollectorAreAlwaysWell) {
  EXPECT_TRUE(values.source_ok(store, Labels{{"__name__", "recorded:sum"}}));
}

TEST_F(CurrentValuesTest, AnEnvironmentThatLeftTakesItsSeriesAlong) {
  values.publish(store, report({used("prod", 5), used("test", 1)}), start);
  values.forget_environment(store, "contoso", "test", start + 1min);
  EXPECT_THAT(query("d365_used_bytes", start + 1min), ElementsAre(5));
  EXPECT_TRUE(values.source_ok(store, stored("prod")));
}

TEST_F(CurrentValuesTest, ACollectorThatWasSwitchedOffTakesItsSeriesAlongAndHoldsNothing) {
  values.publish(store, report({used("prod", 5)}), start);
  values.set_running(store, {}, start + 1min);
  EXPECT_THAT(query("d365_used_bytes", start + 1min), IsEmpty());
  EXPECT_TRUE(values.source_ok(store, stored("prod")));
}

TEST_F(CurrentValuesTest, SamplesAreVisitedByMetricName) {
  values.publish(store, report({used("prod", 5), {&kReachable, Labels{{"tenant", "contoso"}}, 1}, used("test", 1)}),
                 start);
  std::vector<std::string_view> names;
  values.visit([&](const Metric& metric, const Labels&, double) { names.push_back(metric.name); });
  EXPECT_THAT(names, ElementsAre("d365_reachable", "d365_used_bytes", "d365_used_bytes"));
}

TEST_F(CurrentValuesTest, ALabelThatAScrapeWouldAddIsKeptUnderAnotherName) {
  const Labels labels{{"job", "backup"}, {"exported_job", "night"}, {"instance", "x"}, {"tenant", "contoso"}};
  values.publish(store, report({{&kReachable, labels, 1}}), start);
  EXPECT_THAT(
      query(R"(d365_reachable{job="a2od",exported_job="night",exported_exported_job="backup",exported_instance="x"})",
            start),
      ElementsAre(1));
}

}  // namespace
}  // namespace a2od
