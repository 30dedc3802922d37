#include "daemon/notify/heartbeats.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = Heartbeats::State;

IncomingHeartbeat each(Milliseconds every, Milliseconds grace = 5min) {
  return {.name = "sync", .every = every, .grace = grace};
}

/// At 02:30 in Berlin, with an hour of grace.
IncomingHeartbeat nightly() {
  return {.name = "sync", .schedule = Schedule{.times = {2 * 60 + 30}, .location = "Europe/Berlin"}, .grace = 1h};
}
const Timestamp kNight = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 1h + 30min;

HeartbeatOptions options(IncomingHeartbeat incoming) {
  return {.config = {.incoming = {std::move(incoming)}}, .external_url = "http://a2od"};
}

/// "HeartbeatMissing firing", sorted.
std::vector<std::string> told(const std::vector<AlertNotice>& notices, Timestamp now) {
  std::vector<std::string> out;
  for (const auto& notice : notices)
    out.push_back(std::string(notice.labels.get("alertname")) + (notice.ends_at <= now ? " ended" : " firing"));
  std::ranges::sort(out);
  return out;
}

State state(const Heartbeats& heartbeats, Timestamp now) { return heartbeats.incoming(now).at(0).summary; }

TEST(Heartbeats, OneThatStaysAwayFiresAfterItsGraceUntilItComes) {
  Heartbeats heartbeats(options(each(1h)), kStart);
  EXPECT_EQ(state(heartbeats, kStart), State::waiting);
  ASSERT_TRUE(heartbeats.receive("sync", {}, kStart + 10min));
  (void)heartbeats.advance(kStart + 10min);
  EXPECT_EQ(state(heartbeats, kStart + 10min), State::ok);
  EXPECT_EQ(state(heartbeats, kStart + 70min), State::late);
  EXPECT_THAT(heartbeats.advance(kStart + 75min - 1ms), IsEmpty());

  const auto missing = kStart + 75min;
  const auto notices = heartbeats.advance(missing);
  ASSERT_THAT(told(notices, missing), ElementsAre("HeartbeatMissing firing"));
  EXPECT_EQ(notices[0].labels.get("heartbeat"), "sync");
  EXPECT_EQ(notices[0].starts_at, missing);
  EXPECT_THAT(notices[0].annotations.at("description"),
              HasSubstr("last came at 2026-11-22T10:10:00Z, and was due at 2026-11-22T11:10:00Z with 5m of grace"));
  EXPECT_THAT(heartbeats.advance(missing + 59s), IsEmpty());
  EXPECT_THAT(told(heartbeats.advance(missing + 1min), missing + 1min), ElementsAre("HeartbeatMissing firing"))
      << "it is refreshed, or it would expire";

  ASSERT_TRUE(heartbeats.receive("sync", {}, missing + 90s));
  (void)heartbeats.take_changes(missing + 90s);
  EXPECT_EQ(heartbeats.next_wake(missing + 90s), missing + 90s);
  EXPECT_THAT(told(heartbeats.advance(missing + 90s), missing + 90s),
              ElementsAre("HeartbeatFailed ended", "HeartbeatMissing ended"));
  EXPECT_THAT(heartbeats.advance(missing + 5min), IsEmpty());
}

TEST(Heartbeats, OneThatNeverCameIsMissingToo) {
  Heartbeats heartbeats(options(each(1h)), kStart);
  EXPECT_EQ(heartbeats.incoming(kStart)[0].missing_at, kStart + 65min);
  const auto notices = heartbeats.advance(kStart + 65min);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0].annotations.at("description"), HasSubstr("It has never come"));
}

TEST(Heartbeats, OneThatSaysItFailedFiresUntilOneDoesNot) {
  Heartbeats heartbeats(options(each(1h)), kStart);
  ASSERT_TRUE(heartbeats.receive("sync", {.failed = true, .message = "disk full"}, kStart));
  const auto notices = heartbeats.advance(kStart);
  ASSERT_THAT(told(notices, kStart), ElementsAre("HeartbeatFailed firing"));
  EXPECT_THAT(notices[0].annotations.at("description"), HasSubstr("disk full"));
  EXPECT_EQ(state(heartbeats, kStart), State::failed);

  ASSERT_TRUE(heartbeats.receive("sync", {.failed = true}, kStart + 1h));
  EXPECT_EQ(heartbeats.advance(kStart + 1h).at(0).starts_at, kStart) << "it has failed since the first time";
  ASSERT_TRUE(heartbeats.receive("sync", {}, kStart + 2h));
  EXPECT_THAT(told(heartbeats.advance(kStart + 2h), kStart + 2h),
              ElementsAre("HeartbeatFailed ended", "HeartbeatMissing ended"));
}

