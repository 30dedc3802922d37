// Holding: an alert whose sources cannot be trusted neither ends nor counts.
#include "scene.hpp"

#include <gtest/gtest.h>

namespace a2od::test {
namespace {

const Labels kProd{{"__name__", "reachable"}, {"environment", "prod"}};
const Labels kTest{{"__name__", "reachable"}, {"environment", "test"}};

constexpr std::string_view kRules = R"(
groups:
  - name: g
    rules:
      - alert: Down
        expr: reachable == 0
      - alert: DownLong
        expr: reachable == 0
        for: 5m
      - alert: DownKept
        expr: reachable == 0
        keep_firing_for: 5m
)";

/// Prod is down for three minutes, then its source fails and its series ends.
void lose_sight_of_prod(Scene& scene) {
  scene.set(kProd, 0);
  scene.pass(3min);
  scene.bad_sources.insert("prod");
  scene.end(kProd);
}

TEST(Holding, AFiringAlertStaysWhileItsSourceIsBad) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  scene.pass(60min);
  EXPECT_EQ(scene.state("Down", "prod"), "firing, held");
  EXPECT_EQ(scene.find("Down", "prod")->value, 0);
}

TEST(Details, OfTheSeriesBehindAFiringAlertAreSentWithIt) {
  Scene scene(kRules);
  scene.options.details_of = [](const Labels& series) {
    return std::vector<std::string>{"first of " + std::string(series.get("environment")), "second"};
  };
  scene.set(kProd, 0);
  scene.set(kTest, 1);
  const auto firing = scene.pass();
  ASSERT_EQ(firing.notices.size(), 2U);
  EXPECT_EQ(firing.notices[0].annotations.at("details"), "first of prod\nsecond");
  scene.set(kProd, 1);
  const auto resolved = scene.pass();
  ASSERT_EQ(resolved.notices.size(), 1U);
  EXPECT_FALSE(resolved.notices[0].annotations.contains("details"));
}

TEST(Details, AreLeftToARuleThatHasSomeOfItsOwn) {
  Scene scene("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0, annotations: {details: own}}]}]");
  scene.options.details_of = [](const Labels&) { return std::vector<std::string>{"theirs"}; };
  scene.set(kProd, 0);
  EXPECT_EQ(scene.pass().notices.at(0).annotations.at("details"), "own");
}

TEST(Details, AreNotSentWherePrometheusWouldNot) {
  Scene scene(kRules);
  scene.options.hold = false;
  scene.options.details_of = [](const Labels&) { return std::vector<std::string>{"line"}; };
  scene.set(kProd, 0);
  EXPECT_FALSE(scene.pass().notices.at(0).annotations.contains("details"));
}

TEST(Holding, AHeldAlertIsSentAgainAsFiring) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  scene.pass(29min);
  int notices = 0;
  for (int minute = 0; minute < 2; ++minute) {
    for (const AlertNotice& notice : scene.pass().notices) {
      ++notices;
      EXPECT_EQ(notice.ends_at, scene.now + 4min);
    }
  }
  EXPECT_GE(notices, 1);
  EXPECT_EQ(
      scene.stored({{"__name__", "ALERTS"}, {"alertname", "Down"}, {"alertstate", "firing"}, {"environment", "prod"}}),
      "1");
}

TEST(Holding, TheSourcesNextGoodRunLetsTheExpressionDecide) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  scene.pass(30min);
  scene.bad_sources.clear();
  scene.set(kProd, 1);
  const auto evaluation = scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "");
  ASSERT_EQ(evaluation.notices.size(), 1U);
  EXPECT_EQ(evaluation.notices[0].ends_at, scene.now);
}

TEST(Holding, AnAlertGoesOnWhereItsConditionStillHoldsAfterwards) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  const Timestamp active = scene.find("Down", "prod")->active_at;
  scene.pass(30min);
  scene.bad_sources.clear();
  scene.set(kProd, 0);
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
  EXPECT_EQ(scene.find("Down", "prod")->active_at, active);
}

TEST(Holding, APendingAlertStopsCounting) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);  // two minutes counted
  scene.pass(60min);
  EXPECT_EQ(scene.state("DownLong", "prod"), "pending, held");
  scene.bad_sources.clear();
  scene.set(kProd, 0);
  scene.pass(2min);
  EXPECT_EQ(scene.state("DownLong", "prod"), "pending");
  scene.pass();
  EXPECT_EQ(scene.state("DownLong", "prod"), "firing");
}

TEST(Holding, APendingAlertStopsCountingEvenWhileOldValuesAreStillShown) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(3min);
  scene.bad_sources.insert("prod");
  scene.pass(60min);
  EXPECT_EQ(scene.state("DownLong", "prod"), "pending, held");
  EXPECT_EQ(scene.state("Down", "prod"), "firing, held");
}

TEST(Holding, AnAlertEndsWhenItsEnvironmentLeaves) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  scene.pass(10min);
  scene.left.insert("prod");
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "");
  EXPECT_EQ(scene.state("DownLong", "prod"), "");
}

