#include "daemon/discovery/configuration_text.hpp"

#include "collectors/inventory/watched.hpp"
#include "config/read.hpp"
#include "config/schema/checks.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace a2od {
namespace {

using inventory::Record;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Config read(const std::string& text) {
  std::vector<std::string_view> names;
  for (const auto& collector : all_collectors()) names.push_back(collector.name);
  auto config = parse_config("/etc/a2od/a2od.yaml", text, {.collectors = names, .check_files = false});
  if (config) return *config;
  for (const auto& problem : config.error()) ADD_FAILURE() << to_string(problem);
  return {};
}

TenantConfig contoso() {
  TenantConfig tenant{.name = "contoso",
                      .tenant_id = "4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001",
                      .client_id = "9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002"};
  tenant.client_secret = SecretSource{SecretFile{"/etc/a2od/contoso.secret"}};
  return tenant;
}

Record record_of(const std::string& id, const std::string& name) {
  Record record;
  record.environment = {.id = id, .display_name = name, .type = "Production", .region = "europe", .state = "Enabled"};
  record.environment.url = "https://" + id + ".crm4.dynamics.com";
  record.provisioned = true;
  return record;
}

FoundConfiguration found_in(const TenantConfig& tenant, const std::vector<Record>& records) {
  FoundConfiguration found{.rule_files = {"/usr/share/a2od/rules/*.yml"}};
  found.tenants.push_back({.tenant = tenant, .estate = estate_of(tenant, records)});
  return found;
}

std::string text_of(const FoundConfiguration& found) {
  return configuration_text(found, {}, all_collectors(),
                            Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)));
}

std::vector<Environment> environments_of(const std::vector<Record>& records) {
  std::vector<Environment> all;
  for (const auto& record : records) all.push_back(record.environment);
  return all;
}

/// Names and ids, as the daemon would watch them with the text as its configuration.
std::set<std::pair<std::string, std::string>> watched_with(const std::string& text,
                                                           const std::vector<Record>& records) {
  std::set<std::pair<std::string, std::string>> watched;
  const auto config = read(text);
  if (config.tenants.size() != 1) return watched;
  for (const auto& each : inventory::watched_environments(config.tenants[0], environments_of(records)))
    watched.emplace(each.id, each.name);
  return watched;
}

