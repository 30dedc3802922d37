#include "daemon/engine/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr Metric kReachable{"d365_dataverse_reachable", MetricType::gauge, "", "Reachable."};

constexpr std::string_view kRules = R"(
groups:
  - name: environments
    rules:
      - alert: Unreachable
        expr: d365_dataverse_reachable == 0
        for: 5m
        labels: {severity: page}
      - alert: Unreachable
        expr: d365_dataverse_reachable == -1
        labels: {severity: ticket}
)";

struct EngineExplain : testing::Test {
  Engine engine{{.instance = "here:1",
                 .collector_of = [](std::string_view metric) -> std::string_view {
                   return metric == kReachable.name ? "dataverse" : "";
                 },
                 .stopwatch = [] { return 0ns; }},
                *parse_rule_file("rules.yml", kRules),
                {}};
  Timestamp now{Milliseconds(1'700'000'000'000)};

  void SetUp() override { engine.set_running({{"dataverse", "contoso"}}, now); }

  void publish(std::string_view environment, double value, bool delivered = true) {
    engine.publish({.key = {"dataverse", "contoso", std::string(environment), "whoami"},
                    .delivered = delivered,
                    .interval = 5min,
                    .samples = {{&kReachable, Labels{{"tenant", "contoso"}, {"environment", environment}}, value}}},
                   now);
  }
  void run_for(Milliseconds duration) {
    for (const auto end = now + duration; now <= end;) now = std::max(engine.step(now).next, now + 1ms);
  }
  [[nodiscard]] std::vector<ExplainedRule> explain(std::string_view alert) const {
    return engine.explain(*parse_alert_choice(alert));
  }
};

TEST_F(EngineExplain, AnAlertIsShownWithItsRuleAndTheCollectionsThatItRestsOn) {
  publish("prod", 0);
  publish("test", 0);
  run_for(2min);
  const auto published = now;
  publish("prod", 0);
  run_for(1min);
  const auto found = explain("Unreachable{environment=\"prod\"}");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule.position.line, 5);
  EXPECT_EQ(found[0].group, "environments");
  EXPECT_THAT(found[0].labels_given, ElementsAre("alertname", "severity"));
  ASSERT_TRUE(found[0].alert);
  EXPECT_EQ(found[0].alert->state, AlertState::pending);
  ASSERT_EQ(found[0].inputs.size(), 1U);
  const auto& input = found[0].inputs[0];
  EXPECT_EQ(input.collector + " " + input.tenant + " " + input.environment + " " + input.part,
            "dataverse contoso prod whoami");
  EXPECT_EQ(input.delivered_at, published);
  EXPECT_TRUE(input.ok);
}

TEST_F(EngineExplain, WhyAnAlertIsHeldIsSeenOnItsInput) {
  publish("prod", 0);
  run_for(6min);
  const auto delivered = now;
  publish("prod", 0);
  publish("prod", 0, false);
  run_for(1min);
  const auto found = explain("Unreachable");
  ASSERT_EQ(found.size(), 1U);
  ASSERT_TRUE(found[0].alert);
  EXPECT_EQ(found[0].alert->state, AlertState::firing);
  EXPECT_TRUE(found[0].alert->held);
  ASSERT_EQ(found[0].inputs.size(), 1U);
  EXPECT_FALSE(found[0].inputs[0].ok);
  EXPECT_EQ(found[0].inputs[0].delivered_at, delivered) << "what failed has delivered nothing";
}

TEST_F(EngineExplain, WithoutAnAlertTheRulesThatCouldMakeItAreShown) {
  publish("prod", 1);
  run_for(2min);
  EXPECT_EQ(explain("Unreachable").size(), 2U);
  const auto paged = explain("Unreachable{severity=\"page\",environment=\"prod\"}");
  ASSERT_EQ(paged.size(), 1U);
  EXPECT_FALSE(paged[0].alert);
  EXPECT_EQ(paged[0].rule.hold_for, 5min);
  EXPECT_TRUE(explain("Unreachable{severity=\"none\"}").empty());
  EXPECT_TRUE(explain("Other").empty());
}

TEST_F(EngineExplain, AGroupThatWaitsNamesTheCollectors) {
  engine.set_waiting_for({"dataverse", "jobs"});
  const auto found = explain("Unreachable{severity=\"page\"}");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].waits_for, ElementsAre("dataverse"));
}

}  // namespace
}  // namespace a2od
