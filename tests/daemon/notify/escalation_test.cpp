// Whom nobody hears of twice because somebody has taken care of it, and who else is told where nobody has.
#include "tests/daemon/notify/dispatcher_in_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Statuses kDown{{"Down contoso", "firing"}};

/// The team is told of everything, the lead after half an hour, the boss after two.
class EscalationTest : public DispatcherInTime {
 protected:
  EscalationTest() : DispatcherInTime(routing()) {}

  static Routing routing() {
    Routing routing{.route = route()};
    routing.route.escalate = {{30min, "lead"}, {2h, "boss"}};
    for (const auto* receiver : {"team", "lead", "boss"}) routing.receivers.push_back({receiver, {webhook()}});
    return routing;
  }

  void restart() { DispatcherInTime::restart(routing()); }
  using DispatcherInTime::restart;

  std::string silence(std::string_view text, Milliseconds length) {
    return silences_.set({.matchers = matchers(text), .starts_at = now_, .ends_at = now_ + length}, "id", now_).value();
  }

  void acknowledge(std::string_view text, Milliseconds length) {
    EXPECT_THAT(dispatcher_->acknowledge({.matchers = matchers(text)}, {"ada", "looking", now_, now_ + length}, now_),
                SizeIs(1));
  }
};

TEST_F(EscalationTest, EachStepIsTakenToTheSecondAndRepeatsAsTheOthers) {
  receive(firing("Down", now_));
  run_until(4h + 31min);
  EXPECT_THAT(told(),
              ElementsAre(Told{30s, "team", kDown}, Told{30min + 30s, "lead", kDown}, Told{2h + 30s, "boss", kDown},
                          Told{4h + 30s, "team", kDown}, Told{4h + 30min + 30s, "lead", kDown}));
}

TEST_F(EscalationTest, AllWhoWereToldAreToldOfTheEnd) {
  receive(firing("Down", now_));
  run_until(1h);
  told();
  receive(resolved(firing("Down", kStart), now_));
  run_until(24h);
  const Statuses over{{"Down contoso", "resolved"}};
  EXPECT_THAT(told(), UnorderedElementsAre(Told{1h + 30s, "team", over}, Told{1h + 30s, "lead", over}));
  EXPECT_EQ(dispatcher_->size(), 0U);
}

TEST_F(EscalationTest, WhatIsAcknowledgedIsNeitherRepeatedNorEscalatedAndItsEndIsTold) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  acknowledge("alertname=Down", 8h);
  run_until(7h);
  EXPECT_THAT(told(), IsEmpty());
  receive(resolved(firing("Down", kStart), now_));
  run_until(24h);
  EXPECT_THAT(told(), ElementsAre(Told{7h + 30s, "team", {{"Down contoso", "resolved"}}}));
}

TEST_F(EscalationTest, GoesOnTheMomentTheAcknowledgementExpires) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  acknowledge("alertname=Down", 5h + 7s);
  run_until(5h + 20min);
  constexpr auto kExpired = 5h + 10min + 7s;
  EXPECT_THAT(told(), UnorderedElementsAre(Told{kExpired, "team", kDown}, Told{kExpired, "lead", kDown},
                                           Told{kExpired, "boss", kDown}));
  EXPECT_THAT(dispatcher_->acknowledged(now_), IsEmpty());
}

TEST_F(EscalationTest, GoesOnTheMomentTheAcknowledgementIsWithdrawn) {
  const auto alert = firing("Down", now_);
  receive(alert);
  run_until(10min);
  acknowledge("alertname=Down", 8h);
  run_until(1h);
  told();
  EXPECT_TRUE(dispatcher_->withdraw_acknowledgement(fingerprint(alert.labels), now_));
  EXPECT_FALSE(dispatcher_->withdraw_acknowledgement(fingerprint(alert.labels), now_));
  run_until(1h);
  EXPECT_THAT(told(), ElementsAre(Told{1h, "lead", kDown}));
}

TEST_F(EscalationTest, IsTakenWithinTheMinuteInWhichASilenceIsEndedByHand) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  const auto id = silence("alertname=Down", 8h);
  run_until(1h + 1min + 10s);
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_TRUE(silences_.expire(id, now_));
  run_until(1h + 5min);
  EXPECT_THAT(told(), ElementsAre(Told{1h + 2min, "lead", kDown}));
}

TEST_F(EscalationTest, NothingIsLookedAtMoreOftenThanEachMinuteMeanwhile) {
  receive(firing("Down", now_));
  run_until(10min);
  silence("alertname=Down", 8h);
  run_until(1h);
  EXPECT_EQ(dispatcher_->next_wake(), now_ + 30s) << "the group's flush";
  (void)dispatcher_->advance(now_ + 30s);
  EXPECT_EQ(dispatcher_->next_wake(), now_ + 1min);
}

