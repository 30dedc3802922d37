// Sign-in: who gets a token, what for, for how long, and what the others are told.
#include "tests/tenant/sign_in.hpp"

#include "tests/tenant/identity.hpp"
#include "tests/tenant/openssl.hpp"
#include "tests/tenant/tenant_in_memory.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <openssl/rsa.h>

namespace a2od::tenant {
namespace {

using testing::HasSubstr;

constexpr std::string_view kGraph = "https://graph.microsoft.com/.default";

int error_number(const Answered& answered) {
  const auto* codes = answered.body.is_object() ? answered.body.get_object().if_contains("error_codes") : nullptr;
  return codes == nullptr ? 0 : static_cast<int>(codes->as_array().at(0).as_int64());
}

TEST(SignIn, TradesASecretForATokenOfTheConfiguredLifetime) {
  TenantInMemory tenant("token_lifetime: 10m\n");
  const auto answered = tenant.ask_token(token_form(kGraph));
  EXPECT_EQ(answered.status, 200U);
  EXPECT_EQ(answered.body.at("token_type"), "Bearer");
  EXPECT_EQ(answered.body.at("expires_in"), 600);
}

struct Refused {
  std::string name;
  std::string scenario;
  std::string form;
  unsigned status;
  int number;
};

TEST(SignIn, RefusesAsEntraDoes) {
  const std::string client = "grant_type=client_credentials&client_id=" + Scenario().client_id;
  const auto expired = "credentials: [{ name: s, kind: secret, expires_in: -1d }]\n";
  const Refused rows[] = {
      {"wrong secret", "", token_form(kGraph, "guess"), 401, 7000215},
      {"expired secret", expired, token_form(kGraph), 401, 7000222},
      {"unknown client", "", "grant_type=client_credentials&client_id=x&client_secret=y", 400, 700016},
      {"no secret", "", client, 401, 7000218},
      {"other grant", "", "grant_type=password", 400, 70003},
      {"scope of no form", "", token_form("graph"), 400, 70011},
      {"two resources", "", token_form("https://a/.default+https://b/.default"), 400, 70011},
      {"unknown resource", "", token_form("https://nobody.crm4.dynamics.com/.default"), 400, 500011},
  };
  for (const auto& row : rows) {
    TenantInMemory tenant(row.scenario.empty() ? "seed: 1\n" : row.scenario);
    const auto answered = tenant.ask_token(row.form);
    EXPECT_EQ(answered.status, row.status) << row.name;
    EXPECT_EQ(error_number(answered), row.number) << row.name;
    EXPECT_THAT(std::string(answered.body.at("error_description").as_string()), HasSubstr("AADSTS")) << row.name;
  }
}

TEST(SignIn, KnowsNoOtherTenant) {
  TenantInMemory tenant("seed: 1\n");
  const auto answered =
      tenant.send("POST", "login.microsoftonline.com", "/contoso/oauth2/v2.0/token", {}, token_form(kGraph));
  EXPECT_EQ(error_number(answered), 900023);
}

TEST(SignIn, ATokenIsGoodForItsAudienceUntilItExpiresOrIsRevoked) {
  TenantInMemory tenant("token_lifetime: 10m\n");
  const std::string target = "/v1.0/applications";
  const auto token = tenant.signed_in("graph.microsoft.com");
  const auto ask = [&](const Headers& headers) {
    return tenant.send("GET", "graph.microsoft.com", target, headers).status;
  };
  EXPECT_EQ(ask(token), 200U);
  EXPECT_EQ(ask({}), 401U);
  EXPECT_EQ(ask({{"Authorization", "Bearer made-up"}}), 401U);
  EXPECT_EQ(ask(tenant.signed_in("api.powerplatform.com")), 401U) << "another audience";
  tenant.now += 10min;
  EXPECT_EQ(ask(token), 401U) << "expired";
  const auto second = tenant.signed_in("graph.microsoft.com");
  EXPECT_EQ(ask(second), 200U);
  tenant.tenant.revoke_tokens();
  const auto refused = tenant.send("GET", "graph.microsoft.com", target, second);
  EXPECT_EQ(refused.status, 401U);
  EXPECT_THAT(refused.header("WWW-Authenticate"), HasSubstr("Bearer authorization_uri="));
}

struct Claims {
  std::string algorithm = "PS256";
  std::string audience = "https://login.microsoftonline.com" + token_path();
  std::string issuer = Scenario().client_id;
  std::string id = "one";
  Milliseconds expires_in = 10min;
};

std::string signature_of(const std::string& text, const Key& key, bool pss) {
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  EVP_DigestSignInit(digest.get(), &context, EVP_sha256(), nullptr, key.get());
  if (pss) {
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST);
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  return signature;
}

std::string assertion_form(const Authority& certificate, const Claims& claims, Timestamp now) {
  const auto seconds = [](Timestamp time) { return time.time_since_epoch().count() / 1000; };
  const auto thumbprint = fingerprint(certificate_of(certificate.certificate_pem).get(), EVP_sha256());
  const json::value header{{"alg", claims.algorithm}, {"typ", "JWT"}, {"x5t#S256", thumbprint}};
  const json::value payload{{"aud", claims.audience}, {"iss", claims.issuer},
                            {"sub", claims.issuer},   {"jti", claims.id},
                            {"nbf", seconds(now)},    {"exp", seconds(now + claims.expires_in)}};
  const auto text = base64url(json::serialize(header)) + "." + base64url(json::serialize(payload));
  const auto signature = signature_of(text, key_of(certificate.key_pem), claims.algorithm == "PS256");
  return "grant_type=client_credentials&client_id=" + Scenario().client_id + "&scope=" + std::string(kGraph) +
         "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" +
         text + "." + base64url(signature);
}

struct AssertionRow {
  std::string name;
  Claims claims;
  int number;  ///< 0: accepted
};

TEST(SignIn, AcceptsASignedAssertionAndNamesWhatIsWrongWithOthers) {
  const auto certificate = make_client_certificate();
  const AssertionRow rows[] = {
      {"PS256", {.id = "a"}, 0},
      {"RS256", {.algorithm = "RS256", .id = "b"}, 0},
      {"used before", {.id = "a"}, 50027},
      {"other algorithm", {.algorithm = "HS256", .id = "c"}, 50027},
      {"other audience", {.audience = "https://example.com", .id = "d"}, 700023},
      {"other issuer", {.issuer = "someone", .id = "e"}, 700021},
      {"expired", {.id = "f", .expires_in = -6min}, 700024},
  };
  TenantInMemory tenant("seed: 1\n", certificate.certificate_pem);
  for (const auto& row : rows)
    EXPECT_EQ(error_number(tenant.ask_token(assertion_form(certificate, row.claims, tenant.now))), row.number)
        << row.name;
  const auto foreign = make_client_certificate();
  EXPECT_EQ(error_number(tenant.ask_token(assertion_form(foreign, {.id = "g"}, tenant.now))), 700027);
  auto forged = assertion_form(certificate, {.id = "h"}, tenant.now);
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(error_number(tenant.ask_token(forged)), 700027);
}

TEST(SignIn, SurvivesNonsenseAsAnAssertion) {
  TenantInMemory tenant("seed: 1\n", make_client_certificate().certificate_pem);
  const auto form = token_form(kGraph) +
                    "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=";
  for (const auto* nonsense : {"x", "..", "a.b.c", "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA", "%00.%ff.."})
    EXPECT_NE(error_number(tenant.ask_token(form + nonsense)), 0) << nonsense;
}

}  // namespace
}  // namespace a2od::tenant