TEST(Holding, KeepFiringForBeginsAfterTheHold) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  scene.pass(60min);
  scene.bad_sources.clear();
  scene.set(kProd, 1);
  scene.pass(5min);
  EXPECT_EQ(scene.state("DownKept", "prod"), "firing");
  scene.pass();
  EXPECT_EQ(scene.state("DownKept", "prod"), "");
}

TEST(Holding, AGoodSourcesAlertsAreNotHeldBecauseOfAnother) {
  Scene scene(kRules);
  scene.set(kTest, 0);
  lose_sight_of_prod(scene);
  scene.set(kTest, 1);
  scene.pass();
  EXPECT_EQ(scene.state("Down", "test"), "");
  EXPECT_EQ(scene.state("Down", "prod"), "firing, held");
}

TEST(Holding, NewAlertsOfGoodSourcesFireWhileOthersAreHeld) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  scene.set(kTest, 0);
  scene.pass();
  EXPECT_EQ(scene.state("Down", "test"), "firing");
}

TEST(Holding, OfThatPrometheusKnowsNothing) {
  Scene scene(kRules);
  scene.options.hold = false;
  lose_sight_of_prod(scene);
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "");
  EXPECT_EQ(scene.state("DownLong", "prod"), "");
}

constexpr std::string_view kAggregated = R"(
groups:
  - name: g
    rules:
      - alert: ManyDown
        expr: count(reachable == 0) >= 2
)";

TEST(Holding, AnAggregatedAlertIsHeldWhenOneOfItsSourcesIsBad) {
  Scene scene(kAggregated);
  scene.set(kTest, 0);
  lose_sight_of_prod(scene);
  scene.pass(20min);
  EXPECT_EQ(scene.state("ManyDown"), "firing, held");
  EXPECT_EQ(scene.find("ManyDown")->value, 2);
  scene.bad_sources.clear();
  scene.set(kProd, 1);
  scene.pass();
  EXPECT_EQ(scene.state("ManyDown"), "");
}

TEST(Holding, AnInputThatLeftHasNoSayInAnAggregatedAlert) {
  Scene scene(kAggregated);
  scene.set(kTest, 0);
  lose_sight_of_prod(scene);
  scene.pass(20min);
  scene.left.insert("prod");
  scene.pass();
  EXPECT_EQ(scene.state("ManyDown"), "");
}

TEST(Holding, AnAggregatedAlertKnowsTheInputsThatJoinedAtTheLastEvaluation) {
  Scene scene("groups: [{name: g, rules: [{alert: SomeDown, expr: count(reachable == 0) >= 1}]}]");
  scene.set(kTest, 0);
  scene.pass(2min);
  scene.set(kProd, 0);
  scene.set(kTest, 1);
  scene.pass();
  scene.bad_sources.insert("prod");
  scene.end(kProd);
  scene.pass(10min);
  EXPECT_EQ(scene.state("SomeDown"), "firing, held");
}

TEST(Holding, RecordedSeriesAreTracedToTheirOwnInputs) {
  Scene scene(R"(
groups:
  - name: g
    rules:
      - record: reachable:sum
        expr: sum by (environment) (reachable)
        labels: {environment: all, source: sum}
      - record: reachable:copy
        expr: reachable:sum
      - alert: Down
        expr: reachable:copy == 0
)");
  lose_sight_of_prod(scene);
  scene.pass(30min);
  EXPECT_EQ(scene.state("Down", "all"), "firing, held");
  scene.bad_sources.clear();
  scene.pass();
  EXPECT_EQ(scene.state("Down", "all"), "");
}

TEST(Holding, AlertsOnAlertsAreHeldWithThem) {
  Scene scene(R"(
groups:
  - name: g
    rules:
      - alert: Down
        expr: reachable == 0
        for: 10m
      - alert: WillBeDown
        expr: ALERTS{alertname="Down",alertstate="pending"} == 1
        labels: {alertstate: ""}
)");
  lose_sight_of_prod(scene);
  scene.pass(30min);
  EXPECT_EQ(scene.state("WillBeDown", "prod"), "firing, held");
  scene.bad_sources.clear();
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "");
  EXPECT_EQ(scene.state("WillBeDown", "prod"), "");
}

TEST(Holding, ChangesOfItAreWrittenDown) {
  Scene scene(kRules);
  lose_sight_of_prod(scene);
  EXPECT_TRUE(scene.pass().alerts_changed);
  EXPECT_FALSE(scene.pass().alerts_changed);
  scene.bad_sources.clear();
  scene.set(kProd, 0);
  EXPECT_TRUE(scene.pass().alerts_changed);
}

TEST(Holding, ARuleOverAbsenceHasNoSourceToBeHeldFor) {
  Scene scene("groups: [{name: g, rules: [{alert: Gone, expr: absent(reachable)}]}]");
  scene.bad_sources.insert("prod");
  scene.pass(2min);
  EXPECT_EQ(scene.state("Gone"), "firing");
  scene.set(kProd, 1);
  scene.pass();
  EXPECT_EQ(scene.state("Gone"), "");
}

}  // namespace
}  // namespace a2od::test
