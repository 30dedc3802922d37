#include "collectors/settings.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace std::chrono_literals;

Environment environment(std::string name, std::string id) {
  Environment made;
  made.name = std::move(name);
  made.id = std::move(id);
  made.url = "https://org.crm4.dynamics.com";
  return made;
}

CollectorSettings settings_of(const CollectorConfig& section, const Environment* where,
                              std::string_view tenant = "contoso") {
  Config config;
  config.collectors["dataverse"] = section;
  return effective_settings(*find_collector("dataverse"), config, tenant, where);
}

TEST(CollectorSettings, AreTheCollectorsOwnByDefault) {
  const CollectorSettings expected{true, 5min, 2min};
  EXPECT_EQ(effective_settings(*find_collector("dataverse"), Config(), "contoso"), expected);
}

TEST(CollectorSettings, TheSectionChangesWhatItNames) {
  const auto prod = environment("prod", "e1");
  const CollectorSettings expected{true, 10min, 2min};
  EXPECT_EQ(settings_of({.interval = 10min}, &prod), expected);
}

struct OverrideCase {
  std::string name;
  CollectorOverride override_;
  bool applies;
};
class CollectorOverrideRows : public testing::TestWithParam<OverrideCase> {};

TEST_P(CollectorOverrideRows, ApplyToWhatTheyName) {
  const auto prod = environment("prod", "e1");
  CollectorConfig section;
  section.overrides.push_back(GetParam().override_);
  section.overrides.back().enabled = false;
  EXPECT_EQ(settings_of(section, &prod).enabled, !GetParam().applies);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, CollectorOverrideRows,
    testing::Values(OverrideCase{"Everything", {}, true}, OverrideCase{"ItsTenant", {.tenant = "contoso"}, true},
                    OverrideCase{"AnotherTenant", {.tenant = "fabrikam"}, false},
                    OverrideCase{"ItsName", {.environment = "prod"}, true},
                    OverrideCase{"ItsId", {.environment = "E1"}, true},
                    OverrideCase{"AnotherEnvironment", {.environment = "test"}, false},
                    OverrideCase{"ItsNameInAnotherTenant", {.tenant = "fabrikam", .environment = "prod"}, false}),
    [](const auto& info) { return info.param.name; });

TEST(CollectorSettings, TheLastOverrideThatAppliesWins) {
  const auto prod = environment("prod", "e1");
  CollectorConfig section;
  section.overrides = {
      {.interval = 1min}, {.environment = "prod", .interval = 2min}, {.environment = "test", .interval = 3min}};
  EXPECT_EQ(settings_of(section, &prod).interval, 2min);
}

TEST(CollectorSettings, AnEnvironmentsOverrideLeavesTenantWideRunsAlone) {
  CollectorConfig section;
  section.overrides = {{.environment = "prod", .enabled = false}};
  EXPECT_TRUE(settings_of(section, nullptr).enabled);
}

/// inventory 288, capacity 2 * 24, identity 24, service_health 96.
constexpr double kTenantWide = 288 + 48 + 24 + 96;
/// operations 24.
constexpr double kAnyEnvironment = 24;
constexpr double kProbe = 3 * 288;
/// jobs 7, flows 3, plugins 2 every 5 minutes; mailboxes, links and integration 3 each every 15.
constexpr double kDataverse = kProbe + 12 * 288 + 9 * 96;
/// The probe, and batch 2.
constexpr double kFinanceOperations = 3 * 288;

TEST(PlannedRequests, FollowIntervalsAndParts) {
  const TenantConfig tenant{.name = "contoso"};
  auto with_both = environment("prod", "e1");
  with_both.finance_operations_url = "https://org.operations.dynamics.com";
  auto without = environment("bare", "e2");
  without.url.clear();
  const std::vector<Environment> environments{with_both, without};
  EXPECT_DOUBLE_EQ(planned_requests_per_day(Config(), tenant, environments),
                   kTenantWide + 2 * kAnyEnvironment + kDataverse + kFinanceOperations);
}

TEST(PlannedRequests, AreTheSameFromCounts) {
  const TenantConfig tenant{.name = "contoso"};
  EXPECT_DOUBLE_EQ(planned_requests_per_day(
                       Config(), tenant, {.without_dataverse = 2, .with_dataverse = 3, .with_finance_operations = 4}),
                   kTenantWide + 9 * kAnyEnvironment + 7 * kDataverse + 4 * kFinanceOperations);
}

TEST(PlannedRequests, LeaveOutWhatIsTurnedOff) {
  const TenantConfig tenant{.name = "contoso"};
  Config config;
  config.collectors["dataverse"].enabled = false;
  const std::vector<Environment> environments{environment("prod", "e1")};
  EXPECT_DOUBLE_EQ(planned_requests_per_day(config, tenant, environments),
                   kTenantWide + kAnyEnvironment + kDataverse - kProbe);
}

TEST(PlannedRequests, FollowOverridesOfOneEnvironment) {
  const TenantConfig tenant{.name = "contoso"};
  Config config;
  config.collectors["dataverse"].overrides = {{.environment = "prod", .interval = 10min}};
  const std::vector<Environment> environments{environment("prod", "e1"), environment("test", "e2")};
  EXPECT_DOUBLE_EQ(planned_requests_per_day(config, tenant, environments),
                   kTenantWide + 2 * kAnyEnvironment + 2 * kDataverse - kProbe / 2);
}

TEST(PlannedRequests, OfAListedInventoryAreNone) {
  const TenantConfig tenant{.name = "contoso", .discover = false};
  EXPECT_DOUBLE_EQ(planned_requests_per_day(Config(), tenant, EnvironmentCounts()), kTenantWide - 288);
}

TEST(Stretching, IsNoneWhereThePlanFits) { EXPECT_EQ(stretch_to_fit(10, 20, 30, 60), Stretch()); }

TEST(Stretching, TakesFromTheLeastImportantFirst) {
  const auto bulk = stretch_to_fit(10, 20, 30, 45);
  EXPECT_EQ(bulk, (Stretch{.health = 1, .normal = 1, .bulk = 2}));
  const auto normal = stretch_to_fit(10, 24, 24, 24);
  EXPECT_EQ(normal, (Stretch{.health = 1, .normal = 2, .bulk = 12}));
  const auto all = stretch_to_fit(130, 120, 120, 50);
  EXPECT_EQ(all, (Stretch{.health = 3, .normal = 36, .bulk = 36}));
}

TEST(Stretching, FitsEveryEstateIntoItsDay) {
  const TenantConfig tenant{.name = "contoso"};
  for (const std::size_t count : {1U, 20U, 100U, 1'000U, 10'000U}) {
    const EnvironmentCounts counts{.with_dataverse = count};
    const auto stretch = stretch_to_fit(Config(), tenant, counts);
    EXPECT_LE(planned_requests_per_day(Config(), tenant, counts, stretch), 0.8 * 50'000 + 1) << count;
  }
}

TEST(PlannedRequests, MayTakeATenthOfTheEntitlement) {
  EXPECT_DOUBLE_EQ(plannable_requests_per_day(TenantConfig()), 50'000);
}

}  // namespace
}  // namespace a2od
