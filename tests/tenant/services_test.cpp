// The services: what they answer, in which shape, and what they refuse as Microsoft does.
#include "tests/tenant/services.hpp"

#include "tests/tenant/tenant_in_memory.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace a2od::tenant {
namespace {

using testing::HasSubstr;

constexpr const char* kAdmin = "api.bap.microsoft.com";
constexpr const char* kGraph = "graph.microsoft.com";
const std::string kEnvironments = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments";
const std::string kOperations = "/providers/Microsoft.BusinessAppPlatform/lifecycleOperations?api-version=2024-05-01";
const std::string kHealth = "/v1.0/admin/serviceAnnouncement/healthOverviews";
constexpr std::string_view kContoso = R"(
entitlements: { database: 10GiB, file: 1GiB, log: 1GiB }
environments:
  - { name: Main, domain: main, storage: { database: 5GiB, file: 2GiB, log: 1MiB }, finance_operations: true }
  - { name: Stopped, domain: stopped, state: disabled }
  - { name: Locked, domain: locked, state: admin_mode }
  - { name: Foreign, domain: foreign, application_user: false }
  - { name: Gone, domain: gone, reachable: false }
operations:
  - { environment: Main, type: Copy, state: Failed, error: out of space }
credentials:
  - { name: one, kind: secret, expires_in: 12d }
)";

struct Refusal {
  std::string host;
  std::string target;
  unsigned status;
  std::string code;
};

TEST(Services, RefuseWhatMicrosoftRefuses) {
  TenantInMemory tenant(kContoso);
  const std::string main = "main.crm4.dynamics.com";
  const Refusal rows[] = {
      {kAdmin, kEnvironments, 400, "MissingApiVersionParameter"},
      {kAdmin, kEnvironments + "?api-version=1999-01-01", 400, "InvalidApiVersionParameter"},
      {kAdmin, kEnvironments + "/nowhere?api-version=2023-06-01", 404, "EnvironmentNotFound"},
      {kAdmin, kOperations, 400, "InvalidFilter"},
      {kAdmin, kOperations + "&$filter=environment%20is%20'x'", 400, "InvalidFilter"},
      {kAdmin, kOperations + "&$filter=environment%20eq%20'nowhere'", 404, "EnvironmentNotFound"},
      {"api.powerplatform.com", "/licensing/tenantCapacity", 400, "UnsupportedApiVersion"},
      {main, "/api/data/v9.2/organizations?$select=name,nosuchcolumn", 400, "0x80060888"},
      {main, "/api/data/v9.2/organizations?$skip=10", 400, "0x80060888"},
      {main, "/api/data/v9.2/organizations?$filter=contains(name,'a')", 400, "0x80060888"},
      {main, "/api/data/v9.2/accounts", 404, "0x8006088a"},
      {"stopped.crm4.dynamics.com", "/api/data/v9.2/WhoAmI", 403, "0x8004a104"},
      {"locked.crm4.dynamics.com", "/api/data/v9.2/WhoAmI", 403, ""},
      {"foreign.crm4.dynamics.com", "/api/data/v9.2/WhoAmI", 403, "0x80072560"},
      {kGraph, "/v1.0/applications?$skip=10", 400, "BadRequest"},
      {kGraph, "/v1.0/applications?$top=1000", 400, "Request_UnsupportedQuery"},
      {kGraph, "/v1.0/applications?$select=secret", 400, "BadRequest"},
      {kGraph, "/v1.0/users", 400, "BadRequest"},
      {kGraph, kHealth + "?$expand=posts", 400, "BadRequest"},
      {kGraph, kHealth + "?$top=5", 400, "BadRequest"},
      {kGraph, kHealth + "?$skip=x", 400, "BadRequest"},
  };
  for (const auto& row : rows) {
    const auto answered = tenant.get(row.host, row.target);
    EXPECT_EQ(answered.status, row.status) << row.host << row.target;
    EXPECT_EQ(answered.error_code(), row.code) << row.host << row.target;
  }
}

