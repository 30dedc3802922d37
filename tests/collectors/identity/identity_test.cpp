#include "collectors/identity/identity.hpp"

#include "tests/collectors/collector_test.hpp"
#include "tests/collectors/identity/test_certificate.hpp"
#include "tests/config/temporary_folder.hpp"

#include <boost/json/parse.hpp>

#include <string>

namespace a2od::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kOurs = "11111111-aaaa-0000-0000-000000000000";
constexpr std::string_view kApplications = R"(
    {"appId": "22222222-0000-0000-0000-000000000000",
     "passwordCredentials": [{"keyId": "theirs", "endDateTime": "2026-01-01T00:00:00Z"}]},
    {"appId": "11111111-AAAA-0000-0000-000000000000",
     "keyCredentials": [{"keyId": "k1", "endDateTime": "2026-02-01T00:00:00Z"},
                        {"keyId": "k1", "endDateTime": "2026-03-01T00:00:00Z"}],
     "passwordCredentials": [{"keyId": "s1", "endDateTime": "2026-01-01T00:00:00Z"},
                             {"keyId": "s2", "endDateTime": null}]})";

std::vector<boost::json::value> list(std::string_view json) {
  const auto items = boost::json::parse("[" + std::string(json) + "]").as_array();
  return {items.begin(), items.end()};
}

TEST(IdentityDecode, ReadsTheCredentialsOfOurOwnApplicationOnly) {
  const auto samples = decode_applications(list(kApplications), kOurs);
  ASSERT_TRUE(samples) << samples.error().message;
  ASSERT_TRUE(*samples);
  EXPECT_THAT(
      texts_of(**samples),
      ElementsAre(
          R"(d365_credential_expiry_timestamp_seconds{credential="certificate",source="graph",key_id="k1"} 1769904000)",
          R"(d365_credential_expiry_timestamp_seconds{credential="secret",source="graph",key_id="s1"} 1767225600)"));
}

TEST(IdentityDecode, AnApplicationOfAnotherTenantIsNotThere) {
  const auto samples = decode_applications(list(kApplications), "33333333-0000-0000-0000-000000000000");
  ASSERT_TRUE(samples);
  EXPECT_FALSE(*samples);
}

struct HostileCase {
  std::string name;
  std::string json;
  std::string error;
};
class HostileApplications : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileApplications, AreRefused) {
  const auto samples = decode_applications(list(GetParam().json), "ours");
  ASSERT_FALSE(samples);
  EXPECT_THAT(samples.error().message, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    Entries, HostileApplications,
    testing::Values(HostileCase{"Null", "null", "value[0]: expected an object"},
                    HostileCase{"NoAppId", "{}", "value[0].appId"},
                    HostileCase{"KeysAreAnObject", R"({"appId": "ours", "keyCredentials": {}})",
                                "value[0].keyCredentials: expected an array"},
                    HostileCase{"KeyIsText", R"({"appId": "ours", "keyCredentials": ["k"]})",
                                "value[0].keyCredentials[0]: expected an object"},
                    HostileCase{"NoKeyId", R"({"appId": "ours", "passwordCredentials": [{}]})",
                                "value[0].passwordCredentials[0].keyId"},
                    HostileCase{"EndIsANumber",
                                R"({"appId": "ours", "passwordCredentials": [{"keyId": "s", "endDateTime": 5}]})",
                                "value[0].passwordCredentials[0].endDateTime: expected a string"}),
    [](const auto& info) { return info.param.name; });

class IdentityCollector : public CollectorTest {
 protected:
  IdentityCollector() { tenant.client_id = kOurs; }

  TemporaryFolder folder_;
  std::string path_ = folder_.write("a2od.pem", kTestCertificate);
};

TEST_F(IdentityCollector, ReadsTheCertificateFile) {
  tenant.certificate = CertificateCredential{.certificate_file = path_};
  const auto result = collect("identity");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::ok);
  EXPECT_THAT(
      texts_of(result.parts[0].samples),
      ElementsAre(fmt::format(
          R"(d365_credential_expiry_timestamp_seconds{{credential="certificate",source="file",key_id="{}"}} {})",
          kTestCertificateThumbprint, kTestCertificateExpiry)));
}

TEST_F(IdentityCollector, ATenantWithASecretHasNoCertificate) {
  const auto result = collect("identity");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::absent);
  EXPECT_THAT(result.parts[0].samples, IsEmpty());
}

TEST_F(IdentityCollector, AnUnreadableFileIsABrokenPart) {
  tenant.certificate = CertificateCredential{.certificate_file = "/nowhere/a2od.pem"};
  const auto result = collect("identity");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::broken);
  EXPECT_EQ(result.parts[0].error, "certificate file /nowhere/a2od.pem: cannot be opened");
}

TEST_F(IdentityCollector, AsksGraphForTheColumnsItReads) {
  session.answer("/v1.0/applications", fmt::format(R"({{"value": [{}]}})", kApplications));
  const auto result = collect("identity");
  EXPECT_EQ(result.parts.at(1).outcome, Outcome::ok);
  EXPECT_EQ(session.asked.at(0).service, cloud::Service::graph);
  EXPECT_THAT(session.asked.at(0).target, HasSubstr("$select=id,appId,displayName,keyCredentials,passwordCredentials"));
}

TEST_F(IdentityCollector, WithoutTheRightTheApplicationIsDenied) {
  session.fail("applications", failure_of(cloud::Cause::denied, 403));
  const auto result = collect("identity");
  EXPECT_EQ(result.parts.at(1).outcome, Outcome::denied);
  EXPECT_EQ(result.parts[1].missing_right, "Application.Read.All");
}

TEST_F(IdentityCollector, AnApplicationRegisteredElsewhereIsAbsent) {
  session.answer("applications", R"({"value": []})");
  const auto result = collect("identity");
  EXPECT_EQ(result.parts.at(1).outcome, Outcome::absent);
  EXPECT_THAT(result.parts[1].error, HasSubstr(std::string(kOurs)));
}

}  // namespace
}  // namespace a2od::identity
