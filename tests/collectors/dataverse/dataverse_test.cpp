#include "collectors/dataverse/dataverse.hpp"

#include "tests/collectors/collector_test.hpp"
#include "tests/collectors/recorded.hpp"

#include <boost/json/parse.hpp>

namespace a2od::dataverse {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kIdentity = R"({"BusinessUnitId": "b", "UserId": "u", "OrganizationId": "o"})";
constexpr std::string_view kActive =
    R"({"value": [{"organizationid": "o", "organizationstate": 3, "isdisabled": false}]})";
constexpr std::string_view kCurrent = R"({"Detail": {"OrganizationVersion": "9.2.22074.168", "State": "Enabled"}})";

Result<std::vector<Sample>> decode(std::string_view organizations, std::string_view current = kCurrent) {
  return decode_organization("e1", boost::json::parse(organizations), boost::json::parse(current));
}

TEST(DataverseOrganization, HasAStateASwitchAndAVersion) {
  const auto samples = decode(kActive);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_THAT(texts_of(*samples),
              ElementsAre(R"(d365_dataverse_organization_state{environment="e1",state="creating"} 0)",
                          R"(d365_dataverse_organization_state{environment="e1",state="upgrading"} 0)",
                          R"(d365_dataverse_organization_state{environment="e1",state="updating"} 0)",
                          R"(d365_dataverse_organization_state{environment="e1",state="active"} 1)",
                          R"(d365_dataverse_organization_enabled{environment="e1"} 1)",
                          R"(d365_dataverse_info{environment="e1",version="9.2.22074.168"} 1)"));
}

struct StateCase {
  std::string code;
  std::string state;
};
class OrganizationState : public testing::TestWithParam<StateCase> {};

TEST_P(OrganizationState, FollowsItsCode) {
  const auto samples =
      decode(fmt::format(R"({{"value": [{{"organizationid": "o", "organizationstate": {}}}]}})", GetParam().code));
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ(current_state(*samples, "d365_dataverse_organization_state"), GetParam().state);
}
INSTANTIATE_TEST_SUITE_P(Codes, OrganizationState,
                         testing::Values(StateCase{"0", "creating"}, StateCase{"1", "upgrading"},
                                         StateCase{"2", "updating"}, StateCase{"3", "active"}, StateCase{"4", "none"},
                                         StateCase{"-1", "none"}, StateCase{"2.5", "none"}, StateCase{"1e300", "none"},
                                         StateCase{"null", "absent"}));

TEST(DataverseOrganization, ADisabledOneIsNotEnabled) {
  const auto samples = decode(R"({"value": [{"organizationid": "o", "isdisabled": true}]})");
  ASSERT_TRUE(samples);
  EXPECT_THAT(texts_of(*samples), Contains(R"(d365_dataverse_organization_enabled{environment="e1"} 0)"));
}

TEST(DataverseOrganization, AMissingColumnIsUnknown) {
  const auto samples = decode(R"({"value": [{"organizationid": "o"}]})", R"({"Detail": {}})");
  ASSERT_TRUE(samples);
  EXPECT_THAT(*samples, IsEmpty());
}

struct HostileCase {
  std::string name;
  std::string organizations;
  std::string current;
  std::string error;
};
class HostileOrganization : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileOrganization, IsRefused) {
  const auto samples = decode(GetParam().organizations, GetParam().current);
  ASSERT_FALSE(samples);
  EXPECT_THAT(samples.error().message, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    Bodies, HostileOrganization,
    testing::Values(
        HostileCase{"Null", "null", std::string(kCurrent), "expected an object"},
        HostileCase{"NoRows", R"({"value": []})", std::string(kCurrent), "expected one organization, found 0"},
        HostileCase{"TwoRows", R"({"value": [{}, {}]})", std::string(kCurrent), "found 2"},
        HostileCase{"RowIsText", R"({"value": ["o"]})", std::string(kCurrent), "value[0]: expected an object"},
        HostileCase{"NoId", R"({"value": [{"organizationstate": 3}]})", std::string(kCurrent),
                    "value[0].organizationid"},
        HostileCase{"StateIsText", R"({"value": [{"organizationid": "o", "organizationstate": "Active"}]})",
                    std::string(kCurrent), "value[0].organizationstate: expected a finite number"},
        HostileCase{"SwitchIsANumber", R"({"value": [{"organizationid": "o", "isdisabled": 0}]})",
                    std::string(kCurrent), "value[0].isdisabled: expected true or false"},
        HostileCase{"NoDetail", std::string(kActive), "{}", "Detail: expected an object"},
        HostileCase{"VersionIsANumber", std::string(kActive), R"({"Detail": {"OrganizationVersion": 9.2}})",
                    "Detail.OrganizationVersion: expected a string"}),
    [](const auto& info) { return info.param.name; });

TEST(DataverseOrganization, ReadsTheRecordedBodies) {
  A2OD_RECORDED(organizations, "dataverse/tf_organizations_full.json");
  A2OD_RECORDED(current, "dataverse/retrieve_current_organization.json");
  const auto samples = decode_organization("e1", *organizations, *current);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ(current_state(*samples, "d365_dataverse_organization_state"), "active");
  EXPECT_THAT(texts_of(*samples), Contains(R"(d365_dataverse_info{environment="e1",version="9.2.22074.168"} 1)"));
}

TEST(DataverseIdentity, AcceptsTheRecordedBody) {
  A2OD_RECORDED(body, "dataverse/whoami.json");
  EXPECT_TRUE(check_identity(*body));
}

TEST(DataverseIdentity, RefusesWhatIsNoIdentity) {
  EXPECT_FALSE(check_identity(boost::json::parse("null")));
  EXPECT_FALSE(check_identity(boost::json::parse("[]")));
  EXPECT_FALSE(check_identity(boost::json::parse(R"({"UserId": "u", "OrganizationId": 5})")));
}

class DataverseCollector : public CollectorTest {
 protected:
  DataverseCollector() {
    environment.id = "e1";
    environment.url = "https://org.crm4.dynamics.com";
  }
};

TEST_F(DataverseCollector, ProbesAndReadsTheOrganization) {
  session.answer("WhoAmI", kIdentity);
  session.answer("organizations", kActive);
  session.answer("RetrieveCurrentOrganization", kCurrent);
  const auto result = collect("dataverse");
  ASSERT_THAT(result.parts, SizeIs(2));
  EXPECT_EQ(result.parts[0].outcome, Outcome::ok);
  EXPECT_EQ(result.parts[1].outcome, Outcome::ok);
  ASSERT_TRUE(result.probe);
  EXPECT_EQ(result.probe->host, "org.crm4.dynamics.com");
  EXPECT_EQ(result.probe->failure, std::nullopt);
}

TEST_F(DataverseCollector, ProbesOnANewConnectionAheadOfOtherRequests) {
  session.fail("WhoAmI", failure_of(cloud::Cause::timeout));
  collect("dataverse");
  const auto& request = session.asked.at(0);
  EXPECT_EQ(request.base, "https://org.crm4.dynamics.com");
  EXPECT_EQ(request.target, "/api/data/v9.2/WhoAmI");
  EXPECT_TRUE(request.fresh_connection);
  EXPECT_EQ(request.priority, cloud::Priority::health);
}

TEST_F(DataverseCollector, AFailedProbeCarriesItsHealthAndAsksNoMore) {
  session.fail("WhoAmI", failure_of(cloud::Cause::timeout));
  const auto result = collect("dataverse");
  EXPECT_EQ(session.asked.size(), 1U);
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::unreachable);
  EXPECT_THAT(texts_of(result.parts[0].samples), Contains(R"(d365_dataverse_reachable{environment="e1"} 0)"));
  EXPECT_EQ(result.parts.at(1).name, "organization");
  EXPECT_EQ(result.parts[1].outcome, Outcome::unreachable);
  EXPECT_THAT(result.parts[1].samples, IsEmpty());
  EXPECT_EQ(result.probe->failure, cloud::Cause::timeout);
}