const std::vector<std::string> kHostile{
    "",
    "Contoso Production",
    "Contoso \"Production\"",
    "it's",
    "back\\slash\\n",
    "a: b # c",
    "- x",
    "x\n    client_secret: {env: PATH}\n",
    "\r\n# \r",
    "null",
    "~",
    "yes",
    "0x1F",
    "{a: b}",
    "[1]",
    "%TAG",
    "*alias",
    "&anchor x",
    "!!binary x",
    "? x",
    "{{ .Labels }}",
    "tab\tand bell\a",
    std::string("nul\0here", 8),
    "next line \xc2\x85 # x",
    "line \xe2\x80\xa8 separator",
    "reversed \xe2\x80\xae txt",
    "\xef\xbb\xbf mark",
    "\xf0\x9f\xa6\x84 Übung 日本",
    "not UTF-8 \xff\xc3",
    std::string(5'000, 'n'),
    std::string(127, 'n') + "\xc3\xbc",
};

TEST(ConfigurationText, WhateverEnvironmentsAreCalledIsReadBackAsTheirName) {
  std::vector<Record> records;
  for (const auto& name : kHostile) records.push_back(record_of(fmt::format("e{}", records.size()), name));
  const auto found = found_in(contoso(), records);
  const auto config = read(text_of(found));
  ASSERT_EQ(config.tenants.size(), 1U);
  const auto& listed = config.tenants[0].environments;
  const auto& meant = found.tenants[0].estate.listed;
  ASSERT_EQ(listed.size(), kHostile.size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    EXPECT_EQ(listed[i].name, meant[i].name);
    EXPECT_EQ(listed[i].id, meant[i].id);
    const auto& called = meant[i].display_name;
    if (schema::is_label_value(called) && is_valid_utf8(called)) EXPECT_EQ(listed[i].name, called);
  }
  EXPECT_EQ(config.tenants[0].client_secret, contoso().client_secret);
}

TEST(ConfigurationText, NothingThatAServiceSaysIsMoreThanAComment) {
  const std::string evil = "x\n  evil: true\r# \xe2\x80\xa8y";
  auto leftout = record_of("e1", evil);
  leftout.environment.type = evil;
  leftout.environment.state = "Disabled";
  leftout.state_reason = evil;
  auto listed = record_of("e2", evil);
  listed.environment.type = listed.environment.region = evil;
  auto found = found_in(contoso(), {leftout, listed});
  found.tenants[0].compared = 1;
  found.tenants[0].lacking = {{TableRight::unknown, evil, evil, evil, evil},
                              {TableRight::missing, evil, evil, evil, ""}};
  const auto text = text_of(found);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\n  evil")), Not(HasSubstr("\r")), Not(HasSubstr("\xe2\x80\xa8"))));
  EXPECT_EQ(read(text).tenants.size(), 1U);
}

TEST(ConfigurationText, WatchedWithItAreTheListedOnesAlone) {
  auto disabled = record_of("e2", "Old");
  disabled.environment.state = "Disabled";
  auto empty = record_of("Default-4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001", "Contoso (default)");
  empty.environment.url.clear();
  const std::vector records{record_of("e1", "Production"), disabled, empty};
  const auto text = text_of(found_in(contoso(), records));
  EXPECT_THAT(watched_with(text, records), testing::ElementsAre(std::pair("e1", "Production")));
  EXPECT_THAT(text, AllOf(HasSubstr(R"(- "e2"  # "Old" (Production, europe, https://e2.crm4.dynamics.com): disabled)"),
                          HasSubstr(R"x("Contoso (default)" (Production, europe): no Dataverse)x")));

  auto later = records;
  later.push_back(record_of("e3", "New"));
  EXPECT_EQ(watched_with(text, later).size(), 2U) << "what is made later is watched without a line";
}

TEST(ConfigurationText, WritingItAnewFromItselfChangesNothing) {
  auto disabled = record_of("e2", "Old");
  disabled.environment.state = "Disabled";
  const std::vector records{record_of("e1", "Production"), record_of("e3", "Production"), disabled};
  const auto first = text_of(found_in(contoso(), records));
  EXPECT_EQ(text_of(found_in(read(first).tenants.at(0), records)), first);
}

TEST(ConfigurationText, ThousandsOfOneNameAreToldApart) {
  std::vector<Record> records;
  for (unsigned i = 0; i < 5'000; ++i)
    records.push_back(record_of(fmt::format("{:08x}-0000", i * 2654435761U), "Trial"));
  const auto config = read(text_of(found_in(contoso(), records)));
  std::set<std::string> names;
  for (const auto& each : config.tenants.at(0).environments) names.insert(each.name);
  EXPECT_EQ(names.size(), 5'000U);
}

TEST(ConfigurationText, WhatAConfigurationSaysOfTenantsCollectorsAndTheWayToThemIsKept) {
  const auto given = read(R"(
tenants:
  - name: secret
    tenant_id: contoso.onmicrosoft.com
    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002
    client_secret: {credential: contoso}
    cloud: gcc_high
    hosts: {login: login.example.com, graph: "graph.example.com:8443"}
    requests_per_day: 1000000
    service_protection_share: 12.5%
    environments:
      include: {names: ["Con.*"], types: [Production], regions: [europe]}
      exclude: {names: ["x\\d+"], types: [Trial], regions: ["#"]}
      list: [{name: 'a "b"', id: e1, finance_operations_url: "https://f.example.com:8443"}]
  - name: certificate
    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001
    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002
    certificate: {file: my.pem, key_file: my.key, algorithm: RS256}
    environments: {discover: false, list: [{name: only, url: "https://x.crm4.dynamics.com"}]}
  - name: token
    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001
    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002
    federated_token: {env: TOKEN}
  - name: managed
    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001
    managed_identity: {object_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002}
transport:
  ca_file: ca.pem
  proxy: {url: "http://proxy.example:3128", credentials: {file: proxy.secret}, direct: [example.com]}
  connect: [{hosts: "*.dynamics.com", to: "[::1]:8443"}, {hosts: graph.microsoft.com, to: "127.0.0.1"}]
  connect_timeout: 5s
  first_byte_timeout: 7s
  total_timeout: 1m30s
  max_body: 2MiB
  max_idle_connections: 7
collectors:
  jobs: {enabled: false, overrides: [{environment: 'a "b"', enabled: true}, {tenant: managed, timeout: 20s}]}
  flows: {interval: 10m}
  batch: {enabled: false}
)");
  FoundConfiguration found{.transport = given.transport, .rule_files = {"/rules/*.yml"}};
  for (const auto& tenant : given.tenants) found.tenants.push_back({.tenant = tenant, .estate = estate_of(tenant, {})});
  const auto config = read(configuration_text(found, given, all_collectors(), {}));
  EXPECT_EQ(config.tenants, given.tenants);
  for (const auto& [name, section] : given.collectors) EXPECT_EQ(config.collectors.at(name), section) << name;
  EXPECT_EQ(config.transport, given.transport);
}

TEST(ConfigurationText, TheReceiversInItsCommentsAreGood) {
  auto text = text_of(found_in(contoso(), {record_of("e1", "Production")}));
  EXPECT_TRUE(read(text).receivers.empty());
  auto at = text.find("\n# route:") + 1;
  ASSERT_GT(at, 0U);
  for (; at < text.size() && text[at] == '#'; at = text.find('\n', at) + 1) text.erase(at, 2);
  const auto config = read(text);
  EXPECT_EQ(config.receivers.size(), 2U);
  EXPECT_EQ(config.route.routes.size(), 1U);
}

TEST(ConfigurationText, NamesCollectorsThatHaveSomethingToRead) {
  const auto text = text_of(found_in(contoso(), {record_of("e1", "Production")}));
  const auto config = read(text);
  EXPECT_TRUE(config.collectors.contains("jobs"));
  EXPECT_FALSE(config.collectors.contains("batch"));
  EXPECT_THAT(text, HasSubstr("nothing is asked for them: finance_operations, batch."));
}

TEST(ConfigurationText, TellsALackOnceWithItsEnvironments) {
  FoundTenant found{.tenant = contoso(), .compared = 9};
  for (int i = 1; i <= 7; ++i) {
    const auto name = fmt::format("e{}", i);
    found.lacking.push_back({TableRight::missing, "prvReadMailbox", "mailboxes/mailboxes", name, "denied"});
    found.lacking.push_back({TableRight::missing, "prvReadMailbox", "mine/rows", name, "denied"});
  }
  found.lacking.push_back({TableRight::missing, "Application.Read.All", "identity/application", "", "denied"});
  found.lacking.push_back({TableRight::unknown, "user", "dataverse/whoami", "e8", "no answer"});
  found.lacking.push_back({TableRight::unknown, "prvReadOrganization", "dataverse/organization", "e8", "no answer"});
  EXPECT_THAT(rights_text(found),
              testing::ElementsAre("missing  Application.Read.All for identity/application",
                                   "missing  prvReadMailbox for mailboxes/mailboxes, mine/rows, in 7 of 9 "
                                   R"(environments: "e1", "e2", "e3", "e4", "e5" and 2 others)",
                                   R"(unknown  user for dataverse/whoami in "e8": "no answer")"));
}

}  // namespace
}  // namespace a2od
