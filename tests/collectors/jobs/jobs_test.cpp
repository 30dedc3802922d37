// Background jobs: against the simulated tenant, whose clock goes on, and against bodies of our own.
#include "collectors/jobs/jobs.hpp"

#include "tests/collectors/recorded.hpp"
#include "tests/collectors/simulated_run.hpp"

#include <boost/json/parse.hpp>

namespace a2od::jobs {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    tables:
      asyncoperations:
        - { operationtype: 10, statecode: 0, statuscode: 0, createdon: -3h, count: 4 }
        - { operationtype: 10, statecode: 1, statuscode: 10, createdon: -30d, postponeuntil: 5d }
        - { operationtype: 54, messagename: ImportSolutionAsync, statecode: 2, statuscode: 20, createdon: -4h, startedon: -3h, name: Import of Sales }
        - { operationtype: 1, statecode: 2, statuscode: 20, createdon: -4m, startedon: -3m }
        - { operationtype: 1, statecode: 3, statuscode: 31, completedon: 0, every: 10m, name: Post an order, errorcode: -2147220891, friendlymessage: "no such account" }
      bulkdeleteoperations:
        - { name: Old mails, isrecurring: true, nextrun: -2d, statecode: 1, statuscode: 10 }
        - { name: Old jobs, isrecurring: true, nextrun: 1d, statecode: 1, statuscode: 10 }
      importjobs:
        - { solutionname: Sales, startedon: -3h }
        - { solutionname: Broken (fails), startedon: -1m, completedon: 0, every: 2h }
      importfiles:
        - { name: contacts.csv, statuscode: 1, statecode: 0 }
        - { name: leads.csv, statuscode: 4, failurecount: 3, completedon: 0, every: 1h }
)";

class Jobs : public SimulatedRun {
 protected:
  Jobs() : SimulatedRun("jobs", kEstate) {}
};

TEST_F(Jobs, AllPartsAreReadWithoutARefusal) { expect_all_ok(collect()); }

TEST_F(Jobs, TheBacklogIsCountedByKindAndState) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_jobs"),
              ElementsAre(R"(d365_jobs{environment="e1",kind="plug_in",state="in_progress"} 1)",
                          R"(d365_jobs{environment="e1",kind="solution",state="in_progress"} 1)",
                          R"(d365_jobs{environment="e1",kind="workflow",state="waiting"} 1)",
                          R"(d365_jobs{environment="e1",kind="workflow",state="waiting_for_resources"} 4)"));
  EXPECT_THAT(texts(result, "d365_jobs_oldest_due_timestamp_seconds"),
              ElementsAre(R"(d365_jobs_oldest_due_timestamp_seconds{environment="e1"} 1772312400)"));
  EXPECT_THAT(texts(result, "d365_jobs_oldest_running_timestamp_seconds"),
              ElementsAre(R"(d365_jobs_oldest_running_timestamp_seconds{environment="e1"} 1772312400)"));
}

TEST_F(Jobs, NothingDueIsNoSeries) {
  change([](auto& main) { main.tables["asyncoperations"].clear(); });
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_jobs_oldest_due_timestamp_seconds"), IsEmpty());
  EXPECT_THAT(texts(result, "d365_jobs"), IsEmpty());
  EXPECT_THAT(texts(result, "d365_jobs_stuck"), ElementsAre(R"(d365_jobs_stuck{environment="e1"} 0)"));
}

TEST_F(Jobs, ABacklogTooLargeToAggregateIsCountedByWindowsOfAge) {
  change([](auto& main) {
    main.tables["asyncoperations"][0].count = 40;
    main.tables["asyncoperations"][1].count = 20;
    main.aggregate_limit = 50;
  });
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_jobs"),
              Contains(R"(d365_jobs{environment="e1",kind="workflow",state="waiting_for_resources"} 40)"));
  EXPECT_THAT(texts(result, "d365_jobs"),
              Contains(R"(d365_jobs{environment="e1",kind="workflow",state="waiting"} 20)"));
  EXPECT_THAT(texts(result, "d365_jobs_count_is_lower_bound"),
              Contains(R"(d365_jobs_count_is_lower_bound{environment="e1",part="backlog"} 0)"));
}