TEST(AdminApi, ListsEnvironmentsWithCapacityOnlyWhenAsked) {
  TenantInMemory tenant(kContoso);
  const auto plain = tenant.get(kAdmin, kEnvironments + "?api-version=2023-06-01");
  const auto& first = plain.body.at("value").at(0).at("properties");
  EXPECT_EQ(plain.body.at("value").as_array().size(), 5U);
  EXPECT_EQ(first.at("displayName"), "Main");
  EXPECT_EQ(first.at("linkedEnvironmentMetadata").at("instanceUrl"), "https://main.crm4.dynamics.com/");
  EXPECT_EQ(first.at("linkedAppMetadata").at("url"), "https://main.operations.dynamics.com/");
  EXPECT_FALSE(first.as_object().contains("capacity"));
  const auto expanded =
      tenant.get(kAdmin, kEnvironments + "?api-version=2023-06-01&$expand=properties.capacity,properties.addons");
  EXPECT_EQ(expanded.body.at("value").at(0).at("properties").at("capacity").as_array().size(), 5U);
  EXPECT_EQ(expanded.body.at("value").at(1).at("properties").at("capacity").as_array().size(), 3U);
}

TEST(AdminApi, TellsStatesApart) {
  TenantInMemory tenant(kContoso);
  const auto list = tenant.get(kAdmin, kEnvironments + "?api-version=2023-06-01").body;
  const auto runtime = [&](std::size_t at) {
    return std::string(list.at("value").at(at).at("properties").at("states").at("runtime").at("id").as_string());
  };
  EXPECT_EQ(runtime(0), "Enabled");
  EXPECT_EQ(runtime(1), "Disabled");
  EXPECT_EQ(runtime(2), "AdminMode");
}

TEST(AdminApi, GivesTheOperationsOfOneEnvironment) {
  TenantInMemory tenant(kContoso);
  const auto id = tenant.tenant.world().by_name("Main")->id;
  const auto answered = tenant.get(kAdmin, kOperations + "&$filter=environment%20eq%20'" + id + "'");
  const auto& operation = answered.body.at("value").at(0);
  EXPECT_EQ(operation.at("type").at("id"), "Copy");
  EXPECT_EQ(operation.at("state").at("id"), "Failed");
  EXPECT_EQ(operation.at("error").at("message"), "out of space");
}

TEST(AdminApi, IsClosedToAnApplicationThatWasNotRegistered) {
  TenantInMemory tenant("administrator: false\n");
  const auto answered = tenant.get(kAdmin, kEnvironments + "?api-version=2023-06-01");
  EXPECT_EQ(answered.status, 403U);
  EXPECT_THAT(*answered.reply.body, HasSubstr("does not have permission to access the path"));
}

TEST(PowerPlatformApi, LetsDatabaseSurplusCoverAnOverrunOfFiles) {
  TenantInMemory tenant(kContoso);
  const auto body = tenant.get("api.powerplatform.com", "/licensing/tenantCapacity?api-version=2024-10-01").body;
  const auto& database = body.at("tenantCapacities").at(0);
  EXPECT_EQ(database.at("capacityType"), "Database");
  EXPECT_EQ(database.at("overflowCapacity").at(0).at("capacityType"), "File");
  EXPECT_EQ(body.at("tenantCapacities").at(1).at("status"), "AvailableByOverflow");
  EXPECT_EQ(body.at("capacitySummary").at("statusMessageCode"), "FileOverDBCover");
}

TEST(PowerPlatformApi, ReportsADeficitThatNothingCovers) {
  TenantInMemory tenant(
      "entitlements: { database: 1GiB, file: 9GiB }\n"
      "environments: [{ name: A, storage: { database: 2GiB } }]\n");
  const auto body = tenant.get("api.powerplatform.com", "/licensing/tenantCapacity?api-version=2024-10-01").body;
  EXPECT_EQ(body.at("tenantCapacities").at(0).at("status"), "NotAvailable");
  EXPECT_EQ(body.at("capacitySummary").at("statusMessageCode"), "DBCapacityOver");
}

TEST(DataverseApi, AnswersTheProbes) {
  TenantInMemory tenant(kContoso);
  const std::string host = "main.crm4.dynamics.com";
  const auto& environment = *tenant.tenant.world().by_name("Main");
  EXPECT_EQ(tenant.get(host, "/api/data/v9.2/WhoAmI").body.at("OrganizationId").as_string(),
            environment.organization_id);
  EXPECT_EQ(tenant.get(host, "/api/data/v9.2/RetrieveVersion()").body.at("Version").as_string(), environment.version);
  const auto current = tenant.get(host,
                                  "/api/data/v9.2/RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM."
                                  "EndpointAccessType'Default')");
  EXPECT_EQ(current.body.at("Detail").at("EnvironmentId").as_string(), environment.id);
  const auto row = tenant.get(host, "/api/data/v9.2/organizations?$select=name,organizationstate");
  EXPECT_EQ(row.body.at("value").at(0).at("organizationstate"), 3);
  const auto none = tenant.get(host, "/api/data/v9.2/organizations?$filter=organizationstate lt 3");
  EXPECT_TRUE(none.body.at("value").as_array().empty());
}

