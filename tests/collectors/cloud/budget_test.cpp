#include "collectors/cloud/budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

using namespace std::chrono_literals;
using Verdict = Budget::Decision::Verdict;
using testing::HasSubstr;

/// A budget and its own time; the host is always the same one unless named.
class Planned : public testing::Test {
 protected:
  Budget::Decision decide(Priority priority = Priority::health, const std::string& host = kHost) {
    return budget_.decide(host, priority, now_, wall());
  }
  void start(const std::string& host = kHost) { budget_.started(host, Service::dataverse, now_, wall()); }
  void end(Budget::Ending ending = {.answered = true, .throttled = false, .retry_after = {}}) {
    budget_.ended(kHost, ending, now_);
  }
  void throttle(std::optional<Milliseconds> retry_after) {
    end({.answered = false, .throttled = true, .retry_after = retry_after});
  }
  /// Requests that are answered at once, as many as may go now.
  int spend(Priority priority = Priority::health) {
    int sent = 0;
    for (; decide(priority).verdict == Verdict::go; ++sent) {
      start();
      end();
    }
    return sent;
  }
  Timestamp wall() const { return kMorning + std::chrono::duration_cast<Milliseconds>(now_ - kStart); }

  static constexpr Budget::TimePoint kStart{1h};
  static constexpr Timestamp kMorning = std::chrono::sys_days(std::chrono::year(2026) / 5 / 6) + 9h;
  static inline const std::string kHost = "org.crm4.dynamics.com";

  Budget::TimePoint now_ = kStart;
  Budget budget_{500'000};
};

TEST_F(Planned, TwoPercentOfSixThousandRequestsGoInFiveMinutes) {
  EXPECT_EQ(spend(), 120);
  const auto decision = decide();
  EXPECT_EQ(decision.verdict, Verdict::wait);
  EXPECT_EQ(decision.reason.cause, Cause::budget);
  EXPECT_EQ(decision.until, now_ + 300s);
  now_ += 299s;
  EXPECT_EQ(spend(), 0);
  now_ += 1s;
  EXPECT_EQ(spend(), 120);
}

TEST_F(Planned, TheWindowSlides) {
  start();
  end();
  now_ += 100s;
  EXPECT_EQ(spend(), 119);
  EXPECT_EQ(decide().until, kStart + 300s);
  now_ = kStart + 300s;
  EXPECT_EQ(spend(), 1);
}

TEST_F(Planned, LessImportantRequestsLeaveRoomForHealth) {
  EXPECT_EQ(spend(Priority::bulk), 84);
  EXPECT_EQ(spend(Priority::normal), 24);
  EXPECT_EQ(spend(Priority::health), 12);
}

TEST_F(Planned, TwoPercentOfTheExecutionTimeGoInFiveMinutes) {
  int sent = 0;
  for (; decide().verdict == Verdict::go; ++sent) {
    start();
    end({.answered = true, .throttled = false, .retry_after = {}, .execution = 5s});
  }
  EXPECT_EQ(sent, 5);  // 24 s of 1,200
  EXPECT_THAT(decide().reason.message, HasSubstr("its 24s of execution time"));
  now_ += 300s;
  EXPECT_EQ(decide().verdict, Verdict::go);
}

TEST_F(Planned, ALargerShareAllowsMoreOfEveryFacet) {
  budget_ = Budget(500'000, 0.5);
  for (int i = 0; i < 26; ++i) {
    EXPECT_EQ(decide().verdict, Verdict::go) << i;
    start();
  }
  EXPECT_EQ(decide().verdict, Verdict::wait);
  for (int i = 0; i < 26; ++i) end();
  EXPECT_EQ(spend(), 3000 - 26);
}

TEST_F(Planned, WhatHostsSayIsLeftIsShownAndNotSteeredBy) {
  EXPECT_FALSE(budget_.summary(now_).allowance);
  start();
  end({.answered = true, .throttled = false, .retry_after = {}, .execution = {}, .allowance = Allowance{0, 0.5}});
  EXPECT_EQ(budget_.summary(now_).allowance->requests, 0);
  EXPECT_EQ(budget_.summary(now_).allowance->execution_seconds, 0.5);
  EXPECT_EQ(decide().verdict, Verdict::go);
}

TEST_F(Planned, TheSummaryShowsTheBusiestHost) {
  start();
  end({.answered = true, .throttled = false, .retry_after = {}, .execution = 6s});
  start("other.crm4.dynamics.com");
  auto summary = budget_.summary(now_);
  EXPECT_EQ(summary.hosts, 2U);
  EXPECT_EQ(summary.throttled_hosts, 0U);
  EXPECT_DOUBLE_EQ(summary.busiest_requests, 1.0 / 120);
  EXPECT_DOUBLE_EQ(summary.busiest_execution_time, 0.25);
  start();
  throttle(40s);
  summary = budget_.summary(now_);
  EXPECT_EQ(summary.throttled_hosts, 1U);
  EXPECT_LT(summary.lowest_rate, 0.6);
}

TEST_F(Planned, HostsDoNotShareTheirWindow) {
  EXPECT_EQ(spend(), 120);
  EXPECT_EQ(decide(Priority::bulk, "other.crm4.dynamics.com").verdict, Verdict::go);
}

TEST_F(Planned, FourRequestsAreUnderWayAtOnce) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(decide().verdict, Verdict::go);
    start();
  }
  EXPECT_EQ(decide().verdict, Verdict::wait);
  EXPECT_EQ(decide().until, Budget::TimePoint::max());
  end();
  EXPECT_EQ(decide().verdict, Verdict::go);
}

