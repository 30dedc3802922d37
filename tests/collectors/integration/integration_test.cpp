#include "collectors/integration/integration.hpp"

#include "tests/collectors/simulated_run.hpp"

namespace a2od::integration {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    tables:
      msdyn_dataflowrefreshhistories:
        - { msdyn_dataflowname: Prices, msdyn_endtime: 0, every: 1h }
        - { msdyn_dataflowname: Stock, msdyn_endtime: 0, every: 1h, msdyn_errorinfojson: '{"code":"Credentials"}' }
      mserp_financeandoperationsentities:
        - { mserp_physicalname: CustCustomerV3Entity, mserp_hasbeengenerated: true }
        - { mserp_physicalname: VendVendorV2Entity, mserp_hasbeengenerated: false, count: 3 }
      msdyn_dualwriteruntimeconfigs:
        - { statecode: 0, count: 2 }
        - { statecode: 1 }
)";

class Integration : public SimulatedRun {
 protected:
  Integration() : SimulatedRun("integration", kEstate) {}
};

TEST_F(Integration, RefreshesThatLeaveAnErrorHaveFailed) {
  collect();
  clock_.advance(3h + 1min);
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_THAT(texts(result, "d365_dataflow_refreshes_total"),
              ElementsAre(R"(d365_dataflow_refreshes_total{environment="e1",result="ok"} 4)",
                          R"(d365_dataflow_refreshes_total{environment="e1",result="failed"} 4)"));
  EXPECT_EQ(details(result, kRefreshes).front(), R"(Stock: failed 2026-03-01T03:00:00Z: {"code":"Credentials"})");
}

TEST_F(Integration, VirtualTablesAreOfferedAndGenerated) {
  EXPECT_THAT(texts(collect(), "d365_virtual_tables"),
              ElementsAre(R"(d365_virtual_tables{environment="e1",state="offered"} 4)",
                          R"(d365_virtual_tables{environment="e1",state="generated"} 1)"));
}

TEST_F(Integration, WhatCannotBeSeenOfDualWriteIsSaid) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_dual_write_configurations"),
              ElementsAre(R"(d365_dual_write_configurations{environment="e1",state="active"} 2)",
                          R"(d365_dual_write_configurations{environment="e1",state="inactive"} 1)"));
  EXPECT_THAT(texts(result, "d365_dual_write_status_visible"),
              ElementsAre(R"(d365_dual_write_status_visible{environment="e1"} 0)"));
}

TEST_F(Integration, WithoutDualWriteNothingIsSaidOfIt) {
  change([](auto& main) { main.absent_tables = {"msdyn_dualwriteruntimeconfig"}; });
  const auto result = collect();
  EXPECT_EQ(result.parts[2].outcome, Outcome::absent);
  EXPECT_TRUE(texts(result, "d365_dual_write_status_visible").empty());
}

}  // namespace
}  // namespace a2od::integration