TEST(DataverseApi, CutsConnectionsToAnUnreachableEnvironment) {
  TenantInMemory tenant(kContoso);
  EXPECT_TRUE(tenant.send("GET", "gone.crm4.dynamics.com", "/api/data/v9.2/WhoAmI").reply.raw);
}

TEST(FinanceOperationsApi, AnswersItsServiceDocument) {
  TenantInMemory tenant(kContoso);
  EXPECT_EQ(tenant.get("main.operations.dynamics.com", "/data/").status, 200U);
  EXPECT_EQ(tenant.get("main.operations.dynamics.com", "/Metadata/PublicEntities?$top=1").status, 200U);
  EXPECT_EQ(tenant.get("main.operations.dynamics.com", "/data/Nonsense").status, 404U);
}

TEST(GraphApi, PagesThroughApplicationsToTheLast) {
  TenantInMemory tenant("applications: 250\n");
  std::string target = "/v1.0/applications?$select=id,appId&$top=100";
  std::size_t rows = 0;
  int pages = 0;
  for (; !target.empty() && pages < 10; ++pages) {
    const auto body = tenant.get(kGraph, target).body;
    rows += body.at("value").as_array().size();
    const auto* next = body.as_object().if_contains("@odata.nextLink");
    target = next == nullptr ? "" : std::string(next->as_string()).substr(std::string("https://").size() + 19);
  }
  EXPECT_EQ(rows, 250U);
  EXPECT_EQ(pages, 3);
}

TEST(GraphApi, FindsOurApplicationAndWhenItsSecretExpires) {
  TenantInMemory tenant(kContoso);
  const auto answered = tenant.get(kGraph, "/v1.0/applications?$filter=appId%20eq%20'" + Scenario().client_id +
                                               "'&$select=id,appId,keyCredentials,passwordCredentials");
  const auto& secret = answered.body.at("value").at(0).at("passwordCredentials").at(0);
  EXPECT_EQ(secret.at("endDateTime"), "2026-03-13T00:00:00.0000000Z");
}

TEST(GraphApi, AnswersWithoutTheRight403) {
  TenantInMemory tenant("rights: []\n");
  EXPECT_EQ(tenant.get(kGraph, "/v1.0/applications").error_code(), "Authorization_RequestDenied");
  EXPECT_EQ(tenant.get(kGraph, kHealth).error_code(), "Authorization_RequestDenied");
}

TEST(GraphApi, TellsTheHealthOfServicesAndTheirIssuesWhenAsked) {
  TenantInMemory tenant("services: 120\nservice_issues: [{ service: PowerApps, title: Slow makers }]\n");
  const auto first = tenant.get(kGraph, kHealth + "?$expand=issues").body;
  EXPECT_EQ(first.at("value").as_array().size(), 100U);
  EXPECT_EQ(first.at("@odata.nextLink").as_string(),
            "https://graph.microsoft.com" + kHealth + "?$expand=issues&$skip=100");
  const auto second = tenant.get(kGraph, kHealth + "?$expand=issues&$skip=100").body;
  EXPECT_FALSE(second.as_object().contains("@odata.nextLink"));
  const auto& service = second.at("value").at(14);
  EXPECT_EQ(service.at("id"), "PowerApps");
  EXPECT_EQ(service.at("status"), "serviceDegradation");
  EXPECT_EQ(service.at("issues").at(0).at("title"), "Slow makers");
  EXPECT_FALSE(tenant.get(kGraph, kHealth).body.at("value").at(0).as_object().contains("issues"));
}

TEST(GraphApi, PagesTheHealthOfServicesAsPreferred) {
  TenantInMemory tenant("services: 120\n");
  auto headers = tenant.signed_in(kGraph);
  headers.emplace_back("Prefer", "odata.maxpagesize=7");
  EXPECT_EQ(tenant.send("GET", kGraph, kHealth, headers).body.at("value").as_array().size(), 7U);
  headers.back().second = "odata.maxpagesize=1001";
  EXPECT_EQ(tenant.send("GET", kGraph, kHealth, headers).status, 400U);
}

}  // namespace
}  // namespace a2od::tenant
