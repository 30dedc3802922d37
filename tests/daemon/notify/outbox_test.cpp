#include "daemon/notify/outbox.hpp"

#include "daemon/notify/webhook_body.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace a2od {
namespace {

using namespace test;

/// A committed message of the group `alertname`, with one alert for each of `alerts`: "A firing", "A resolved".
Message message(std::uint64_t id, std::string_view group, const Statuses& alerts, Timestamp at = kStart) {
  std::vector<RoutedAlert> all;
  for (const auto& [name, status] : alerts) {
    RoutedAlert alert;
    alert.labels = Labels{{"alertname", name}};
    alert.fingerprint = fingerprint(alert.labels);
    alert.starts_at = kStart;
    all.push_back(alert);
  }
  Notification notification{"team", std::string(group), Labels{{"group", group}}, "", {}, 0};
  for (const auto& alert : all) {
    const bool fires = alerts.at(std::string(alert.labels.get("alertname"))) == "firing";
    notification.alerts.push_back({&alert, fires ? std::nullopt : std::optional(at)});
  }
  return {.id = id,
          .to = {"team", 0},
          .group_key = std::string(group),
          .body = render_body(notification),
          .created = at,
          .decided = at,
          .next_try = at};
}

Message message(std::uint64_t id, std::string_view group, Timestamp at = kStart) {
  return message(id, group, {{"A", "firing"}}, at);
}

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() { outbox_.set_receivers(receivers()); }

  void add(std::initializer_list<Message> messages) { outbox_.add(std::vector(messages), now_); }

  /// The ids that are to be sent now.
  std::vector<std::uint64_t> due() {
    std::vector<std::uint64_t> ids;
    for (auto& message : outbox_.take_due(now_)) {
      ids.push_back(message.id);
      last_ = std::move(message);
    }
    return ids;
  }

  void finish(std::uint64_t id, DeliveryResult result) { outbox_.finish(id, result, now_); }

  [[nodiscard]] IntegrationStatus status() const { return outbox_.status().front(); }
  [[nodiscard]] const ReceiverCounters& counters() const { return outbox_.counters().at("team"); }

  using Ids = std::vector<std::uint64_t>;
  Timestamp now_ = kStart;
  Outbox outbox_;
  Message last_;
};

TEST_F(OutboxTest, SendsOneMessageAtATime) {
  add({message(1, "g"), message(2, "h")});
  EXPECT_EQ(due(), Ids{1});
  EXPECT_EQ(due(), Ids{});
  EXPECT_EQ(outbox_.next_wake(), std::nullopt);
  finish(1, {.status = 200});
  EXPECT_EQ(outbox_.next_wake(), now_);
  EXPECT_EQ(due(), Ids{2});
}

TEST_F(OutboxTest, ForgetsWhatWasDelivered) {
  add({message(1, "g")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 202});
  EXPECT_EQ(outbox_.take_changes().removed, Ids{1});
  EXPECT_TRUE(outbox_.take_changes().empty());
  EXPECT_EQ(status().messages, 0U);
  EXPECT_EQ(status().last_delivery, now_);
  EXPECT_EQ(counters().attempts, 1U);
  EXPECT_EQ(counters().failed.at("network"), 0U);
}

TEST_F(OutboxTest, TriesAgainLaterAndLater) {
  add({message(1, "g")});
  for (std::uint64_t attempt = 1; attempt < 20; ++attempt) {
    ASSERT_EQ(due(), Ids{1});
    finish(1, {.error = "connection refused"});
    const auto wait = backoff(1, attempt);
    ASSERT_EQ(outbox_.next_wake(), now_ + wait);
    now_ += wait - 1ms;
    ASSERT_EQ(due(), Ids{});
    now_ += 1ms;
  }
  EXPECT_EQ(counters().failed.at("network"), 19U);
  EXPECT_EQ(status().last_error, "connection refused");
  const auto changes = outbox_.take_changes();
  ASSERT_EQ(changes.attempted.size(), 1U);
  EXPECT_EQ(changes.attempted[0].attempts, 19U);
  EXPECT_EQ(changes.attempted[0].last_error, "connection refused");
}

TEST_F(OutboxTest, TakesRetryAfterAsAFloorForTheWholeReceiver) {
  add({message(1, "g"), message(2, "h")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 429, .retry_after = 10min});
  now_ += 10min - 1ms;
  EXPECT_EQ(due(), Ids{});
  EXPECT_EQ(outbox_.next_wake(), now_ + 1ms);
  now_ += 1ms;
  EXPECT_EQ(due(), Ids{2});
}

