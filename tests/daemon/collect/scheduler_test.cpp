#include "daemon/collect/scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr JobSettings kEveryFiveMinutes{5min, 1min};

Job tenant_job(std::string collector) { return {std::move(collector), "contoso", ""}; }
Job environment_job(std::string id) { return {"dataverse", "contoso", std::move(id)}; }

struct SchedulerTest : testing::Test {
  Scheduler scheduler{8};
  Clock::time_point start{std::chrono::hours(1000)};

  void run_all_due(Clock::time_point now) {
    for (const auto& job : scheduler.start_due(now)) scheduler.finished(job);
  }
};

TEST_F(SchedulerTest, ATenantsFirstRunStartsAtOnce) {
  scheduler.set_jobs({{tenant_job("inventory"), kEveryFiveMinutes}}, start);
  EXPECT_THAT(scheduler.start_due(start), ElementsAre(tenant_job("inventory")));
}

TEST_F(SchedulerTest, EnvironmentsFirstRunWithinSeconds) {
  std::map<Job, JobSettings> jobs;
  for (int i = 0; i < 8; ++i) jobs[environment_job(std::to_string(i))] = kEveryFiveMinutes;
  scheduler.set_jobs(jobs, start);
  EXPECT_EQ(scheduler.start_due(start + 5s).size(), 8u);
}

TEST_F(SchedulerTest, AJobRunsOncePerIntervalAndNeverTwiceWithinHalfOfIt) {
  scheduler.set_jobs({{tenant_job("inventory"), kEveryFiveMinutes}}, start);
  std::vector<Clock::time_point> runs;
  for (auto now = start; now < start + 1h; now += 1s) {
    if (scheduler.start_due(now).empty()) continue;
    scheduler.finished(tenant_job("inventory"));
    runs.push_back(now);
  }
  ASSERT_GE(runs.size(), 12u);
  EXPECT_LE(runs.size(), 13u);
  EXPECT_GE(runs[1] - runs[0], 150s);
  for (std::size_t i = 2; i < runs.size(); ++i) EXPECT_EQ(runs[i] - runs[i - 1], 5min);
}

TEST_F(SchedulerTest, RunsOfAnEstateAreSpreadOverTheInterval) {
  Scheduler wide{10'000};
  std::map<Job, JobSettings> jobs;
  for (int i = 0; i < 3000; ++i) jobs[environment_job("environment-" + std::to_string(i))] = kEveryFiveMinutes;
  wide.set_jobs(jobs, start);
  for (const auto& job : wide.start_due(start + 5s)) wide.finished(job);
  std::size_t most = 0;
  for (auto now = start + 10min; now < start + 15min; now += 1s) {
    const auto due = wide.start_due(now);
    for (const auto& job : due) wide.finished(job);
    if (now > start + 10min) most = std::max(most, due.size());
  }
  EXPECT_LT(most, 40u) << "3,000 runs in 300 seconds are 10 a second";
}

TEST_F(SchedulerTest, ARunThatIsDueWhileTheOneBeforeStillRunsIsSkippedAndCounted) {
  scheduler.set_jobs({{tenant_job("inventory"), kEveryFiveMinutes}}, start);
  EXPECT_EQ(scheduler.start_due(start).size(), 1u);
  EXPECT_THAT(scheduler.start_due(start + 8min), IsEmpty());
  EXPECT_EQ(scheduler.missed(tenant_job("inventory")), 1u);
  scheduler.finished(tenant_job("inventory"));
  EXPECT_THAT(scheduler.start_due(start + 8min), IsEmpty());
}

TEST_F(SchedulerTest, NoMoreThanTheLimitRunAtOnceAndTheOthersFollow) {
  Scheduler narrow{2};
  narrow.set_jobs({{tenant_job("a"), kEveryFiveMinutes},
                   {tenant_job("b"), kEveryFiveMinutes},
                   {tenant_job("c"), kEveryFiveMinutes}},
                  start);
  EXPECT_THAT(narrow.start_due(start), ElementsAre(tenant_job("a"), tenant_job("b")));
  EXPECT_THAT(narrow.start_due(start + 1s), IsEmpty());
  narrow.finished(tenant_job("a"));
  EXPECT_THAT(narrow.start_due(start + 1s), ElementsAre(tenant_job("c")));
}

TEST_F(SchedulerTest, AReloadLeavesTheScheduleOfUnchangedJobsAlone) {
  const std::map<Job, JobSettings> jobs{{tenant_job("inventory"), kEveryFiveMinutes}};
  scheduler.set_jobs(jobs, start);
  run_all_due(start);
  const auto next = scheduler.next_wake();
  scheduler.set_jobs({{tenant_job("inventory"), kEveryFiveMinutes}, {tenant_job("capacity"), {1h, 1min}}},
                     start + 1min);
  run_all_due(start + 1min);
  EXPECT_THAT(scheduler.start_due(*next - 1ms), IsEmpty());
  EXPECT_THAT(scheduler.start_due(*next), ElementsAre(tenant_job("inventory")));
}

TEST_F(SchedulerTest, AShorterIntervalTakesEffectAtOnce) {
  scheduler.set_jobs({{tenant_job("capacity"), {1h, 1min}}}, start);
  run_all_due(start);
  scheduler.set_jobs({{tenant_job("capacity"), {1min, 30s}}}, start + 1min);
  EXPECT_LE(*scheduler.next_wake(), start + 3min);
}

TEST_F(SchedulerTest, ARunningJobThatWasRemovedFreesItsPlaceWhenItEnds) {
  Scheduler narrow{1};
  narrow.set_jobs({{tenant_job("a"), kEveryFiveMinutes}}, start);
  EXPECT_EQ(narrow.start_due(start).size(), 1u);
  narrow.set_jobs({{tenant_job("b"), kEveryFiveMinutes}}, start);
  EXPECT_THAT(narrow.start_due(start), IsEmpty());
  narrow.finished(tenant_job("a"));
  EXPECT_THAT(narrow.start_due(start), ElementsAre(tenant_job("b")));
}

TEST_F(SchedulerTest, AJobSettlesWithItsFirstEndOrAfterTwoAndAHalfIntervals) {
  scheduler.set_jobs({{tenant_job("a"), kEveryFiveMinutes}}, start);
  EXPECT_FALSE(scheduler.settled(tenant_job("a"), start + 12min));
  EXPECT_TRUE(scheduler.settled(tenant_job("a"), start + 13min));
  run_all_due(start + 1min);
  EXPECT_TRUE(scheduler.settled(tenant_job("a"), start + 1min));
}

}  // namespace
}  // namespace a2od
