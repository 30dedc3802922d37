#include "daemon/notify/dispatcher.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;

const DispatcherOptions kOptions{.external_url = "http://a2od"};

std::vector<Message> advance(Dispatcher& dispatcher, Timestamp now) { return dispatcher.advance(now).messages; }

void receive(Dispatcher& dispatcher, AlertNotice notice, Timestamp now) {
  dispatcher.receive(std::vector{std::move(notice)}, now);
}

/// Told of one firing alert.
Dispatcher told(const AlertNotice& notice) {
  Dispatcher dispatcher({route(), receivers()}, kOptions);
  receive(dispatcher, notice, kStart);
  EXPECT_EQ(advance(dispatcher, kStart + 30s).size(), 1U);
  return dispatcher;
}

Dispatcher restarted(const Dispatcher& before, Timestamp now, RouteConfig with = route(),
                     std::vector<ReceiverConfig> to = receivers()) {
  Dispatcher dispatcher({std::move(with), std::move(to)}, kOptions);
  dispatcher.restore(before.state(), now);
  return dispatcher;
}

TEST(DispatcherRestart, SendsNothingAgain) {
  const auto before = told(firing("Down", kStart));
  auto after = restarted(before, kStart + 1min);
  for (auto now = kStart + 1min; now < kStart + 9min; now += 10s) EXPECT_TRUE(advance(after, now).empty());
}

TEST(DispatcherRestart, DoesNotTakeSilenceForTheEnd) {
  const auto before = told(firing("Down", kStart));
  auto after = restarted(before, kStart + 2h);
  EXPECT_TRUE(advance(after, kStart + 2h).empty());
  receive(after, refreshed(firing("Down", kStart), kStart + 2h + 9min), kStart + 2h + 9min);
  EXPECT_TRUE(advance(after, kStart + 2h + 12min).empty());
}

TEST(DispatcherRestart, ResolvesWhatNobodyConfirmsWithinTheGrace) {
  const auto before = told(firing("Down", kStart));
  auto after = restarted(before, kStart + 1h);
  const auto messages = advance(after, kStart + 1h + 15min);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(statuses(messages[0].body), (Statuses{{"Down contoso", "resolved"}}));
}

TEST(DispatcherRestart, OwesTheResolveOfWhatWasToldBefore) {
  const auto before = told(firing("Down", kStart));
  auto after = restarted(before, kStart + 1min);
  receive(after, resolved(firing("Down", kStart), kStart + 2min), kStart + 2min);
  EXPECT_TRUE(advance(after, kStart + 2min).empty());
  EXPECT_EQ(advance(after, kStart + 5min + 30s).size(), 1U);
}

TEST(DispatcherRestart, FinishesAWaitThatHadBegun) {
  Dispatcher before({route(), receivers()}, kOptions);
  receive(before, firing("Down", kStart), kStart);
  auto soon = restarted(before, kStart + 10s);
  EXPECT_EQ(soon.next_wake(), kStart + 30s);
  auto late = restarted(before, kStart + 10min);
  EXPECT_EQ(advance(late, kStart + 10min).size(), 1U);
}

TEST(DispatcherRestart, DoesAtOnceWhatFellDueMeanwhile) {
  auto before = told(firing("Down", kStart));
  receive(before, resolved(firing("Down", kStart), kStart + 1min), kStart + 1min);
  auto after = restarted(before, kStart + 20min);
  EXPECT_EQ(advance(after, kStart + 20min).size(), 1U);
}

TEST(DispatcherRestart, KeepsTheGroupIntervalThatRuns) {
  auto before = told(firing("Down", kStart));
  receive(before, resolved(firing("Down", kStart), kStart + 1min), kStart + 1min);
  auto after = restarted(before, kStart + 2min);
  EXPECT_TRUE(advance(after, kStart + 2min).empty());
  EXPECT_EQ(after.next_wake(), kStart + 5min + 30s);
}

TEST(DispatcherRestart, RepeatsOnlyWhatIsConfirmed) {
  const auto before = told(firing("Down", kStart));
  auto after = restarted(before, kStart + 5h);
  EXPECT_TRUE(advance(after, kStart + 5h).empty());
  receive(after, refreshed(firing("Down", kStart), kStart + 5h + 1min), kStart + 5h + 1min);
  EXPECT_EQ(advance(after, kStart + 5h + 1min).size(), 1U);
}

TEST(DispatcherRestart, RestoresExactlyWhatItWasGiven) {
  auto before = told(firing("Down", kStart));
  receive(before, firing("Full", kStart + 1min), kStart + 1min);
  const auto after = restarted(before, kStart + 1min);
  EXPECT_EQ(after.state().groups, before.state().groups);
}

TEST(DispatcherReload, KeepsWhatWasToldOfEqualGroups) {
  auto dispatcher = told(firing("Down", kStart));
  dispatcher.set_routing({route(), receivers()}, 5min, "http://a2od", kStart + 1min);
  EXPECT_TRUE(advance(dispatcher, kStart + 1min).empty());
  receive(dispatcher, resolved(firing("Down", kStart), kStart + 2min), kStart + 2min);
  EXPECT_EQ(advance(dispatcher, kStart + 6min).size(), 1U);
}

TEST(DispatcherReload, KnowsRegroupedAlertsByFingerprint) {
  auto dispatcher = told(firing("Down", kStart));
  auto by_tenant = route();
  by_tenant.group_by = {"tenant"};
  dispatcher.set_routing({by_tenant, receivers()}, 5min, "http://a2od", kStart + 1min);
  const auto changes = dispatcher.advance(kStart + 1min);
  EXPECT_TRUE(changes.messages.empty());
  EXPECT_EQ(changes.removed_groups, (std::vector<std::string>{R"({}:{alertname="Down"})"}));
  receive(dispatcher, resolved(firing("Down", kStart), kStart + 2min), kStart + 2min);
  const auto messages = advance(dispatcher, kStart + 6min);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].group_key, R"({}:{tenant="contoso"})");
}

TEST(DispatcherReload, OwesResolvesToAReceiverThatIsNoLongerRoutedTo) {
  auto dispatcher = told(firing("Down", kStart));
  auto both = receivers();
  both.push_back({"others", {webhook()}});
  auto to_others = route();
  to_others.receiver = "others";
  dispatcher.set_routing({to_others, both}, 5min, "http://a2od", kStart + 1min);
  auto messages = advance(dispatcher, kStart + 1min);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].to.receiver, "others");

  receive(dispatcher, firing("Down", kStart + 2min, "fabrikam"), kStart + 2min);
  receive(dispatcher, resolved(firing("Down", kStart), kStart + 2min), kStart + 2min);
  messages = advance(dispatcher, kStart + 6min);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].to.receiver, "team");
  EXPECT_EQ(statuses(messages[1].body), (Statuses{{"Down contoso", "resolved"}}));
}

TEST(DispatcherReload, ForgetsReceiversThatAreGone) {
  auto dispatcher = told(firing("Down", kStart));
  auto to_others = route();
  to_others.receiver = "others";
  dispatcher.set_routing({to_others, receivers("others")}, 5min, "http://a2od", kStart + 1min);
  const auto messages = advance(dispatcher, kStart + 1h);
  ASSERT_EQ(messages.size(), 0U);
  EXPECT_TRUE(dispatcher.state().groups.empty());
}

TEST(DispatcherReload, StartsWithoutReceivers) {
  Dispatcher dispatcher({}, kOptions);
  receive(dispatcher, firing("Down", kStart), kStart);
  EXPECT_TRUE(advance(dispatcher, kStart + 1h).empty());
}

}  // namespace
}  // namespace a2od
