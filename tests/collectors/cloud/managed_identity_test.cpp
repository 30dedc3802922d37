// Managed identities: the endpoint that the environment names, and tokens from scripted ones.
#include "collectors/cloud/managed_identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace a2od::cloud {
namespace {

using namespace std::chrono_literals;
using Kind = IdentityEndpoint::Kind;
using testing::HasSubstr;

constexpr Timestamp kNow{std::chrono::seconds(1'772'323'200)};

IdentityEndpoint endpoint_in(std::map<std::string, std::string> environment) {
  return identity_endpoint([&](const char* name) { return environment[name]; });
}

TenantConfig tenant_with(ManagedIdentity identity) {
  TenantConfig tenant;
  tenant.name = "contoso";
  tenant.managed_identity = std::move(identity);
  return tenant;
}

std::string target_of(const ManagedIdentity& identity, const IdentityEndpoint& endpoint) {
  const auto request =
      managed_identity_request(tenant_with(identity), endpoint, "https://org.crm4.dynamics.com/.default", "");
  return request ? request->url.target : request.error().failure.message;
}

TEST(IdentityEndpoint, IsFoundInTheEnvironment) {
  EXPECT_EQ(endpoint_in({}).kind, Kind::imds);
  EXPECT_EQ(endpoint_in({}).url, "http://169.254.169.254/metadata/identity/oauth2/token");
  EXPECT_EQ(endpoint_in({{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://10.0.0.1:80/"}}).url,
            "http://10.0.0.1:80/metadata/identity/oauth2/token");
  EXPECT_EQ(endpoint_in({{"IDENTITY_ENDPOINT", "http://x/msi"}, {"IDENTITY_HEADER", "h"}}).kind, Kind::app_service);
  EXPECT_EQ(endpoint_in({{"IDENTITY_ENDPOINT", "http://x/msi"}, {"IMDS_ENDPOINT", "http://y"}}).kind, Kind::arc);
}

TEST(ManagedIdentityRequest, NamesResourceAndIdentityAsEachEndpointWants) {
  EXPECT_EQ(target_of({}, endpoint_in({})),
            "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Forg.crm4.dynamics.com");
  EXPECT_THAT(target_of({.client_id = "c"}, endpoint_in({})), HasSubstr("&client_id=c"));
  EXPECT_THAT(target_of({.resource_id = "/r"}, endpoint_in({})), HasSubstr("&msi_res_id=%2Fr"));
  const auto app = endpoint_in({{"IDENTITY_ENDPOINT", "http://x/msi/token"}, {"IDENTITY_HEADER", "h"}});
  EXPECT_THAT(target_of({.object_id = "o"}, app), HasSubstr("?api-version=2019-08-01&resource="));
  EXPECT_THAT(target_of({.object_id = "o"}, app), HasSubstr("&principal_id=o"));
}

TEST(ManagedIdentityRequest, CarriesWhatProvesThatItComesFromTheMachine) {
  const auto app = endpoint_in({{"IDENTITY_ENDPOINT", "http://x/msi"}, {"IDENTITY_HEADER", "h1"}});
  const auto of_app = managed_identity_request(tenant_with({}), app, "s", "");
  EXPECT_EQ(find_header(of_app->headers, "X-IDENTITY-HEADER"), "h1");
  const auto of_machine = managed_identity_request(tenant_with({}), endpoint_in({}), "s", "");
  EXPECT_EQ(find_header(of_machine->headers, "Metadata"), "true");
  EXPECT_LT(of_machine->limits->connect, 5s);
  const auto arc = endpoint_in({{"IDENTITY_ENDPOINT", "http://x/msi"}, {"IMDS_ENDPOINT", "http://y"}});
  EXPECT_EQ(find_header(managed_identity_request(tenant_with({}), arc, "s", "key")->headers, "Authorization"),
            "Basic key");
}

TEST(ManagedIdentityRequest, RefusesAnEndpointThatIsNone) {
  const auto broken = endpoint_in({{"IDENTITY_ENDPOINT", "nonsense"}, {"IDENTITY_HEADER", "h"}});
  EXPECT_FALSE(managed_identity_request(tenant_with({}), broken, "s", ""));
}

TEST(ArcChallenge, NamesAFileOfTheAgentOrIsRefused) {
  EXPECT_EQ(arc_key_file("Basic realm=/var/opt/azcmagent/tokens/1.key").value_or(""),
            "/var/opt/azcmagent/tokens/1.key");
  for (const auto* challenge :
       {"", "Bearer", "Basic realm=/etc/shadow", "Basic realm=/var/opt/azcmagent/tokens/../../../../etc/x.key",
        "Basic realm=/var/opt/azcmagent/tokens/1.txt", "Basic realm=/var/opt/azcmagent/tokens/sub/1.key"})
    EXPECT_FALSE(arc_key_file(challenge)) << challenge;
  EXPECT_FALSE(read_arc_key("/nonexistent.key"));
}

HttpResponse answer(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(ManagedIdentityResponse, HasItsNumbersAsTextsOrAsTimes) {
  const auto tenant = tenant_with({});
  const auto as_text = read_managed_identity_response(
      tenant, answer(200, R"({"access_token":"t","expires_in":"3599","expires_on":"1","token_type":"Bearer"})"), kNow);
  ASSERT_TRUE(as_text);
  EXPECT_EQ(as_text->token.reveal(), "t");
  EXPECT_EQ(as_text->expires_in, 3599s);
  const auto until =
      read_managed_identity_response(tenant, answer(200, R"({"access_token":"t","expires_on":1772326800})"), kNow);
  ASSERT_TRUE(until);
  EXPECT_EQ(until->expires_in, 1h);
}

TEST(ManagedIdentityResponse, FailuresThatPassAreAskedAgain) {
  const auto tenant = tenant_with({});
  for (const unsigned status : {404U, 410U, 429U, 500U, 503U})
    EXPECT_FALSE(read_managed_identity_response(tenant, answer(status, "{}"), kNow).error().permanent) << status;
  const auto refused = read_managed_identity_response(
      tenant, answer(400, R"({"error":"invalid_request","error_description":"Identity not found"})"), kNow);
  EXPECT_TRUE(refused.error().permanent);
  EXPECT_THAT(refused.error().failure.message, HasSubstr("Identity not found"));
  for (const auto* body : {"", "{}", R"({"access_token":"a b","expires_in":1})", R"({"access_token":"t"})",
                           R"({"access_token":"t","expires_on":"5"})"})
    EXPECT_FALSE(read_managed_identity_response(tenant, answer(200, body), kNow)) << body;
}

}  // namespace
}  // namespace a2od::cloud
