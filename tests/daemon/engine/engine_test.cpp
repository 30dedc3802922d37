#include "daemon/engine/engine.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Metric kReachable{"d365_dataverse_reachable", MetricType::gauge, "", "Reachable."};
constexpr Metric kUsed{"d365_used_bytes", MetricType::gauge, "bytes", "Used."};

constexpr std::string_view kRules = R"(
groups:
  - name: environments
    rules:
      - alert: Unreachable
        expr: d365_dataverse_reachable == 0
      - alert: Full
        expr: d365_used_bytes > 90
)";

const CurrentValues::Running kRunning{{"dataverse", "contoso"}, {"capacity", "contoso"}};

EngineOptions options() {
  return {.instance = "here:1",
          .collector_of = [](std::string_view metric) -> std::string_view {
            if (metric == kReachable.name) return "dataverse";
            if (metric == kUsed.name) return "capacity";
            return "";
          },
          .stopwatch = [] { return 0ns; }};
}

PartReport reachable(double value) {
  return {.key = {"dataverse", "contoso", "prod", "whoami"},
          .delivered = true,
          .interval = 5min,
          .samples = {{&kReachable, Labels{{"tenant", "contoso"}, {"environment", "prod"}}, value}}};
}

PartReport used(double value) {
  return {.key = {"capacity", "contoso", "", "environments"},
          .delivered = true,
          .interval = 1h,
          .samples = {{&kUsed, Labels{{"tenant", "contoso"}, {"environment", "prod"}}, value}}};
}

PartReport blind(PartReport report) {
  report.delivered = false;
  report.samples.clear();
  return report;
}

struct EngineTest : testing::Test {
  Engine engine{options(), *parse_rule_file("rules.yml", kRules), {}};
  Timestamp now{Milliseconds(1'700'000'000'000)};

  void SetUp() override { engine.set_running(kRunning, now); }

  /// Steps as the daemon would until `end`, and returns all notices, each as "firing|resolved <alertname>".
  std::vector<std::string> run_for(Milliseconds duration) {
    std::vector<std::string> seen;
    for (const auto end = now + duration; now <= end;) {
      const auto step = engine.step(now);
      for (const auto& notice : step.notices)
        seen.push_back((notice.ends_at <= now ? "resolved " : "firing ") + std::string(notice.labels.get("alertname")));
      now = std::max(step.next, now + 1ms);
    }
    return seen;
  }
};

TEST_F(EngineTest, AChangedValueIsJudgedWithinAMoment) {
  run_for(2min);
  engine.publish(reachable(0), now);
  EXPECT_THAT(run_for(100ms), ElementsAre("firing Unreachable"));
}

TEST_F(EngineTest, ATickHasItsOwnTimeHoweverLateItIs) {
  engine.publish(used(5), now);
  run_for(10ms);
  for (const auto late : {0ms, 3ms, 250ms, 1ms, 59'999ms}) {
    now = std::chrono::floor<std::chrono::minutes>(now) + 1min + late;
    EXPECT_THAT(engine.step(now).notices, IsEmpty());
    const auto snapshot = engine.snapshot();
    const auto used_series = snapshot.select(std::vector{Matcher::equal("__name__", "d365_used_bytes")});
    ASSERT_THAT(used_series, SizeIs(1));
    EXPECT_EQ(snapshot.find(used_series.front())->newest(), now - late);
    now -= late;
  }
}

/// A timer rings now a little, now hardly late: that must not cost a `for` one more interval.
TEST(EngineWithoutHolding, ForEndsAfterAsManyEvaluationsAsInPrometheusHoweverLateEachIs) {
  constexpr std::string_view rules = R"(
groups:
  - name: environments
    rules:
      - {alert: Unreachable, expr: d365_dataverse_reachable == 0, for: 3m}
)";
  auto as_prometheus = options();
  as_prometheus.hold = false;
  as_prometheus.evaluate_on_change = false;
  Engine engine(as_prometheus, *parse_rule_file("rules.yml", rules), {});
  Timestamp now{Milliseconds(1'700'000'000'000)};
  engine.publish(reachable(1), now);
  // When the group's next turn is, is known once the tick is done.
  const auto after_turn = [&](Milliseconds late) {
    (void)engine.step(now);
    auto turn = engine.step(now).next;
    while (turn == std::chrono::floor<std::chrono::minutes>(turn)) turn = engine.step(turn).next;
    now = turn + late;
    return engine.step(now).notices.size();
  };
  after_turn(0ms);
  engine.publish(reachable(0), now);
  EXPECT_EQ(after_turn(20ms), 0U) << "pending";
  EXPECT_EQ(after_turn(0ms), 0U);
  EXPECT_EQ(after_turn(300ms), 0U);
  EXPECT_EQ(after_turn(1ms), 1U) << "three minutes later by the group's own times";
}