TEST_F(Planned, RetryAfterIsAFloor) {
  start();
  throttle(40s);
  now_ += 10s;
  const auto decision = decide();
  EXPECT_EQ(decision.verdict, Verdict::wait);
  EXPECT_EQ(decision.reason.cause, Cause::throttled);
  EXPECT_EQ(decision.reason.retry_after, 30s);
  EXPECT_THAT(decision.reason.message, HasSubstr("30s left"));
  now_ += 30s;
  EXPECT_EQ(decide().verdict, Verdict::go);
}

TEST_F(Planned, AShorterRetryAfterDoesNotCutALongerOne) {
  start();
  start();
  throttle(40s);
  throttle(1s);
  EXPECT_EQ(decide().until, now_ + 40s);
}

TEST_F(Planned, AfterThrottlingOneProbeGoesAlone) {
  start();
  throttle(10s);
  now_ += 10s;
  start();
  EXPECT_EQ(decide().verdict, Verdict::wait);
  throttle(10s);
  EXPECT_EQ(decide().until, now_ + 10s);
  now_ += 10s;
  start();
  end();
  EXPECT_EQ(decide().verdict, Verdict::go);
}

TEST_F(Planned, AProbeThatWasNotAnsweredIsFollowedByAnother) {
  start();
  throttle(10s);
  now_ += 10s;
  start();
  end({.answered = false, .throttled = false, .retry_after = {}});
  start();
  EXPECT_EQ(decide().verdict, Verdict::wait);
}

TEST_F(Planned, ThrottlingHalvesTheRateAndAnswersRestoreItSlowly) {
  start();
  throttle(0s);
  now_ += 400s;
  const int halved = spend();
  EXPECT_GE(halved, 60);
  EXPECT_LT(halved, 80);
  for (int window = 0; window < 10; ++window, now_ += 400s) spend();
  EXPECT_EQ(spend(), 120);
}

TEST_F(Planned, EndlessThrottlingLeavesAProbe) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(decide().verdict, Verdict::go) << i;
    start();
    throttle(std::nullopt);
    EXPECT_EQ(decide().verdict, Verdict::wait) << i;
    now_ += 400s;
  }
}

TEST_F(Planned, ATenthOfTheDaysEntitlementIsPlannedWith) {
  budget_ = Budget(1000);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(decide().verdict, Verdict::go) << i;
    start();
    end();
  }
  EXPECT_EQ(budget_.day(wall()).used, 100U);
  EXPECT_EQ(budget_.day(wall()).limit, 100U);
  const auto decision = decide();
  EXPECT_EQ(decision.verdict, Verdict::refuse);
  EXPECT_EQ(decision.reason.cause, Cause::budget);
  EXPECT_EQ(decision.reason.retry_after, 15h);
  now_ += 15h;
  EXPECT_EQ(decide().verdict, Verdict::go);
  EXPECT_EQ(budget_.day(wall()).used, 0U);
}

TEST_F(Planned, TheEndOfTheDaysBudgetIsKeptForHealth) {
  budget_ = Budget(1000);
  for (int i = 0; i < 80; ++i) start();
  EXPECT_EQ(decide(Priority::bulk, "x").verdict, Verdict::refuse);
  EXPECT_EQ(decide(Priority::normal, "x").verdict, Verdict::go);
  for (int i = 0; i < 15; ++i) start();
  EXPECT_EQ(decide(Priority::normal, "x").verdict, Verdict::refuse);
  EXPECT_EQ(decide(Priority::health, "x").verdict, Verdict::go);
}

TEST_F(Planned, WhatWasUsedEarlierTheSameDayCounts) {
  const DayUsage earlier{.day = std::chrono::floor<std::chrono::days>(wall()), .used = 70, .limit = 100};
  budget_.restore(earlier, wall());
  EXPECT_EQ(budget_.day(wall()).used, 70U);
  Budget tomorrow(1000);
  tomorrow.restore(earlier, wall() + 24h);
  EXPECT_EQ(tomorrow.day(wall() + 24h).used, 0U);
}

TEST_F(Planned, AThousandFailingHoursNeverExceedOneProbePerWindow) {
  int sent = 0;
  const auto end_of_test = now_ + 1000h;
  for (; now_ < end_of_test; now_ += 30s) {
    if (decide().verdict != Verdict::go) continue;
    ++sent;
    start();
    throttle(5min);
  }
  EXPECT_LE(sent, 1000 * 12);
}

}  // namespace
}  // namespace a2od::cloud
