#include "collectors/capacity/capacity.hpp"
#include "tests/collectors/recorded.hpp"
#include "tests/collectors/sample_text.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::capacity {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

std::string store(std::string_view type, double entitled, std::string_view rated,
                  std::string_view moment = "\"2026-01-01T00:00:00Z\"", std::string_view more = "") {
  return fmt::format(R"({{"capacityType": "{}", "capacityUnits": "MB", "totalCapacity": {}, "status": "Available",
      "consumption": {{"actual": 1, "rated": {}, "actualUpdatedOn": "2026-01-02T00:00:00Z", "ratedUpdatedOn": {}}}{}}})",
                     type, entitled, rated, moment, more);
}

std::string body(std::string_view stores, std::string_view more = "") {
  return fmt::format(R"({{"licenseModelType": "StorageDriven", "tenantCapacities": [{}]{}}})", stores, more);
}

Result<std::vector<Sample>> decode(std::string_view json) { return decode_tenant(boost::json::parse(json)); }

TEST(TenantStorage, HasEntitlementUseAndAge) {
  const auto samples = decode(body(store("Database", 20480, "2379.5")));
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples),
              ElementsAre(R"(d365_tenant_storage_entitled_bytes{kind="database"} 21474836480)",
                          R"(d365_tenant_storage_actual_bytes{kind="database"} 1048576)",
                          R"(d365_tenant_storage_rated_bytes{kind="database"} 2495086592)",
                          R"(d365_tenant_storage_measured_timestamp_seconds{kind="database"} 1767225600)",
                          R"(d365_tenant_storage_status{kind="database",status="none"} 0)",
                          R"(d365_tenant_storage_status{kind="database",status="available"} 1)",
                          R"(d365_tenant_storage_status{kind="database",status="available_by_overflow"} 0)",
                          R"(d365_tenant_storage_status{kind="database",status="not_available"} 0)",
                          R"(d365_tenant_storage_status{kind="database",status="other"} 0)"));
}

TEST(TenantStorage, AFigureThatWasNeverMeasuredIsUnknown) {
  const auto samples = decode(body(store("Database", 100, "0", "\"0001-01-01T00:00:00+00:00\"")));
  ASSERT_TRUE(samples);
  EXPECT_THAT(texts_of(*samples, "d365_tenant_storage_rated_bytes"), IsEmpty());
  EXPECT_THAT(texts_of(*samples, "d365_tenant_storage_actual_bytes"), SizeIs(1));
}

TEST(TenantStorage, CompensatesBeforeItSpeaksOfADeficit) {
  const auto within =
      decode(body(store("Database", 100, "80") + "," + store("Log", 10, "20") + "," + store("File", 400, "200")));
  const auto over =
      decode(body(store("Database", 100, "95") + "," + store("Log", 10, "20") + "," + store("File", 400, "200")));
  ASSERT_TRUE(within && over);
  EXPECT_THAT(texts_of(*within), Contains("d365_tenant_storage_deficit_bytes{} 0"));
  EXPECT_THAT(texts_of(*over), IsSupersetOf({R"(d365_tenant_storage_deficit_bytes{} 5242880)",
                                             R"(d365_tenant_storage_operation_blocked{operation="copy"} 1)"}));
}

struct NoDeficitCase {
  std::string name;
  std::string json;
};
class UnknownDeficit : public testing::TestWithParam<NoDeficitCase> {};

TEST_P(UnknownDeficit, IsAbsent) {
  const auto samples = decode(GetParam().json);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples, "d365_tenant_storage_deficit_bytes"), IsEmpty());
  EXPECT_THAT(texts_of(*samples, "d365_tenant_storage_operation_blocked"), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(
    Rows, UnknownDeficit,
    testing::Values(NoDeficitCase{"NoStores", body("")},
                    NoDeficitCase{"AKindIsMissing", body(store("Database", 1, "2") + "," + store("File", 1, "1"))},
                    NoDeficitCase{"AFigureIsNull", body(store("Database", 1, "2") + "," + store("File", 1, "null") +
                                                        "," + store("Log", 1, "1"))},
                    NoDeficitCase{"AFigureWasNeverMeasured",
                                  body(store("Database", 1, "2") + "," + store("File", 1, "1") + "," +
                                       store("Log", 1, "0", "\"0001-01-01T00:00:00+00:00\""))},
                    NoDeficitCase{"AFigureHasNoMoment", body(store("Database", 1, "2") + "," + store("File", 1, "1") +
                                                             "," + store("Log", 1, "0", "null"))}),
    [](const auto& info) { return info.param.name; });

TEST(TenantStorage, ATenantWithMicrosoft365AloneIsNotOutOfCapacity) {
  const auto samples =
      decode(body(store("Database", 0, "600") + "," + store("File", 0, "2500") + "," + store("Log", 0, "10")));
  ASSERT_TRUE(samples);
  EXPECT_THAT(texts_of(*samples), Contains("d365_tenant_storage_deficit_bytes{} 0"));
  EXPECT_THAT(texts_of(*samples, "d365_tenant_storage_operation_blocked"), IsEmpty());
}

TEST(TenantStorage, UnderTheLegacyModelOneTotalCounts) {
  const auto samples = decode(R"({"licenseModelType": "Legacy", "tenantCapacities": null,
      "legacyModelCapacity": {"capacityUnits": "MB", "totalCapacity": 10, "totalConsumption": 12}})");
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples), Contains("d365_tenant_storage_deficit_bytes{} 2097152"));
}