TEST_F(EngineTest, AlertsAreToldWithTheExternalLabelsThatTheyDoNotHaveThemselves) {
  auto with_labels = options();
  with_labels.external_labels = {{"site", "north"}, {"environment", "of the site"}};
  Engine labelled(with_labels, *parse_rule_file("rules.yml", kRules), {});
  labelled.publish(reachable(0), now);
  const auto step = labelled.step(now);
  ASSERT_THAT(step.notices, SizeIs(1));
  EXPECT_EQ(step.notices.front().labels.get("site"), "north");
  EXPECT_EQ(step.notices.front().labels.get("environment"), "prod");
  EXPECT_EQ(labelled.report()[0].rules[0].alerts.front().labels.get("site"), "") << "as in Prometheus' API";

  const auto known = labelled.explain(*parse_alert_choice(fingerprint(step.notices.front().labels)));
  ASSERT_THAT(known, SizeIs(1)) << "by the fingerprint that messages have";
  EXPECT_EQ(known.front().alert->labels, step.notices.front().labels);
}

TEST_F(EngineTest, AnUnchangedValueIsNotJudgedAgainBeforeTheInterval) {
  engine.publish(reachable(1), now);
  run_for(2min);
  const auto before = engine.report()[0].last_evaluation;
  engine.publish(reachable(1), now);
  run_for(100ms);
  EXPECT_EQ(engine.report()[0].last_evaluation, before);
}

TEST_F(EngineTest, GroupsWaitForTheFirstRunsOfTheirCollectors) {
  engine.set_waiting_for({"capacity"});
  engine.publish(reachable(0), now);
  EXPECT_THAT(run_for(3min), IsEmpty());
  EXPECT_TRUE(engine.report()[0].waiting);
  engine.set_waiting_for({});
  EXPECT_THAT(run_for(10ms), ElementsAre("firing Unreachable"));
}

TEST_F(EngineTest, GroupsThatReadWhatNoCollectorBringsWaitForTheFirstScrapes) {
  engine.reload(
      options(),
      *parse_rule_file("rules.yml", "groups: [{name: disks, rules: [{alert: NoDisks, expr: absent(disk_free)}]}]"));
  engine.set_waiting_for({std::string(kExporters)});
  EXPECT_THAT(run_for(3min), IsEmpty());
  EXPECT_TRUE(engine.report()[0].waiting);
  engine.set_waiting_for({});
  EXPECT_THAT(run_for(10ms), ElementsAre("firing NoDisks"));
}

TEST_F(EngineTest, AnAlertWhoseSourceIsBlindIsHeldUntilItSeesAgain) {
  engine.publish(used(95), now);
  EXPECT_THAT(run_for(1min), testing::Contains("firing Full"));
  engine.publish(blind(used(0)), now);
  EXPECT_THAT(run_for(6h), testing::Not(testing::Contains("resolved Full")));
  EXPECT_TRUE(engine.report()[0].rules[1].alerts[0].held);
  engine.publish(used(50), now);
  EXPECT_THAT(run_for(1s), testing::Contains("resolved Full"));
}

TEST_F(EngineTest, AHeldAlertEndsWhenItsEnvironmentLeavesTheInventory) {
  engine.set_environments("contoso", {"prod"}, now);
  engine.publish(used(95), now);
  run_for(1min);
  engine.publish(blind(used(0)), now);
  run_for(6h);
  engine.set_environments("contoso", {}, now);
  EXPECT_THAT(run_for(2min), testing::Contains("resolved Full"));
}