TEST_F(EscalationTest, EachStepIsSaidOnceForEachAlert) {
  receive(firing("Down", now_));
  run_until(30min);
  receive(firing("Down", now_, "fabrikam"));
  const auto taken = dispatcher_->advance(kStart + 30min + 30s).escalations;
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].labels, firing("Down", now_).labels);
  EXPECT_EQ(taken[0].step, 1U);
  EXPECT_EQ(taken[0].after, 30min);
  EXPECT_EQ(taken[0].receiver, "lead");
  EXPECT_EQ(taken[0].group, R"({}:{alertname="Down"})");
  std::vector<std::string> later;
  for (auto after = 31min; after < 3h; after += 1min)
    for (const auto& escalation : dispatcher_->advance(kStart + after).escalations)
      later.push_back(std::to_string(escalation.step) + std::string(escalation.labels.get("tenant")));
  EXPECT_THAT(later, ElementsAre("2contoso")) << "what else fires in the group is told along with it";
}

TEST_F(EscalationTest, TheNextStepIsForetold) {
  const auto alert = firing("Down", now_);
  const auto next = [&] { return dispatcher_->explain(alert.labels, now_).routes.at(0).escalation; };
  receive(alert);
  ASSERT_TRUE(next());
  EXPECT_EQ(next()->due, std::nullopt) << "nobody was told";
  run_until(10min);
  EXPECT_EQ(next()->step, 1U);
  EXPECT_EQ(next()->due, kStart + 30min + 30s);
  acknowledge("alertname=Down", 1h);
  EXPECT_EQ(next()->due, kStart + 1h + 10min);
  run_until(1h + 30min);
  EXPECT_EQ(next()->receiver, "boss");
  run_until(3h);
  EXPECT_FALSE(next()) << "all are taken";
}

TEST_F(EscalationTest, WhomItWasEscalatedToIsOwedTheEndOfWhatIsAcknowledged) {
  const auto alert = firing("Down", now_);
  receive(alert);
  run_until(40min);
  acknowledge("alertname=Down", 1h);
  const auto integrations = dispatcher_->explain(alert.labels, now_).routes.at(0).integrations;
  const auto lead = std::ranges::find(integrations, "lead", [](const auto& one) { return one.to.receiver; });
  ASSERT_NE(lead, integrations.end());
  EXPECT_EQ(lead->why, "it was escalated to, which is over: its end will be told");
}

TEST_F(EscalationTest, OfTwoAcknowledgementsTheLaterCounts) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  acknowledge("alertname=Down", 8h);
  run_until(20min);
  acknowledge("alertname=Down", 30min);
  run_until(50min);
  EXPECT_THAT(told(), ElementsAre(Told{50min, "lead", kDown}));
}

TEST_F(EscalationTest, AnAcknowledgementAfterTheFirstStepStopsTheSecondAndAllRepeats) {
  receive(firing("Down", now_));
  run_until(1h);
  told();
  acknowledge("alertname=Down", 23h);
  run_until(23h);
  EXPECT_THAT(told(), IsEmpty());
  receive(resolved(firing("Down", kStart), now_));
  run_until(23h + 30min);
  const Statuses over{{"Down contoso", "resolved"}};
  EXPECT_THAT(told(), UnorderedElementsAre(Told{23h + 30s, "team", over}, Told{23h + 30s, "lead", over}));
}

TEST_F(EscalationTest, ANewFiringOfTheSameAlertIsNotAcknowledgedAndItsTimeBeginsAnew) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  acknowledge("alertname=Down", 24h);
  run_until(40min + 40s);
  receive(resolved(firing("Down", kStart), now_));
  run_until(41min);
  receive(firing("Down", now_));
  EXPECT_THAT(dispatcher_->acknowledged(now_), IsEmpty());
  run_until(1h + 20min);
  EXPECT_THAT(told(), ElementsAre(Told{1h + 11min, "lead", kDown})) << "its end was over before it could be told";
}

TEST_F(EscalationTest, NewAlertsOfTheGroupAreToldAndEscalatedBesideOneThatIsAcknowledged) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  acknowledge("tenant=contoso", 24h);
  receive(firing("Down", now_, "fabrikam"));
  run_until(45min);
  const Statuses both{{"Down contoso", "firing"}, {"Down fabrikam", "firing"}};
  EXPECT_THAT(told(), ElementsAre(Told{10min + 30s, "team", both}, Told{40min + 30s, "lead", both}));
}

TEST_F(EscalationTest, OnlyWhatFiresCanBeAcknowledged) {
  receive(firing("Down", now_));
  receive(firing("Full", now_));
  run_until(1min);
  receive(resolved(firing("Full", kStart), now_));
  const Acknowledgement by_ada{"ada", "looking", now_, now_ + 1h};
  EXPECT_THAT(dispatcher_->acknowledge({.matchers = matchers("alertname=Full")}, by_ada, now_), IsEmpty());
  EXPECT_THAT(dispatcher_->acknowledge({.fingerprint = "0123456789abcdef"}, by_ada, now_), IsEmpty());
  const auto down = fingerprint(firing("Down", now_).labels);
  EXPECT_THAT(dispatcher_->acknowledge({.fingerprint = down}, by_ada, now_), SizeIs(1));
  const auto acknowledged = dispatcher_->acknowledged(now_);
  ASSERT_THAT(acknowledged, SizeIs(1));
  EXPECT_EQ(acknowledged[0].fingerprint, down);
  EXPECT_EQ(acknowledged[0].acknowledgement, by_ada);
}