TEST(TenantStorage, AStatusNewToUsIsOther) {
  const auto samples = decode(body(R"({"capacityType": "Log", "status": "Frozen"})"));
  ASSERT_TRUE(samples);
  EXPECT_EQ(current_state(*samples, "d365_tenant_storage_status"), "other");
}

TEST(TenantStorage, ShowsWhichKindCoversWhich) {
  const auto samples = decode(body(store(
      "Database", 100, "20", "\"2026-01-01T00:00:00Z\"",
      R"(, "overflowCapacity": [{"capacityType": "Log", "value": 3}, {"capacityType": "Unheard", "value": 4}])")));
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples, "d365_tenant_storage_overflow_bytes"),
              ElementsAre(R"(d365_tenant_storage_overflow_bytes{kind="database",covers="log"} 3145728)"));
}

TEST(TenantStorage, OfALicencesLotsTheEarliestChangeCounts) {
  const auto samples = decode(body(store("Database", 100, "20", "\"2026-01-01T00:00:00Z\"", R"(,
      "capacityEntitlements": [{"licenses": [
        {"entitlementCode": "CDS", "nextLifecycleDate": "2026-03-01T00:00:00Z"},
        {"entitlementCode": "CDS", "nextLifecycleDate": "2026-02-01T00:00:00Z"},
        {"entitlementCode": "CDS", "nextLifecycleDate": "0001-01-01T00:00:00Z"},
        {"entitlementCode": "FOREVER"}]}])")));
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples, "d365_tenant_storage_license_lifecycle_timestamp_seconds"),
              ElementsAre(R"(d365_tenant_storage_license_lifecycle_timestamp_seconds{kind="database",license="CDS"} )"
                          R"(1769904000)"));
}

TEST(TenantStorage, TellsWhenATemporaryLicenceExpires) {
  const auto with = decode(body("", R"(, "temporaryLicenseInfo": {"hasTemporaryLicense": true,
                                        "temporaryLicenseExpiryDate": "2026-02-01T00:00:00Z"})"));
  const auto without = decode(body("", R"(, "temporaryLicenseInfo": {"hasTemporaryLicense": false,
                                           "temporaryLicenseExpiryDate": "2026-02-01T00:00:00Z"})"));
  ASSERT_TRUE(with && without);
  EXPECT_THAT(texts_of(*with),
              ElementsAre("d365_tenant_storage_temporary_license_expiry_timestamp_seconds{} 1769904000"));
  EXPECT_THAT(*without, IsEmpty());
}

std::string many_licenses() {
  std::string licenses;
  for (int i = 0; i < 201; ++i)
    licenses += fmt::format(R"({}{{"entitlementCode": "L{}", "nextLifecycleDate": "2026-02-01T00:00:00Z"}})",
                            i == 0 ? "" : ",", i);
  return body(fmt::format(R"({{"capacityType": "Log", "capacityEntitlements": [{{"licenses": [{}]}}]}})", licenses));
}

struct HostileCase {
  std::string name;
  std::string json;
  std::string error;
};
class HostileTenantStorage : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileTenantStorage, IsRefused) {
  const auto samples = decode(GetParam().json);
  ASSERT_FALSE(samples);
  EXPECT_THAT(samples.error().message, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    Bodies, HostileTenantStorage,
    testing::Values(HostileCase{"Null", "null", "expected an object"}, HostileCase{"List", "[]", "expected an object"},
                    HostileCase{"Empty", "{}", "tenantCapacities: expected an array, found nothing"},
                    HostileCase{"StoresAreText", R"({"tenantCapacities": "all"})",
                                "tenantCapacities: expected an array"},
                    HostileCase{"AStoreIsANumber", body("5"), "tenantCapacities[0]: expected an object"},
                    HostileCase{"NoType", body("{}"), "tenantCapacities[0].capacityType"},
                    HostileCase{"CapacityIsText", body(R"({"capacityType": "Log", "totalCapacity": "much"})"),
                                "tenantCapacities[0].totalCapacity: expected a finite number"},
                    HostileCase{"NegativeCapacity", body(store("Log", -5, "1")), "tenantCapacities[0].totalCapacity"},
                    HostileCase{"MomentIsANumber", body(store("Log", 5, "1", "17")),
                                "tenantCapacities[0].consumption.ratedUpdatedOn: expected a string"},
                    HostileCase{"LicensesAreAnObject",
                                body(R"({"capacityType": "Log", "capacityEntitlements": [{"licenses": {}}]})"),
                                "tenantCapacities[0].capacityEntitlements[0].licenses: expected an array"},
                    HostileCase{"TooManyLicenses", many_licenses(), "expected at most 200 licences"}),
    [](const auto& info) { return info.param.name; });

TEST(TenantStorage, ReadsTheRecordedBody) {
  A2OD_RECORDED(body, "tenant/pp-licensing-tenantcapacity.json");
  const auto samples = decode_tenant(*body);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples), IsSupersetOf({R"(d365_tenant_storage_entitled_bytes{kind="database"} 21474836480)",
                                                R"(d365_tenant_storage_entitled_bytes{kind="log"} 4294967296)",
                                                R"(d365_tenant_storage_deficit_bytes{} 0)",
                                                R"(d365_tenant_storage_operation_blocked{operation="create"} 0)"}));
}

}  // namespace
}  // namespace a2od::capacity
