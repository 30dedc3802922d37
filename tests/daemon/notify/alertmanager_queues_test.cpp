#include "daemon/notify/alertmanager_queues.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <boost/json/array.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kOne = "http://one:9093";
constexpr const char* kTwo = "http://two:9093/am";
const DeliveryResult kTaken{.status = 200};
const DeliveryResult kAway{.error = "connection refused"};
const DeliveryResult kBad{.status = 400};

std::vector<AlertmanagerConfig> both() { return {{.url = kOne}, {.url = "http://two:9093/", .path_prefix = "/am/"}}; }

class AlertmanagerQueuesTest : public testing::Test {
 protected:
  explicit AlertmanagerQueuesTest(AlertmanagerOptions options = {}) : queues_(options) {
    queues_.set_alertmanagers(std::vector{AlertmanagerConfig{.url = kOne}}, {});
  }

  void receive(std::initializer_list<AlertNotice> notices) { queues_.receive(std::vector(notices), now_); }

  /// "address: names" of each batch, "Down resolved" for an end.
  std::vector<std::string> due() {
    std::vector<std::string> all;
    for (const auto& batch : queues_.take_due(now_)) {
      auto text = batch.alertmanager + ":";
      for (const auto& alert : batch.alerts)
        text += " " + std::string(alert.labels.get("alertname")) + (alert.ends_at <= now_ ? " resolved" : "");
      all.push_back(text);
    }
    return all;
  }

  void finish(const DeliveryResult& result, const char* address = kOne) { queues_.finish(address, result, now_); }

  /// Lets the time of the next try come.
  void wait() { now_ = std::max(now_, queues_.next_wake().value_or(now_)); }

  [[nodiscard]] AlertmanagerStatus status() const { return queues_.status().front(); }

  /// What would be read back after a restart.
  std::vector<OwedResolved> write() {
    const auto changes = queues_.changes();
    queues_.written(changes);
    for (const auto& one : changes.put) disk_[{one.alertmanager, fingerprint(one.notice.labels)}] = one;
    for (const auto& key : changes.removed) disk_.erase(key);
    std::vector<OwedResolved> all;
    for (const auto& [key, one] : disk_) all.push_back(one);
    return all;
  }

  Timestamp now_ = kStart;
  AlertmanagerQueues queues_;
  std::map<std::pair<std::string, std::string>, OwedResolved> disk_;
};

TEST_F(AlertmanagerQueuesTest, EachIsToldAll) {
  queues_.set_alertmanagers(both(), {});
  receive({firing("Down", now_), firing("Full", now_)});
  EXPECT_THAT(due(), UnorderedElementsAre("http://one:9093: Down Full", "http://two:9093/am: Down Full"));
  finish(kTaken, kOne);
  finish(kAway, kTwo);
  receive({firing("Late", now_)});
  EXPECT_THAT(due(), ElementsAre("http://one:9093: Late")) << "one that is away does not keep the other waiting";
}

TEST_F(AlertmanagerQueuesTest, OneRequestIsInFlight) {
  receive({firing("Down", now_)});
  EXPECT_THAT(due(), SizeIs(1));
  receive({firing("Full", now_)});
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(queues_.next_wake(), std::nullopt);
  finish(kTaken);
  EXPECT_THAT(due(), ElementsAre("http://one:9093: Full"));
}

TEST_F(AlertmanagerQueuesTest, OfEachAlertTheLatestStateWaits) {
  const auto down = firing("Down", now_);
  receive({down, firing("Full", now_)});
  receive({resolved(down, now_)});
  EXPECT_THAT(due(), ElementsAre("http://one:9093: Down resolved Full"));
}

TEST_F(AlertmanagerQueuesTest, WhatWasNotTakenIsSentAgain) {
  receive({firing("Down", now_)});
  due();
  finish(kAway);
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_GT(*queues_.next_wake(), now_);
  EXPECT_EQ(status().last_error, "connection refused");
  wait();
  EXPECT_THAT(due(), ElementsAre("http://one:9093: Down"));
  finish(kTaken);
  EXPECT_EQ(status().sent, 1U);
  EXPECT_EQ(status().errors, 1U);
  EXPECT_EQ(status().last_error, "");
  EXPECT_EQ(queues_.next_wake(), std::nullopt);
}

TEST_F(AlertmanagerQueuesTest, WhatIsTriedAgainDoesNotUndoWhatCameMeanwhile) {
  const auto down = firing("Down", now_);
  receive({down});
  due();
  receive({resolved(down, now_)});
  finish(kAway);
  wait();
  EXPECT_THAT(due(), ElementsAre("http://one:9093: Down resolved"));
}

TEST_F(AlertmanagerQueuesTest, AFiringNoticeThatHoldsNoMoreIsNotSentAsAnEnd) {
  receive({firing("Down", now_)});
  due();
  finish(kAway);
  now_ += 5min;
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(status().dropped.at("expired"), 1U);
}

TEST_F(AlertmanagerQueuesTest, AnEndWaitsForADay) {
  receive({resolved(firing("Down", now_), now_)});
  due();
  finish(kAway);
  now_ += 23h;
  EXPECT_THAT(due(), ElementsAre("http://one:9093: Down resolved"));
  finish(kAway);
  now_ += 1h;
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(status().dropped.at("age"), 1U);
}