TEST_F(EscalationTest, WhatIsSilencedOrInhibitedIsNotEscalatedBeforeThatEnds) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  silence("alertname=Down", 1h + 7s);
  run_until(70min);
  EXPECT_THAT(told(), IsEmpty());
  run_until(80min);
  EXPECT_THAT(told(), ElementsAre(Told{70min + 7s, "lead", kDown})) << "not with the group's next flush";
}

TEST_F(EscalationTest, InAMutedRouteNothingIsEscalated) {
  auto muted = routing();
  muted.time_intervals = {{"lunch", {TimeInterval{.times = {{610, 660}}}}}};
  RouteConfig below = muted.route;
  below.matchers = matchers("tenant=contoso");
  below.mute_time_intervals = {"lunch"};
  muted.route.routes = {below};
  make(muted);
  receive(firing("Down", now_));
  run_until(59min);
  EXPECT_THAT(told(), ElementsAre(Told{30s, "team", kDown}));
  run_until(1h + 10min);
  EXPECT_THAT(told(), ElementsAre(Told{60min, "lead", kDown}));
}

TEST_F(EscalationTest, WhatWasNeverToldIsNotEscalated) {
  ASSERT_TRUE(
      silences_.set({.matchers = matchers("alertname=Down"), .starts_at = now_, .ends_at = now_ + 1h}, "s", now_));
  receive(firing("Down", now_));
  run_until(1h + 20min);
  EXPECT_THAT(told(), ElementsAre(Told{1h + 30s, "team", kDown}));
  run_until(1h + 40min);
  EXPECT_THAT(told(), ElementsAre(Told{1h + 30min + 30s, "lead", kDown})) << "it counts from when it was told";
}

TEST_F(EscalationTest, ARestartForgetsNoAcknowledgementAndNoTime) {
  receive(firing("Down", now_));
  receive(firing("Full", now_));
  run_until(10min);
  told();
  acknowledge("alertname=Full", 8h);
  restart();
  receive(refreshed(firing("Down", kStart), now_));
  receive(refreshed(firing("Full", kStart), now_));
  run_until(2h);
  EXPECT_THAT(told(), ElementsAre(Told{30min + 30s, "lead", kDown}));
  restart();
  receive(refreshed(firing("Full", kStart), now_));
  EXPECT_THAT(dispatcher_->acknowledged(now_), SizeIs(1));
}

TEST_F(EscalationTest, AfterARestartItWaitsUntilTheAlertIsConfirmed) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  restart();
  run_until(40min);
  EXPECT_THAT(told(), IsEmpty());
  receive(refreshed(firing("Down", kStart), now_));
  run_until(40min);
  EXPECT_THAT(told(), ElementsAre(Told{40min, "lead", kDown}));
}

TEST_F(EscalationTest, AReloadMayAddStepsToWhatWasToldBeforeAndTakeThemAway) {
  auto plain = routing();
  plain.route.escalate.clear();
  make(plain);
  receive(firing("Down", now_));
  run_until(1h);
  told();
  dispatcher_->set_routing(routing(), 5min, "", now_);
  run_until(1h + 10min);
  EXPECT_THAT(told(), ElementsAre(Told{1h, "lead", kDown})) << "it was told an hour ago";
  dispatcher_->set_routing(plain, 5min, "", now_);
  run_until(3h);
  EXPECT_THAT(told(), IsEmpty());
  receive(resolved(firing("Down", kStart), now_));
  run_until(3h + 10min);
  const Statuses over{{"Down contoso", "resolved"}};
  const auto last = told();
  ASSERT_THAT(last, SizeIs(2)) << "the lead was told, and is told of the end";
  EXPECT_EQ(last[0].alerts, over);
  EXPECT_EQ(last[1].alerts, over);
}

TEST_F(EscalationTest, WhatMovesToAnotherGroupKeepsItsTime) {
  receive(firing("Down", now_));
  run_until(10min);
  told();
  auto by_tenant = routing();
  by_tenant.route.group_by = {"tenant"};
  dispatcher_->set_routing(by_tenant, 5min, "", now_);
  run_until(1h);
  EXPECT_THAT(told(), ElementsAre(Told{30min + 30s, "lead", kDown}));
}

TEST_F(EscalationTest, ARouteBelowWhoseReceiverIsAStepTellsItOnce) {
  auto twice = routing();
  twice.route.receiver = "lead";
  make(twice);
  receive(firing("Down", now_));
  run_until(3h);
  EXPECT_THAT(told(), ElementsAre(Told{30s, "lead", kDown}, Told{2h + 30s, "boss", kDown}));
}

}  // namespace
}  // namespace a2od
