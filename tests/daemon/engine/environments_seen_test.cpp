#include "daemon/engine/environments_seen.hpp"

#include "collectors/inventory/inventory.hpp"
#include "collectors/operations/operations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const Timestamp kNow{Milliseconds(1'700'000'000'000)};

struct EnvironmentsSeenTest : testing::Test {
  Store store;
  CurrentValues values{{.instance = "here:1"}, [](std::string_view) { return std::string_view(); }};

  void SetUp() override { values.set_running(store, {{"inventory", "contoso"}, {"operations", "contoso"}}, kNow); }

  void publish(SourceKey key, const Metric& metric, std::vector<std::pair<Labels, double>> series,
               bool delivered = true) {
    PartReport report{.key = std::move(key), .delivered = delivered, .interval = std::chrono::hours(1)};
    for (auto& [labels, value] : series) report.samples.push_back({&metric, std::move(labels), value});
    values.publish(store, std::move(report), kNow);
  }
};

Labels labels(std::string_view environment) { return Labels{{"tenant", "contoso"}, {"environment", environment}}; }
Labels operation(std::string_view type, std::string_view state) {
  return Labels{{"tenant", "contoso"}, {"environment", "uat"}, {"operation", type}, {"state", state}};
}

TEST_F(EnvironmentsSeenTest, NothingIsKnownBeforeTheFirstRuns) {
  const auto seen = environments_seen(values);
  EXPECT_THAT(seen.work, IsEmpty());
  EXPECT_THAT(seen.inventories, IsEmpty());
  EXPECT_THAT(seen.known_operations, IsEmpty());
}

TEST_F(EnvironmentsSeenTest, AdministrationModeAndOperationsThatRunAreWork) {
  publish({"inventory", "contoso", "", "environments"}, inventory::kAdminMode,
          {{labels("prod"), 0}, {labels("dev"), 1}});
  publish({"operations", "contoso", "uat", "lifecycle"}, operations::kOperations,
          {{operation("Copy", "running"), 1},
           {operation("Copy", "failed"), 1},
           {operation("Restore", "failed"), 2},
           {operation("Reset", "running"), 0},
           {operation("Backup", "running"), 1}});
  const auto seen = environments_seen(values);
  EXPECT_THAT(seen.work, ElementsAre(EnvironmentWork{"contoso", "dev", "administration mode"},
                                     EnvironmentWork{"contoso", "uat", "Copy"}));
  EXPECT_THAT(seen.inventories, ElementsAre("contoso"));
  EXPECT_THAT(seen.known_operations, ElementsAre(Pair("contoso", "uat")));
}

TEST_F(EnvironmentsSeenTest, AFailedRunLeavesWorkAsItWasAndIsNoKnowledge) {
  const SourceKey key{"inventory", "contoso", "", "environments"};
  publish(key, inventory::kAdminMode, {{labels("dev"), 1}});
  publish(key, inventory::kAdminMode, {}, false);
  const auto seen = environments_seen(values);
  EXPECT_THAT(seen.work, ElementsAre(EnvironmentWork{"contoso", "dev", "administration mode"}));
  EXPECT_THAT(seen.inventories, IsEmpty());
}

}  // namespace
}  // namespace a2od