TEST(Heartbeats, AScheduleIsKeptWhetherItComesEarlyOrLate) {
  Heartbeats heartbeats(options(nightly()), kNight - 12h);
  EXPECT_EQ(heartbeats.incoming(kNight)[0].due, kNight);
  ASSERT_TRUE(heartbeats.receive("sync", {}, kNight - 5s)) << "whose clock is ahead of ours";
  EXPECT_EQ(heartbeats.incoming(kNight)[0].due, kNight + 24h);
  ASSERT_TRUE(heartbeats.receive("sync", {}, kNight + 24h + 3h));
  EXPECT_EQ(heartbeats.incoming(kNight)[0].due, kNight + 48h) << "that one was late, the next is due as ever";
}

TEST(Heartbeats, WhatCameIsKnownAfterARestartAndWhatIsMissingStaysSo) {
  Heartbeats before(options(each(1h)), kStart);
  ASSERT_TRUE(before.receive("sync", {.message = "42 rows"}, kStart));
  (void)before.advance(kStart + 70min);
  const auto saved = before.saved(kStart + 70min);
  EXPECT_EQ(before.take_changes(kStart + 70min).states, saved.states);

  Heartbeats after(options(each(1h)), kStart + 5h);
  after.restore(saved, kStart + 5h);
  EXPECT_EQ(after.incoming(kStart + 5h)[0].state->message, "42 rows");
  EXPECT_THAT(told(after.advance(kStart + 5h), kStart + 5h),
              ElementsAre("HeartbeatFailed ended", "HeartbeatMissing firing"));
}

TEST(Heartbeats, AClockThatWasSetBackMeanwhileExcusesNone) {
  Heartbeats before(options(each(1h)), kStart);
  ASSERT_TRUE(before.receive("sync", {}, kStart));
  Heartbeats after(options(each(1h)), kStart - 24h);
  after.restore(before.saved(kStart), kStart - 24h);
  EXPECT_EQ(after.incoming(kStart - 24h).at(0).missing_at, kStart - 24h + 65min);
}

/// Down from `from` to `until`: when it is missing then.
Timestamp missing_at(const IncomingHeartbeat& config, Timestamp last, Timestamp from, Timestamp until) {
  Heartbeats before(options(config), last);
  (void)before.receive("sync", {}, last);
  (void)before.advance(from);
  Heartbeats after(options(config), until);
  after.restore(before.saved(from), until);
  return after.incoming(until).at(0).missing_at.value();
}

TEST(Heartbeats, NoneIsBlamedForTheTimeInWhichNobodyListened) {
  const auto last = kNight - 24h + 10min;
  EXPECT_EQ(missing_at(nightly(), last, kNight - 8h, kNight - 7h), kNight + 1h) << "nothing was due meanwhile";
  EXPECT_EQ(missing_at(nightly(), last, kNight - 1h, kNight + 6h), kNight + 25h) << "it may have come: the next counts";
  EXPECT_EQ(missing_at(nightly(), last, kNight + 10min, kNight + 6h), kNight + 25h) << "so it may here";
  EXPECT_EQ(missing_at(nightly(), last, kNight + 20min, kNight + 21min), kNight + 81min)
      << "a restart is no excuse for not coming at all; it has all of its grace again";
  EXPECT_EQ(missing_at(each(1min), kStart, kStart + 30s, kStart + 1h), kStart + 66min);
}

TEST(Heartbeats, AFirstStartAfterAnUpgradeWaitsForEach) {
  Heartbeats heartbeats(options(each(1h)), kStart);
  heartbeats.restore({}, kStart);
  EXPECT_EQ(heartbeats.incoming(kStart)[0].missing_at, kStart + 65min);
  EXPECT_EQ(heartbeats.take_changes(kStart).states.size(), 1U) << "or each restart would begin anew";
}

