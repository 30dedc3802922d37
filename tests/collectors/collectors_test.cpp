#include "tests/collectors/collector_test.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace a2od {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(Collectors, AreFoundByName) {
  for (const auto& collector : all_collectors()) EXPECT_EQ(find_collector(collector.name), &collector);
  EXPECT_EQ(find_collector("weather"), nullptr);
}

TEST(Collectors, KeepTheirPromisedPace) {
  using namespace std::chrono_literals;
  EXPECT_EQ(find_collector("inventory")->interval, 5min);
  EXPECT_EQ(find_collector("operations")->interval, 1h);
  EXPECT_EQ(find_collector("dataverse")->interval, 5min);
  EXPECT_EQ(find_collector("finance_operations")->interval, 5min);
  EXPECT_EQ(find_collector("capacity")->interval, 1h);
  for (const auto* name : {"jobs", "flows", "plugins", "batch"}) EXPECT_EQ(find_collector(name)->interval, 5min);
  for (const auto* name : {"mailboxes", "links", "integration"}) EXPECT_EQ(find_collector(name)->interval, 15min);
  EXPECT_EQ(find_collector("identity")->interval, 1h);
  for (const auto& collector : all_collectors()) EXPECT_LT(collector.timeout, collector.interval) << collector.name;
}

TEST(Collectors, DeclareEachMetricOnceAsPrometheusNamesThem) {
  std::set<std::string_view> names;
  for (const auto& collector : all_collectors()) {
    for (const auto& metric : collector.metrics) {
      EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
      EXPECT_THAT(std::string(metric.name), MatchesRegex("d365_[a-z0-9_]+"));
      EXPECT_THAT(std::string(metric.help), MatchesRegex("[A-Z0-9].*\\."));
      auto name = metric.name;
      if (name.ends_with("_total")) name.remove_suffix(6);
      EXPECT_TRUE(metric.unit.empty() || name.ends_with(metric.unit)) << metric.name;
      EXPECT_EQ(metric.type == MetricType::info, metric.name.ends_with("_info")) << metric.name;
    }
  }
}

TEST(Collectors, DescribeTheirParts) {
  for (const auto& collector : all_collectors()) {
    EXPECT_FALSE(collector.parts.empty()) << collector.name;
    EXPECT_NE(collector.collect, nullptr) << collector.name;
    EXPECT_FALSE(collector.about.empty()) << collector.name;
  }
}

/// All collectors against answers with something in them, once each.
class EveryCollector : public CollectorTest, public testing::WithParamInterface<std::string> {
 protected:
  EveryCollector() {
    environment.id = "e1";
    environment.url = "https://org.crm4.dynamics.com";
    environment.finance_operations_url = "https://org.operations.dynamics.com";
    session.answer("/Attributes", R"({"value": []})");
    session.answer("EntityDefinitions", R"({"EntitySetName": "rows"})");
    session.answer("/rows?", R"({"value": []})");
    session.answer("WhoAmI", R"({"UserId": "u", "OrganizationId": "o"})");
    session.answer("RetrieveCurrentOrganization", R"({"Detail": {"OrganizationVersion": "9.2"}})");
    session.answer("organizations", R"({"value": [{"organizationid": "o", "organizationstate": 3}]})");
    session.answer("PublicEntities", R"({"value": []})");
    session.answer("lifecycleOperations", R"({"value": [{"type": {"id": "Copy"}, "state": {"id": "Running"}}]})");
    session.answer("scopes/admin/environments", R"({"value": [{"name": "e1", "properties": {}}]})");
    session.answer("tenantCapacity", R"({"tenantCapacities": [{"capacityType": "Log", "status": "Available"}]})");
    session.answer("BatchJobs", R"({"value": []})");
    session.answer("DataManagementExecutionJobDetails", R"({"value": []})");
    session.answer("applications", R"({"value": []})");
  }
};

TEST_P(EveryCollector, HandsBackThePartsThatItDescribesInTheirOrder) {
  const auto* collector = find_collector(GetParam());
  const auto result = collect(GetParam());
  ASSERT_EQ(result.parts.size(), collector->parts.size());
  for (std::size_t i = 0; i < result.parts.size(); ++i) EXPECT_EQ(result.parts[i].name, collector->parts[i].name);
}

TEST_P(EveryCollector, YieldsOnlyMetricsThatItDeclares) {
  const auto metrics = find_collector(GetParam())->metrics;
  const auto result = collect(GetParam());
  for (const auto& part : result.parts) {
    for (const auto& sample : part.samples) {
      const auto declared =
          std::ranges::any_of(metrics, [&](const Metric& metric) { return &metric == sample.metric; });
      EXPECT_TRUE(declared) << sample.metric->name;
    }
  }
}

TEST_P(EveryCollector, SendsNoMoreRequestsThanItPlans) {
  double planned = 0;
  for (const auto& part : find_collector(GetParam())->parts) planned += part.requests_per_run;
  collect(GetParam());
  const auto metadata = std::ranges::count_if(
      session.asked, [](const auto& request) { return request.target.contains("EntityDefinitions"); });
  EXPECT_EQ(static_cast<double>(session.asked.size()) - static_cast<double>(metadata), planned);
}

/// The admin and licensing APIs need a version; tables and directory objects need their columns named.
TEST_P(EveryCollector, AsksAsTheServicesWant) {
  collect(GetParam());
  for (const auto& request : session.asked) {
    EXPECT_THAT(request.target, MatchesRegex("/[^ \"<>#]+"));
    EXPECT_EQ(request.method, "GET");
    if (request.service == cloud::Service::admin || request.service == cloud::Service::power_platform)
      EXPECT_THAT(request.target, MatchesRegex(".*[?]api-version=20[0-9-]+.*"));
    // Nobody could confirm that service announcements take it.
    const bool is_announced = request.target.contains("/serviceAnnouncement/");
    const bool is_table =
        (request.service == cloud::Service::graph && !is_announced) || request.target.contains("/organizations");
    if (is_table) EXPECT_THAT(request.target, HasSubstr("?$select="));
    const bool has_base =
        request.service == cloud::Service::dataverse || request.service == cloud::Service::finance_operations;
    EXPECT_EQ(!request.base.empty(), has_base);
  }
}

TEST_P(EveryCollector, FailsEveryPartWhenNothingAnswers) {
  session = FakeSession();
  session.fail("", failure_of(cloud::Cause::connection));
  const auto result = collect(GetParam());
  for (const auto& part : result.parts) {
    if (part.name == "certificate") continue;  // a local file
    EXPECT_EQ(part.outcome, Outcome::unreachable) << part.name;
    EXPECT_EQ(part.error, "it failed");
    EXPECT_EQ(part.missing_right, "");
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& collector : all_collectors()) all.emplace_back(collector.name);
  return all;
}
INSTANTIATE_TEST_SUITE_P(All, EveryCollector, testing::ValuesIn(names()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace a2od
