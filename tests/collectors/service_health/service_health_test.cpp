// Microsoft's service health: against the simulated tenant, hostile bodies and a recorded one.
#include "collectors/service_health/service_health.hpp"

#include "tests/collectors/recorded.hpp"
#include "tests/collectors/simulated_run.hpp"

#include <boost/json/parse.hpp>

namespace a2od::service_health {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<boost::json::value> list(std::string_view json) {
  const auto items = boost::json::parse("[" + std::string(json) + "]").as_array();
  return {items.begin(), items.end()};
}

std::vector<std::string> decoded(std::string_view json, std::string_view metric) {
  const auto findings = decode(list(json));
  EXPECT_TRUE(findings) << findings.error().message;
  return findings ? texts_of(findings->samples, metric) : std::vector<std::string>();
}

constexpr std::string_view kTwoIncidents = R"({"id": "DynamicsCRM", "service": "Dynamics 365 Apps",
  "status": "ServiceInterruption", "issues": [
    {"id": "CR3", "title": "Slow lists", "classification": "advisory", "isResolved": false,
     "startDateTime": "2026-01-01T00:00:00Z"},
    {"id": "CR1", "title": "No forms", "classification": "Incident", "isResolved": false,
     "startDateTime": "2026-01-02T00:00:10Z"},
    {"id": "CR2", "title": "No\nsign-in", "classification": "incident", "isResolved": false,
     "startDateTime": "2026-01-02T00:00:00Z"},
    {"id": "CR0", "title": "Over", "classification": "incident", "isResolved": true,
     "startDateTime": "2025-01-01T00:00:00Z"}]})";

TEST(ServiceHealthDecode, CountsWhatIsOpenByClassificationSinceTheOldest) {
  const auto findings = decode(list(kTwoIncidents));
  ASSERT_TRUE(findings) << findings.error().message;
  EXPECT_THAT(
      texts_of(findings->samples),
      ElementsAre(
          R"(d365_service_health_operational{service="DynamicsCRM"} 0)",
          R"(d365_service_health_open_issues{service="DynamicsCRM",classification="incident"} 2)",
          R"(d365_service_health_issue_since_timestamp_seconds{service="DynamicsCRM",classification="incident"} 1767312000)",
          R"(d365_service_health_open_issues{service="DynamicsCRM",classification="advisory"} 1)",
          R"(d365_service_health_issue_since_timestamp_seconds{service="DynamicsCRM",classification="advisory"} 1767225600)",
          R"(d365_service_health_open_issues{service="DynamicsCRM",classification="other"} 0)"));
}

TEST(ServiceHealthDecode, TitlesAreDetailsOfOneLineWithIncidentsFirst) {
  const auto findings = decode(list(kTwoIncidents));
  ASSERT_TRUE(findings);
  std::vector<std::string> lines;
  for (const auto& detail : findings->details) lines.push_back(detail.text);
  EXPECT_THAT(lines, ElementsAre("incident CR1 of Dynamics 365 Apps: No forms",
                                 HasSubstr("incident CR2 of Dynamics 365 Apps: No"),
                                 "advisory CR3 of Dynamics 365 Apps: Slow lists"));
  EXPECT_THAT(lines[1], Not(HasSubstr("\n")));
}

struct StatusCase {
  std::string name;
  std::string status;
  std::vector<std::string> expected;
};
class ServiceStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(ServiceStatus, IsOperationalOrAnythingElse) {
  EXPECT_EQ(decoded(fmt::format(R"({{"id": "PowerApps", "status": {}}})", GetParam().status), kOperational.name),
            GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Words, ServiceStatus,
    testing::Values(
        StatusCase{"Camel", R"("serviceOperational")", {R"(d365_service_health_operational{service="PowerApps"} 1)"}},
        StatusCase{"Pascal", R"("ServiceOperational")", {R"(d365_service_health_operational{service="PowerApps"} 1)"}},
        StatusCase{
            "Degraded", R"("serviceDegradation")", {R"(d365_service_health_operational{service="PowerApps"} 0)"}},
        StatusCase{"New", R"("onHoliday")", {R"(d365_service_health_operational{service="PowerApps"} 0)"}},
        StatusCase{"Unknown", "null", {}}),
    [](const auto& info) { return info.param.name; });

struct OpenCase {
  std::string name;
  std::string issue;
  std::string classification;
  int open;
};
class OpenIssue : public testing::TestWithParam<OpenCase> {};

TEST_P(OpenIssue, IsOneThatIsNotResolved) {
  const auto json = fmt::format(R"({{"id": "PowerApps", "issues": [{{{}}}]}})", GetParam().issue);
  EXPECT_THAT(decoded(json, kOpenIssues.name),
              Contains(fmt::format(R"(d365_service_health_open_issues{{service="PowerApps",classification="{}"}} {})",
                                   GetParam().classification, GetParam().open)));
}
INSTANTIATE_TEST_SUITE_P(
    Issues, OpenIssue,
    testing::Values(OpenCase{"NotResolved", R"("classification": "incident", "isResolved": false)", "incident", 1},
                    OpenCase{"Resolved", R"("classification": "incident", "isResolved": true)", "incident", 0},
                    OpenCase{"Ended", R"("classification": "incident", "endDateTime": "2026-01-01T00:00:00Z")",
                             "incident", 0},
                    OpenCase{"WithoutAnEnd", R"("classification": "incident", "endDateTime": null)", "incident", 1},
                    OpenCase{"OfANewKind", R"("classification": "rumour")", "other", 1},
                    OpenCase{"OfNoKind", "", "other", 1}),
    [](const auto& info) { return info.param.name; });

TEST(ServiceHealthDecode, KeepsTheServicesOfAnEstate) {
  EXPECT_THAT(decoded(R"({"id": "Exchange", "service": "Exchange Online", "status": "serviceOperational"},
                         {"id": "ORGLIVEID", "service": "Identity Service", "status": "serviceOperational"},
                         {"id": "X", "service": "Dynamics 365 Business Central", "status": "serviceOperational"})",
                      kOperational.name),
              ElementsAre(R"(d365_service_health_operational{service="ORGLIVEID"} 1)",
                          R"(d365_service_health_operational{service="X"} 1)"));
}

