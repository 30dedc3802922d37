// Restarts and reloads: neither fires or resolves anything by itself.
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
        annotations: {summary: down}
      - alert: DownLong
        expr: reachable == 0
        for: 30m
)";

TEST(Restart, AFiringAlertGoesOnWithItsTimes) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(5min);
  const ActiveAlert before = *scene.find("Down", "prod");
  scene.sleep(120min);
  scene.restart();
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
  const auto evaluation = scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
  EXPECT_EQ(scene.find("Down", "prod")->active_at, before.active_at);
  EXPECT_EQ(scene.find("Down", "prod")->fired_at, before.fired_at);
  ASSERT_EQ(evaluation.notices.size(), 1U);
  EXPECT_EQ(evaluation.notices[0].starts_at, before.fired_at);
}

TEST(Restart, WithoutDataYetNothingResolves) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.restart();
  scene.end(kProd);
  scene.pass(4min);
  EXPECT_EQ(scene.state("Down", "prod"), "firing, held");
  EXPECT_EQ(scene.state("DownLong", "prod"), "pending, held");
}

TEST(Restart, ASourceThatStaysBadHoldsForAsLong) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.restart();
  scene.end(kProd);
  scene.bad_sources.insert("prod");
  scene.pass(300min);
  EXPECT_EQ(scene.state("Down", "prod"), "firing, held");
}

TEST(Restart, DataThatContradictResolveAtOnce) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.restart();
  scene.set(kProd, 1);
  const auto evaluation = scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "");
  ASSERT_EQ(evaluation.notices.size(), 1U);
  EXPECT_EQ(evaluation.notices[0].ends_at, scene.now);
}

TEST(Restart, ASeriesThatDoesNotComeBackCountsOnceTheReachHasPassed) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.restart();
  scene.end(kProd);
  scene.set(kTest, 1);
  scene.pass(7min);
  EXPECT_EQ(scene.state("Down", "prod"), "");
}

TEST(Restart, ARangeMustBeCoveredAgainBeforeItResolves) {
  Scene scene("groups: [{name: g, rules: [{alert: Low, expr: 'sum_over_time(reachable[20m]) < 3'}]}]");
  scene.set(kProd, 0);
  scene.pass(30min);
  EXPECT_EQ(scene.state("Low", "prod"), "firing");
  scene.restart();
  scene.set(kProd, 1);
  scene.pass(15min);
  EXPECT_EQ(scene.state("Low", "prod"), "firing, held");
  scene.pass(11min);
  EXPECT_EQ(scene.state("Low", "prod"), "");
}

TEST(Restart, WithAHistoryTheGapOfTheOutageMustLeaveTheRange) {
  Scene scene("groups: [{name: g, rules: [{alert: High, expr: 'max_over_time(reachable[20m]) > 5'}]}]");
  scene.set(kProd, 9);
  scene.pass(30min);
  EXPECT_EQ(scene.state("High", "prod"), "firing");
  scene.sleep(30min);
  scene.reload();  // the store is as it was: it was read from the disk
  scene.set(kProd, 1);
  scene.pass(15min);
  EXPECT_EQ(scene.state("High", "prod"), "firing, held") << "nobody knows what the outage hid";
  scene.pass(7min);
  EXPECT_EQ(scene.state("High", "prod"), "");
}

TEST(Restart, WithAHistoryAShortOutageHidesNothing) {
  Scene scene("groups: [{name: g, rules: [{alert: Low, expr: 'sum_over_time(reachable[20m]) < 3'}]}]");
  scene.set(kProd, 0);
  scene.pass(30min);
  scene.sleep(3min);
  scene.reload();
  scene.set(kProd, 1);
  scene.pass(2min);
  EXPECT_EQ(scene.state("Low", "prod"), "firing");
  scene.pass(1min);
  EXPECT_EQ(scene.state("Low", "prod"), "");
}

TEST(Restart, TheTimeOfTheOutageDoesNotCountForAPendingAlert) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(11min);  // ten minutes counted
  scene.sleep(60min);
  scene.restart();
  scene.pass(19min);
  EXPECT_EQ(scene.state("DownLong", "prod"), "pending");
  scene.pass(2min);
  EXPECT_EQ(scene.state("DownLong", "prod"), "firing");
}

TEST(Restart, ActiveAtMovesByTheOutage) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(6min);
  const Timestamp active = scene.find("DownLong", "prod")->active_at;
  scene.sleep(9min);
  scene.restart();
  scene.pass();
  EXPECT_EQ(scene.find("DownLong", "prod")->active_at, active + 10min);
}

TEST(Restart, AResolvedAlertIsStillToldOf) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(2min);
  scene.set(kProd, 1);
  scene.pass();
  const Timestamp resolved = scene.now;
  scene.sleep(3min);
  scene.restart();
  const auto evaluation = scene.pass();
  ASSERT_EQ(evaluation.notices.size(), 1U);
  EXPECT_EQ(evaluation.notices[0].ends_at, resolved);
}

