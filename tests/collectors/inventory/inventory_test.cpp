#include "collectors/inventory/inventory.hpp"

#include "tests/collectors/collector_test.hpp"

namespace a2od {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

class InventoryCollector : public CollectorTest {};

TEST_F(InventoryCollector, YieldsTheInventoryAndItsSamples) {
  session.answer("/scopes/admin/environments?api-version=", R"({"value": [{"name": "e1", "properties": {}}]})");
  const auto result = collect("inventory");
  ASSERT_THAT(result.parts, SizeIs(1));
  EXPECT_EQ(result.parts[0].name, "environments");
  EXPECT_EQ(result.parts[0].outcome, Outcome::ok);
  ASSERT_TRUE(result.inventory);
  EXPECT_THAT(*result.inventory, SizeIs(1));
  EXPECT_EQ(session.asked.at(0).service, cloud::Service::admin);
}

TEST_F(InventoryCollector, AFailureLeavesTheInventoryUnknown) {
  session.fail("environments", failure_of(cloud::Cause::denied, 403));
  const auto result = collect("inventory");
  EXPECT_EQ(result.parts[0].outcome, Outcome::denied);
  EXPECT_EQ(result.parts[0].missing_right, "Power Platform management application");
  EXPECT_FALSE(result.inventory);
}

TEST_F(InventoryCollector, AMalformedEntryIsABrokenPartWithoutAnInventory) {
  session.answer("environments", R"({"value": [{"name": "e1", "properties": {}}, 7]})");
  const auto result = collect("inventory");
  EXPECT_EQ(result.parts[0].outcome, Outcome::broken);
  EXPECT_EQ(result.parts[0].error, "the answer cannot be read: value[1]: expected an object");
  EXPECT_THAT(result.parts[0].samples, IsEmpty());
  EXPECT_FALSE(result.inventory);
}

TEST_F(InventoryCollector, WithoutDiscoveryTheListIsTheInventoryAndNothingIsAsked) {
  tenant.discover = false;
  tenant.environments = {{"prod", "e1", "https://prod.crm4.dynamics.com", ""}};
  const auto result = collect("inventory");
  EXPECT_THAT(session.asked, IsEmpty());
  EXPECT_EQ(result.parts[0].outcome, Outcome::ok);
  ASSERT_TRUE(result.inventory);
  EXPECT_EQ(result.inventory->at(0).name, "prod");
  EXPECT_THAT(texts_of(result.parts[0].samples),
              Contains(R"(d365_environment_info{environment="e1",id="e1",display_name="prod",)"
                       R"(url="https://prod.crm4.dynamics.com"} 1)"));
}

}  // namespace
}  // namespace a2od