TEST(ServiceHealthDecode, ReadsAServiceThatIsListedTwiceOnce) {
  EXPECT_THAT(decoded(R"({"id": "PowerApps", "status": "a"}, {"id": "PowerApps", "status": "b"})", kOperational.name),
              SizeIs(1));
}

TEST(ServiceHealthDecode, BoundsTheDetails) {
  std::string issues;
  for (int i = 0; i < 60; ++i)
    issues += fmt::format(R"({}{{"classification": "{}"}})", i == 0 ? "" : ",", i < 30 ? "advisory" : "incident");
  const auto findings = decode(list(fmt::format(R"({{"id": "PowerApps", "issues": [{}]}})", issues)));
  ASSERT_TRUE(findings);
  EXPECT_THAT(findings->details, SizeIs(20));
  EXPECT_THAT(findings->details, testing::Each(testing::Field(&Detail::text, HasSubstr("incident"))));
}

TEST(ServiceHealthDecode, BoundsTheServices) {
  std::string services;
  for (int i = 0; i < 101; ++i)
    services += fmt::format(R"({}{{"id": "{}", "service": "Dynamics 365 {}"}})", i == 0 ? "" : ",", i, i);
  const auto findings = decode(list(services));
  ASSERT_FALSE(findings);
  EXPECT_EQ(findings.error().message, "value[100].id: expected no more than 100 services");
}

struct HostileCase {
  std::string name;
  std::string json;
  std::string error;
};
class HostileServices : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileServices, AreRefused) {
  const auto findings = decode(list(GetParam().json));
  ASSERT_FALSE(findings);
  EXPECT_THAT(findings.error().message, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    Entries, HostileServices,
    testing::Values(
        HostileCase{"Null", "null", "value[0]: expected an object"},
        HostileCase{"NoId", R"({"service": "Power Apps"})", "value[0].id"},
        HostileCase{"StatusIsANumber", R"({"id": "PowerApps", "status": 1})", "value[0].status"},
        HostileCase{"IssuesAreAnObject", R"({"id": "PowerApps", "issues": {}})", "value[0].issues: expected an array"},
        HostileCase{"IssueIsText", R"({"id": "PowerApps", "issues": ["x"]})", "value[0].issues[0]: expected an object"},
        HostileCase{"ResolvedIsText", R"({"id": "PowerApps", "issues": [{"isResolved": "no"}]})",
                    "value[0].issues[0].isResolved"},
        HostileCase{"BeganAtANumber", R"({"id": "PowerApps", "issues": [{"startDateTime": 1}]})",
                    "value[0].issues[0].startDateTime"}),
    [](const auto& info) { return info.param.name; });

TEST(ServiceHealthDecode, ReadsTheRecordedOverview) {
  A2OD_RECORDED(body, "tenant/graph-healthoverview-get-with-issues.json");
  auto service = *body;
  service.as_object()["id"] = "DynamicsCRM";  // it is of Exchange
  const auto findings = decode(std::vector<boost::json::value>{service});
  ASSERT_TRUE(findings) << findings.error().message;
  EXPECT_THAT(texts_of(findings->samples, kOperational.name),
              ElementsAre(R"(d365_service_health_operational{service="DynamicsCRM"} 0)"));
  EXPECT_THAT(texts_of(findings->samples, kIssueSince.name), IsEmpty());
}

constexpr std::string_view kTenant = R"(
services: 250
service_issues:
  - { service: DynamicsCRM, title: Forms do not open, age: 2h }
  - { service: DynamicsCRM, title: Was slow, resolved: true }
  - { service: Exchange, title: Mail is late }
)";

class ServiceHealth : public SimulatedRun {
 protected:
  ServiceHealth() : SimulatedRun("service_health", kTenant) {}
};

TEST_F(ServiceHealth, IsReadToTheLastPage) {
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_EQ(session_.requests(), 3U);
  EXPECT_THAT(texts(result, kOperational.name), SizeIs(9));
  EXPECT_THAT(texts(result, kIssueSince.name),
              ElementsAre(R"(d365_service_health_issue_since_timestamp_seconds{service="DynamicsCRM",)"
                          R"(classification="incident"} 1772316000)"));
  EXPECT_THAT(details(result, kOpenIssues),
              ElementsAre(testing::MatchesRegex("incident CR.* of Dynamics 365 Apps: Forms do not open")));
}

class ServiceHealthWithoutTheRight : public SimulatedRun {
 protected:
  ServiceHealthWithoutTheRight() : SimulatedRun("service_health", "rights: [Application.Read.All]\n") {}
};

TEST_F(ServiceHealthWithoutTheRight, IsDenied) {
  const auto result = collect();
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::denied);
  EXPECT_EQ(result.parts[0].missing_right, "ServiceHealth.Read.All");
}

}  // namespace
}  // namespace a2od::service_health
