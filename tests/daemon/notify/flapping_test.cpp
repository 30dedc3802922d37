#include "daemon/notify/flapping.hpp"

#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr FlappingConfig kConfig{.changes = 4, .within = 30min, .quiet = 15min};

/// "firing", "flapping" or "resolved".
std::string how(const AlertNotice& notice, Timestamp now) {
  if (notice.ends_at != Timestamp{} && notice.ends_at <= now) return "resolved";
  return notice.annotations.contains(kFlapping) ? "flapping" : "firing";
}

class FlappingTest : public testing::Test {
 protected:
  std::string begin() {
    began_ = now_;
    return refresh();
  }
  std::string refresh() { return tell(refreshed(firing("Down", began_), now_)); }
  std::string end() { return tell(resolved(firing("Down", began_), now_)); }
  std::string tell(const AlertNotice& notice) { return how(flapping_.receive(std::vector{notice}, now_).at(0), now_); }

  /// What is told without anyone saying anything.
  std::vector<std::string> pass(Milliseconds length) {
    now_ += length;
    std::vector<std::string> told;
    for (const auto& notice : flapping_.advance(now_)) told.push_back(how(notice, now_));
    return told;
  }
  std::vector<FlappingState> saved() { return flapping_.take_changes().states; }

  Timestamp now_ = kStart;
  Timestamp began_ = kStart;
  Flapping flapping_{kConfig, 5min};
};

TEST_F(FlappingTest, OneThatChangesSeldomIsToldAsItIs) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(begin(), "firing");
    pass(20min);
    EXPECT_EQ(refresh(), "firing");
    pass(20min);
    EXPECT_EQ(end(), "resolved");
    pass(1min);
  }
}

TEST_F(FlappingTest, OneThatChangesOftenIsHeldUntilItIsQuiet) {
  EXPECT_EQ(begin(), "firing");
  pass(1min);
  EXPECT_EQ(end(), "resolved");
  pass(1min);
  EXPECT_EQ(begin(), "firing");
  pass(1min);
  EXPECT_EQ(end(), "flapping") << "the fourth change";
  EXPECT_EQ(flapping_.count(), 1U);
  pass(5min);
  EXPECT_EQ(begin(), "flapping");
  EXPECT_EQ(flapping_.next_wake(), now_ + 1min) << "it is refreshed meanwhile";
  EXPECT_THAT(pass(1min), ElementsAre("flapping"));
  EXPECT_EQ(end(), "flapping");
  pass(14min);
  EXPECT_EQ(flapping_.next_wake(), now_ + 1min);
  EXPECT_THAT(pass(1min), ElementsAre("resolved")) << "how it is then";
  EXPECT_EQ(flapping_.count(), 0U);
  EXPECT_EQ(begin(), "firing") << "it takes as many changes again";
}

TEST_F(FlappingTest, OneThatFiresInTheEndIsToldToFire) {
  for (int i = 0; i < 2; ++i) {
    begin();
    pass(30s);
    end();
    pass(30s);
  }
  EXPECT_EQ(begin(), "flapping");
  for (int i = 0; i < 14; ++i) {
    pass(1min);
    EXPECT_EQ(refresh(), "flapping");
  }
  EXPECT_THAT(pass(1min), ElementsAre("firing"));
  EXPECT_EQ(refresh(), "firing");
}

TEST_F(FlappingTest, RefreshesAndRepeatedEndsAreNoChanges) {
  begin();
  pass(1min);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(end(), "resolved");
  pass(1min);
  begin();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(refresh(), "firing");
  pass(10min);
  EXPECT_EQ(refresh(), "firing") << "a refresh that comes late, after it would have expired";
  EXPECT_EQ(flapping_.count(), 0U);
}

TEST_F(FlappingTest, OneThatExpiresInSilenceHasChangedToo) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(begin(), "firing");
    pass(6min);
  }
  EXPECT_EQ(begin(), "flapping") << "two ends that nobody told, three beginnings";
  EXPECT_THAT(pass(15min), ElementsAre("flapping")) << "it expired after four minutes";
  EXPECT_EQ(flapping_.next_wake(), now_ + 1min);
  EXPECT_THAT(pass(4min), ElementsAre("resolved"));
}

TEST_F(FlappingTest, OneThatBeganLongAgoIsNotTakenForNewAfterAnUpgrade) {
  began_ = kStart - 3h;
  refresh();
  EXPECT_EQ(saved().at(0).changes, std::vector{kStart - 3h});
}

