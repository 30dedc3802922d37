#include "daemon/collect/run_report.hpp"

#include "daemon/web/exposition.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;

struct RunReportTest : testing::Test {
  Store store;
  CurrentValues values{{.instance = "here:1"}, [](std::string_view) { return std::string_view(); }};
  Timestamp start{Milliseconds(1'700'000'000'000)};
  RunSummary run{.collector = "jobs",
                 .tenant = "contoso",
                 .environment = "prod",
                 .duration = 1500ms,
                 .missed = 2,
                 .last_success = Timestamp(1000s),
                 .parts = {{.name = "system_jobs", .complete = true}}};

  std::string samples() const {
    std::string lines;
    const auto page = render(values, ExpositionFormat::text);
    for (std::size_t at = 0; at < page.size();) {
      const auto end = page.find('\n', at);
      if (page[at] != '#') lines += page.substr(at, end + 1 - at);
      at = end + 1;
    }
    return lines;
  }
};

TEST_F(RunReportTest, TellsHowARunEnded) {
  values.publish(store, run_report(run), start);
  EXPECT_EQ(samples(),
            R"(a2od_collector_duration_seconds{collector="jobs",environment="prod",tenant="contoso"} 1.5
a2od_collector_last_success_timestamp_seconds{collector="jobs",environment="prod",tenant="contoso"} 1000
a2od_collector_outcome{collector="jobs",environment="prod",outcome="ok",tenant="contoso"} 1
a2od_collector_part_ok{collector="jobs",environment="prod",part="system_jobs",tenant="contoso"} 1
a2od_collector_runs_missed_total{collector="jobs",environment="prod",tenant="contoso"} 2
)");
}

TEST_F(RunReportTest, ALostRightHasASeriesAndAKeptOneHasNone) {
  run.parts = {{.name = "system_jobs", .complete = false, .right_lost = true}, {.name = "imports", .complete = true}};
  values.publish(store, run_report(run), start);
  EXPECT_NE(samples().find(R"(a2od_rights_lost{collector="jobs",environment="prod",part="system_jobs")"),
            std::string::npos);
  EXPECT_EQ(samples().find(R"(part="imports",tenant="contoso"} 0)"), std::string::npos);
}

TEST_F(RunReportTest, StaysForAsLongAsNoOtherRunEnds) {
  values.publish(store, run_report(run), start);
  values.tick(store, start + 24h * 30);
  EXPECT_NE(samples().find("a2od_collector_last_success_timestamp_seconds"), std::string::npos);
}

TEST_F(RunReportTest, EndsWithACollectorThatRunsNoMore) {
  values.publish(store, run_report(run), start);
  values.publish(store, no_more_runs("jobs", "contoso", "prod"), start + 1min);
  EXPECT_EQ(samples(), "");
}

TEST_F(RunReportTest, EndsWithItsEnvironment) {
  values.publish(store, run_report(run), start);
  values.forget_environment(store, "contoso", "prod", start + 1min);
  EXPECT_EQ(samples(), "");
}

}  // namespace
}  // namespace a2od
