// Collectors of the operator's own, against the simulated tenant and real programs.
#include "collectors/own/own.hpp"

#include "tests/collectors/simulated_run.hpp"

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    finance_operations: true
    tables:
      mailboxes:
        - { name: a, statecode: 0, actstatus: 1, transientfailurecount: 3, lastsyncstartedon: -1h }
        - { name: b, statecode: 0, actstatus: 1, transientfailurecount: 4, lastsyncstartedon: -3h }
        - { name: c, statecode: 0, actstatus: 2, transientfailurecount: 5 }
        - { name: d, statecode: 1, actstatus: 2, transientfailurecount: 9 }
      BatchJobs:
        - { JobDescription: x, Status: Error, count: 2 }
        - { JobDescription: y, Status: Waiting }
)";

class Own : public SimulatedRun {
 protected:
  Own() : SimulatedRun("", kEstate) {
    config_.name = "boxes";
    config_.table = "mailbox";
    config_.filter = "statecode eq 0";
  }

  RunResult run_odata() { return run(odata_collector(config_)); }
  RunResult run_exec(const std::string& script) {
    exec_.name = "script";
    exec_.command = {"/bin/sh", "-c", script};
    return run(exec_collector(exec_));
  }
  RunResult run(const Collector& collector) {
    tenant_.name = "contoso";
    a2od::Run run{session_, clock_, tenant_, schemas_, &environment_, {}, memory_};
    collectors_.push_back(collector);  // what samples point to
    return result_of(io_, collector.collect(run));
  }

  OdataCollectorConfig config_;
  ExecCollectorConfig exec_;
  std::vector<Collector> collectors_;
};

TEST_F(Own, GroupsAreCountedAndSummed) {
  config_.labels = {{"status", "actstatus"}};
  config_.metrics = {{"boxes", "Boxes.", "count"},
                     {"boxes_failures", "Failures.", "sum transientfailurecount"},
                     {"boxes_first_start_timestamp_seconds", "First.", "min lastsyncstartedon"}};
  const auto result = run_odata();
  expect_all_ok(result);
  EXPECT_THAT(
      texts_of(result.parts[0].samples),
      ElementsAre(R"(boxes{environment="e1",status="1"} 2)", R"(boxes_failures{environment="e1",status="1"} 7)",
                  R"(boxes_first_start_timestamp_seconds{environment="e1",status="1"} 1772312400)",
                  R"(boxes{environment="e1",status="2"} 1)", R"(boxes_failures{environment="e1",status="2"} 5)"));
}

TEST_F(Own, RowsBecomeSeries) {
  config_.labels = {{"box", "name"}};
  config_.metrics = {{"box_failures", "Failures.", "transientfailurecount"}};
  EXPECT_THAT(texts_of(run_odata().parts[0].samples),
              ElementsAre(R"(box_failures{environment="e1",box="a"} 3)", R"(box_failures{environment="e1",box="b"} 4)",
                          R"(box_failures{environment="e1",box="c"} 5)"));
}

TEST_F(Own, AllRowsAreCountedWithoutReadingThem) {
  config_.metrics = {{"boxes", "Boxes.", "count"}};
  EXPECT_THAT(texts_of(run_odata().parts[0].samples), ElementsAre(R"(boxes{environment="e1"} 3)"));
}

TEST_F(Own, LimitsAreFailuresAndNotAPartOfTheRows) {
  config_.labels = {{"box", "name"}};
  config_.metrics = {{"box_failures", "Failures.", "transientfailurecount"}};
  config_.max_rows = 2;
  auto result = run_odata();
  EXPECT_EQ(result.parts[0].outcome, Outcome::broken);
  EXPECT_THAT(result.parts[0].error, HasSubstr("over 2 rows (max_rows)"));
  config_.max_rows = 10;
  config_.max_series = 2;
  EXPECT_THAT(run_odata().parts[0].error, HasSubstr("over 2 combinations of label values (max_series)"));
  config_.max_series = 10;
  config_.labels = {{"status", "actstatus"}};
  EXPECT_THAT(run_odata().parts[0].error, HasSubstr("two rows have the same labels"));
}

TEST_F(Own, AColumnThatTheTableHasNotGotIsNamedWithTheNearest) {
  config_.labels = {{"status", "actstatuss"}};
  config_.metrics = {{"boxes", "Boxes.", "count"}};
  const auto result = run_odata();
  EXPECT_EQ(result.parts[0].outcome, Outcome::broken);
  EXPECT_EQ(result.parts[0].error, "table 'mailbox' has no column 'actstatuss', did you mean 'actstatus'?");
}

TEST_F(Own, ATableThatIsNotThereIsAbsentAndARightThatIsMissingNamed) {
  config_.metrics = {{"boxes", "Boxes.", "count"}};
  change([](auto& main) { main.denied_tables = {"mailbox"}; });
  EXPECT_EQ(run_odata().parts[0].missing_right, "prvReadMailbox");
  config_.table = "incident";
  EXPECT_EQ(run_odata().parts[0].outcome, Outcome::absent);
}

TEST_F(Own, RowsOfFinanceAndOperationsAreGroupedHere) {
  config_.service = OdataCollectorConfig::Service::finance_operations;
  config_.table = "BatchJobs";
  config_.filter = "";
  config_.labels = {{"status", "Status"}};
  config_.metrics = {{"batch", "Jobs.", "count"}};
  EXPECT_THAT(texts_of(run_odata().parts[0].samples), ElementsAre(R"(batch{environment="e1",status="Error"} 2)",
                                                                  R"(batch{environment="e1",status="Waiting"} 1)"));
}

TEST_F(Own, OnlyEnvironmentsThatMatchHaveIt) {
  config_.metrics = {{"boxes", "Boxes.", "count"}};
  config_.environments = {"Contoso .*"};
  const auto collector = odata_collector(config_);
  environment_.name = "Contoso Production";
  EXPECT_TRUE(collector.applies(environment_));
  environment_.name = "Fabrikam";
  EXPECT_FALSE(collector.applies(environment_));
}

TEST_F(Own, AProgramsOutputBecomesSeries) {
  const auto result = run_exec("echo '# TYPE seen_total counter'; echo \"seen_total{by=\\\"$A2OD_TENANT\\\"} 4\"");
  expect_all_ok(result);
  EXPECT_THAT(texts_of(result.parts[0].samples), ElementsAre(R"(seen_total{by="contoso"} 4)"));
  EXPECT_EQ(result.parts[0].samples[0].metric->type, MetricType::counter);
}

TEST_F(Own, AProgramThatFailsIsBrokenAndSaysWhy) {
  EXPECT_EQ(run_exec("echo gone >&2; exit 2").parts[0].error, "/bin/sh: exited with 2: gone");
  EXPECT_THAT(run_exec("echo a b").parts[0].error, HasSubstr("line 1: 'b' is no number"));
  EXPECT_THAT(run_exec("echo d365_jobs 1").parts[0].error, HasSubstr("begins as only a2od's own may"));
  exec_.timeout = std::chrono::milliseconds(200);
  const auto late = run_exec("sleep 100");
  EXPECT_EQ(late.parts[0].outcome, Outcome::unreachable);
  EXPECT_THAT(late.parts[0].error, HasSubstr("no end within"));
}

}  // namespace
}  // namespace a2od
