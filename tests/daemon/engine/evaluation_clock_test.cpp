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

TEST_F(EvaluationClockTest, ReadingTwiceAtOnceGivesTheSameTime) { EXPECT_EQ(after(0ms), start); }

}  // namespace
}  // namespace a2od
