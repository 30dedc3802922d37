// Every fault against every collector for ten intervals: the daemon lives, the others go on, nothing is made up.
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <list>
#include <map>
#include <set>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;

constexpr auto kTenIntervals = 100s;

struct FaultRow {
  std::string name;
  std::string fault;               ///< the members of the control endpoint's body, without the route
  std::set<std::string> outcomes;  ///< allowed for the collectors it strikes; `degraded` always is
};

/// Each has a daemon of its own; all of a list run at the same time.
const std::vector<FaultRow> kOfTransport = {
    {"429 with Retry-After", R"("kind": "throttle", "retry_after": "5")", {"throttled"}},
    {"429 without Retry-After", R"("kind": "throttle")", {"throttled"}},
    {"401 after expiry", R"("kind": "unauthorized")", {"denied"}},
    {"403", R"("kind": "forbidden", "code": "Forbidden", "message": "no")", {"denied"}},
    {"403 not a user", R"("kind": "forbidden", "code": "0x80072560", "message": "not a member")", {"denied"}},
    {"503", R"("kind": "server_error", "status": 503)", {"unreachable", "throttled"}},
    {"500 as HTML", R"("kind": "server_error", "status": 500, "code": "html")", {"unreachable"}},
    {"slow first byte", R"("kind": "slow_first_byte", "delay": "8s")", {"unreachable"}},
    {"dripping body", R"("kind": "drip", "bytes": 1, "delay": "400ms")", {"unreachable"}},
    {"cut connection", R"("kind": "cut", "bytes": 60)", {"unreachable", "broken"}},
    {"skewed clock", R"("kind": "skewed_clock", "delay": "1h")", {"ok"}},
};
const std::vector<FaultRow> kOfContent = {
    {"truncated JSON", R"("kind": "truncated_json")", {"broken"}},
    {"malformed JSON", R"("kind": "malformed_json")", {"broken"}},
    {"empty body", R"("kind": "empty_body")", {"broken"}},
    {"wrong types", R"("kind": "wrong_types")", {"broken", "ok"}},
    {"missing columns",
     R"("kind": "missing_columns", "columns": ["properties", "UserId", "organizationstate", "tenantCapacities", "appId", "value"])",
     {"broken", "ok", "unreachable"}},
    // On a busy machine the run's timeout comes before the last page that is allowed.
    {"endless paging", R"("kind": "endless_paging")", {"broken", "ok", "throttled", "unreachable"}},
    {"huge body", R"("kind": "huge_body", "bytes": 4000000)", {"broken"}},
    {"deep JSON", R"("kind": "deep_json", "bytes": 100000)", {"broken"}},
};

/// Where a collector's requests go. The admin API's list of environments is read by two collectors.
const std::map<std::string, std::string> kRoutes = {
    {"inventory", "api.bap.microsoft.com/*/environments*"},
    {"operations", "*lifecycleOperations*"},
    {"dataverse", "*.dynamics.com/api/data/*"},
    {"finance_operations", "*.operations.dynamics.com*"},
    {"capacity", "api.powerplatform.com/*"},
    {"jobs", "*.dynamics.com/api/data/*"},
    {"flows", "*.dynamics.com/api/data/*"},
    {"plugins", "*.dynamics.com/api/data/*"},
    {"batch", "*.operations.dynamics.com*"},
    {"mailboxes", "*.dynamics.com/api/data/*"},
    {"links", "*.dynamics.com/api/data/*"},
    {"integration", "*.dynamics.com/api/data/*"},
    {"identity", "graph.microsoft.com/*"},
    {"service_health", "graph.microsoft.com/*"},
};

/// Two halves of the collectors: while one is struck, the other must not notice.
const std::vector<std::set<std::string>> kHalves = {{"dataverse", "capacity", "identity", "jobs", "flows", "plugins",
                                                     "mailboxes", "links", "integration", "service_health"},
                                                    {"inventory", "finance_operations", "operations", "batch"}};

struct Trial {
  explicit Trial(const FaultRow& fault) : row(fault), stage("fault " + fault.name) {
    if (kPatience == 1) return;
    // Sanitized, ten daemons that evaluate all rules each second are too many for one machine: those of the alerts that
    // must stay, and less often.
    stage.rules = "  evaluation_interval: 5s\n  resolution: 5s\n";
    stage.rule_files =
        fmt::format("  - {0}/environments.yml\n  - {0}/capacity.yml\n", A2OD_SOURCE_DIR "/rules/library");
  }
  const FaultRow& row;
  Stage stage;
  std::size_t zeros = 0;
  std::map<std::string, std::set<std::string>> seen;  ///< by collector, outcomes while struck

  void arm(const std::set<std::string>& collectors) {
    for (const auto& collector : collectors)
      control(stage.tenant_port, "POST", "/control/faults",
              fmt::format(R"({{"route": "{}", {}}})", kRoutes.at(collector), row.fault));
  }
  void disarm() { control(stage.tenant_port, "DELETE", "/control/faults"); }

