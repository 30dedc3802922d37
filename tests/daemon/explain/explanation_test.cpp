#include "daemon/explain/explanation.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(AlertChoice, IsANameMatchersOrAFingerprint) {
  const Labels down{{"alertname", "Down"}, {"tenant", "contoso"}};
  for (const std::string& text : {std::string("Down"), std::string("Down{tenant=\"contoso\"}"),
                                  std::string("{tenant=~\"con.*\"}"), fingerprint(down)}) {
    const auto choice = parse_alert_choice(text);
    ASSERT_TRUE(choice) << text;
    EXPECT_TRUE(choice->matches(down)) << text;
    EXPECT_FALSE(choice->matches(Labels{{"alertname", "Up"}, {"tenant", "fabrikam"}})) << text;
  }
  EXPECT_EQ(parse_alert_choice("Down{a=\"b\"}")->named("alertname"), "Down");
}

TEST(AlertChoice, ThatSaysNothingIsRefused) {
  std::string many = "{";
  for (int i = 0; i < 21; ++i) many += fmt::format("a{}=\"\",", i);
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("Down{a=~\"(\"}"), many + "}", std::string("Down{a=\"\xFF\"}")})
    EXPECT_FALSE(parse_alert_choice(text)) << text;
}

ExplainedRule rule_with(AlertState state, std::string_view tenant = "contoso") {
  ExplainedRule rule{.file = "rules.yml", .group = "group", .rule = {.alert = "Down", .hold_for = 5min}};
  rule.rule.position.line = 12;
  rule.alert.emplace();
  rule.alert->labels = Labels{{"alertname", "Down"}, {"tenant", tenant}};
  rule.alert->state = state;
  rule.alert->active_at = kStart;
  rule.alert->fired_at = kStart + 5min;
  return rule;
}

TEST(Explanation, AnAlertThatIsActiveIsMeantRatherThanOneThatIsOver) {
  const auto choice = parse_alert_choice("Down").value();
  const std::vector rules{rule_with(AlertState::inactive), rule_with(AlertState::firing, "fabrikam")};
  const auto chosen = choose(choice, rules, std::vector{rules[0].alert->labels});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(*chosen, rules[1].alert->labels);
}

TEST(Explanation, SeveralAlertsAreListedForWhoeverAsks) {
  const std::vector rules{rule_with(AlertState::firing), rule_with(AlertState::pending, "fabrikam")};
  const auto chosen = choose(parse_alert_choice("Down").value(), rules, {});
  ASSERT_FALSE(chosen);
  EXPECT_THAT(chosen.error().message, AllOf(HasSubstr("2 alerts match"), HasSubstr(fingerprint(rules[0].alert->labels)),
                                            HasSubstr("fabrikam")));
}

TEST(Explanation, WithoutAnAlertTheLabelsAreThoseThatItsRuleWouldGive) {
  ExplainedRule rule{.rule = {.alert = "Down", .labels = {{"severity", "page"}, {"owner", "{{ $labels.owner }}"}}}};
  const auto chosen =
      choose(parse_alert_choice("Down{tenant=\"contoso\",zone=~\"a|b\"}").value(), std::vector{rule}, {});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(*chosen, (Labels{{"alertname", "Down"}, {"severity", "page"}, {"tenant", "contoso"}}));
  EXPECT_EQ(*choose(parse_alert_choice("Down").value(), std::vector{rule}, {}, {{"site", "north"}}),
            (Labels{{"alertname", "Down"}, {"severity", "page"}, {"site", "north"}}))
      << "they decide on its route, too";
  EXPECT_FALSE(choose(parse_alert_choice("Up").value(), {}, {}));
}

struct Findings : testing::Test {
  Explanation about;
  Timestamp now = kStart + 10min;

  [[nodiscard]] std::string all() const { return fmt::format("{}", fmt::join(findings(about, now), "\n")); }

  ExplainedRoute& route_to_team() {
    auto& route = about.routing.routes.emplace_back();
    route.receiver = "team";
    route.exists = true;
    return route;
  }
};

TEST_F(Findings, SayHowFarAPendingAlertIs) {
  about.rules = {rule_with(AlertState::pending)};
  now = kStart + 2min;
  EXPECT_THAT(all(), HasSubstr("pending since 2026-11-22T10:00:00Z, 2m ago: nobody is told. It fires in 3m"));
  about.rules[0].alert->held = true;
  EXPECT_THAT(all(), HasSubstr("While it is held the time does not count"));
}

TEST_F(Findings, SayUntilWhenAnAlertIsKeptFiring) {
  about.rules = {rule_with(AlertState::firing)};
  about.rules[0].rule.keep_firing_for = 1h;
  about.rules[0].alert->keep_firing_since = now - 1min;
  EXPECT_THAT(all(), AllOf(HasSubstr("It fires since 2026-11-22T10:05:00Z, 5m ago"),
                           HasSubstr("kept firing until 2026-11-22T11:09:00Z")));
}

