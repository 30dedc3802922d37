#include "collectors/inventory/watched.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Environment environment(std::string id, std::string display_name, std::string type, std::string region) {
  Environment made;
  made.id = std::move(id);
  made.display_name = std::move(display_name);
  made.type = std::move(type);
  made.region = std::move(region);
  made.url = "https://" + made.id + ".crm4.dynamics.com";
  return made;
}

std::vector<Environment> estate() {
  return {environment("e1", "Sales", "Production", "europe"), environment("e2", "Sales Test", "Sandbox", "europe"),
          environment("e3", "Field Service", "Production", "unitedstates")};
}

std::vector<std::string> watched_ids(const TenantConfig& tenant) {
  std::vector<std::string> ids;
  for (const auto& watched : watched_environments(tenant, estate())) ids.push_back(watched.id);
  return ids;
}

struct FilterCase {
  std::string name;
  EnvironmentFilter include;
  EnvironmentFilter exclude;
  std::vector<std::string> ids;
};
class WatchedFilter : public testing::TestWithParam<FilterCase> {};

TEST_P(WatchedFilter, KeepsTheExpected) {
  TenantConfig tenant;
  tenant.include = GetParam().include;
  tenant.exclude = GetParam().exclude;
  EXPECT_EQ(watched_ids(tenant), GetParam().ids);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, WatchedFilter,
    testing::Values(FilterCase{"NothingGivenIsAll", {}, {}, {"e1", "e2", "e3"}},
                    FilterCase{"NameMatchesAsAWhole", {.names = {"Sales"}}, {}, {"e1"}},
                    FilterCase{"NameMayBeTheId", {.names = {"e[23]"}}, {}, {"e2", "e3"}},
                    FilterCase{"PatternsOfOneListAreAlternatives", {.names = {"e1", "e3"}}, {}, {"e1", "e3"}},
                    FilterCase{"ListsNarrowEachOther", {.types = {"Production"}, .regions = {"europe"}}, {}, {"e1"}},
                    FilterCase{"AnyExclusionDrops", {}, {.types = {"Sandbox"}, .regions = {"united.*"}}, {"e1"}},
                    FilterCase{"ExclusionWins", {.names = {"e1", "e2"}}, {.names = {"Sales"}}, {"e2"}},
                    FilterCase{"ABadPatternMatchesNothing", {.names = {"("}}, {}, {}}),
    [](const auto& info) { return info.param.name; });

TEST(Watched, AListedEnvironmentTakesItsNameAndAddresses) {
  TenantConfig tenant;
  tenant.environments = {{"prod", "E1", "https://Other.crm.dynamics.com/", "https://fo.operations.dynamics.com/"}};
  const auto watched = watched_environments(tenant, estate());
  EXPECT_EQ(watched[0].name, "prod");
  EXPECT_EQ(watched[0].display_name, "Sales");
  EXPECT_EQ(watched[0].url, "https://other.crm.dynamics.com");
  EXPECT_EQ(watched[0].finance_operations_url, "https://fo.operations.dynamics.com");
  EXPECT_EQ(watched[1].name, "");
}

TEST(Watched, AListedEnvironmentIsFoundByItsUrlWhereNoIdIsGiven) {
  TenantConfig tenant;
  tenant.environments = {{"prod", "", "https://e2.crm4.dynamics.com/", ""}};
  const auto watched = watched_environments(tenant, estate());
  ASSERT_EQ(watched.size(), 3U);
  EXPECT_EQ(watched[1].name, "prod");
}

TEST(Watched, AListedEnvironmentPassesEveryFilter) {
  TenantConfig tenant;
  tenant.include.types = {"Trial"};
  tenant.exclude.names = {"Sales"};
  tenant.environments = {{"prod", "e1", "", ""}};
  EXPECT_THAT(watched_ids(tenant), ElementsAre("e1"));
}

TEST(Watched, AnUndiscoveredListedEnvironmentIsAppended) {
  TenantConfig tenant;
  tenant.include.types = {"Trial"};
  tenant.environments = {{"far", "e9", "https://far.crm.dynamics.com", ""}};
  const auto watched = watched_environments(tenant, estate());
  ASSERT_EQ(watched.size(), 1U);
  EXPECT_EQ(watched[0].id, "e9");
  EXPECT_EQ(watched[0].name, "far");
  EXPECT_EQ(watched[0].url, "https://far.crm.dynamics.com");
}

TEST(Watched, AListedEnvironmentWithoutAnIdIsKnownByItsName) {
  TenantConfig tenant;
  tenant.environments = {{"far", "", "https://far.crm.dynamics.com", ""}};
  const auto watched = watched_environments(tenant, {});
  ASSERT_EQ(watched.size(), 1U);
  EXPECT_EQ(watched[0].id, "far");
}

TEST(Watched, NothingDiscoveredAndNothingListedIsNothing) {
  EXPECT_THAT(watched_environments(TenantConfig(), {}), IsEmpty());
}

}  // namespace
}  // namespace a2od::inventory
