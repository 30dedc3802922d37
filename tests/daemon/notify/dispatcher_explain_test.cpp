#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/outbox.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

RouteConfig nested() {
  auto top = route();
  auto below = route();
  below.receiver = "other";
  below.group_by = {};
  below.matchers = {Matcher::equal("tenant", "fabrikam")};
  top.routes = {below};
  return top;
}

struct DispatcherExplain : testing::Test {
  Silences silences;
  Maintenance maintenance{{.windows = {{.name = "patches",
                                        .matchers = {Matcher::equal("alertname", "Slow")},
                                        .intervals = {TimeInterval{}}}}},
                          {}};
  Dispatcher dispatcher{Routing{.route = nested(),
                                .receivers = {{"team", {webhook(), webhook()}}, {"other", {webhook()}}},
                                .inhibit_rules = {{.name = "",
                                                   .source = {Matcher::equal("alertname", "Away")},
                                                   .target = {Matcher::equal("alertname", "Down")},
                                                   .equal = {"tenant"}}}},
                        {.silences = &silences, .maintenance = &maintenance}};
  const AlertNotice down = firing("Down", kStart);

  void tell(const AlertNotice& notice, Timestamp now) { dispatcher.receive(std::vector{notice}, now); }
};

TEST_F(DispatcherExplain, AnAlertThatIsNotThereIsLedThroughTheRoutesAllTheSame) {
  const auto about = dispatcher.explain(firing("Down", kStart, "fabrikam").labels, kStart);
  EXPECT_FALSE(about.alert);
  ASSERT_EQ(about.routes.size(), 1U);
  EXPECT_THAT(about.routes[0].path, ElementsAre("{}", "{tenant=\"fabrikam\"}"));
  EXPECT_EQ(about.routes[0].receiver, "other");
  EXPECT_FALSE(about.routes[0].exists);
  EXPECT_THAT(about.routes[0].integrations, IsEmpty());
}

TEST_F(DispatcherExplain, EachIntegrationsNextMessageIsForetold) {
  tell(down, kStart);
  const auto before = dispatcher.explain(down.labels, kStart + 1s);
  ASSERT_EQ(before.routes.size(), 1U);
  EXPECT_THAT(before.routes[0].path, ElementsAre("{}"));
  EXPECT_EQ(before.routes[0].next_flush, kStart + 30s);
  ASSERT_EQ(before.routes[0].integrations.size(), 2U);
  EXPECT_EQ(before.routes[0].integrations[1].to, (Integration{"team", 1}));
  EXPECT_EQ(before.routes[0].integrations[1].next, kStart + 30s);
  EXPECT_FALSE(before.routes[0].integrations[1].told_firing);

  (void)dispatcher.advance(kStart + 30s);
  dispatcher.delivered({"team", 0}, before.routes[0].group, kStart + 31s);
  const auto told = dispatcher.explain(down.labels, kStart + 32s).routes.at(0).integrations;
  EXPECT_TRUE(told.at(0).told_firing);
  EXPECT_EQ(told.at(0).told_at, kStart + 31s);
  EXPECT_EQ(told.at(0).next, kStart + 31s + 4h);
  EXPECT_EQ(told.at(1).next, kStart + 30s + 4h);

  tell(resolved(down, kStart + 1min), kStart + 1min);
  const auto ended = dispatcher.explain(down.labels, kStart + 1min).routes.at(0).integrations;
  EXPECT_EQ(ended.at(0).next, kStart + 30s + 5min) << "the next flush";
  EXPECT_TRUE(ended.at(0).end_owed);
}

TEST_F(DispatcherExplain, WhatIsForetoldHappens) {
  tell(down, kStart);
  auto next = dispatcher.explain(down.labels, kStart).routes.at(0).integrations.at(0).next;
  for (int told = 0; told < 3; ++told) {
    ASSERT_TRUE(next);
    tell(refreshed(down, *next - 1s), *next - 1s);
    EXPECT_TRUE(dispatcher.advance(*next - 1ms).messages.empty());
    EXPECT_EQ(dispatcher.advance(*next).messages.size(), 2U);
    next = dispatcher.explain(down.labels, *next).routes.at(0).integrations.at(0).next;
  }
}

TEST_F(DispatcherExplain, WhatIsAcknowledgedIsNotForetoldToBeRepeated) {
  tell(down, kStart);
  const auto next = [&](Timestamp now) { return dispatcher.explain(down.labels, now).routes.at(0).integrations.at(0); };
  const auto first = next(kStart).next.value();
  EXPECT_EQ(dispatcher.advance(first).messages.size(), 2U);
  EXPECT_TRUE(next(first).next);
  const AlertSelection it{.fingerprint = fingerprint(down.labels)};
  ASSERT_EQ(dispatcher.acknowledge(it, {.owner = "ada", .comment = "on it", .expires_at = first + 8h}, first).size(),
            1U);
  EXPECT_FALSE(next(first).next);
  EXPECT_EQ(next(first).why, "all that fires in its group is acknowledged");
}

