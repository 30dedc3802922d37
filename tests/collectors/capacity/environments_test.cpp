#include "collectors/capacity/capacity.hpp"
#include "tests/collectors/recorded.hpp"
#include "tests/collectors/sample_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::capacity {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<boost::json::value> list(std::string_view json) {
  const auto items = boost::json::parse("[" + std::string(json) + "]").as_array();
  return {items.begin(), items.end()};
}

/// The list of one environment with this capacity.
std::vector<boost::json::value> with_capacity(std::string_view capacity) {
  return list(fmt::format(R"({{"name": "e1", "properties": {{"capacity": {}}}}})", capacity));
}

TEST(EnvironmentStorage, IsInBytesWithItsAge) {
  const auto samples = decode_environments(with_capacity(R"([
      {"capacityType": "Database", "actualConsumption": 885.5, "ratedConsumption": 1024.0, "capacityUnit": "MB",
       "updatedOn": "2023-10-10T03:00:35Z"}])"),
                                           {});
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples),
              ElementsAre(R"(d365_environment_storage_actual_bytes{environment="e1",kind="database"} 928514048)",
                          R"(d365_environment_storage_rated_bytes{environment="e1",kind="database"} 1073741824)",
                          R"(d365_environment_storage_measured_timestamp_seconds{environment="e1",kind="database"} )"
                          R"(1696906835)"));
}

TEST(EnvironmentStorage, HasFiveKinds) {
  EXPECT_EQ(kind_of("Database"), "database");
  EXPECT_EQ(kind_of("file"), "file");
  EXPECT_EQ(kind_of("Log"), "log");
  EXPECT_EQ(kind_of("FinOpsDatabase"), "finance_operations_database");
  EXPECT_EQ(kind_of("FinOpsFile"), "finance_operations_file");
  EXPECT_EQ(kind_of("TrialDatabase"), "");
}

struct UnknownCase {
  std::string name;
  std::string capacity;
};
class UnknownStorage : public testing::TestWithParam<UnknownCase> {};

TEST_P(UnknownStorage, IsNotZero) {
  const auto samples = decode_environments(with_capacity(GetParam().capacity), {});
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(
    Rows, UnknownStorage,
    testing::Values(
        UnknownCase{"NoList", "null"}, UnknownCase{"EmptyList", "[]"},
        UnknownCase{"NeverMeasured", R"([{"capacityType": "Log", "actualConsumption": 0.0, "ratedConsumption": 0.0,
                                         "capacityUnit": "MB", "updatedOn": "0001-01-01T00:00:00Z"}])"},
        UnknownCase{"NoMoment", R"([{"capacityType": "Log", "actualConsumption": 0.0, "ratedConsumption": 0.0,
                                    "capacityUnit": "MB", "updatedOn": null}])"},
        UnknownCase{"NullAmounts", R"([{"capacityType": "Log", "actualConsumption": null, "capacityUnit": "MB",
                                       "updatedOn": "2023-10-10T03:00:35Z"}])"},
        UnknownCase{"UnknownUnit", R"([{"capacityType": "Log", "actualConsumption": 5, "capacityUnit": "Blocks",
                                       "updatedOn": "2023-10-10T03:00:35Z"}])"},
        UnknownCase{"UnknownKind", R"([{"capacityType": "Quantum", "actualConsumption": 5, "capacityUnit": "MB",
                                       "updatedOn": "2023-10-10T03:00:35Z"}])"}),
    [](const auto& info) { return info.param.name; });

TEST(EnvironmentStorage, AKindListedTwiceCountsOnce) {
  const auto samples = decode_environments(with_capacity(R"([
      {"capacityType": "Log", "ratedConsumption": 1, "capacityUnit": "MB", "updatedOn": "2023-10-10T03:00:35Z"},
      {"capacityType": "Log", "ratedConsumption": 2, "capacityUnit": "MB", "updatedOn": "2023-10-10T03:00:35Z"}])"),
                                           {});
  ASSERT_TRUE(samples);
  EXPECT_THAT(texts_of(*samples, "d365_environment_storage_rated_bytes"), SizeIs(1));
}

TEST(EnvironmentStorage, IsReadOfTheWatchedOnly) {
  const auto items = list(R"(
      {"name": "e1", "properties": {"capacity": [{"capacityType": "Log", "ratedConsumption": 1, "capacityUnit": "MB",
                                                 "updatedOn": "2023-10-10T03:00:35Z"}]}},
      {"name": "e2", "properties": {"capacity": [{"capacityType": "Log", "ratedConsumption": 1, "capacityUnit": "MB",
                                                 "updatedOn": "2023-10-10T03:00:35Z"}]}})");
  Environment watched;
  watched.id = "e2";
  const auto samples = decode_environments(items, std::vector{watched});
  ASSERT_TRUE(samples);
  EXPECT_THAT(texts_of(*samples, "d365_environment_storage_rated_bytes"),
              ElementsAre(R"(d365_environment_storage_rated_bytes{environment="e2",kind="log"} 1048576)"));
}

struct HostileCase {
  std::string name;
  std::string json;
  std::string error;
};
class HostileEnvironmentStorage : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileEnvironmentStorage, IsRefused) {
  const auto samples = decode_environments(list(GetParam().json), {});
  ASSERT_FALSE(samples);
  EXPECT_THAT(samples.error().message, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    Entries, HostileEnvironmentStorage,
    testing::Values(
        HostileCase{"Number", "5", "value[0]: expected an object"},
        HostileCase{"NoName", R"({"properties": {}})", "value[0].name"},
        HostileCase{"CapacityIsAnObject", R"({"name": "e1", "properties": {"capacity": {}}})",
                    "value[0].properties.capacity: expected an array"},
        HostileCase{"EntryIsNull", R"({"name": "e1", "properties": {"capacity": [null]}})",
                    "value[0].properties.capacity[0]: expected an object"},
        HostileCase{"NoType", R"({"name": "e1", "properties": {"capacity": [{}]}})",
                    "value[0].properties.capacity[0].capacityType"},
        HostileCase{
            "AmountIsText",
            R"({"name": "e1", "properties": {"capacity": [{"capacityType": "Log", "ratedConsumption": "much"}]}})",
            "value[0].properties.capacity[0].ratedConsumption: expected a finite number"},
        HostileCase{"NegativeAmount",
                    R"({"name": "e1", "properties": {"capacity": [{"capacityType": "Log", "ratedConsumption": -1}]}})",
                    "value[0].properties.capacity[0].ratedConsumption: expected an amount that is not negative"}),
    [](const auto& info) { return info.param.name; });

TEST(EnvironmentStorage, ReadsTheRecordedBodies) {
  A2OD_RECORDED(listed, "tenant/bap-environments-capacity-addons.json");
  A2OD_RECORDED(with_finance_operations, "tenant/bap-environment-get-d365-template.json");
  const auto items = std::vector{listed->at("value").at(0), *with_finance_operations};
  const auto samples = decode_environments(items, {});
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples, "d365_environment_storage_rated_bytes"), SizeIs(3 + 5));
  EXPECT_THAT(texts_of(*samples),
              Contains(R"(d365_environment_storage_rated_bytes{environment="00000000-0000-0000-0000-000000000001",)"
                       R"(kind="finance_operations_file"} 0)"));
}

}  // namespace
}  // namespace a2od::capacity