TEST_F(AlertmanagerQueuesTest, AnEndThatCouldNotBeToldSurvivesARestart) {
  const auto down = firing("Down", now_);
  receive({resolved(down, now_)});
  EXPECT_THAT(write(), IsEmpty()) << "its rule tells it again for a quarter of an hour";
  due();
  finish(kAway);
  const auto disk = write();
  ASSERT_THAT(disk, SizeIs(1));

  AlertmanagerQueues after;
  after.set_alertmanagers(std::vector{AlertmanagerConfig{.url = kOne}}, {});
  now_ += 2h;
  after.restore(disk, now_);
  EXPECT_TRUE(after.changes().empty());
  const auto batches = after.take_due(now_);
  ASSERT_THAT(batches, SizeIs(1));
  EXPECT_EQ(batches.front().alerts.front().ends_at, kStart);
  EXPECT_TRUE(after.changes().empty()) << "while it is on its way it is owed";
  after.finish(kOne, kTaken, now_);
  EXPECT_THAT(after.changes().removed, SizeIs(1));
}

TEST_F(AlertmanagerQueuesTest, WhatFiresAgainIsNotOwedItsEnd) {
  const auto down = firing("Down", now_);
  receive({resolved(down, now_)});
  due();
  finish(kAway);
  EXPECT_THAT(write(), SizeIs(1));
  receive({refreshed(down, now_)});
  EXPECT_THAT(write(), IsEmpty());
}

TEST_F(AlertmanagerQueuesTest, WhatCouldNotBeWrittenIsStillToBeWritten) {
  receive({resolved(firing("Down", now_), now_)});
  due();
  finish(kAway);
  EXPECT_THAT(queues_.changes().put, SizeIs(1));
  EXPECT_THAT(queues_.changes().put, SizeIs(1));
}

TEST_F(AlertmanagerQueuesTest, OneThatHasLeftIsOwedNothing) {
  receive({resolved(firing("Down", now_), now_)});
  due();
  finish(kAway);
  write();
  queues_.set_alertmanagers({}, {});
  EXPECT_THAT(write(), IsEmpty());
  EXPECT_TRUE(queues_.status().empty());
}

TEST_F(AlertmanagerQueuesTest, ARefusedAlertKeepsNoOtherBack) {
  receive({firing("A", now_), firing("B", now_), firing("Bad", now_), firing("C", now_)});
  std::set<std::string> taken;
  for (int tries = 0; tries < 10; ++tries) {
    wait();
    const auto batches = queues_.take_due(now_);
    if (batches.empty()) break;
    const auto& alerts = batches.front().alerts;
    const bool bad = std::ranges::any_of(alerts, [](const auto& one) { return one.labels.get("alertname") == "Bad"; });
    if (!bad)
      for (const auto& one : alerts) taken.emplace(one.labels.get("alertname"));
    finish(bad ? kBad : kTaken);
  }
  EXPECT_THAT(taken, ElementsAre("A", "B", "C"));
  EXPECT_EQ(status().dropped.at("refused"), 1U);
  EXPECT_EQ(status().waiting, 0U);
}

TEST_F(AlertmanagerQueuesTest, AMisconfiguredOneIsTriedAtOnceAfterAReload) {
  receive({firing("Down", now_)});
  due();
  finish({.status = 401});
  EXPECT_TRUE(status().misconfigured);
  EXPECT_GT(*queues_.next_wake(), now_ + 1min);
  queues_.set_alertmanagers(std::vector{AlertmanagerConfig{.url = kOne}}, {});
  EXPECT_THAT(due(), SizeIs(1));
}

TEST_F(AlertmanagerQueuesTest, WaitsForAsLongAsItIsTold) {
  receive({resolved(firing("Down", now_), now_)});
  due();
  finish({.status = 503, .retry_after = 10min});
  EXPECT_EQ(*queues_.next_wake(), now_ + 10min);
}

class SmallAlertmanagerQueuesTest : public AlertmanagerQueuesTest {
 protected:
  SmallAlertmanagerQueuesTest() : AlertmanagerQueuesTest({.capacity = 3, .batch = 2}) {}
};

TEST_F(SmallAlertmanagerQueuesTest, TheOldestGiveWay) {
  for (const auto* name : {"A", "B", "C", "D", "E"}) receive({firing(name, now_)});
  EXPECT_EQ(status().dropped.at("count"), 2U);
  EXPECT_THAT(due(), ElementsAre("http://one:9093: C D"));
  finish(kTaken);
  EXPECT_THAT(due(), ElementsAre("http://one:9093: E"));
}

TEST_F(AlertmanagerQueuesTest, ExternalLabelsAreAddedWhereTheyLack) {
  queues_.set_alertmanagers(std::vector{AlertmanagerConfig{.url = kOne}}, {{"site", "north"}, {"tenant", "other"}});
  receive({firing("Down", now_)});
  const auto batches = queues_.take_due(now_);
  ASSERT_THAT(batches, SizeIs(1));
  EXPECT_EQ(batches.front().alerts.front().labels,
            (Labels{{"alertname", "Down"}, {"site", "north"}, {"tenant", "contoso"}}));
}

TEST(AlertmanagerBody, IsWhatAlertmanagerReads) {
  const auto body = boost::json::parse(alerts_body(std::vector{firing("Down", kStart)}));
  EXPECT_EQ(body, boost::json::parse(R"([{"labels": {"alertname": "Down", "tenant": "contoso"},
    "annotations": {"summary": "Down is up to something"}, "startsAt": "2026-11-22T10:00:00Z",
    "endsAt": "2026-11-22T10:04:00Z", "generatorURL": "http://a2od/graph"}])"));
}

}  // namespace
}  // namespace a2od