TEST_F(Findings, SayWhichCollectionAHeldAlertWaitsForAndWhatIsWrongWithIt) {
  about.rules = {rule_with(AlertState::firing)};
  auto& rule = about.rules[0];
  rule.alert->held = true;
  rule.inputs = {{.series = Labels{{"__name__", "up"}},
                  .collector = "dataverse",
                  .tenant = "contoso",
                  .environment = "prod",
                  .ok = false}};
  about.targets = {{.tenant = "contoso",
                    .environment = "prod",
                    .cells = {{.collector = "dataverse", .outcome = "unreachable", .error = "connection refused"}}}};
  EXPECT_THAT(all(),
              HasSubstr("dataverse of environment 'prod' of tenant 'contoso' (unreachable: connection refused)"));
  rule.inputs[0].ok = true;
  EXPECT_THAT(all(), HasSubstr("after the start its series have no data yet"));
  rule.last_error = "too many samples";
  EXPECT_THAT(all(), AllOf(HasSubstr("Its rule failed"), HasSubstr("too many samples"), HasSubstr("without a fault")));
}

TEST_F(Findings, NameWhatKeepsItBack) {
  about.rules = {rule_with(AlertState::firing)};
  about.routing.silences = {{"id-1", "alice", "moving", now + 1h}};
  about.routing.maintenance = {"maintenance/uat: Copy"};
  about.routing.inhibited_by = {Labels{{"alertname", "Away"}}};
  about.routing.learning_until = now + 24h;
  auto& route = route_to_team();
  route.muted_by = {"nights"};
  route.integrations = {{.to = {"team", 0}, .next = now + 1min, .why = "it has not been told that the alert fires"}};
  EXPECT_THAT(all(),
              AllOf(HasSubstr("silenced until 2026-11-22T11:10:00Z, in 1h, by 'alice': 'moving' (silence id-1)"),
                    HasSubstr("kept back by maintenance: uat: Copy."), HasSubstr("inhibited by {alertname=\"Away\"}"),
                    HasSubstr("learning until"), HasSubstr("muted now, by nights"),
                    HasSubstr("Were it not kept back, it would be told at 2026-11-22T10:11:00Z, in 1m")));
}

TEST_F(Findings, SayWhoTakesCareOfIt) {
  about.rules = {rule_with(AlertState::firing)};
  about.routing.alert.emplace();
  about.routing.alert->acknowledgement = {
      .owner = "ada", .comment = "on it", .created_at = now, .expires_at = now + 1h};
  EXPECT_THAT(all(), HasSubstr("acknowledged until 2026-11-22T11:10:00Z, in 1h, by 'ada': 'on it'"));
  now += 1h;
  EXPECT_THAT(all(), Not(HasSubstr("acknowledged")));
}

TEST_F(Findings, ForetellTheNextStepOfTheEscalation) {
  about.rules = {rule_with(AlertState::firing)};
  auto& route = route_to_team();
  route.escalation = {.step = 2, .after = 2h, .receiver = "boss", .due = now + 50min};
  EXPECT_THAT(all(),
              HasSubstr("It is escalated to 'boss' at 2026-11-22T11:00:00Z, in 50m (step 2, after 2h), unless it "
                        "ends or is acknowledged before."));
  about.routing.silences = {{"id-1", "alice", "moving", now + 1h}};
  EXPECT_THAT(all(), HasSubstr("acknowledged before, and not while it is kept back."));
  route.escalation->due.reset();
  EXPECT_THAT(all(), HasSubstr("It is escalated to 'boss' 2h after somebody was told of it"));
}

TEST_F(Findings, SayThatItWaitsForRulesAfterAStart) {
  about.rules = {rule_with(AlertState::firing)};
  about.routing.waits_until = now + 90s;
  EXPECT_THAT(all(), HasSubstr("were evaluated after the start: until 2026-11-22T10:11:30Z, in 1m30s, at most."));
}

TEST_F(Findings, WhatIsOwedIsToldInASilenceToo) {
  about.rules = {rule_with(AlertState::inactive)};
  about.routing.silences = {{"id-1", "alice", "moving", now + 1h}};
  route_to_team().integrations = {{.to = {"team", 0},
                                   .told_at = kStart,
                                   .told_firing = true,
                                   .end_owed = true,
                                   .next = now + 1min,
                                   .why = "its end is owed"}};
  EXPECT_THAT(all(), AllOf(HasSubstr("It is told next at"), Not(HasSubstr("kept back"))));
}

TEST_F(Findings, SayWhatWaitsInTheOutboxAndWhy) {
  about.rules = {rule_with(AlertState::firing)};
  auto& route = route_to_team();
  route.integrations = {{.to = {"team", 0}, .told_at = kStart, .told_firing = true, .next = now + 4h, .why = "x"}};
  route.outbox = {{.to = {"team", 0},
                   .id = 7,
                   .created = kStart,
                   .attempts = 3,
                   .next_try = now + 30s,
                   .misconfigured = true,
                   .last_error = "answered 404"}};
  EXPECT_THAT(all(), AllOf(HasSubstr("is owed the message that it fires"), Not(HasSubstr("was told")),
                           HasSubstr("3 attempts failed, the last: answered 404"), HasSubstr("in 30s"),
                           HasSubstr("look at its address and secrets")));
}

TEST_F(Findings, AnAlertOfOthersAndOneWithoutARouteAreSaidToBeSo) {
  about.routing.alert.emplace();
  about.routing.alert->starts_at = kStart;
  about.routing.ends_at = now + 1min;
  EXPECT_THAT(all(), AllOf(HasSubstr("sent by another system. It fires since"), HasSubstr("No route leads")));
}

}  // namespace
}  // namespace a2od