  std::size_t unmeasured_zeros() const { return stage.query(R"({__name__=~"d365_.+_bytes"} == 0)").size(); }

  std::set<std::string> outcomes(const std::string& collector) const {
    std::set<std::string> found;
    for (const auto* outcome : {"ok", "degraded", "throttled", "denied", "unreachable", "broken"})
      if (!stage
               .query(fmt::format(
                   R"(a2od_collector_outcome{{collector="{}",environment!~"Contoso Dev|Contoso Field.*|Contoso Training|Contoso UAT",outcome="{}"}} == 1)",
                   collector, outcome))
               .empty())
        found.insert(outcome);
    return found;
  }

  void check_struck(const std::set<std::string>& collectors) {
    for (const auto& collector : collectors) {
      seen[collector] = outcomes(collector);
      for (const auto& outcome : seen[collector])
        EXPECT_TRUE(row.outcomes.contains(outcome) || outcome == "degraded")
            << row.name << " on " << collector << ": " << outcome;
      EXPECT_FALSE(seen[collector].empty()) << row.name << " on " << collector;
    }
  }

  void check_others(const std::set<std::string>& struck) {
    std::set<std::string> recovering;
    for (const auto& [collector, outcomes] : seen)
      if (outcomes.contains("throttled")) recovering.insert(collector);
    for (const auto& [collector, route] : kRoutes) {
      // Both read the admin API's list: a fault of it is a fault of both.
      if (struck.contains(collector) || (collector == "capacity" && struck.contains("inventory"))) continue;
      // A host that throttled us in the first half is asked less for minutes after: that is what is meant to happen.
      if (recovering.contains(collector)) continue;
      const auto missed =
          stage.query(fmt::format(R"(max(a2od_collector_runs_missed_total{{collector="{}"}}))", collector));
      EXPECT_THAT(missed, testing::ElementsAre(0)) << row.name << ": runs of " << collector << " were missed";
      const auto age = stage.query(fmt::format(
          R"(max(time() - a2od_collector_last_success_timestamp_seconds{{collector="{}",environment!~"Contoso Dev|Contoso Field.*|Contoso Training|Contoso UAT"}}))",
          collector));
      ASSERT_EQ(age.size(), 1u) << row.name << ": " << collector;
      EXPECT_LT(age[0], std::chrono::duration<double>(kTenIntervals).count() / 2)
          << row.name << ": " << collector << " did not run while others were struck";
    }
  }

  void check_honest() {
    EXPECT_TRUE(stage.daemon->running()) << row.name << ": " << stage.daemon->output();
    EXPECT_EQ(get(stage.port, "/-/healthy").status, 200u) << row.name;
    EXPECT_LE(unmeasured_zeros(), zeros) << row.name << ": a zero that nobody measured";
    for (const auto* alert : {"EnvironmentDisabled", "StorageDeficit"})
      EXPECT_FALSE(stage.was_told(alert, "resolved")) << row.name << ": " << alert << " was resolved for lack of sight";
  }
};

void print_table(const std::list<Trial>& trials) {
  std::string text = fmt::format("\n{:<26}", "fault");
  for (const auto& [collector, route] : kRoutes) text += fmt::format("{:<22}", collector);
  for (const auto& trial : trials) {
    text += fmt::format("\n{:<26}", trial.row.name);
    for (const auto& [collector, route] : kRoutes) {
      std::string cell;
      if (const auto found = trial.seen.find(collector); found != trial.seen.end())
        for (const auto& outcome : found->second) cell += (cell.empty() ? "" : ",") + outcome;
      text += fmt::format("{:<22}", cell);
    }
  }
  std::puts(text.c_str());
}

void strike_each_collector(const std::vector<FaultRow>& faults) {
  std::list<Trial> trials;
  for (const auto& row : faults) {
    auto& trial = trials.emplace_back(row);
    trial.stage.start_tenant("demo.yaml");
    trial.stage.start_receiver();
    ASSERT_TRUE(trial.stage.start_daemon()) << trial.stage.daemon->output();
  }
  for (auto& trial : trials) {
    ASSERT_TRUE(eventually([&] { return trial.stage.was_told("EnvironmentDisabled", "firing"); }, 60s))
        << trial.row.name;
    ASSERT_TRUE(eventually([&] { return trial.stage.was_told("StorageDeficit", "firing"); }, 60s)) << trial.row.name;
    trial.zeros = trial.unmeasured_zeros();
  }
  for (const auto& half : kHalves) {
    for (auto& trial : trials) trial.arm(half);
    pause_for(kTenIntervals);
    for (auto& trial : trials) {
      trial.check_struck(half);
      trial.check_others(half);
      trial.check_honest();
      trial.disarm();
    }
    pause_for(30s);
  }
  print_table(trials);
}

TEST(Faults, OfTransportAgainstEachCollectorForTenIntervals) { strike_each_collector(kOfTransport); }
TEST(Faults, OfContentAgainstEachCollectorForTenIntervals) { strike_each_collector(kOfContent); }

}  // namespace
}  // namespace a2od::end_to_end
