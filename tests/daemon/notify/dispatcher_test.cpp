#include "daemon/notify/dispatcher.hpp"

#include "daemon/notify/webhook_body.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace a2od {
namespace {

using namespace test;

/// One message, and when it was decided.
struct Sent {
  Milliseconds after{};  ///< kStart
  Integration to;
  std::string group_key;
  Statuses alerts;
  bool operator==(const Sent&) const = default;
};

class DispatcherTest : public testing::Test {
 protected:
  void make(RouteConfig route, std::vector<ReceiverConfig> receivers) {
    dispatcher_.emplace(Routing{std::move(route), std::move(receivers)},
                        DispatcherOptions{.external_url = "http://a2od"});
  }

  void receive(std::initializer_list<AlertNotice> notices) { dispatcher_->receive(std::vector(notices), now_); }

  /// Lets time pass, waking exactly when the dispatcher wants it.
  void run_until(Milliseconds after) {
    for (;;) {
      record(dispatcher_->advance(now_));
      const auto next = dispatcher_->next_wake();
      if (!next || *next > kStart + after) break;
      ASSERT_GT(*next, now_) << "a wake-up that decides nothing";
      now_ = *next;
    }
    now_ = kStart + after;
  }

  /// The same, with firing alerts refreshed each minute, as rules do.
  void run_firing_until(Milliseconds after, std::vector<AlertNotice> alerts) {
    while (now_ < kStart + after) {
      for (auto& alert : alerts) alert = refreshed(alert, now_);
      dispatcher_->receive(alerts, now_);
      run_until(std::min(now_ - kStart + 1min, after));
    }
  }

  void record(DispatcherChanges changes) {
    for (auto& message : changes.messages) {
      sent_.push_back({now_ - kStart, message.to, message.group_key, statuses(message.body)});
      EXPECT_EQ(message.id, 0U);
      EXPECT_EQ(message.decided, now_);
    }
  }

  [[nodiscard]] std::vector<Milliseconds> times() const {
    std::vector<Milliseconds> out;
    for (const auto& sent : sent_) out.push_back(sent.after);
    return out;
  }