TEST_F(Jobs, AWindowTooLargeToCountIsAtLeastFiftyThousand) {
  change([](auto& main) { main.aggregate_limit = 3; });
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_jobs"),
              Contains(R"(d365_jobs{environment="e1",kind="other",state="unknown"} 50000)"));
  EXPECT_THAT(texts(result, "d365_jobs_count_is_lower_bound"),
              Contains(R"(d365_jobs_count_is_lower_bound{environment="e1",part="backlog"} 1)"));
}

TEST_F(Jobs, StuckJobsAreCountedAndNamed) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_jobs_stuck"), ElementsAre(R"(d365_jobs_stuck{environment="e1"} 1)"));
  EXPECT_THAT(details(result, kStuck),
              ElementsAre("Import of Sales (solution), in progress since 2026-02-28T21:00:00Z"));
}

TEST_F(Jobs, FailuresAreCountedOnceFromTheFirstRunOn) {
  const std::string counter = R"(d365_jobs_failed_total{environment="e1",kind="plug_in"} )";
  EXPECT_THAT(texts(collect(), "d365_jobs_failed_total"), Contains(counter + "1"));
  EXPECT_THAT(texts(collect(), "d365_jobs_failed_total"), Contains(counter + "1"));
  clock_.advance(25min);
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_jobs_failed_total"), Contains(counter + "3"));
  EXPECT_THAT(details(result, kFailed).front(),
              "Post an order (plug_in), failed 2026-03-01T00:20:00Z, error 0x80040265: no such account");
}

TEST_F(Jobs, CountersOfEveryKindAppearWithZero) {
  change([](auto& main) { main.tables["asyncoperations"].clear(); });
  const auto counters = texts(collect(), "d365_jobs_failed_total");
  EXPECT_EQ(counters.size(), std::size(kKinds));
  for (const auto& counter : counters) EXPECT_THAT(counter, testing::EndsWith(" 0"));
}

TEST_F(Jobs, NewestFailuresAreRememberedWhenNothingNewFails) {
  collect();
  change([](auto& main) { main.tables["asyncoperations"].clear(); });
  clock_.advance(1h);
  EXPECT_EQ(details(collect(), kFailed).size(), 1U);
}

TEST_F(Jobs, ALongOutageLosesNoFailure) {
  collect();
  change([](auto& main) { main.tables["asyncoperations"].back().every = 1s; });
  clock_.advance(90min);
  for (int runs = 0; runs < 2; ++runs) collect();
  EXPECT_THAT(texts(collect(), "d365_jobs_failed_total"),
              Contains(R"(d365_jobs_failed_total{environment="e1",kind="plug_in"} 5401)"));
}

TEST_F(Jobs, OverdueBulkDeletionsAreDatedAndNamed) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_bulk_deletes"),
              ElementsAre(R"(d365_bulk_deletes{environment="e1",state="waiting"} 2)"));
  EXPECT_THAT(texts(result, "d365_bulk_delete_oldest_overdue_timestamp_seconds"),
              ElementsAre(R"(d365_bulk_delete_oldest_overdue_timestamp_seconds{environment="e1"} 1772150400)"));
  EXPECT_THAT(details(result, kBulkDeleteOverdue), ElementsAre("Old mails, due 2026-02-27T00:00:00Z"));
}

TEST_F(Jobs, SolutionImportsRunEndAndFail) {
  auto result = collect();
  EXPECT_THAT(texts(result, "d365_solution_imports_running"),
              ElementsAre(R"(d365_solution_imports_running{environment="e1"} 1)"));
  clock_.advance(5h);
  result = collect();
  EXPECT_THAT(texts(result, "d365_solution_imports_total"),
              ElementsAre(R"(d365_solution_imports_total{environment="e1",result="passed"} 0)",
                          R"(d365_solution_imports_total{environment="e1",result="failed"} 3)"));
  EXPECT_THAT(details(result, kImports).front(),
              HasSubstr("Broken (fails): failed 2026-03-01T04:00:00Z: The dependent component"));
}

TEST_F(Jobs, AnImportWhoseResultCouldNotBeAskedIsAskedAgain) {
  collect();
  clock_.advance(2h + 1min);
  tenant::Fault throttled;
  throttled.route = "*/RetrieveSolutionImportResult*";
  throttled.kind = tenant::FaultKind::throttle;
  throttled.count = 1;
  session_.tenant.tenant.faults().add(throttled);
  const auto counts = [this] { return texts(collect(), "d365_solution_imports_total"); };
  EXPECT_THAT(counts(), ElementsAre(HasSubstr(R"("passed"} 0)"), HasSubstr(R"("failed"} 1)")));
  clock_.advance(5min);
  EXPECT_THAT(counts(), ElementsAre(HasSubstr(R"("passed"} 0)"), HasSubstr(R"("failed"} 2)")));
}

