// What is owed while silences, other alerts or the calendar keep it from being told.
#include "tests/daemon/notify/dispatcher_in_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class MutingTest : public DispatcherInTime {
 protected:
  MutingTest() : DispatcherInTime(routing()) {}

  /// The team's route is muted from 10:10 to 11:00.
  static Routing routing() {
    Routing routing{.route = route(), .receivers = {{"team", {webhook()}}, {"log", {webhook()}}}};
    RouteConfig muted = route();
    muted.matchers = matchers("tenant=contoso");
    muted.mute_time_intervals = {"lunch"};
    routing.route.routes = {muted};
    routing.inhibit_rules = {{"", matchers("alertname=TenantDown"), matchers("alertname!=TenantDown"), {"tenant"}}};
    routing.time_intervals = {{"lunch", {TimeInterval{.times = {{610, 660}}}}}};
    return routing;
  }

  /// The log is told of everything besides, at its own interval.
  static Routing routing_with_log(Milliseconds group_interval) {
    auto both = routing();
    RouteConfig log = route();
    log.receiver = "log";
    log.group_interval = group_interval;
    log.continues = true;
    both.route.routes.insert(both.route.routes.begin(), log);
    return both;
  }

  void silence(std::string_view text, Milliseconds length) {
    ASSERT_TRUE(silences_.set({.matchers = matchers(text), .starts_at = now_, .ends_at = now_ + length}, "s", now_));
  }
};

TEST_F(MutingTest, WhatIsSilencedIsToldWhenTheSilenceEnds) {
  silence("tenant=fabrikam", 7min);
  receive(firing("Down", now_, "fabrikam"));
  run_until(6min);
  EXPECT_THAT(told(), IsEmpty());
  run_until(11min);
  EXPECT_THAT(told(), ElementsAre(Told{10min + 30s, "team", {{"Down fabrikam", "firing"}}})) << "at the next interval";
}

TEST_F(MutingTest, TheEndOfWhatWasToldIsToldInASilenceToo) {
  receive(firing("Down", now_, "fabrikam"));
  run_until(1min);
  told();
  silence("tenant=fabrikam", 8h);
  receive(resolved(firing("Down", kStart, "fabrikam"), now_));
  run_until(6min);
  EXPECT_THAT(told(), ElementsAre(Told{5min + 30s, "team", {{"Down fabrikam", "resolved"}}}));
}

TEST_F(MutingTest, TheEndOfWhatWasNeverToldIsNot) {
  silence("tenant=fabrikam", 8h);
  receive(firing("Down", now_, "fabrikam"));
  run_until(1min);
  receive(resolved(firing("Down", kStart, "fabrikam"), now_));
  run_until(20min);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(dispatcher_->size(), 0U) << "and it is not kept";
}

TEST_F(MutingTest, OthersOfTheGroupAreToldAndWhatIsSilencedIsNotTakenForTheirEnd) {
  receive(firing("Down", now_, "fabrikam"));
  run_until(1min);
  told();
  silence("tenant=fabrikam", 8h);
  receive(firing("Down", now_, "wingtip"));
  run_until(6min);
  EXPECT_THAT(told(), ElementsAre(Told{5min + 30s, "team", {{"Down wingtip", "firing"}}}));
  receive(resolved(firing("Down", kStart, "fabrikam"), now_));
  run_until(11min);
  EXPECT_THAT(told(),
              ElementsAre(Told{10min + 30s, "team", {{"Down fabrikam", "resolved"}, {"Down wingtip", "firing"}}}));
}

TEST_F(MutingTest, ASilencedAlertIsNotRepeatedAndGoesOnWhenTheSilenceEnds) {
  receive(firing("Down", now_, "fabrikam"));
  run_until(1min);
  told();
  silence("tenant=fabrikam", 6h);
  run_until(6h);
  EXPECT_THAT(told(), IsEmpty());
  run_until(6h + 10min);
  EXPECT_THAT(told(), SizeIs(1)) << "its repeat fell due in the silence";
}