TEST_F(OutboxTest, DropsWhatTheReceiverRefusesForGood) {
  add({message(1, "g"), message(2, "h"), message(3, "i"), message(4, "j")});
  for (const unsigned status : {400U, 413U, 422U}) {
    const auto ids = due();
    ASSERT_EQ(ids.size(), 1U);
    finish(ids[0], {.status = status});
  }
  EXPECT_EQ(due(), Ids{4});
  EXPECT_EQ(counters().dropped.at("refused"), 3U);
  EXPECT_EQ(counters().failed.at("refused"), 3U);
  EXPECT_EQ(outbox_.take_changes().removed, (Ids{1, 2, 3}));
}

TEST_F(OutboxTest, KeepsWhatAMisconfiguredReceiverDoesNotTake) {
  for (const unsigned code : {401U, 403U, 404U, 410U}) {
    outbox_ = Outbox();
    outbox_.set_receivers(receivers());
    add({message(1, "g"), message(2, "h")});
    ASSERT_EQ(due(), Ids{1});
    finish(1, {.status = code});
    EXPECT_TRUE(status().misconfigured);
    EXPECT_EQ(status().messages, 2U);
    EXPECT_EQ(status().last_error, "answered " + std::to_string(code));
    EXPECT_EQ(outbox_.next_wake(), now_ + slow_backoff(1, 1));
    EXPECT_EQ(due(), Ids{});
  }
}

TEST_F(OutboxTest, RetriesAMisconfiguredReceiverAtOnceAfterAReload) {
  add({message(1, "g")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 404});
  outbox_.set_receivers(receivers());
  EXPECT_TRUE(status().misconfigured);
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 200});
  EXPECT_FALSE(status().misconfigured);
}

TEST_F(OutboxTest, RetriesAMisconfiguredReceiverMoreAndMoreSlowly) {
  add({message(1, "g")});
  for (std::uint64_t attempt = 1; attempt < 10; ++attempt) {
    ASSERT_EQ(due(), Ids{1});
    finish(1, {.status = 401});
    ASSERT_EQ(outbox_.next_wake(), now_ + slow_backoff(1, attempt));
    now_ = *outbox_.next_wake();
  }
}

TEST_F(OutboxTest, DoesNotRetryOthersAfterAReload) {
  add({message(1, "g")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 503, .retry_after = 1h});
  outbox_.set_receivers(receivers());
  EXPECT_EQ(outbox_.next_wake(), now_ + 1h);
}

TEST_F(OutboxTest, ForgetsTheWaitForAnAddressThatChanged) {
  add({message(1, "g")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 503, .retry_after = 1h});
  auto moved = receivers();
  moved[0].integrations[0] = webhook("http://127.0.0.1:2/hook");
  outbox_.set_receivers(moved);
  EXPECT_EQ(due(), Ids{1});
}

TEST_F(OutboxTest, TriesAMisconfiguredReceiverAtOnceAfterARestart) {
  add({message(1, "g")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 404});
  EXPECT_EQ(outbox_.take_changes().attempted.at(0).next_try, now_);
}

TEST_F(OutboxTest, GivesOtherMessagesATurnWhenOneFails) {
  add({message(1, "g"), message(2, "h")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 500});
  now_ = *outbox_.next_wake();
  EXPECT_EQ(due(), Ids{2});
  finish(2, {.status = 200});
  EXPECT_EQ(due(), Ids{1});
}

TEST_F(OutboxTest, MergesWhatWaitsIntoTheLatestStateOfItsGroup) {
  add({message(1, "g", {{"A", "resolved"}, {"B", "firing"}})});
  now_ += 1min;
  add({message(2, "g", {{"B", "firing"}, {"C", "firing"}}, now_)});
  ASSERT_EQ(due(), Ids{2});
  EXPECT_EQ(statuses(last_.body), (Statuses{{"A", "resolved"}, {"B", "firing"}, {"C", "firing"}}));
  EXPECT_EQ(last_.created, kStart);
  EXPECT_EQ(last_.decided, kStart + 1min);
  const auto changes = outbox_.take_changes();
  EXPECT_EQ(changes.removed, Ids{1});
  ASSERT_EQ(changes.rewritten.size(), 1U);
  EXPECT_EQ(changes.rewritten[0], last_);
}