TEST_F(DispatcherExplain, WhatKeepsItBackIsNamed) {
  tell(down, kStart);
  tell(firing("Away", kStart), kStart);
  ASSERT_TRUE(silences.set({.matchers = {Matcher::equal("alertname", "Down")},
                            .starts_at = kStart,
                            .ends_at = kStart + 1h,
                            .created_by = "alice",
                            .comment = "moving"},
                           "id", kStart));
  const auto about = dispatcher.explain(down.labels, kStart);
  ASSERT_EQ(about.silences.size(), 1U);
  EXPECT_EQ(about.silences[0].id, "id");
  EXPECT_EQ(about.silences[0].comment, "moving");
  EXPECT_THAT(about.inhibited_by, ElementsAre(firing("Away", kStart).labels));
  EXPECT_EQ(dispatcher.explain(firing("Down", kStart, "new").labels, kStart).silences.size(), 1U)
      << "also of an alert that is not there";
  const Labels unknown{{"alertname", "Down"}, {"tenant", "contoso"}, {"environment", "uat"}};
  EXPECT_THAT(dispatcher.explain(unknown, kStart).inhibited_by, ElementsAre(firing("Away", kStart).labels));
}

TEST_F(DispatcherExplain, MaintenanceIsNamed) {
  const auto slow = firing("Slow", kStart);
  const std::vector<std::string> patches{"maintenance/patches"};
  EXPECT_EQ(dispatcher.explain(slow.labels, kStart).maintenance, patches) << "also of an alert that is not there";
  tell(slow, kStart);
  EXPECT_EQ(dispatcher.explain(slow.labels, kStart).maintenance, patches);
  EXPECT_TRUE(dispatcher.explain(down.labels, kStart).maintenance.empty());
}

TEST_F(DispatcherExplain, AfterARestartRepetitionsWaitForASign) {
  tell(down, kStart);
  (void)dispatcher.advance(kStart + 30s);
  const auto state = dispatcher.state();
  Dispatcher restarted{Routing{.route = nested(), .receivers = {{"team", {webhook()}}, {"other", {webhook()}}}}, {}};
  restarted.restore(state, kStart + 1min);
  const auto about = restarted.explain(down.labels, kStart + 1min);
  EXPECT_EQ(about.held_until, kStart + 11min);
  ASSERT_EQ(about.routes.at(0).integrations.size(), 1U);
  EXPECT_TRUE(about.routes[0].integrations[0].told_firing);
  EXPECT_FALSE(about.routes[0].integrations[0].next);
}

TEST_F(DispatcherExplain, AlertsAreFoundByMatchersAndByFingerprint) {
  tell(down, kStart);
  tell(firing("Down", kStart, "fabrikam"), kStart);
  EXPECT_EQ(dispatcher.matching(*parse_alert_choice("Down"), 10).size(), 2U);
  EXPECT_EQ(dispatcher.matching(*parse_alert_choice("Down"), 1).size(), 1U);
  EXPECT_THAT(dispatcher.matching(*parse_alert_choice("Down{tenant=~\"con.*\"}"), 10), ElementsAre(down.labels));
  EXPECT_THAT(dispatcher.matching(*parse_alert_choice(fingerprint(down.labels)), 10), ElementsAre(down.labels));
}

TEST(OutboxExplain, SaysWhatWaitsForAGroupAndWhy) {
  Outbox outbox;
  outbox.set_receivers(receivers());
  outbox.add({{.id = 1, .to = {"team", 0}, .group_key = "a", .body = "{}", .created = kStart, .decided = kStart}},
             kStart);
  ASSERT_EQ(outbox.take_due(kStart).size(), 1U);
  ASSERT_EQ(outbox.explain("a").size(), 1U);
  EXPECT_TRUE(outbox.explain("a")[0].in_flight);
  EXPECT_THAT(outbox.explain("b"), IsEmpty());
  outbox.finish(1, {.status = 429, .retry_after = 10min}, kStart + 1s);
  const auto waiting = outbox.explain("a").at(0);
  EXPECT_FALSE(waiting.in_flight);
  EXPECT_EQ(waiting.attempts, 1U);
  EXPECT_EQ(waiting.next_try, kStart + 1s + 10min);
  EXPECT_EQ(waiting.last_error, "answered 429");
}

}  // namespace
}  // namespace a2od
