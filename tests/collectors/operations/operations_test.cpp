#include "collectors/operations/operations.hpp"

#include "tests/collectors/collector_test.hpp"
#include "tests/collectors/recorded.hpp"

#include <boost/json/parse.hpp>

namespace a2od::operations {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);

std::vector<boost::json::value> list(std::string_view json) {
  const auto items = boost::json::parse("[" + std::string(json) + "]").as_array();
  return {items.begin(), items.end()};
}

std::string operation(std::string_view type, std::string_view state, std::string_view created,
                      std::string_view last_action) {
  return fmt::format(
      R"({{"type": {{"id": "{}"}}, "state": {{"id": "{}"}}, "createdDateTime": "{}", "lastActionDateTime": "{}"}})",
      type, state, created, last_action);
}

TEST(OperationsDecode, CountsWhatRunsAndSinceWhen) {
  const auto items = list(operation("Copy", "Running", "2026-01-01T22:00:00Z", "2026-01-01T23:00:00Z") + "," +
                          operation("Copy", "NotStarted", "2026-01-01T21:00:00Z", "2026-01-01T21:00:00Z"));
  const auto samples = decode("e1", items, kNow);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(
      texts_of(*samples),
      ElementsAre(R"(d365_environment_operations{environment="e1",operation="Copy",state="running"} 2)",
                  R"(d365_environment_operations{environment="e1",operation="Copy",state="failed"} 0)",
                  R"(d365_environment_operation_running_since_timestamp_seconds{environment="e1",operation="Copy"} )"
                  R"(1767301200)"));
}

struct FailureCase {
  std::string name;
  std::string created;
  std::string last_action;
  int failed;
};
class OperationsFailure : public testing::TestWithParam<FailureCase> {};

TEST_P(OperationsFailure, CountsForADayAfterItsLastAction) {
  const auto items = list(operation("Restore", "Failed", GetParam().created, GetParam().last_action));
  const auto samples = decode("e1", items, kNow);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(
      texts_of(*samples),
      Contains(fmt::format(R"(d365_environment_operations{{environment="e1",operation="Restore",state="failed"}} {})",
                           GetParam().failed)));
}
INSTANTIATE_TEST_SUITE_P(
    Ages, OperationsFailure,
    testing::Values(FailureCase{"JustNow", "2025-12-31T00:00:00Z", "2026-01-02T00:00:00Z", 1},
                    FailureCase{"AlmostADayAgo", "2025-12-31T00:00:00Z", "2026-01-01T00:00:01Z", 1},
                    FailureCase{"ADayAgo", "2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z", 0},
                    FailureCase{"NoLastActionIsItsCreation", "2026-01-01T12:00:00Z", "0001-01-01T00:00:00Z", 1}),
    [](const auto& info) { return info.param.name; });

TEST(OperationsDecode, ASucceededOperationIsNeitherRunningNorFailed) {
  const auto samples = decode("e1", list(operation("Edit", "Succeeded", "2026-01-01T12:00:00Z", "")), kNow);
  ASSERT_TRUE(samples);
  EXPECT_THAT(texts_of(*samples),
              ElementsAre(R"(d365_environment_operations{environment="e1",operation="Edit",state="running"} 0)",
                          R"(d365_environment_operations{environment="e1",operation="Edit",state="failed"} 0)"));
}

TEST(OperationsDecode, AnUnknownStateIsNeitherRunningNorFailed) {
  const auto samples = decode("e1", list(operation("Edit", "Paused", "2026-01-01T12:00:00Z", "")), kNow);
  ASSERT_TRUE(samples);
  EXPECT_THAT(*samples, testing::Each(testing::Field(&Sample::value, 0)));
}

TEST(OperationsDecode, NoHistoryIsNoSamples) {
  const auto samples = decode("e1", {}, kNow);
  ASSERT_TRUE(samples);
  EXPECT_THAT(*samples, IsEmpty());
}

TEST(OperationsDecode, BoundsTheNumberOfTypes) {
  std::string json;
  for (int i = 0; i < 150; ++i)
    json += fmt::format("{}{}", i == 0 ? "" : ",", operation(fmt::format("T{:03}", i), "Running", "", ""));
  const auto samples = decode("e1", list(json), kNow);
  ASSERT_TRUE(samples);
  EXPECT_THAT(texts_of(*samples),
              Contains(R"(d365_environment_operations{environment="e1",operation="other",state="running"} 50)"));
  EXPECT_EQ(samples->size(), 2U * 101);
}

struct HostileCase {
  std::string name;
  std::string json;
  std::string error;
};
class HostileOperations : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileOperations, AreRefused) {
  const auto samples = decode("e1", list(GetParam().json), kNow);
  ASSERT_FALSE(samples);
  EXPECT_THAT(samples.error().message, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    Entries, HostileOperations,
    testing::Values(HostileCase{"Null", "null", "value[0]: expected an object"},
                    HostileCase{"NoType", R"({"state": {"id": "Running"}})", "value[0].type.id"},
                    HostileCase{"TypeIsText", R"({"type": "Copy", "state": {"id": "Running"}})", "value[0].type.id"},
                    HostileCase{"NoState", R"({"type": {"id": "Copy"}})", "value[0].state.id"},
                    HostileCase{"FailedAtNoTime", R"({"type": {"id": "Copy"}, "state": {"id": "Failed"}})",
                                "value[0].lastActionDateTime: expected the time of the failure"},
                    HostileCase{"TimeIsANumber",
                                R"({"type": {"id": "Copy"}, "state": {"id": "Running"}, "createdDateTime": 1})",
                                "value[0].createdDateTime: expected a string"}),
    [](const auto& info) { return info.param.name; });

TEST(OperationsDecode, ReadsTheRecordedFailure) {
  A2OD_RECORDED(body, "tenant/bap-lifecycle-failed.json");
  const std::vector<boost::json::value> items{*body};
  const Timestamp then = std::chrono::sys_days(std::chrono::year(2023) / 10 / 12);
  const auto samples = decode("e1", items, then);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples),
              Contains(R"(d365_environment_operations{environment="e1",operation="Create",state="failed"} 1)"));
}

class OperationsCollector : public CollectorTest {};

TEST_F(OperationsCollector, AsksForTheOneEnvironment) {
  environment.id = "Default-1234";
  session.answer("lifecycleOperations", R"({"value": []})");
  const auto result = collect("operations");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::ok);
  EXPECT_EQ(session.asked.at(0).target,
            "/providers/Microsoft.BusinessAppPlatform/lifecycleOperations?api-version=2024-05-01"
            "&$filter=environment%20eq%20'Default-1234'");
}

TEST_F(OperationsCollector, SendsNothingForAnIdThatWouldChangeTheQuestion) {
  environment.id = "x' or 'a' eq 'a";
  const auto result = collect("operations");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::broken);
  EXPECT_THAT(session.asked, IsEmpty());
}

TEST_F(OperationsCollector, AnUnreachableServiceFailsThePart) {
  environment.id = "e1";
  session.fail("lifecycleOperations", failure_of(cloud::Cause::timeout));
  EXPECT_EQ(collect("operations").parts.at(0).outcome, Outcome::unreachable);
}

}  // namespace
}  // namespace a2od::operations