TEST_F(EngineTest, AReloadWithEqualGroupsKeepsTheirTimers) {
  engine.publish(used(95), now);
  run_for(1min);
  const auto since = engine.report()[0].rules[1].alerts[0].active_at;
  run_for(10min);
  engine.reload(options(), *parse_rule_file("rules.yml", kRules));
  run_for(2min);
  EXPECT_EQ(engine.report()[0].rules[1].alerts[0].active_at, since);
}

TEST_F(EngineTest, AChangedRuleKeepsTheAlertsThatItStillHas) {
  engine.publish(used(95), now);
  run_for(1min);
  const auto since = engine.report()[0].rules[1].alerts[0].active_at;
  run_for(10min);
  std::string changed(kRules);
  changed.replace(changed.find("> 90"), 4, "> 80");
  engine.reload(options(), *parse_rule_file("rules.yml", changed));
  run_for(2min);
  EXPECT_EQ(engine.report()[0].rules[1].alerts[0].active_at, since);
}

constexpr std::string_view kRecording = R"(
groups:
  - name: recorded
    rules:
      - record: used:by_tenant
        expr: sum by (tenant) (d365_used_bytes)
      - record: used:by_environment
        expr: sum by (environment) (d365_used_bytes)
)";

struct EngineRecording : EngineTest {
  void SetUp() override {
    EngineTest::SetUp();
    reload(kRecording);
    engine.publish(used(95), now);
    run_for(3min);
  }

  void reload(std::string_view rules) { engine.reload(options(), *parse_rule_file("rules.yml", rules)); }
  void reload_with(std::string_view other, std::string_view instead_of) {
    std::string changed(kRecording);
    changed.replace(changed.find(instead_of), instead_of.size(), other);
    reload(changed);
  }

  /// The values that the one series of a metric had one after the other, with "end" where it ended.
  std::vector<std::string> course(std::string_view metric) {
    const auto snapshot = engine.snapshot();
    std::vector<std::string> values;
    for (const auto ref : snapshot.select(std::vector{Matcher::equal("__name__", std::string(metric))}))
      snapshot.find(ref)->visit_all_runs(Timestamp{}, now, [&](const SampleRun& run) {
        const auto value = is_stale_marker(run.value) ? "end" : fmt::format("{}", run.value);
        if (values.empty() || values.back() != value) values.push_back(value);
      });
    return values;
  }
};

TEST_F(EngineRecording, WhatARuleRecordedThatIsGoneEnds) {
  reload_with("used:of_tenant", "used:by_tenant");
  run_for(4min);
  EXPECT_THAT(course("used:by_tenant"), ElementsAre("95", "end"));
  EXPECT_THAT(course("used:by_environment"), ElementsAre("95")) << "its rule is as it was";
  EXPECT_THAT(course("used:of_tenant"), ElementsAre("95"));
}

TEST_F(EngineRecording, WhatAChangedRuleDoesNotRecordAnyMoreEnds) {
  reload_with("by (environment) (d365_used_bytes < 90)", "by (environment) (d365_used_bytes)");
  run_for(4min);
  EXPECT_THAT(course("used:by_environment"), ElementsAre("95", "end"));
}

TEST_F(EngineRecording, WhatAGroupRecordedThatIsGoneEnds) {
  reload(kRules);
  run_for(4min);
  EXPECT_THAT(course("used:by_tenant"), ElementsAre("95", "end"));
}

TEST_F(EngineRecording, AGroupOfAnotherNameGoesOnWithoutAGap) {
  reload_with("name: renamed", "name: recorded");
  run_for(4min);
  EXPECT_THAT(course("used:by_tenant"), ElementsAre("95"));
}

TEST_F(EngineTest, AlertsThatFireAreWrittenDownBeforeTheyAreTold) {
  engine.publish(used(95), now);
  bool told = false;
  for (int i = 0; i < 100 && !told; ++i) {
    const auto step = engine.step(now);
    if (!step.notices.empty()) {
      told = true;
      EXPECT_THAT(step.changed, SizeIs(1));
    }
    now = std::max(step.next, now + 1ms);
  }
  EXPECT_TRUE(told);
}

