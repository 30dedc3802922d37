// Bodies of the simulated tenant against recorded ones: every key that both have holds the same type of JSON.
#include "tests/tenant/tenant_in_memory.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace a2od::tenant {
namespace {

const std::filesystem::path kRecorded = A2OD_SOURCE_DIR "/../shared/apis/samples";

std::string_view type_of(const json::value& value) {
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  if (value.is_bool()) return "bool";
  if (value.is_array()) return "array";
  return value.is_object() ? "object" : "null";
}

/// Compares members by name, and every item of our lists with the first recorded item. `known` keys may be ours alone.
void compare(const std::string& path, const json::value& ours, const json::value& theirs,
             const std::set<std::string>& known) {
  if (ours.is_null() || theirs.is_null()) return;  // null says nothing of the type
  ASSERT_EQ(type_of(ours), type_of(theirs)) << path;
  if (ours.is_array() && !theirs.as_array().empty())
    for (const auto& item : ours.as_array()) compare(path + "[]", item, theirs.as_array().front(), known);
  if (!ours.is_object()) return;
  for (const auto& member : ours.as_object()) {
    const std::string name(member.key());
    const auto* recorded = theirs.as_object().if_contains(member.key());
    if (recorded != nullptr)
      compare(path + "." + name, member.value(), *recorded, known);
    else
      EXPECT_TRUE(known.contains(name)) << path << "." << name << " does not occur in the recorded body";
  }
}

struct Shape {
  std::string host;
  std::string target;
  std::string recorded;
  std::set<std::string> known;  ///< documented, but not in this recorded body
};

TEST(Shapes, AreThoseOfTheRecordedBodies) {
  if (!std::filesystem::exists(kRecorded)) GTEST_SKIP() << "no recorded bodies at " << kRecorded;
  TenantInMemory tenant(
      "entitlements: { database: 1GiB }\n"
      "environments: [{ name: Main, domain: main, storage: { database: 5GiB } }]\n");
  const std::string admin = "api.bap.microsoft.com";
  const std::string environments = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments";
  const std::string main = "main.crm4.dynamics.com";
  const std::string current = "/api/data/v9.2/RetrieveCurrentOrganization(AccessType=Default)";
  const Shape shapes[] = {
      {admin, environments + "?api-version=2023-06-01", "tenant/bap-environments-list.json", {"lastModifiedTime"}},
      {admin,
       environments + "?api-version=2023-06-01&$expand=properties.capacity,properties.addons",
       "tenant/bap-environments-capacity-addons.json",
       {"tenantId", "schemaType", "trialScenarioType", "runtimeReasonCode", "requestedBy", "category",
        "governanceConfiguration"}},
      {admin, environments + "/x?api-version=2023-06-01", "tenant/bap-error-404-environmentnotfound.json", {}},
      {"api.powerplatform.com",
       "/licensing/tenantCapacity?api-version=2024-10-01",
       "tenant/pp-licensing-tenantcapacity.json",
       {}},
      {main, "/api/data/v9.2/WhoAmI", "dataverse/whoami.json", {}},
      {main, current, "dataverse/retrieve_current_organization.json", {}},
      {main, "/api/data/v9.2/organizations", "dataverse/tf_organizations_full.json", {}},
  };
  for (const auto& shape : shapes) {
    std::ifstream file(kRecorded / shape.recorded);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    compare(shape.recorded, tenant.get(shape.host, shape.target).body, json::parse(text), shape.known);
  }
}

TEST(Shapes, OfOperationsAndTokensAreThoseOfTheRecordedBodies) {
  if (!std::filesystem::exists(kRecorded)) GTEST_SKIP() << "no recorded bodies at " << kRecorded;
  const auto recorded = [](const std::string& name) {
    std::ifstream file(kRecorded / name);
    return json::parse(std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  };
  TenantInMemory tenant(
      "environments: [{ name: Main }]\n"
      "operations: [{ environment: Main, state: Failed, error: no }]\n");
  const auto id = tenant.tenant.world().by_name("Main")->id;
  const auto operations = tenant.get("api.bap.microsoft.com",
                                     "/providers/Microsoft.BusinessAppPlatform/lifecycleOperations"
                                     "?api-version=2024-05-01&$filter=environment%20eq%20'" +
                                         id + "'");
  compare("operation", operations.body.at("value").at(0), recorded("tenant/bap-lifecycle-failed.json"), {"error"});
  const auto good = tenant.ask_token(token_form("https://graph.microsoft.com/.default"));
  compare("token", good.body, recorded("tenant/entra-token-success.json"), {"ext_expires_in"});
  const auto bad = tenant.ask_token(token_form("graph"));
  compare("refused token", bad.body, recorded("tenant/entra-token-error-invalid-scope.json"), {});
}

}  // namespace
}  // namespace a2od::tenant
