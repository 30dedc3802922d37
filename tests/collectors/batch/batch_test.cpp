#include "collectors/batch/batch.hpp"

#include "tests/collectors/simulated_run.hpp"

#include <boost/json/parse.hpp>

namespace a2od::batch {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    finance_operations: true
    tables:
      BatchJobs:
        - { JobDescription: Financial close, Status: Executing, StartDateTime: -6h }
        - { JobDescription: Print, Status: Executing, StartDateTime: -1m }
        - { JobDescription: MRP, Status: Waiting, StartDateTime: -3h }
        - { JobDescription: Tomorrow, Status: Waiting, StartDateTime: 20h }
        - { JobDescription: Done, Status: Finished, StartDateTime: -3h, count: 5 }
        - { JobDescription: Post invoices, Status: Error, EndDateTime: 0, every: 30m }
        - { JobDescription: Failed long ago, Status: Error, EndDateTime: -3d }
      DataManagementExecutionJobDetails:
        - { JobId: job-1, EntityName: Customers, StagingStatus: Succeeded, TargetStatus: PartiallySucceeded, StagingStartDateTime: -1h }
        - { JobId: job-0, EntityName: Vendors, StagingStatus: Failed, TargetStatus: NotRun, StagingStartDateTime: -40h }
)";

class Batch : public SimulatedRun {
 protected:
  Batch() : SimulatedRun("batch", kEstate) {}
};

TEST_F(Batch, JobsAreCountedByStatusOverdueAndLongRunningOnesNamed) {
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_THAT(texts(result, "d365_batch_jobs"), Contains(R"(d365_batch_jobs{environment="e1",status="executing"} 2)"));
  EXPECT_THAT(texts(result, "d365_batch_jobs"), Contains(R"(d365_batch_jobs{environment="e1",status="error"} 2)"));
  EXPECT_THAT(texts(result, "d365_batch_jobs"), Contains(R"(d365_batch_jobs{environment="e1",status="not_run"} 0)"));
  EXPECT_THAT(texts(result, "d365_batch_jobs_overdue"), ElementsAre(testing::EndsWith(" 1")));
  EXPECT_THAT(details(result, kOverdue), ElementsAre("MRP, due 2026-02-28T21:00:00Z"));
  EXPECT_THAT(texts(result, "d365_batch_jobs_long_running"), ElementsAre(testing::EndsWith(" 1")));
  EXPECT_THAT(details(result, kLongRunning), ElementsAre("Financial close, executing since 2026-02-28T18:00:00Z"));
  EXPECT_THAT(texts(result, "d365_batch_jobs_oldest_running_timestamp_seconds"),
              ElementsAre(testing::EndsWith(" 1772301600")));
}

TEST_F(Batch, ErrorsAreCountedSinceTheFirstRun) {
  collect();
  clock_.advance(1h + 1min);
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_batch_jobs_failed_total"),
              ElementsAre(R"(d365_batch_jobs_failed_total{environment="e1"} 3)"));
  EXPECT_THAT(details(result, kFailed), Contains("Post invoices: ended with an error 2026-03-01T01:00:00Z"));
}

TEST_F(Batch, ExecutionsOfADayAreCountedByStageAndStatus) {
  const auto result = collect();
  EXPECT_THAT(
      texts(result, "d365_data_management_executions"),
      ElementsAre(
          R"(d365_data_management_executions{environment="e1",stage="staging",status="succeeded"} 1)",
          R"(d365_data_management_executions{environment="e1",stage="target",status="partially_succeeded"} 1)"));
  EXPECT_THAT(details(result, kExecutions), ElementsAre("Customers of job job-1: target PartiallySucceeded"));
}

TEST_F(Batch, AStoppedEnvironmentIsAskedOnce) {
  change([](auto& main) { main.state = "disabled"; });
  const auto result = collect();
  EXPECT_EQ(session_.asked.size(), 1U);
  EXPECT_EQ(result.parts[1].outcome, result.parts[0].outcome);
}

TEST(BatchDecode, RefusesOddRowsAndBoundsStatuses) {
  EventLog log(nullptr, {});
  boost::json::array lines;
  const auto odd = boost::json::parse(R"({"Status": 7})");
  EXPECT_FALSE(decode_jobs("e1", std::span(&odd, 1), {}, log, lines));
  std::vector<boost::json::value> many;
  for (int i = 0; i < 200; ++i) many.push_back({{"Status", "S" + std::to_string(i)}});
  const auto found = decode_jobs("e1", many, {}, log, lines);
  ASSERT_TRUE(found);
  EXPECT_LT(found->samples.size(), 50U);
}

}  // namespace
}  // namespace a2od::batch
