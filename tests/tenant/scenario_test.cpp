// Scenario files: what they say, and what they are told when they say it wrong.
#include "tests/tenant/scenario.hpp"

#include "tests/tenant/world.hpp"

#include <gmock/gmock.h>

#include <set>

namespace a2od::tenant {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view text) {
  const auto scenario = parse_scenario("s.yaml", text);
  std::vector<std::string> texts;
  if (!scenario)
    for (const auto& problem : scenario.error()) texts.push_back(to_string(problem));
  return texts;
}

TEST(Scenario, NamesEveryProblemWithItsPlace) {
  const auto problems = problems_of(
      "tennant_id: x\n"
      "environments:\n"
      "  - name: A\n"
      "    state: disable\n"
      "    storage: { database: 12 }\n"
      "faults:\n"
      "  - kind: throtle\n"
      "    percent: many\n");
  EXPECT_THAT(
      problems,
      ElementsAre(HasSubstr("s.yaml:1:1: scenario has no key 'tennant_id'; did you mean 'tenant_id'?"),
                  HasSubstr("s.yaml:4:12: 'state' is 'disable', allowed are enabled, disabled, "
                            "admin_mode; did you mean 'disabled'?"),
                  HasSubstr("'database' is '12', expected a size like 20GiB"), HasSubstr("did you mean 'throttle'?"),
                  HasSubstr("'percent' is 'many', expected a whole number")));
}

TEST(Scenario, RefusesAnOperationOfAnUnknownEnvironment) {
  EXPECT_THAT(problems_of("operations:\n  - environment: Nowhere\n"), ElementsAre(HasSubstr("'Nowhere'")));
}

TEST(Scenario, ShippedOnesAreUnderstood) {
  for (const auto* name : {"demo", "healthy", "large"}) {
    const auto scenario = read_scenario(std::string(A2OD_SOURCE_DIR "/tests/tenant/scenarios/") + name + ".yaml");
    ASSERT_TRUE(scenario.has_value()) << to_string(scenario.error().front());
  }
}

World world_of(std::string_view text, Timestamp start = Timestamp(1h)) {
  auto scenario = parse_scenario("s.yaml", text);
  EXPECT_TRUE(scenario.has_value()) << to_string(scenario.error().front());
  return {*std::move(scenario), start};
}

TEST(World, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const auto first = world_of("seed: 1\ngenerate: 50\n");
  const auto again = world_of("seed: 1\ngenerate: 50\n");
  const auto other = world_of("seed: 2\ngenerate: 50\n");
  int differ = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(first.environments()[i].id, again.environments()[i].id);
    EXPECT_EQ(first.environments()[i].storage, again.environments()[i].storage);
    differ += first.environments()[i].id != other.environments()[i].id ? 1 : 0;
  }
  EXPECT_EQ(differ, 50);
}

TEST(World, GivesThousandsOfEnvironmentsHostsAndIdsOfTheirOwn) {
  const auto world = world_of("generate: 5000\n");
  std::set<std::string> hosts;
  std::set<std::string> ids;
  for (const auto& environment : world.environments()) {
    hosts.insert(dataverse_host(environment));
    ids.insert(environment.id);
    EXPECT_EQ(world.by_host(dataverse_host(environment)), &environment);
  }
  EXPECT_EQ(hosts.size(), 5000U);
  EXPECT_EQ(ids.size(), 5000U);
}

TEST(World, StorageGrowsWhenItIsMeasuredAndStandsStillBetween) {
  const auto world = world_of(
      "measured_every: 1h\n"
      "environments:\n"
      "  - { name: A, storage: { database: 1GiB }, growth_per_hour: { database: 100MiB } }\n");
  const auto& environment = world.environments().front();
  const auto at = [&](Milliseconds after) {
    return world.actual(environment, StorageKind::database, world.start() + after);
  };
  EXPECT_NEAR(at(0s), 1024, 1.1);
  EXPECT_EQ(at(59min), at(0s));
  EXPECT_NEAR(at(10h), 2024, 2.1);
}

TEST(World, TheDefaultEnvironmentHasStorageForFree) {
  const auto world =
      world_of("environments:\n  - { name: A, type: Default, storage: { database: 5GiB, log: 1MiB } }\n");
  const auto& environment = world.environments().front();
  EXPECT_NEAR(world.rated(environment, StorageKind::database, world.start()), 2048, 6);
  EXPECT_EQ(world.rated(environment, StorageKind::log, world.start()), 0);
}

TEST(Faults, StrikeInTheirTimeAsOftenAsTheySay) {
  Faults faults;
  Fault fault;
  fault.route = "graph.microsoft.com/*";
  fault.from = 10s;
  fault.until = 20s;
  fault.count = 2;
  faults.add(fault);
  const auto strikes = [&](std::string_view path, Milliseconds when) { return faults.strike(path, when).has_value(); };
  EXPECT_FALSE(strikes("graph.microsoft.com/v1.0/x", 9s));
  EXPECT_FALSE(strikes("api.bap.microsoft.com/x", 10s));
  EXPECT_TRUE(strikes("graph.microsoft.com/v1.0/x", 10s));
  EXPECT_TRUE(strikes("graph.microsoft.com/v1.0/x", 19s));
  EXPECT_FALSE(strikes("graph.microsoft.com/v1.0/x", 19s)) << "twice only";
}

TEST(Faults, StrikeTheGivenShareOfRequestsEvenly) {
  Faults faults;
  Fault fault;
  fault.percent = 25;
  faults.add(fault);
  int struck = 0;
  for (int i = 0; i < 100; ++i) struck += faults.strike("host/path", 0s) ? 1 : 0;
  EXPECT_EQ(struck, 25);
}

TEST(Faults, AreRemovedByName) {
  Faults faults;
  Fault fault;
  fault.name = "storm";
  faults.add(fault);
  faults.add(fault);
  EXPECT_EQ(faults.remove("storm"), 2U);
  EXPECT_FALSE(faults.strike("host/path", 0s).has_value());
}

}  // namespace
}  // namespace a2od::tenant
