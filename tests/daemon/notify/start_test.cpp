// After a start nothing is told before the rules that may know better were evaluated.
#include "tests/daemon/notify/dispatcher_in_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

const Labels kTenantDown{{"alertname", "TenantDown"}};
const Labels kFull{{"alertname", "Full"}};

class StartTest : public DispatcherInTime {
 protected:
  StartTest() : DispatcherInTime(routing()) {}

  static Routing routing() {
    Routing routing{.route = route(), .receivers = receivers()};
    routing.inhibit_rules = {{"", matchers("alertname=TenantDown"), matchers("alertname=Full"), {"tenant"}}};
    return routing;
  }

  void restart() {
    DispatcherInTime::restart(routing());
    started_ = now_;
  }

  void await(std::vector<Labels> rules) { dispatcher_->await_rules(std::move(rules), started_ + 2min, now_); }

  Timestamp started_ = kStart;
};

TEST_F(StartTest, AnAlertIsToldOnceItsPossibleInhibitorsWereEvaluated) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(50s);
  EXPECT_THAT(told(), IsEmpty());
  const auto labels = firing("Full", now_).labels;
  EXPECT_EQ(dispatcher_->explain(labels, now_).waits_until, started_ + 2min);
  await({});
  EXPECT_EQ(dispatcher_->explain(labels, now_).waits_until, std::nullopt);
  run_until(50s);
  EXPECT_THAT(told(), ElementsAre(Told{50s, "team", {{"Full contoso", "firing"}}}))
      << "at once: its group has waited enough";
}

TEST_F(StartTest, AnInhibitorThatFiresThenKeepsItBack) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(50s);
  receive(firing("TenantDown", now_));
  await({});
  run_until(30min);
  EXPECT_THAT(told(), ElementsAre(Told{80s, "team", {{"TenantDown contoso", "firing"}}}));
}

TEST_F(StartTest, NothingWaitsLongerThanTwoMinutes) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(10min);
  EXPECT_THAT(told(), ElementsAre(Told{2min, "team", {{"Full contoso", "firing"}}}));
}

TEST_F(StartTest, WhatIsOfNoConcernIsNotWaitedFor) {
  await({kTenantDown.with("tenant", "fabrikam"), kFull, Labels{{"alertname", "Slow"}}});
  receive(firing("Full", now_));
  receive(firing("TenantDown", now_, "wingtip"));
  run_until(1min);
  EXPECT_THAT(told(), testing::UnorderedElementsAre(Told{30s, "team", {{"Full contoso", "firing"}}},
                                                    Told{30s, "team", {{"TenantDown wingtip", "firing"}}}));
}

TEST_F(StartTest, OthersOfItsGroupAreToldMeanwhile) {
  await({kTenantDown.with("tenant", "contoso")});
  receive(firing("Full", now_));
  receive(firing("Full", now_, "wingtip"));
  run_until(90s);
  EXPECT_THAT(told(), ElementsAre(Told{30s, "team", {{"Full wingtip", "firing"}}}));
  await({});
  run_until(2min);
  EXPECT_THAT(told(), ElementsAre(Told{90s, "team", {{"Full contoso", "firing"}, {"Full wingtip", "firing"}}}));
}

TEST_F(StartTest, AlertsOfOthersDoNotWaitAlsoAfterTheNextStart) {
  await({kTenantDown, kFull});
  auto posted = firing("Full", now_);
  posted.from_others = true;
  receive(posted);
  run_until(20s);
  restart();
  await({kTenantDown, kFull});
  run_until(1min);
  EXPECT_THAT(told(), ElementsAre(Told{30s, "team", {{"Full contoso", "firing"}}}));
}

TEST_F(StartTest, WhatFiredBeforeTheRestartWaitsForItsOwnRule) {
  receive(firing("Full", now_));
  run_until(20s);
  restart();
  await({kFull});
  run_until(70s);
  EXPECT_THAT(told(), IsEmpty());
  receive(resolved(firing("Full", kStart), now_));
  await({});
  run_until(10min);
  EXPECT_THAT(told(), IsEmpty()) << "it ended before anybody heard of it";
}

TEST_F(StartTest, WhatWasToldIsNotTakenForEndedAndItsEndDoesNotWait) {
  receive(firing("Full", now_));
  run_until(1min);
  told();
  restart();
  await({kTenantDown, kFull});
  run_until(2min);
  EXPECT_THAT(told(), IsEmpty());
  receive(resolved(firing("Full", kStart), now_));
  dispatcher_->set_routing(routing(), 5min, "", now_);
  run_until(2min);
  EXPECT_THAT(told(), ElementsAre(Told{2min, "team", {{"Full contoso", "resolved"}}}));
}

TEST_F(StartTest, AReloadMeanwhileChangesNothing) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(40s);
  dispatcher_->set_routing(routing(), 5min, "", now_);
  run_until(100s);
  EXPECT_THAT(told(), IsEmpty());
  run_until(3min);
  EXPECT_THAT(told(), ElementsAre(Told{2min, "team", {{"Full contoso", "firing"}}}));
}

TEST_F(StartTest, WhatOthersPostEndsWhenTheySayAlsoRightAfterAStart) {
  restart();
  auto named = firing("Full", now_);
  named.ends_at = now_ + 2min;
  named.from_others = true;
  receive(named);
  receive({.labels = Labels{{"alertname", "Down"}}, .from_others = true});
  const auto end_of = [&](std::string_view name) {
    for (const auto& shown : dispatcher_->view(now_).alerts)
      if (shown.alert->labels.get("alertname") == name) return shown.ends_at - started_;
    return Milliseconds(0);
  };
  EXPECT_EQ(end_of("Full"), 2min);
  EXPECT_EQ(end_of("Down"), 5min) << "resolve_timeout";
  now_ += 3min;
  EXPECT_EQ(dispatcher_->explain(named.labels, now_).ends_at, started_ + 2min);
  EXPECT_EQ(dispatcher_->explain(named.labels, now_).held_until, std::nullopt);
}

TEST_F(StartTest, WhatOthersPostedBeforeMayBeRepeatedFirst) {
  const auto post = [&] {
    auto posted = firing("Full", now_);
    posted.from_others = true;
    receive(posted);
  };
  post();
  now_ += 1h;
  restart();
  EXPECT_EQ(dispatcher_->view(now_).alerts.at(0).ends_at, now_ + 10min);
  post();
  EXPECT_EQ(dispatcher_->view(now_).alerts.at(0).ends_at, now_ + 4min);
}

}  // namespace
}  // namespace a2od