TEST_F(Jobs, DataImportsAreCountedWithTheRowsThatFailed) {
  collect();
  clock_.advance(2h + 1min);
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_data_imports"),
              ElementsAre(R"(d365_data_imports{environment="e1",state="parsing"} 1)"));
  EXPECT_THAT(texts(result, "d365_data_imports_total"),
              Contains(R"(d365_data_imports_total{environment="e1",result="completed"} 3)"));
  EXPECT_THAT(texts(result, "d365_data_import_rows_failed_total"),
              ElementsAre(R"(d365_data_import_rows_failed_total{environment="e1"} 9)"));
}

TEST_F(Jobs, AMissingTableIsAbsentAndAMissingPrivilegeDeniedByName) {
  change([](auto& main) {
    main.absent_tables = {"importfile"};
    main.denied_tables = {"bulkdeleteoperation"};
  });
  const auto result = collect();
  EXPECT_EQ(result.parts[3].outcome, Outcome::denied);
  EXPECT_EQ(result.parts[3].missing_right, "prvReadBulkDeleteOperation");
  EXPECT_EQ(result.parts[5].outcome, Outcome::absent);
  EXPECT_EQ(result.parts[0].outcome, Outcome::ok);
}

TEST_F(Jobs, AMissingColumnCostsItsSeriesOnly) {
  change([](auto& main) { main.absent_columns = {"importjob.solutionname", "importfile.failurecount"}; });
  clock_.advance(1h);
  expect_all_ok(collect());
}

TEST_F(Jobs, ColumnsAreLookedUpOnceAndAgainWhenTheMetadataChanges) {
  collect();
  EXPECT_EQ(session_.asked_for("EntityDefinitions"), 8U);
  collect();
  EXPECT_EQ(session_.asked_for("EntityDefinitions"), 8U);
  change([](auto& main) { main.absent_columns = {"importjob.solutionname"}; });
  collect();
  const auto after = collect();
  EXPECT_GT(session_.asked_for("EntityDefinitions"), 8U);
  EXPECT_EQ(after.parts[4].outcome, Outcome::ok) << after.parts[4].error;
}

TEST_F(Jobs, AHostThatCannotBeAskedIsAskedOnce) {
  change([](auto& main) { main.state = "disabled"; });
  const auto result = collect();
  EXPECT_EQ(session_.asked.size(), 1U);
  for (const auto& part : result.parts) EXPECT_EQ(part.outcome, Outcome::unreachable) << part.name;
}

TEST(JobKind, IsToldByTheMessageWhereTheTypeSaysNothing) {
  EXPECT_EQ(kind_of(10, ""), "workflow");
  EXPECT_EQ(kind_of(54, "ImportSolutionAsync"), "solution");
  EXPECT_EQ(kind_of(54, "RecalculatePrice"), "request");
  EXPECT_EQ(kind_of(203, ""), "solution");
  EXPECT_EQ(kind_of(12801, ""), "other");
  EXPECT_EQ(kind_of(-5, ""), "other");
  EXPECT_EQ(kind_of(std::nullopt, "x"), "other");
}

TEST(JobsDecode, RefusesOddBodies) {
  EventLog log(nullptr, {});
  for (const auto* text : {"7", "[]", R"({"value": 7})", R"({"value": [7]})", R"({"value": [{"n": "many"}]})"}) {
    EXPECT_FALSE(decode_backlog("e1", boost::json::parse(text))) << text;
  }
  EXPECT_FALSE(take_failures(boost::json::parse(R"({"value": [{"completedon": "2026-01-01T00:00:00Z"}]})"), log));
  EXPECT_FALSE(decode_running("e1", boost::json::parse(R"({"value": [{"name": 7, "startedon": "2001-01-01"}]})"),
                              Timestamp(std::chrono::hours(24 * 20'000))));
}

TEST(JobsDecode, ReadsTheRecordedImport) {
  A2OD_RECORDED(recorded, "dataverse/tf_asyncoperation_import_solution.json");
  EXPECT_EQ(kind_of(recorded->at("operationtype").to_number<double>(),
                    std::string_view(recorded->at("messagename").as_string())),
            "solution");
}

}  // namespace
}  // namespace a2od::jobs