TEST_F(OutboxTest, DoesNotTouchAMessageInFlight) {
  add({message(1, "g", {{"A", "firing"}})});
  ASSERT_EQ(due(), Ids{1});
  add({message(2, "g", {{"A", "resolved"}})});
  EXPECT_TRUE(outbox_.take_changes().empty());
  finish(1, {.status = 200});
  ASSERT_EQ(due(), Ids{2});
  EXPECT_EQ(statuses(last_.body), (Statuses{{"A", "resolved"}}));
}

TEST_F(OutboxTest, MergesAFailedMessageIntoItsSuccessor) {
  add({message(1, "g", {{"A", "resolved"}})});
  ASSERT_EQ(due(), Ids{1});
  add({message(2, "g", {{"B", "firing"}})});
  finish(1, {.status = 503, .retry_after = 2min});
  EXPECT_EQ(due(), Ids{});
  now_ += 2min;
  ASSERT_EQ(due(), Ids{2});
  EXPECT_EQ(statuses(last_.body), (Statuses{{"A", "resolved"}, {"B", "firing"}}));
  EXPECT_EQ(last_.attempts, 1U);
}

TEST_F(OutboxTest, DropsWhatIsTooOld) {
  outbox_ = Outbox({.max_age = 24h});
  outbox_.set_receivers(receivers());
  add({message(1, "g", kStart), message(2, "h", kStart + 1h)});
  now_ = kStart + 24h;
  EXPECT_EQ(due(), Ids{2});
  EXPECT_EQ(counters().dropped.at("age"), 1U);
  EXPECT_EQ(outbox_.take_changes().removed, Ids{1});
}

TEST_F(OutboxTest, DropsTheOldestOfTooMany) {
  outbox_ = Outbox({.max_messages = 2});
  outbox_.set_receivers(receivers());
  add({message(1, "g"), message(2, "h"), message(3, "i")});
  EXPECT_EQ(counters().dropped.at("count"), 1U);
  EXPECT_EQ(outbox_.take_changes().removed, Ids{1});
  EXPECT_EQ(due(), Ids{2});
}

TEST_F(OutboxTest, DropsMessagesToReceiversThatAreGone) {
  add({message(1, "g"), message(2, "h")});
  ASSERT_EQ(due(), Ids{1});
  outbox_.set_receivers(receivers("others"));
  finish(1, {.status = 200});
  add({message(3, "i")});
  EXPECT_EQ(outbox_.take_changes().removed, (Ids{1, 2, 3}));
  EXPECT_EQ(counters().dropped.at("receiver_removed"), 3U);
  EXPECT_EQ(counters().attempts, 0U);
}

TEST_F(OutboxTest, ServesReceiversIndependently) {
  auto both = receivers();
  both.push_back({"others", {webhook()}});
  outbox_.set_receivers(both);
  auto other = message(2, "g");
  other.to.receiver = "others";
  add({message(1, "g"), other, message(3, "h")});
  EXPECT_EQ(due(), (Ids{2, 1}));
  finish(1, {.error = "connection refused"});
  finish(2, {.status = 200});
  EXPECT_EQ(outbox_.status()[0].messages, 0U);
  EXPECT_EQ(outbox_.status()[1].messages, 2U);
}

TEST_F(OutboxTest, TakesUpAfterARestartWhereItWas) {
  auto tried = message(1, "g");
  tried.attempts = 3;
  tried.next_try = kStart + 10min;
  add({tried, message(2, "h")});
  EXPECT_EQ(due(), Ids{});
  EXPECT_EQ(outbox_.next_wake(), kStart + 10min);
}

TEST_F(OutboxTest, CountersBeginAtZero) {
  EXPECT_EQ(counters().failed.size(), std::size(kFailureReasons));
  EXPECT_EQ(counters().dropped.size(), std::size(kDropReasons));
}

TEST_F(OutboxTest, SaysSinceWhenSomethingIsOwed) {
  EXPECT_EQ(status().oldest, std::nullopt);
  add({message(1, "g", kStart), message(2, "h", kStart + 1min)});
  EXPECT_EQ(status().oldest, kStart);
  ASSERT_EQ(due(), Ids{1});
  EXPECT_EQ(status().oldest, kStart);
  finish(1, {.status = 200});
  EXPECT_EQ(status().oldest, kStart + 1min);
}

TEST_F(OutboxTest, IgnoresRepliesToMessagesThatAreNotInFlight) {
  add({message(1, "g")});
  finish(1, {.status = 200});
  finish(99, {.status = 200});
  EXPECT_EQ(due(), Ids{1});
}