TEST(Heartbeats, AReloadEndsTheAlertsOfWhatIsExpectedNoMore) {
  auto config = options(each(1h));
  Heartbeats heartbeats(config, kStart);
  (void)heartbeats.advance(kStart + 2h);
  config.config.incoming[0].labels = {{"severity", "page"}};
  heartbeats.set_options(config, kStart + 2h);
  const auto notices = heartbeats.advance(kStart + 2h);
  ASSERT_THAT(told(notices, kStart + 2h), ElementsAre("HeartbeatMissing ended", "HeartbeatMissing firing"));
  EXPECT_EQ(notices[0].labels.get("severity"), "") << "who knows it by its former labels must hear of its end";
  EXPECT_EQ(notices[1].labels.get("severity"), "page");

  heartbeats.set_options({}, kStart + 3h);
  EXPECT_THAT(told(heartbeats.advance(kStart + 3h), kStart + 3h), ElementsAre("HeartbeatMissing ended"));
  EXPECT_THAT(heartbeats.take_changes(kStart + 3h).removed, ElementsAre("sync"));
  EXPECT_FALSE(heartbeats.receive("sync", {}, kStart + 3h));
}

TEST(Heartbeats, MessagesOfOthersAreCutAndMadeText) {
  Heartbeats heartbeats(options(each(1h)), kStart);
  ASSERT_TRUE(heartbeats.receive("sync", {.message = "\xff" + std::string(1U << 20U, 'x')}, kStart));
  const auto& message = heartbeats.incoming(kStart)[0].state->message;
  EXPECT_LE(message.size(), kLongestBeatMessage + 2);
  EXPECT_TRUE(message.starts_with("\xEF\xBF\xBDx"));
}

HeartbeatOptions outgoing(Milliseconds every = 5min) {
  return {.config = {.outgoing = {{.receiver = "team", .every = every}}}, .external_labels = {{"site", "eu"}}};
}

TEST(Heartbeats, OutgoingOnesComeAtOnceAndOnTheirGridAndSayWhenTheNextIsDue) {
  Heartbeats heartbeats(outgoing(), kStart);
  heartbeats.vouch_until(kStart + 24h);
  EXPECT_EQ(heartbeats.next_wake(kStart), kStart);
  const auto messages = heartbeats.take_due(receivers(), kStart);
  ASSERT_EQ(messages.size(), 1U);
  const auto body = parsed(messages[0].body);
  const auto& alert = body.at("alerts").at(0).as_object();
  EXPECT_EQ(alert.at("status"), "firing");
  EXPECT_EQ(alert.at("labels").at("alertname"), "Heartbeat");
  EXPECT_EQ(alert.at("labels").at("site"), "eu") << "who gives it";
  EXPECT_EQ(alert.at("annotations").at("next_due"), "2026-11-22T10:05:00Z");

  EXPECT_EQ(heartbeats.next_wake(kStart), kStart + 5min);
  EXPECT_THAT(heartbeats.take_due(receivers(), kStart + 5min - 1ms), IsEmpty());
  EXPECT_EQ(heartbeats.take_due(receivers(), kStart + 5min + 20s).size(), 1U);
  EXPECT_EQ(heartbeats.next_wake(kStart + 6min), kStart + 10min) << "one that is late moves no other";
  EXPECT_EQ(heartbeats.take_due(receivers(), kStart + 31min).size(), 1U) << "what was missed is not made up for";
}

TEST(Heartbeats, OutgoingOnesVouchForTheRules) {
  Heartbeats heartbeats(outgoing(), kStart);
  heartbeats.vouch_until(kStart + 1min);
  EXPECT_EQ(heartbeats.take_due(receivers(), kStart).size(), 1U);
  EXPECT_THAT(heartbeats.take_due(receivers(), kStart + 5min), IsEmpty()) << "the rules were not evaluated for long";
  EXPECT_EQ(heartbeats.next_wake(kStart + 5min), std::nullopt);
  EXPECT_TRUE(heartbeats.outgoing(kStart + 5min)[0].withheld);
  heartbeats.vouch_until(kStart + 7min);
  EXPECT_EQ(heartbeats.next_wake(kStart + 6min), kStart + 5min);
  EXPECT_EQ(heartbeats.take_due(receivers(), kStart + 6min).size(), 1U);
}

TEST(Heartbeats, AReloadWaitsNoLongerThanTheNewInterval) {
  Heartbeats heartbeats(outgoing(1h), kStart);
  heartbeats.vouch_until(kStart + 24h);
  (void)heartbeats.take_due(receivers(), kStart);
  heartbeats.set_options(outgoing(1min), kStart + 10s);
  EXPECT_EQ(heartbeats.outgoing(kStart)[0].next, kStart + 70s);
}

}  // namespace
}  // namespace a2od
