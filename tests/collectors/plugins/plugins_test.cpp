#include "collectors/plugins/plugins.hpp"

#include "tests/collectors/recorded.hpp"
#include "tests/collectors/simulated_run.hpp"

namespace a2od::plugins {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    tables:
      plugintracelogs:
        - { typename: Contoso.PostInvoice, messagename: Create, primaryentity: invoice, mode: 0, createdon: 0, every: 5m,
            performanceexecutionduration: 2500, exceptiondetails: The remote server did not answer }
        - { typename: Contoso.Rates, messagename: Update, mode: 1, createdon: 0, every: 10m, performanceexecutionduration: 100 }
)";

class Plugins : public SimulatedRun {
 protected:
  Plugins() : SimulatedRun("plugins", kEstate) {}
};

TEST_F(Plugins, TracesFailuresAndTimesAreCounted) {
  collect();
  clock_.advance(21min);
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_THAT(texts(result, "d365_plugin_failures_total"),
              ElementsAre(R"(d365_plugin_failures_total{environment="e1",mode="synchronous"} 5)",
                          R"(d365_plugin_failures_total{environment="e1",mode="asynchronous"} 0)"));
  EXPECT_THAT(texts(result, "d365_plugin_traces_total"),
              Contains(R"(d365_plugin_traces_total{environment="e1",mode="asynchronous"} 3)"));
  EXPECT_THAT(texts(result, "d365_plugin_duration_seconds_total"),
              Contains(R"(d365_plugin_duration_seconds_total{environment="e1",mode="synchronous"} 12.5)"));
  EXPECT_THAT(texts(result, "d365_plugin_slowest_duration_seconds"), ElementsAre(testing::EndsWith(" 2.5")));
  EXPECT_THAT(details(result, kFailures).front(),
              "Contoso.PostInvoice Create of invoice (synchronous): The remote server did not answer");
}

TEST_F(Plugins, WhatIsTracedIsShown) {
  EXPECT_THAT(texts(collect(), "d365_plugin_trace_setting"),
              ElementsAre(R"(d365_plugin_trace_setting{environment="e1",setting="off"} 0)",
                          R"(d365_plugin_trace_setting{environment="e1",setting="exception"} 1)",
                          R"(d365_plugin_trace_setting{environment="e1",setting="all"} 0)"));
}

TEST_F(Plugins, MoreTracesThanARunReadsAreAtLeastSoMany) {
  collect();
  change([](auto& main) { main.tables["plugintracelogs"].front().count = 400; });
  clock_.advance(11min);
  EXPECT_THAT(texts(collect(), "d365_plugin_traces_count_is_lower_bound"), ElementsAre(testing::EndsWith(" 1")));
}

TEST(PluginsDecode, ReadsTheRecordedTraces) {
  A2OD_RECORDED(page, "dataverse/plugintracelogs.json");
  Traces traces{.traces = {nullptr, {}}, .failures = {nullptr, {}}, .duration = {nullptr, {}}};
  const auto taken = take_traces(*page, traces);
  ASSERT_TRUE(taken) << taken.error().message;
}

}  // namespace
}  // namespace a2od::plugins