TEST_F(FlappingTest, ItGoesOnAfterARestart) {
  for (int i = 0; i < 2; ++i) {
    begin();
    pass(30s);
    end();
    pass(30s);
  }
  begin();
  const auto state = saved();
  now_ += 20min;  // down for longer than it takes to be quiet
  flapping_ = Flapping(kConfig, 5min);
  flapping_.restore(state, now_);
  EXPECT_EQ(flapping_.count(), 1U);
  EXPECT_THAT(pass(0s), ElementsAre("firing")) << "what fired is not taken for ended because nobody refreshed it";
  EXPECT_EQ(refresh(), "firing");
}

TEST_F(FlappingTest, AClockThatWasSetBackMeanwhileHoldsNothingLonger) {
  for (int i = 0; i < 2; ++i) {
    begin();
    pass(30s);
    end();
    pass(30s);
  }
  const auto state = saved();
  now_ -= 1h;
  flapping_ = Flapping(kConfig, 5min);
  flapping_.restore(state, now_);
  EXPECT_THAT(pass(1min), ElementsAre("flapping"));
  EXPECT_THAT(pass(15min), testing::Contains("resolved")) << "and has been quiet for as long as ever";
}

TEST_F(FlappingTest, WhatIsOverIsForgotten) {
  begin();
  pass(1min);
  end();
  EXPECT_EQ(saved().size(), 1U);
  pass(31min);
  const auto changes = flapping_.take_changes();
  EXPECT_EQ(changes.removed.size(), 1U);
  flapping_.put_back(changes);
  EXPECT_EQ(flapping_.take_changes().removed, changes.removed) << "as the disk was full";
}

TEST_F(FlappingTest, AReloadWithoutItTellsHowThingsAre) {
  for (int i = 0; i < 2; ++i) {
    begin();
    end();
  }
  EXPECT_EQ(flapping_.count(), 1U);
  flapping_.set_config(std::nullopt, 5min);
  EXPECT_LE(flapping_.next_wake(), now_);
  EXPECT_THAT(pass(0s), ElementsAre("resolved"));
  EXPECT_EQ(flapping_.next_wake(), std::nullopt);
  EXPECT_EQ(begin(), "firing");
}

/// One alert that changes each minute for an hour, with a group interval of five minutes.
TEST(FlappingMessages, AreOneAtItsBeginningAndOneAtItsEnd) {
  Flapping flapping(kConfig, 5min);
  Dispatcher dispatcher({.route = route(), .receivers = receivers()}, {});
  std::vector<std::pair<Milliseconds, std::string>> told;
  Timestamp began = kStart;
  for (auto now = kStart; now < kStart + 3h; now += 10s) {
    const auto since_start = now - kStart;
    const bool changes = since_start % 1min == 0s && since_start <= 1h;
    const bool fires = since_start > 1h || (since_start / 1min) % 2 == 0;
    if (changes && fires) began = now;
    if (changes || since_start % 1min == 0s) {
      const auto notice = fires ? refreshed(firing("Down", began), now) : resolved(firing("Down", began), now);
      dispatcher.receive(flapping.receive(std::vector{notice}, now), now);
    }
    dispatcher.receive(flapping.advance(now), now);
    for (const auto& message : dispatcher.advance(now).messages) {
      const auto body = parsed(message.body);
      const auto& alert = body.at("alerts").at(0).as_object();
      const bool flaps = alert.at("annotations").as_object().contains(kFlapping);
      told.emplace_back(since_start,
                        flaps ? "flapping" : std::string(std::string_view(alert.at("status").as_string())));
    }
  }
  using Told = std::pair<Milliseconds, std::string>;
  EXPECT_THAT(told, ElementsAre(Told(30s, "firing"), Told(5min + 30s, "flapping"), Told(75min + 30s, "firing")));
}

/// It is silenced while it comes to rest.
TEST(FlappingMessages, SayThatItIsOverAfterASilenceToo) {
  Silences silences;
  Dispatcher dispatcher({.route = route(), .receivers = receivers()}, {.silences = &silences});
  dispatcher.hold_until(kStart + 24h);
  auto notice = firing("Down", kStart);
  notice.annotations[kFlapping] = "yes";
  dispatcher.receive(std::vector{notice}, kStart);
  EXPECT_EQ(dispatcher.advance(kStart + 30s).messages.size(), 1U);
  const auto matchers = parse_matchers("alertname=Down", MatcherSyntax::fallback).value();
  ASSERT_TRUE(
      silences.set({.matchers = matchers, .starts_at = kStart + 1min, .ends_at = kStart + 1h}, "s", kStart + 1min));
  notice.annotations.erase(kFlapping);
  dispatcher.receive(std::vector{notice}, kStart + 2min);
  EXPECT_THAT(dispatcher.advance(kStart + 6min).messages, IsEmpty());
  EXPECT_EQ(dispatcher.advance(kStart + 1h + 6min).messages.size(), 1U);
  EXPECT_THAT(dispatcher.advance(kStart + 1h + 12min).messages, IsEmpty()) << "once";
}

}  // namespace
}  // namespace a2od
