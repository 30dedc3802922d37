#include "collectors/flows/flows.hpp"

#include "tests/collectors/simulated_run.hpp"

namespace a2od::flows {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    tables:
      workflows:
        - { workflowid: 00000000-0000-0000-0000-000000000001, name: Approve orders, category: 5, statecode: 1, statuscode: 2 }
        - { name: Post to a social network, category: 5, statecode: 2, statuscode: 3 }
        - { name: Draft, category: 5, statecode: 0, statuscode: 1, count: 2 }
        - { name: Classic workflow, category: 0, statecode: 0, statuscode: 1 }
      flowruns:
        - { status: Failed, endtime: 0, every: 10m, errorcode: ActionFailed, errormessage: An action failed,
            _workflow_value: 00000000-0000-0000-0000-000000000001 }
        - { status: Succeeded, endtime: 0, every: 1m }
      flowevents:
        - { eventtype: FlowRunIngestion, eventcode: IngestionRateDataLoss, createdon: 0, every: 1h }
        - { eventtype: Other, eventcode: Other, createdon: 0, every: 1m }
)";

class Flows : public SimulatedRun {
 protected:
  Flows() : SimulatedRun("flows", kEstate) {}
};

TEST_F(Flows, AreCountedByStateAndSuspendedOnesNamed) {
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_THAT(texts(result, "d365_flows"), ElementsAre(R"(d365_flows{environment="e1",state="off"} 2)",
                                                       R"(d365_flows{environment="e1",state="on"} 1)",
                                                       R"(d365_flows{environment="e1",state="suspended"} 1)"));
  EXPECT_THAT(texts(result, "d365_flows_blocked_by_policy"), ElementsAre(testing::EndsWith(" 1")));
  EXPECT_THAT(details(result, kFlows), ElementsAre("Post to a social network: suspended by a data policy"));
}

TEST_F(Flows, FailedRunsAreCountedOnceAndSayWhichFlow) {
  collect();
  clock_.advance(25min);
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_flow_runs_failed_total"),
              ElementsAre(R"(d365_flow_runs_failed_total{environment="e1"} 3)"));
  EXPECT_EQ(details(result, kRunsFailed).front(),
            "Approve orders: failed 2026-03-01T00:20:00Z: ActionFailed An action failed");
}

TEST_F(Flows, WhatDataverseLostIsCountedByCodeFromZeroOn) {
  EXPECT_THAT(texts(collect(), "d365_flow_run_losses_total"),
              ElementsAre(R"(d365_flow_run_losses_total{environment="e1",code="IngestionRateDataLoss"} 0)"));
  clock_.advance(2h + 1min);
  EXPECT_THAT(texts(collect(), "d365_flow_run_losses_total"),
              ElementsAre(R"(d365_flow_run_losses_total{environment="e1",code="IngestionRateDataLoss"} 3)"));
}

TEST_F(Flows, AnOlderEnvironmentHasDefinitionsOnly) {
  change([](auto& main) { main.absent_tables = {"flowrun", "flowevent"}; });
  const auto result = collect();
  EXPECT_EQ(result.parts[0].outcome, Outcome::ok);
  EXPECT_EQ(result.parts[1].outcome, Outcome::absent);
  EXPECT_EQ(combine(result.parts), Outcome::ok);
}

}  // namespace
}  // namespace a2od::flows
