// After a start nothing is told before the rules that may know better were evaluated.
#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <utility>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Matcher> matchers(std::string_view text) { return parse_matchers(text, MatcherSyntax::fallback).value(); }

struct Told {
  Milliseconds at;
  Statuses alerts;
  bool operator==(const Told&) const = default;
  friend void PrintTo(const Told& told, std::ostream* out) {
    *out << told.at.count() / 1000 << " s:";
    for (const auto& [alert, status] : told.alerts) *out << ' ' << alert << ' ' << status;
  }
};

const Labels kTenantDown{{"alertname", "TenantDown"}};
const Labels kFull{{"alertname", "Full"}};

class StartTest : public testing::Test {
 protected:
  StartTest() { start({}); }

  static Routing routing() {
    Routing routing{.route = route(), .receivers = receivers()};
    routing.inhibit_rules = {{"", matchers("alertname=TenantDown"), matchers("alertname=Full"), {"tenant"}}};
    return routing;
  }

  void start(DispatcherState state) {
    dispatcher_.emplace(routing(), DispatcherOptions{});
    dispatcher_->restore(std::move(state), now_);
    started_ = now_;
  }
  void restart() { start(dispatcher_->state()); }

  void await(std::vector<Labels> rules) { dispatcher_->await_rules(std::move(rules), started_ + 2min, now_); }

  void receive(const AlertNotice& notice, Dispatcher::Sender sender = Dispatcher::Sender::rules) {
    dispatcher_->receive(std::vector{notice}, now_, sender);
  }

  /// Lets time pass; alerts do not expire.
  void run_until(Milliseconds after) {
    dispatcher_->hold_until(kStart + after + 24h);
    for (;;) {
      for (const auto& message : dispatcher_->advance(now_).messages)
        told_.push_back({now_ - kStart, statuses(message.body)});
      const auto next = dispatcher_->next_wake();
      if (!next || *next > kStart + after) break;
      ASSERT_GT(*next, now_) << "a wake-up that decides nothing";
      now_ = *next;
    }
    now_ = kStart + after;
  }

  std::vector<Told> told() { return std::exchange(told_, {}); }

  std::optional<Dispatcher> dispatcher_;
  Timestamp now_ = kStart;
  Timestamp started_ = kStart;
  std::vector<Told> told_;
};

TEST_F(StartTest, AnAlertIsToldOnceItsPossibleInhibitorsWereEvaluated) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(50s);
  EXPECT_THAT(told(), IsEmpty());
  await({});
  run_until(50s);
  EXPECT_THAT(told(), ElementsAre(Told{50s, {{"Full contoso", "firing"}}})) << "at once: its group has waited enough";
}

TEST_F(StartTest, AnInhibitorThatFiresThenKeepsItBack) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(50s);
  receive(firing("TenantDown", now_));
  await({});
  run_until(30min);
  EXPECT_THAT(told(), ElementsAre(Told{80s, {{"TenantDown contoso", "firing"}}}));
}

TEST_F(StartTest, NothingWaitsLongerThanTwoMinutes) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(10min);
  EXPECT_THAT(told(), ElementsAre(Told{2min, {{"Full contoso", "firing"}}}));
}

TEST_F(StartTest, WhatIsOfNoConcernIsNotWaitedFor) {
  await({kTenantDown.with("tenant", "fabrikam"), kFull, Labels{{"alertname", "Slow"}}});
  receive(firing("Full", now_));
  receive(firing("TenantDown", now_, "wingtip"));
  run_until(1min);
  EXPECT_THAT(told(), testing::UnorderedElementsAre(Told{30s, {{"Full contoso", "firing"}}},
                                                    Told{30s, {{"TenantDown wingtip", "firing"}}}));
}

TEST_F(StartTest, OthersOfItsGroupAreToldMeanwhile) {
  await({kTenantDown.with("tenant", "contoso")});
  receive(firing("Full", now_));
  receive(firing("Full", now_, "wingtip"));
  run_until(90s);
  EXPECT_THAT(told(), ElementsAre(Told{30s, {{"Full wingtip", "firing"}}}));
  await({});
  run_until(2min);
  EXPECT_THAT(told(), ElementsAre(Told{90s, {{"Full contoso", "firing"}, {"Full wingtip", "firing"}}}));
}

TEST_F(StartTest, AlertsOfOthersDoNotWaitAlsoAfterTheNextStart) {
  await({kTenantDown, kFull});
  receive(firing("Full", now_), Dispatcher::Sender::others);
  run_until(20s);
  restart();
  await({kTenantDown, kFull});
  run_until(1min);
  EXPECT_THAT(told(), ElementsAre(Told{30s, {{"Full contoso", "firing"}}}));
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
  EXPECT_THAT(told(), ElementsAre(Told{2min, {{"Full contoso", "resolved"}}}));
}

TEST_F(StartTest, AReloadMeanwhileChangesNothing) {
  await({kTenantDown});
  receive(firing("Full", now_));
  run_until(40s);
  dispatcher_->set_routing(routing(), 5min, "", now_);
  run_until(100s);
  EXPECT_THAT(told(), IsEmpty());
  run_until(3min);
  EXPECT_THAT(told(), ElementsAre(Told{2min, {{"Full contoso", "firing"}}}));
}

}  // namespace
}  // namespace a2od
