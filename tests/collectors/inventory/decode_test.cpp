#include "collectors/inventory/inventory.hpp"
#include "tests/collectors/recorded.hpp"
#include "tests/collectors/sample_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::inventory {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kWhole = R"({
  "name": "e1", "location": "europe",
  "properties": {
    "displayName": "Contoso", "environmentSku": "Production", "provisioningState": "Succeeded",
    "createdTime": "2023-09-27T07:08:27.6057592Z",
    "states": {"runtime": {"id": "AdminMode", "runtimeReasonCode": "UserRequested"}},
    "governanceConfiguration": {"protectionLevel": "Standard"},
    "linkedEnvironmentMetadata": {
      "resourceId": "org1", "version": "9.2.23092.00206", "backgroundOperationsState": "Disabled",
      "instanceUrl": "https://Contoso.crm4.dynamics.com/"},
    "linkedAppMetadata": {"type": "Internal", "url": "https://contoso.operations.dynamics.com"}}})";

std::vector<boost::json::value> list(std::string_view json) {
  const auto items = boost::json::parse("[" + std::string(json) + "]").as_array();
  return {items.begin(), items.end()};
}

std::vector<Sample> samples_of_all(const std::vector<Record>& records) {
  std::vector<Environment> environments;
  for (const auto& record : records) environments.push_back(record.environment);
  return samples_of(environments, records);
}

TEST(InventoryDecode, ReadsEveryFieldOfAnEnvironment) {
  const auto records = decode(list(kWhole));
  ASSERT_TRUE(records) << records.error().message;
  const Environment expected{.id = "e1",
                             .name = "",
                             .display_name = "Contoso",
                             .type = "Production",
                             .region = "europe",
                             .state = "AdminMode",
                             .organization_id = "org1",
                             .url = "https://contoso.crm4.dynamics.com",
                             .finance_operations_url = "https://contoso.operations.dynamics.com"};
  ASSERT_THAT(*records, SizeIs(1));
  EXPECT_EQ(records->front().environment, expected);
  EXPECT_THAT(
      texts_of(samples_of_all(*records)),
      testing::ElementsAre(R"(d365_environment_info{environment="e1",id="e1",display_name="Contoso",type="Production",)"
                           R"(region="europe",version="9.2.23092.00206",url="https://contoso.crm4.dynamics.com",)"
                           R"(organization_id="org1"} 1)",
                           R"(d365_environment_state{environment="e1",state="enabled"} 0)",
                           R"(d365_environment_state{environment="e1",state="disabled"} 0)",
                           R"(d365_environment_state{environment="e1",state="admin_mode"} 1)",
                           R"(d365_environment_state{environment="e1",state="other"} 0)",
                           R"(d365_environment_admin_mode{environment="e1"} 1)",
                           R"(d365_environment_state_reason_info{environment="e1",reason="UserRequested"} 1)",
                           R"(d365_environment_provisioned{environment="e1"} 1)",
                           R"(d365_environment_background_operations_enabled{environment="e1"} 0)",
                           R"(d365_environment_managed{environment="e1"} 1)",
                           R"(d365_environment_created_timestamp_seconds{environment="e1"} 1695798507.605)",
                           R"(d365_tenant_environments{type="Production"} 1)"));
}

TEST(InventoryDecode, SaysNothingOfWhatAnEnvironmentDoesNotSay) {
  const auto records = decode(list(R"({"name": "e1", "properties": {"linkedEnvironmentMetadata": null}})"));
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_THAT(
      texts_of(samples_of_all(*records)),
      testing::ElementsAre(R"(d365_environment_info{environment="e1",id="e1"} 1)", R"(d365_tenant_environments{} 1)"));
}

struct StateCase {
  std::string_view runtime;
  std::string_view state;
};
class InventoryState : public testing::TestWithParam<StateCase> {};

TEST_P(InventoryState, IsOneOfFour) {
  const auto json =
      fmt::format(R"({{"name": "e1", "properties": {{"states": {{"runtime": {{"id": "{}"}}}}}}}})", GetParam().runtime);
  const auto records = decode(list(json));
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(current_state(samples_of_all(*records), "d365_environment_state"), GetParam().state);
}
INSTANTIATE_TEST_SUITE_P(Words, InventoryState,
                         testing::Values(StateCase{"Enabled", "enabled"}, StateCase{"enabled", "enabled"},
                                         StateCase{"Disabled", "disabled"}, StateCase{"AdminMode", "admin_mode"},
                                         StateCase{"Hibernated", "other"}));

TEST(InventoryDecode, AnUnspecifiedReasonIsNone) {
  const auto records = decode(list(
      R"({"name": "e1", "properties": {"states": {"runtime": {"id": "Enabled", "runtimeReasonCode": "NotSpecified"}}}})"));
  ASSERT_TRUE(records);
  EXPECT_THAT(texts_of(samples_of_all(*records), "d365_environment_state_reason_info"), IsEmpty());
}