  Timestamp now_ = kStart;
  std::optional<Dispatcher> dispatcher_ = Dispatcher({route(), receivers()}, {.external_url = "http://a2od"});
  std::vector<Sent> sent_;
};

TEST_F(DispatcherTest, HasNothingToDoWithoutAlerts) {
  EXPECT_EQ(dispatcher_->next_wake(), std::nullopt);
  EXPECT_TRUE(dispatcher_->advance(kStart).empty());
}

TEST_F(DispatcherTest, SendsAGroupOnceItsWaitIsOver) {
  receive({firing("Down", kStart)});
  now_ += 10s;
  receive({firing("Down", now_, "fabrikam"), firing("Full", now_)});
  run_until(1min);
  EXPECT_EQ(
      sent_,
      (std::vector<Sent>{
          {30s, {"team", 0}, R"({}:{alertname="Down"})", {{"Down contoso", "firing"}, {"Down fabrikam", "firing"}}},
          {40s, {"team", 0}, R"({}:{alertname="Full"})", {{"Full contoso", "firing"}}},
      }));
}

TEST_F(DispatcherTest, DoesNotWaitForAlertsOlderThanTheWait) {
  receive({firing("Down", kStart - 31s)});
  run_until(0s);
  EXPECT_EQ(times(), (std::vector<Milliseconds>{0s}));
}

TEST_F(DispatcherTest, TellsOfNewAlertsAtTheNextInterval) {
  receive({firing("Down", kStart)});
  run_until(1min);
  receive(
      {refreshed(firing("Down", kStart), kStart + 10min), refreshed(firing("Down", now_, "fabrikam"), kStart + 10min)});
  run_until(10min);
  EXPECT_EQ(times(), (std::vector<Milliseconds>{30s, 5min + 30s}));
}

TEST_F(DispatcherTest, TellsOfResolvesAtTheNextInterval) {
  const auto down = firing("Down", kStart);
  receive({down});
  run_until(1min);
  receive({resolved(down, now_)});
  run_until(1h);
  ASSERT_EQ(times(), (std::vector<Milliseconds>{30s, 5min + 30s}));
  EXPECT_EQ(sent_[1].alerts, (Statuses{{"Down contoso", "resolved"}}));
  EXPECT_EQ(dispatcher_->next_wake(), std::nullopt);
  EXPECT_TRUE(dispatcher_->state().alerts.empty());
}

TEST_F(DispatcherTest, SaysNothingOfAnAlertThatEndedWithinTheWait) {
  const auto down = firing("Down", kStart);
  receive({down});
  now_ += 10s;
  receive({resolved(down, now_)});
  run_until(1h);
  EXPECT_TRUE(sent_.empty());
  EXPECT_TRUE(dispatcher_->state().alerts.empty());
}

TEST_F(DispatcherTest, IgnoresResolvesOfAlertsThatNobodyHeardOf) {
  receive({resolved(firing("Down", kStart - 1h), kStart)});
  EXPECT_EQ(dispatcher_->next_wake(), std::nullopt);
  EXPECT_TRUE(dispatcher_->advance(kStart).empty());
}

TEST_F(DispatcherTest, ResolvesAlertsThatAreNotRefreshed) {
  receive({firing("Down", kStart)});
  run_until(1h);
  ASSERT_EQ(times(), (std::vector<Milliseconds>{30s, 5min + 30s}));
  EXPECT_EQ(sent_[1].alerts, (Statuses{{"Down contoso", "resolved"}}));
}

TEST_F(DispatcherTest, HoldsAlertsForAsLongAsItIsTold) {
  receive({firing("Down", kStart)});
  dispatcher_->hold_until(kStart + 30min);
  run_until(1h);
  EXPECT_EQ(times(), (std::vector<Milliseconds>{30s, 30min + 30s}));
}

TEST_F(DispatcherTest, RepeatsWhileAnAlertFires) {
  run_firing_until(9h, {firing("Down", kStart)});
  EXPECT_EQ(times(), (std::vector<Milliseconds>{30s, 4h + 30s, 8h + 30s}));
}

TEST_F(DispatcherTest, CountsTheRepeatFromTheLastMessageNotFromTheFirst) {
  const auto down = firing("Down", kStart);
  run_firing_until(1h, {down});
  run_firing_until(6h, {down, firing("Down", now_, "fabrikam")});
  EXPECT_EQ(times(), (std::vector<Milliseconds>{30s, 1h + 30s, 5h + 30s}));
}

TEST_F(DispatcherTest, RepeatsWithinAGroupIntervalButNotWithinASecond) {
  auto fast = route();
  fast.repeat_interval = 1ms;
  make(fast, receivers());
  run_firing_until(33s, {firing("Down", kStart)});
  EXPECT_EQ(times(), (std::vector<Milliseconds>{30s, 31s, 32s, 33s}));
}

TEST_F(DispatcherTest, GroupsByAllLabelsOrByNone) {
  auto all = route();
  all.group_by = {"..."};
  make(all, receivers());
  receive({firing("Down", kStart), firing("Down", kStart, "fabrikam")});
  run_until(1min);
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_EQ(sent_[0].group_key, R"({}:{alertname="Down", tenant="contoso"})");

  auto none = route();
  none.group_by = {};
  make(none, receivers());
  now_ = kStart;
  receive({firing("Down", kStart), firing("Full", kStart)});
  run_until(1min);
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(sent_[2].group_key, "{}:{}");
}

TEST_F(DispatcherTest, OwesEachWebhookOfTheReceiverAMessageOfItsOwn) {
  auto two = receivers();
  two[0].integrations.push_back(webhook());
  std::get<WebhookConfig>(two[0].integrations[1]).send_resolved = false;
  make(route(), two);
  const auto down = firing("Down", kStart);
  receive({down, firing("Down", kStart, "fabrikam")});
  run_until(1min);
  receive({resolved(down, now_), refreshed(firing("Down", kStart, "fabrikam"), now_ + 10min),
           refreshed(firing("Down", kStart, "litware"), now_ + 10min)});
  run_until(6min);
  ASSERT_EQ(sent_.size(), 4U);
  EXPECT_EQ(sent_[0].alerts, sent_[1].alerts);
  EXPECT_EQ(sent_[1].to, (Integration{"team", 1}));
  EXPECT_EQ(sent_[2].alerts.at("Down contoso"), "resolved");
  EXPECT_EQ(sent_[3].alerts, (Statuses{{"Down fabrikam", "firing"}, {"Down litware", "firing"}}));
}

TEST_F(DispatcherTest, DoesNotTellOfTheEndWhereResolvesAreNotSent) {
  auto quiet = receivers();
  std::get<WebhookConfig>(quiet[0].integrations[0]).send_resolved = false;
  make(route(), quiet);
  receive({firing("Down", kStart)});
  run_until(1h);
  EXPECT_EQ(times(), (std::vector<Milliseconds>{30s}));
  receive({firing("Down", now_)});
  run_until(2h);
  EXPECT_EQ(times(), (std::vector<Milliseconds>{30s, 1h + 30s}));
}

TEST_F(DispatcherTest, RefreshesAloneChangeNothingThatIsSaved) {
  receive({firing("Down", kStart)});
  run_until(1min);
  receive({refreshed(firing("Down", kStart), now_)});
  EXPECT_TRUE(dispatcher_->advance(now_).empty());
}

TEST_F(DispatcherTest, SavesWhatChanged) {
  receive({firing("Down", kStart)});
  auto changes = dispatcher_->advance(kStart);
  EXPECT_EQ(changes.alerts.size(), 1U);
  EXPECT_EQ(changes.groups.size(), 1U);
  EXPECT_TRUE(changes.messages.empty());
  auto worse = firing("Down", kStart);
  worse.annotations["summary"] = "worse";
  receive({worse});
  changes = dispatcher_->advance(kStart);
  EXPECT_EQ(changes.alerts.size(), 1U);
  EXPECT_TRUE(changes.groups.empty());
  changes = dispatcher_->advance(kStart + 30s);
  EXPECT_EQ(changes.groups.size(), 1U);
  EXPECT_EQ(changes.messages.size(), 1U);
  changes = dispatcher_->advance(kStart + 5min + 30s);
  EXPECT_EQ(changes.removed_alerts.size(), 1U);
  EXPECT_EQ(changes.removed_groups, (std::vector<std::string>{R"({}:{alertname="Down"})"}));
}

TEST_F(DispatcherTest, SaysTheLatestAnnotations) {
  receive({firing("Down", kStart)});
  auto worse = firing("Down", kStart);
  worse.annotations["summary"] = "worse";
  receive({worse});
  const auto changes = dispatcher_->advance(kStart + 30s);
  ASSERT_EQ(changes.messages.size(), 1U);
  EXPECT_EQ(parsed(changes.messages[0].body).at("commonAnnotations").at("summary"), "worse");
}

TEST_F(DispatcherTest, DecidesOnTenThousandAlertsAtOnce) {
  std::vector<AlertNotice> notices;
  for (int i = 0; i < 10'000; ++i) notices.push_back(firing("Down", kStart, "tenant" + std::to_string(i)));
  dispatcher_->receive(notices, kStart);
  const auto changes = dispatcher_->advance(kStart + 30s);
  ASSERT_EQ(changes.messages.size(), 1U);
  EXPECT_EQ(parsed(changes.messages[0].body).at("alerts").as_array().size(), 10'000U);
}

/// Whatever the two intervals are, repeats are one repeat interval apart, or a second if that is longer.
TEST_F(DispatcherTest, RepeatsAreExactForAnyPairOfIntervals) {
  std::uint64_t random = 7;
  const auto next = [&random](std::uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return (random >> 33U) % below;
  };
  for (int round = 0; round < 40; ++round) {
    auto odd = route();
    odd.group_wait = std::chrono::seconds(next(90));
    odd.group_interval = std::chrono::seconds(1 + next(600));
    odd.repeat_interval = Milliseconds(1 + next(3'600'000));
    make(odd, receivers());
    now_ = kStart;
    sent_.clear();
    dispatcher_->hold_until(kStart + 48h);
    receive({firing("Down", kStart)});
    run_until(6h);
    const auto apart = std::max<Milliseconds>(odd.repeat_interval, 1s);
    ASSERT_EQ(sent_.size(), static_cast<std::size_t>((6h - odd.group_wait) / apart) + 1);
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      ASSERT_EQ(sent_[i].after, odd.group_wait + apart * static_cast<int>(i)) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace a2od