TEST_F(EngineTest, RestoredAlertsGoOnWithoutBeingResolvedByTheRestart) {
  engine.publish(used(95), now);
  std::vector<SavedAlert> saved;
  for (const auto end = now + 1min; now < end;) {
    const auto step = engine.step(now);
    for (const auto& changed : step.changed) saved = changed.alerts;
    now = std::max(step.next, now + 1ms);
  }
  ASSERT_THAT(saved, SizeIs(1));
  Engine second{options(), *parse_rule_file("rules.yml", kRules), saved};
  second.set_running(kRunning, now);
  now += 1h;
  for (const auto end = now + 10min; now < end;) {
    const auto step = second.step(now);
    for (const auto& notice : step.notices) EXPECT_GT(notice.ends_at, now) << "resolved by the restart";
    now = std::max(step.next, now + 1ms);
  }
  EXPECT_THAT(second.report()[0].rules[1].alerts, SizeIs(1));
}

TEST(EngineUnevaluated, NamesWhatRulesSayOfTheirAlertsUntilTheirGroupWasEvaluated) {
  constexpr std::string_view kTwoGroups = R"(
groups:
  - name: environments
    labels: {team: ops, severity: ticket}
    rules:
      - alert: Unreachable
        expr: d365_dataverse_reachable == 0
        labels: {severity: page, where: "{{ $labels.environment }}", gone: ""}
      - record: reachable
        expr: d365_dataverse_reachable
  - name: capacity
    rules:
      - alert: Full
        expr: d365_used_bytes > 90
)";
  Engine engine(options(), *parse_rule_file("rules.yml", kTwoGroups), {});
  const Labels full{{"alertname", "Full"}};
  EXPECT_THAT(engine.unevaluated(),
              ElementsAre(Labels{{"alertname", "Unreachable"}, {"severity", "page"}, {"team", "ops"}}, full));
  engine.set_waiting_for({"capacity"});
  (void)engine.step(Timestamp(Milliseconds(1'700'000'000'000)));
  EXPECT_THAT(engine.unevaluated(), ElementsAre(full));
  engine.set_waiting_for({});
  (void)engine.step(Timestamp(Milliseconds(1'700'000'001'000)));
  EXPECT_THAT(engine.unevaluated(), IsEmpty());
}

TEST(EngineOfExporters, AnAlertIsHeldWhileItsExporterIsDownAndThatItIsDownIsNot) {
  constexpr std::string_view rules = R"(
groups:
  - name: exporters
    rules:
      - alert: Full
        expr: disk_free == 0
      - alert: Up
        expr: up{job="node"} == 1
)";
  Engine engine(options(), *parse_rule_file("rules.yml", rules), {});
  Timestamp now{Milliseconds(1'700'000'000'000)};
  const auto scraped = [&](std::string_view metric, double value) {
    const Labels labels{{"__name__", metric}, {"job", "node"}, {"instance", "host:9100"}};
    engine.write([&](Store& store) { store.append(labels, now, value); });
  };
  const auto step = [&] {
    std::vector<std::string> seen;
    for (const auto& notice : engine.step(now).notices)
      if (notice.ends_at <= now) seen.emplace_back(notice.labels.get("alertname"));
    now += 1min;
    return seen;
  };
  scraped("disk_free", 0);
  scraped("up", 1);
  (void)step();
  scraped("disk_free", stale_marker());
  scraped("up", 0);
  const Exporter metrics{"node", "host:9100", "http://host:9100/metrics"};
  const Exporter probes{"node", "host:9100", "http://host:9100/probes"};
  engine.set_scraped(metrics, false);
  engine.set_scraped(probes, true);
  EXPECT_THAT(step(), ElementsAre("Up"));
  EXPECT_THAT(step(), IsEmpty());
  engine.set_scraped(metrics, true);
  scraped("disk_free", 5);
  EXPECT_THAT(step(), testing::Contains("Full"));
}

}  // namespace
}  // namespace a2od