TEST_F(MutingTest, InARouteThatIsMutedNothingIsTold) {
  run_until(11min);
  receive(firing("Down", now_));
  run_until(59min);
  EXPECT_THAT(told(), IsEmpty());
  run_until(65min);
  EXPECT_THAT(told(), ElementsAre(Told{61min + 30s, "team", {{"Down contoso", "firing"}}}));
}

TEST_F(MutingTest, TheEndOfWhatWasToldIsToldWhenTheRouteIsNotMutedAnyMore) {
  receive(firing("Down", now_));
  run_until(5min);
  EXPECT_THAT(told(), ElementsAre(Told{30s, "team", {{"Down contoso", "firing"}}}));
  run_until(20min);
  receive(resolved(firing("Down", kStart), now_));
  run_until(59min);
  EXPECT_THAT(told(), IsEmpty());
  run_until(2h);
  EXPECT_THAT(told(), ElementsAre(Told{60min, "team", {{"Down contoso", "resolved"}}})) << "at once, and once";
  EXPECT_EQ(dispatcher_->size(), 0U);
}

TEST_F(MutingTest, WhatFiresAgainBeforeItsEndWasToldIsNoNews) {
  receive(firing("Down", now_));
  run_until(20min);
  told();
  receive(resolved(firing("Down", kStart), now_));
  run_until(30min);
  receive(firing("Down", now_));
  run_until(2h);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(MutingTest, WhereResolvesAreNotSentNoEndIsOwed) {
  auto silent = routing();
  std::get<WebhookConfig>(silent.receivers[0].integrations[0]).send_resolved = false;
  make(silent);
  receive(firing("Down", now_));
  run_until(20min);
  told();
  receive(resolved(firing("Down", kStart), now_));
  run_until(30min);
  EXPECT_EQ(dispatcher_->size(), 0U);
  run_until(2h);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(MutingTest, AnInhibitedAlertIsToldOnceItsSourceHasEnded) {
  receive(firing("TenantDown", now_, "fabrikam"));
  receive(firing("Full", now_, "fabrikam"));
  run_until(1min);
  EXPECT_THAT(told(), ElementsAre(Told{30s, "team", {{"TenantDown fabrikam", "firing"}}}));
  receive(resolved(firing("TenantDown", kStart, "fabrikam"), now_));
  run_until(6min);
  EXPECT_THAT(told(), testing::UnorderedElementsAre(Told{5min + 30s, "team", {{"Full fabrikam", "firing"}}},
                                                    Told{5min + 30s, "team", {{"TenantDown fabrikam", "resolved"}}}));
}

TEST_F(MutingTest, SourcesInhibitAfterARestartAndAReload) {
  receive(firing("TenantDown", now_, "fabrikam"));
  run_until(1min);
  told();
  restart(routing());
  receive(firing("Full", now_, "fabrikam"));
  run_until(6min);
  EXPECT_THAT(told(), IsEmpty());
  dispatcher_->set_routing(routing(), 5min, "", now_);
  run_until(12min);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(MutingTest, AnAlertThatTakesTwoRoutesIsToldOnBothAndDoneWithBoth) {
  make(routing_with_log(20min));
  receive(firing("Down", now_));
  run_until(1min);
  EXPECT_THAT(told(), testing::UnorderedElementsAre(Told{30s, "log", {{"Down contoso", "firing"}}},
                                                    Told{30s, "team", {{"Down contoso", "firing"}}}));
  receive(resolved(firing("Down", kStart), now_));
  run_until(6min);
  EXPECT_THAT(told(), ElementsAre(Told{5min + 30s, "team", {{"Down contoso", "resolved"}}}));
  run_until(21min);
  EXPECT_THAT(told(), ElementsAre(Told{20min + 30s, "log", {{"Down contoso", "resolved"}}}));
  EXPECT_EQ(dispatcher_->size(), 0U);
}

TEST_F(MutingTest, WhenTheTreeChangesTheEndIsOwedToThoseWhoWereTold) {
  receive(firing("Down", now_, "fabrikam"));
  run_until(1min);
  told();
  auto elsewhere = routing();
  RouteConfig log = route();
  log.receiver = "log";
  log.matchers = matchers("tenant=fabrikam");
  elsewhere.route.routes = {log};
  dispatcher_->set_routing(elsewhere, 5min, "", now_);
  run_until(2min);
  EXPECT_THAT(told(), ElementsAre(Told{1min, "log", {{"Down fabrikam", "firing"}}})) << "the new one is told";
  receive(resolved(firing("Down", kStart, "fabrikam"), now_));
  run_until(7min);
  EXPECT_THAT(told(), testing::UnorderedElementsAre(Told{6min, "log", {{"Down fabrikam", "resolved"}}},
                                                    Told{6min, "team", {{"Down fabrikam", "resolved"}}}));
}

TEST_F(MutingTest, ARouteThatToldTheEndDoesNotTellItAgainBecauseAnotherOwesIt) {
  const auto both = routing_with_log(5min);
  make(both);
  receive(firing("Down", now_));
  receive(firing("Down", now_, "fabrikam"));
  run_until(20min);
  told();
  receive(resolved(firing("Down", kStart), now_));
  receive(firing("Down", now_, "wingtip"));
  run_until(26min);
  receive(resolved(firing("Down", kStart, "fabrikam"), now_));
  run_until(32min);
  told();
  restart(both);
  dispatcher_->set_routing(both, 5min, "", now_);
  run_until(59min);
  for (const auto& message : told()) EXPECT_FALSE(message.alerts.contains("Down contoso")) << message.receiver;
  run_until(61min);
  EXPECT_THAT(told(), ElementsAre(Told{60min, "team", {{"Down contoso", "resolved"}}}));
}

TEST_F(MutingTest, ARouteThatIsAddedBeforeOthersChangesNothingForThem) {
  receive(firing("Down", now_, "contoso"));
  run_until(1min);
  told();
  auto more = routing();
  RouteConfig log = route();
  log.receiver = "log";
  log.matchers = matchers("tenant=nobody");
  more.route.routes.insert(more.route.routes.begin(), log);
  const auto before = dispatcher_->state().groups.at(0).id();
  dispatcher_->set_routing(more, 5min, "", now_);
  EXPECT_EQ(dispatcher_->state().groups.at(0).id(), before);
  run_until(9min);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(MutingTest, RepeatsCountFromTheDelivery) {
  receive(firing("Down", now_, "fabrikam"));
  run_until(1min);
  told();
  const auto group = dispatcher_->state().groups.at(0).id();
  dispatcher_->delivered({"team", 0}, group, kStart + 2h);
  run_until(6h + 1min);
  EXPECT_THAT(told(), ElementsAre(Told{6h, "team", {{"Down fabrikam", "firing"}}}));
}

TEST_F(MutingTest, TheViewSaysWhatKeepsAnAlert) {
  silence("alertname=Full", 1h);
  receive(firing("TenantDown", now_));
  receive(firing("Full", now_));
  dispatcher_->hold_until(kStart + 1h);
  const auto view = dispatcher_->view(kStart + 15min);
  const auto source = fingerprint(firing("TenantDown", now_).labels);
  const auto& full = *view.find(fingerprint(firing("Full", now_).labels));
  EXPECT_THAT(full.suppression.silenced_by, ElementsAre("s"));
  EXPECT_THAT(full.suppression.inhibited_by, ElementsAre(source));
  EXPECT_FALSE(view.find(source)->suppression.any());
  ASSERT_THAT(view.groups, SizeIs(2));
  EXPECT_THAT(view.groups[0].muted_by, ElementsAre("lunch"));
}

}  // namespace
}  // namespace a2od