TEST(InventoryDecode, AnUnknownStateOfBackgroundOperationsIsUnknown) {
  const auto records = decode(list(
      R"({"name": "e1", "properties": {"linkedEnvironmentMetadata": {"backgroundOperationsState": "Draining"}}})"));
  ASSERT_TRUE(records);
  EXPECT_EQ(records->front().background_operations, std::nullopt);
}

TEST(InventoryDecode, AnEnvironmentListedTwiceIsOne) {
  const auto records = decode(list(R"({"name": "e1", "properties": {}}, {"name": "E1", "properties": {}})"));
  ASSERT_TRUE(records);
  EXPECT_THAT(*records, SizeIs(1));
}

TEST(InventoryDecode, CountsAllEnvironmentsButDescribesOnlyTheWatched) {
  const auto records = decode(list(R"({"name": "e1", "properties": {"environmentSku": "Sandbox"}},
                                      {"name": "e2", "properties": {"environmentSku": "Sandbox"}})"));
  ASSERT_TRUE(records);
  const std::vector<Environment> watched{records->front().environment};
  const auto texts = texts_of(samples_of(watched, *records));
  EXPECT_THAT(texts, Contains(R"(d365_tenant_environments{type="Sandbox"} 2)"));
  EXPECT_THAT(texts, Not(Contains(HasSubstr("environment=\"e2\""))));
}

struct HostileCase {
  std::string_view name;
  std::string_view json;
  std::string_view error;
};
class HostileInventory : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileInventory, RefusesTheWholeList) {
  const auto records = decode(list(fmt::format("{}, {}", kWhole, GetParam().json)));
  ASSERT_FALSE(records);
  EXPECT_THAT(records.error().message, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    Entries, HostileInventory,
    testing::Values(
        HostileCase{"Null", "null", "value[1]: expected an object"},
        HostileCase{"Text", "\"e1\"", "value[1]: expected an object"},
        HostileCase{"NoName", R"({"properties": {}})", "value[1].name: expected a string that is not empty"},
        HostileCase{"EmptyName", R"({"name": "", "properties": {}})", "value[1].name"},
        HostileCase{"NameIsAPath", R"({"name": "../x", "properties": {}})",
                    "value[1].name: expected an environment id"},
        HostileCase{"NameIsANumber", R"({"name": 5, "properties": {}})", "value[1].name: expected a string"},
        HostileCase{"NoProperties", R"({"name": "e2"})", "value[1].properties: expected an object"},
        HostileCase{"PropertiesAreAList", R"({"name": "e2", "properties": []})",
                    "value[1].properties: expected an object"},
        HostileCase{"DisplayNameIsAnObject", R"({"name": "e2", "properties": {"displayName": {}}})",
                    "value[1].properties.displayName: expected a string"},
        HostileCase{"CreatedIsANumber", R"({"name": "e2", "properties": {"createdTime": 5}})",
                    "value[1].properties.createdTime: expected a string"},
        HostileCase{"PlainHttp",
                    R"({"name": "e2", "properties": {"linkedEnvironmentMetadata": {"instanceUrl": "http://a.b.c/"}}})",
                    "value[1].properties.linkedEnvironmentMetadata.instanceUrl: expected an https address"},
        HostileCase{"UrlWithUser",
                    R"({"name": "e2", "properties": {"linkedAppMetadata": {"url": "https://a.com@evil.example/"}}})",
                    "value[1].properties.linkedAppMetadata.url"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(InventoryDecode, AMomentThatIsNoTimeIsUnknown) {
  const auto records = decode(list(R"({"name": "e1", "properties": {"createdTime": "yesterday"}})"));
  ASSERT_TRUE(records);
  EXPECT_EQ(records->front().created, std::nullopt);
}

TEST(InventoryDecode, CutsLabelsOfUnboundedLength) {
  const auto json = fmt::format(R"({{"name": "e1", "properties": {{"displayName": "{}é"}}}})", std::string(255, 'x'));
  const auto records = decode(list(json));
  ASSERT_TRUE(records);
  const auto samples = samples_of_all(*records);
  EXPECT_EQ(samples.front().labels[1].second, std::string(255, 'x'));
}

TEST(InventoryDecode, ReadsTheRecordedList) {
  A2OD_RECORDED(body, "tenant/bap-environments-list.json");
  const auto& value = body->at("value").as_array();
  const std::vector<boost::json::value> items(value.begin(), value.end());
  const auto records = decode(items);
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_THAT(*records, SizeIs(2));
  EXPECT_EQ((*records)[0].environment.type, "Developer");
  EXPECT_EQ((*records)[0].environment.url, "https://00000000-0000-0000-0000-000000000001.crm4.dynamics.com");
  EXPECT_EQ((*records)[0].managed, false);
  EXPECT_EQ((*records)[1].environment.url, "");
}

}  // namespace
}  // namespace a2od::inventory