TEST(Restart, AnEnvironmentThatLeftMeanwhileEndsItsAlerts) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass(2min);
  scene.restart();
  scene.end(kProd);
  scene.left.insert("prod");
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "");
}

TEST(Reload, ChangesNothing) {
  Scene scene(kRules);
  Scene reloaded(kRules);
  for (int minute = 0; minute < 90; ++minute) {
    const double value = minute / 40 == 1 ? 1 : 0;
    for (Scene* one : {&scene, &reloaded}) one->set(kProd, value);
    const auto expected = scene.pass();
    reloaded.reload();
    const auto found = reloaded.pass();
    EXPECT_EQ(scene.state("Down", "prod"), reloaded.state("Down", "prod")) << minute;
    EXPECT_EQ(scene.state("DownLong", "prod"), reloaded.state("DownLong", "prod")) << minute;
    EXPECT_EQ(expected.notices.size(), found.notices.size()) << minute;
  }
}

TEST(Reload, AChangedForKeepsTheTimeThatHasPassed) {
  Scene scene("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0, for: 10m}]}]");
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.reload("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0, for: 20m}]}]");
  scene.pass(15min);
  EXPECT_EQ(scene.state("Down", "prod"), "pending");
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
}

TEST(Reload, AFiringAlertStaysWhenItsForGrows) {
  Scene scene("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0}]}]");
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.reload("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0, for: 1h}]}]");
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
}

TEST(Reload, AnAlertWhoseLabelsChangedResolvesUnderTheOldOnes) {
  Scene scene("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0, labels: {severity: page}}]}]");
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.reload("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0, labels: {severity: info}}]}]");
  const auto evaluation = scene.pass();
  ASSERT_EQ(evaluation.notices.size(), 2U);
  EXPECT_EQ(evaluation.notices[0].labels.get("severity"), "info");
  EXPECT_GT(evaluation.notices[0].ends_at, scene.now);
  EXPECT_EQ(evaluation.notices[1].labels.get("severity"), "page");
  EXPECT_EQ(evaluation.notices[1].ends_at, scene.now);
}

TEST(Reload, RulesOfOneNameGetBackTheirOwnAlerts) {
  constexpr std::string_view kTwo = R"(
groups:
  - name: g
    rules:
      - {alert: Down, expr: reachable == 0, labels: {severity: info}}
      - {alert: Down, expr: reachable == 0, for: 10m, labels: {severity: page}}
)";
  Scene scene(kTwo);
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.reload();
  const auto statuses = scene.group().status();
  ASSERT_EQ(statuses[0].alerts.size(), 1U);
  EXPECT_EQ(statuses[0].alerts[0].labels.get("severity"), "info");
  ASSERT_EQ(statuses[1].alerts.size(), 1U);
  EXPECT_EQ(statuses[1].alerts[0].labels.get("severity"), "page");
}

TEST(Reload, TheSeriesOfARuleThatIsGoneEnd) {
  Scene scene(kRules);
  const Labels shown{{"__name__", "ALERTS"}, {"alertname", "Down"}, {"alertstate", "firing"}, {"environment", "prod"}};
  scene.set(kProd, 0);
  scene.pass(5min);
  EXPECT_EQ(scene.stored(shown), "1");
  scene.reload("groups: [{name: g, rules: [{alert: Other, expr: reachable == 0}]}]");
  scene.pass();
  EXPECT_EQ(scene.stored(shown), "none");
}

TEST(Reload, TheSeriesOfAnAlertThatEndsRightAfterwardsEnd) {
  Scene scene(kRules);
  const Labels shown{{"__name__", "ALERTS"}, {"alertname", "Down"}, {"alertstate", "firing"}, {"environment", "prod"}};
  scene.set(kProd, 0);
  scene.pass(5min);
  scene.reload();
  scene.set(kProd, 1);
  scene.pass();
  EXPECT_EQ(scene.stored(shown), "none");
}

TEST(Saving, FindsARuleByItsGroupAndTheNameOfItsFile) {
  Scene scene(kRules);
  scene.set(kProd, 0);
  scene.pass();
  const auto saved = scene.group().save();
  ASSERT_EQ(saved.size(), 2U);
  EXPECT_EQ(saved[0].file, "rules.yml");
  EXPECT_EQ(saved[0].group, "g");
  EXPECT_EQ(saved[0].rule, "Down");
  EXPECT_EQ(saved[0].inputs, std::vector<Labels>{kProd});
  EXPECT_EQ(saved[0].alert.annotations.at("summary"), "down");
}

TEST(Saving, IsAskedForFromTimeToTimeWhileAlertsArePending) {
  Scene scene("groups: [{name: g, rules: [{alert: Down, expr: reachable == 0, for: 1h}]}]");
  scene.set(kProd, 0);
  std::vector<int> asked;
  for (int minute = 1; minute <= 12; ++minute) {
    if (scene.pass().alerts_changed) asked.push_back(minute);
  }
  EXPECT_EQ(asked, (std::vector<int>{1, 6, 11}));
}

}  // namespace
}  // namespace a2od::test
