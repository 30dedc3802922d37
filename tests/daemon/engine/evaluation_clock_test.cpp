#include "daemon/engine/evaluation_clock.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;

struct EvaluationClockTest : testing::Test {
  EvaluationClock clock{1min};
  std::chrono::steady_clock::time_point steady{1000h};
  Timestamp wall{Milliseconds(1'700'000'000'000)};
  Timestamp start = clock.read(steady, wall);

  Timestamp after(Milliseconds passed, Milliseconds shift = 0ms) {
    steady += passed;
    wall += passed + shift;
    return clock.read(steady, wall);
  }
};

TEST_F(EvaluationClockTest, FollowsTheSystemClock) {
  EXPECT_EQ(after(10s), start + 10s);
  EXPECT_EQ(clock.steps(), 0u);
}

TEST_F(EvaluationClockTest, AStepBackNeverTurnsTimeBack) {
  EXPECT_EQ(after(1s), start + 1s);
  EXPECT_EQ(after(10s, -1h), start + 10s);
  EXPECT_EQ(clock.steps(), 1u);
  EXPECT_GT(after(1s), start + 10s);
}

TEST_F(EvaluationClockTest, AStepForwardIsSlewedByATenth) {
  EXPECT_EQ(after(10s, 1h), start + 11s);
  EXPECT_EQ(clock.steps(), 1u);
  EXPECT_EQ(after(10s), start + 22s);
  EXPECT_EQ(clock.steps(), 1u) << "the step is counted once, not while it is slewed";
}

TEST_F(EvaluationClockTest, ASmallCorrectionIsFollowedWithoutBeingCounted) {
  after(10s, 500ms);
  EXPECT_EQ(after(10s), start + 20s + 500ms);
  EXPECT_EQ(clock.steps(), 0u);
}

TEST_F(EvaluationClockTest, WhatTheSystemClockShowsIsTheSameWhileTheyAgree) {
  after(10s, 500ms);
  for (const auto shift : {-48h, 0h, 48h}) EXPECT_EQ(clock.when(wall + shift), wall + shift);
}

TEST_F(EvaluationClockTest, ReadsTheSystemClockAfterAStepForward) {
  const auto now = after(10s, 1h);
  EXPECT_EQ(clock.when(wall), now) << "not in an hour";
  EXPECT_EQ(clock.when(wall - 2h), wall - 2h);
  EXPECT_EQ(clock.when(wall + 10min), now + 11min);
  EXPECT_EQ(clock.when(wall + 100h), wall + 100h) << "by then they agree";
}

TEST_F(EvaluationClockTest, ReadsTheSystemClockAfterAStepBack) {
  const auto now = after(10s, -1h);
  EXPECT_NEAR(static_cast<double>((clock.when(wall) - now).count()), 0, 2000);
  EXPECT_EQ(clock.when(wall + 10min), now + 9min);
  EXPECT_EQ(clock.when(wall + 100h), wall + 100h);
}

TEST_F(EvaluationClockTest, SaysWhenItWillBe) {
  for (const auto shift : {1h, -1h}) {
    after(1s, shift);
    const auto asked = wall + 30min;
    const auto said = clock.when(asked);
    for (int second = 0; second < 1800; ++second) after(1s);
    EXPECT_NEAR(static_cast<double>((after(0ms) - said).count()), 0, 5);
  }
}

TEST_F(EvaluationClockTest, ReadingTwiceAtOnceGivesTheSameTime) { EXPECT_EQ(after(0ms), start); }

}  // namespace
}  // namespace a2od