TEST_F(OutboxTest, SendsMoreAtATimeTheLongerItGoesWell) {
  outbox_ = Outbox({.max_in_flight = 4});
  outbox_.set_receivers(receivers());
  for (std::uint64_t id = 1; id <= 20; ++id) add({message(id, "group" + std::to_string(id))});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 200});
  ASSERT_EQ(due(), (Ids{2, 3}));
  finish(3, {.status = 200});
  ASSERT_EQ(due(), (Ids{4, 5, 6})) << "2 is still in flight";
  EXPECT_EQ(outbox_.next_wake(), std::nullopt);
  EXPECT_EQ(status().messages, 18U);
  finish(2, {.status = 200});
  finish(4, {.status = 200});
  EXPECT_EQ(due(), (Ids{7, 8}));
}

TEST_F(OutboxTest, KeepsTheOrderWithinAGroupWhileOthersAreSent) {
  add({message(1, "a"), message(2, "b"), message(3, "c")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 200});
  ASSERT_EQ(due(), (Ids{2, 3}));
  finish(2, {.status = 200});
  add({message(4, "c"), message(5, "d")});
  EXPECT_EQ(due(), Ids{5}) << "one of c's is in flight";
  finish(5, {.status = 200});
  EXPECT_EQ(due(), Ids{});
  EXPECT_EQ(outbox_.next_wake(), std::nullopt) << "there is nothing to do before 3 is answered";
  finish(3, {.status = 200});
  EXPECT_EQ(due(), Ids{4});
}

TEST_F(OutboxTest, TakesFailuresThatSetOutTogetherForOne) {
  for (std::uint64_t id = 1; id <= 20; ++id) add({message(id, "group" + std::to_string(id))});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 200});
  ASSERT_EQ(due(), (Ids{2, 3}));
  finish(2, {.status = 200});
  ASSERT_EQ(due(), (Ids{4, 5, 6}));
  finish(4, {.status = 503});
  finish(5, {.status = 503});
  finish(6, {.status = 503, .retry_after = 5s});
  EXPECT_EQ(status().failures_in_a_row, 1U);
  EXPECT_EQ(status().paused_until, now_ + 5s);
  finish(3, {.status = 200});
  EXPECT_EQ(status().paused_until, now_ + 5s) << "it set out before the others failed";
  EXPECT_EQ(status().last_error, "answered 503");
  now_ += 5s;
  EXPECT_EQ(due(), Ids{7}) << "one again";
}

TEST_F(OutboxTest, DeliversABacklogOfThousandsInItsOrder) {
  std::vector<Message> backlog;
  for (std::uint64_t id = 1; id <= 3'000; ++id) backlog.push_back(message(id, "group" + std::to_string(id)));
  outbox_.add(std::move(backlog), now_);
  for (std::uint64_t next = 1; next <= 3'000;) {
    const auto ids = due();
    ASSERT_FALSE(ids.empty());
    for (const auto id : ids) {
      ASSERT_EQ(id, next++);
      finish(id, {.status = 200});
    }
  }
  EXPECT_EQ(status().messages, 0U);
}

TEST_F(OutboxTest, WhatIsHastenedIsDueEvenWhereItsReceiverWasPaused) {
  add({message(1, "group")});
  ASSERT_EQ(due(), Ids{1});
  finish(1, {.status = 401});
  auto end = message(2, "test", now_ + 10min);
  add({end});
  EXPECT_EQ(due(), Ids{});
  outbox_.hasten(2, now_ + 1s);
  EXPECT_EQ(due(), Ids{1}) << "it was seen to take messages";
  finish(1, {.status = 200});
  EXPECT_EQ(outbox_.next_wake(), now_ + 1s);
  now_ += 1s;
  EXPECT_EQ(due(), Ids{2});
  outbox_.hasten(2, now_);
  outbox_.hasten(3, now_);
  finish(2, {.status = 200});
  EXPECT_EQ(status().messages, 0U);
}

TEST_F(OutboxTest, WhatIsWithdrawnIsGoneFromTheDiskToo) {
  add({message(1, "group", now_ + 10min)});
  outbox_.withdraw(1);
  outbox_.withdraw(2);
  EXPECT_EQ(outbox_.take_changes().removed, Ids{1});
  EXPECT_EQ(outbox_.next_wake(), std::nullopt);
  EXPECT_EQ(status().messages, 0U);
}

}  // namespace
}  // namespace a2od
