#include "collectors/capacity/capacity.hpp"

#include "tests/collectors/collector_test.hpp"

namespace a2od::capacity {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class CapacityCollector : public CollectorTest {};

TEST_F(CapacityCollector, AsksTheAdminAndTheLicensingApiOnceEach) {
  session.answer("environments", R"({"value": []})");
  session.answer("tenantCapacity", R"({"tenantCapacities": []})");
  const auto result = collect("capacity");
  ASSERT_THAT(result.parts, SizeIs(2));
  EXPECT_EQ(combine(result.parts), Outcome::ok);
  ASSERT_THAT(session.asked, SizeIs(2));
  EXPECT_EQ(session.asked[0].service, cloud::Service::admin);
  EXPECT_EQ(session.asked[1].service, cloud::Service::power_platform);
  EXPECT_EQ(session.asked[1].target, "/licensing/tenantCapacity?api-version=2024-10-01");
}

TEST_F(CapacityCollector, OneDeniedPartCostsTheOtherNothing) {
  session.answer("environments", R"({"value": [{"name": "e1", "properties": {"capacity": [{"capacityType": "Log",
      "ratedConsumption": 1, "capacityUnit": "MB", "updatedOn": "2026-01-01T00:00:00Z"}]}}]})");
  session.fail("tenantCapacity", failure_of(cloud::Cause::denied, 403));
  const auto result = collect("capacity");
  EXPECT_THAT(result.parts.at(0).samples, SizeIs(2));
  EXPECT_EQ(result.parts.at(1).outcome, Outcome::denied);
  EXPECT_EQ(result.parts[1].missing_right, "role Power Platform Reader");
  EXPECT_THAT(result.parts[1].samples, IsEmpty());
  EXPECT_EQ(combine(result.parts), Outcome::degraded);
}

TEST_F(CapacityCollector, AMalformedAnswerYieldsNothing) {
  session.answer("environments", R"({"value": []})");
  session.answer("tenantCapacity", "[]");
  EXPECT_EQ(collect("capacity").parts.at(1).outcome, Outcome::broken);
}

}  // namespace
}  // namespace a2od::capacity
