#include "daemon/discovery/estate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using inventory::Record;
using testing::ElementsAre;
using testing::IsEmpty;

Record record_of(const std::string& id, const std::string& name) {
  Record record;
  record.environment = {.id = id, .display_name = name, .type = "Sandbox", .region = "europe", .state = "Enabled"};
  record.environment.url = "https://" + id + ".crm4.dynamics.com";
  record.provisioned = true;
  return record;
}

std::vector<std::string> names(const Estate& estate) {
  std::vector<std::string> all;
  for (const auto& each : estate.listed) all.push_back(each.name);
  return all;
}

std::vector<std::string> reasons(const Estate& estate) {
  std::vector<std::string> all;
  for (const auto& each : estate.left_out) all.push_back(each.environment.id + ": " + each.reason);
  return all;
}

TEST(Estate, ListsByNameAndSaysWhyTheOthersAreLeftOut) {
  auto disabled = record_of("e1", "Disabled");
  disabled.environment.state = "Disabled";
  disabled.state_reason = "Inactivity";
  auto empty = record_of("e2", "Empty");
  empty.environment.url.clear();
  auto leaving = record_of("e3", "Leaving");
  leaving.provisioned = false;
  auto locked = record_of("e4", "Locked");
  locked.environment.state = "AdminMode";
  auto finance = record_of("e5", "Finance");
  finance.environment.url.clear();
  finance.environment.finance_operations_url = "https://e5.operations.dynamics.com";
  auto silent = record_of("e6", "Silent");  // the API says nothing of its state
  silent.environment.state.clear();
  silent.provisioned.reset();
  const std::vector records{silent, locked, finance, disabled, empty, leaving};

  const auto estate = estate_of({}, records);
  EXPECT_THAT(names(estate), ElementsAre("Finance", "Locked", "Silent"));
  EXPECT_THAT(reasons(estate),
              ElementsAre("e1: disabled: Inactivity", "e2: no Dataverse",
                          "e3: its provisioning has not succeeded: it is being made or deleted, or that failed"));
}

TEST(Estate, NamesDoNotDependOnTheOrderThatTheServiceHas) {
  const std::vector records{record_of("aaaa1111", "Test"), record_of("bbbb2222", "Test")};
  const std::vector turned{records[1], records[0]};
  EXPECT_THAT(names(estate_of({}, records)), ElementsAre("Test", "Test-bbbb"));
  EXPECT_EQ(names(estate_of({}, turned)), names(estate_of({}, records)));
}

TEST(Estate, WhatTheConfigurationSaysStands) {
  TenantConfig tenant;
  tenant.environments = {{.name = "prod", .id = "e1"}, {.name = "elsewhere", .url = "https://x.crm.dynamics.com"}};
  tenant.exclude.names = {"Trial.*"};
  auto disabled = record_of("e1", "Production");
  disabled.environment.state = "Disabled";
  const std::vector records{disabled, record_of("e2", "Trial 7"), record_of("e3", "prod")};

  const auto estate = estate_of(tenant, records);
  EXPECT_THAT(names(estate), testing::UnorderedElementsAre("prod", "elsewhere", "prod-e3"))
      << "listed names are not given twice";
  EXPECT_THAT(reasons(estate), ElementsAre("e2: left out by include and exclude"));
  EXPECT_TRUE(estate.left_out.at(0).filtered);
}

TEST(Estate, DifferencesAreWhatIsNewGoneDisabledAndElsewhere) {
  TenantConfig tenant;
  tenant.environments = {{.name = "same", .id = "e1"},
                         {.name = "gone", .id = "e9"},
                         {.name = "off", .id = "e2"},
                         {.name = "moved", .id = "e3", .url = "https://old.crm4.dynamics.com"}};
  auto off = record_of("e2", "Off");
  off.environment.state = "Disabled";
  const std::vector records{record_of("e1", "Same"), off, record_of("e3", "Moved"), record_of("e4", "New\n- \"gone\"")};

  const auto lines = differences(tenant, records);
  EXPECT_THAT(
      lines, testing::UnorderedElementsAre(
                 R"(+ "New - \"gone\"": e4 (Sandbox, europe, https://e4.crm4.dynamics.com) is not listed, but watched)",
                 R"(- "gone": the tenant does not have it (any more))", R"(~ "off": disabled)",
                 R"(~ "moved": is at https://e3.crm4.dynamics.com now, listed with "https://old.crm4.dynamics.com")"));
  tenant.environments.resize(1);
  EXPECT_THAT(differences(tenant, std::span(records).first(1)), IsEmpty());
}

}  // namespace
}  // namespace a2od