TEST_F(DataverseCollector, AHostThatSaysYesToEverythingIsNoDataverse) {
  session.answer("", "null");
  const auto result = collect("dataverse");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::broken);
  EXPECT_EQ(current_state(result.parts[0].samples, "d365_dataverse_probe_result"), "error");
  EXPECT_THAT(result.parts[0].error, HasSubstr("https://org.crm4.dynamics.com: the answer of WhoAmI cannot be read"));
}

TEST_F(DataverseCollector, ADeniedOrganizationLeavesTheProbeWell) {
  session.answer("WhoAmI", kIdentity);
  session.fail("organizations", failure_of(cloud::Cause::denied, 403));
  const auto result = collect("dataverse");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::ok);
  EXPECT_EQ(result.parts.at(1).outcome, Outcome::denied);
  EXPECT_EQ(result.parts[1].missing_right, "prvReadOrganization");
  EXPECT_EQ(combine(result.parts), Outcome::degraded);
}

TEST_F(DataverseCollector, AnOrganizationHalfReadIsNotPublished) {
  session.answer("WhoAmI", kIdentity);
  session.answer("organizations", kActive);
  session.fail("RetrieveCurrentOrganization", failure_of(cloud::Cause::server, 502));
  const auto result = collect("dataverse");
  EXPECT_EQ(result.parts.at(1).outcome, Outcome::unreachable);
  EXPECT_THAT(result.parts[1].samples, IsEmpty());
}

TEST_F(DataverseCollector, AppliesToEnvironmentsWithDataverse) {
  const auto* collector = find_collector("dataverse");
  EXPECT_TRUE(collector->applies(environment));
  EXPECT_FALSE(collector->applies(Environment()));
}

}  // namespace
}  // namespace a2od::dataverse
