#include "daemon/notify/receivers/requests.hpp"

#include "daemon/version.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace a2od {
namespace {

using namespace test;

Message message() { return {.id = 1, .to = {"team", 0}, .group_key = "{}:{}", .body = R"({"version":"4"})"}; }

/// What the one request is; the error where there is none.
Result<ReceiverRequest> request_of(const IntegrationConfig& integration, const Message& sent = message()) {
  auto made = make_requests(sent, integration, {}, kStart);
  if (!made) return std::unexpected(made.error());
  EXPECT_EQ(made->requests.size(), 1U);
  return made->requests.at(0);
}

std::string header(const ReceiverRequest& request, std::string_view name) {
  for (const auto* headers : {&request.headers, &request.private_headers})
    for (const auto& [key, value] : *headers)
      if (key == name) return value;
  return "";
}

SecretSource variable(const char* name) { return {SecretVariable{name}}; }

TEST(Webhook, PostsTheBodyAsJson) {
  const auto request = request_of(webhook("https://hooks.contoso.com:8443/a/b?token=t#x"));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->url.origin.host, "hooks.contoso.com");
  EXPECT_EQ(request->url.origin.port, 8443);
  EXPECT_EQ(request->url.target, "/a/b?token=t");
  EXPECT_EQ(request->body, message().body);
  EXPECT_EQ(header(*request, "Content-Type"), "application/json");
  EXPECT_EQ(header(*request, "User-Agent"), "a2od/" + std::string(kVersion));
  EXPECT_EQ(request->headers.size(), 2U);
  EXPECT_TRUE(request->private_headers.empty());
}

TEST(Webhook, ErrorsHoldNothingOfTheAddress) {
  for (const char* url : {"ftp://hooks.contoso.com/secret", "https:///secret", "secret", "", "https://a b/secret",
                          "https://user:secret@hooks.contoso.com/", "https://hooks.contoso.com:99999/secret"}) {
    const auto request = request_of(webhook(url));
    ASSERT_FALSE(request) << url;
    EXPECT_TRUE(request.error().message.starts_with("receiver 'team', webhook 1: url: ")) << request.error().message;
    EXPECT_EQ(request.error().message.find("secret"), std::string::npos) << request.error().message;
  }
}

TEST(Webhook, SignsWithHmacSha256) {
  // RFC 4231, test case 2.
  EXPECT_EQ(hmac_signature(Secret("Jefe"), "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Webhook, ReadsTheSigningKeyAtTheTimeOfSending) {
  auto config = webhook();
  config.hmac_secret = variable("A2OD_TEST_HMAC");
  config.hmac_header = "X-Signature";
  ::setenv("A2OD_TEST_HMAC", "one", 1);
  const auto first = request_of(config);
  ::setenv("A2OD_TEST_HMAC", "two", 1);
  const auto second = request_of(config);
  ::unsetenv("A2OD_TEST_HMAC");
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(header(*first, "X-Signature"), hmac_signature(Secret("one"), message().body));
  EXPECT_EQ(header(*second, "X-Signature"), hmac_signature(Secret("two"), message().body));
}

TEST(Webhook, SaysWhichSecretIsMissing) {
  auto config = webhook();
  config.http.emplace().authorization_credentials = variable("A2OD_TEST_ABSENT");
  const auto request = request_of(config);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message,
            "receiver 'team', webhook 1: authorization: environment variable A2OD_TEST_ABSENT: not set");
}

TEST(Webhook, AuthorizesWithATypeAndCredentials) {
  auto config = webhook();
  config.http.emplace().authorization_credentials = Secret("abc");
  config.http->authorization_type = "Token";
  const auto request = request_of(config);
  ASSERT_TRUE(request);
  EXPECT_EQ(header(*request, "Authorization"), "Token abc");
}

TEST(Webhook, AuthorizesWithNameAndPassword) {
  auto config = webhook();
  config.http.emplace().basic_username = "Aladdin";
  config.http->basic_password = Secret("open sesame");
  const auto request = request_of(config);
  ASSERT_TRUE(request);
  EXPECT_EQ(header(*request, "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(Webhook, RefusesSecretsThatWouldAddHeaders) {
  auto config = webhook();
  config.http.emplace().authorization_credentials = Secret("abc\r\nX-Evil: 1");
  const auto request = request_of(config);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message.find("Evil"), std::string::npos);
}

TEST(Integrations, AreFoundByReceiverKindAndIndex) {
  const auto known = receivers();
  EXPECT_NE(find_integration(known, {"team", 0}), nullptr);
  EXPECT_EQ(find_integration(known, {"team", 1}), nullptr);
  EXPECT_EQ(find_integration(known, {"others", 0}), nullptr);
  EXPECT_EQ(find_integration(known, {"team", 0, "email"}), nullptr);

  // What stands before it in the file does not matter.
  auto more = receivers();
  more[0].integrations.insert(more[0].integrations.begin(), SlackConfig{.channel = "#ops"});
  EXPECT_EQ(*find_integration(more, {"team", 0}), known[0].integrations[0]);
  EXPECT_EQ(integrations_of(more[0]), (std::vector<Integration>{{"team", 0, "slack"}, {"team", 0}}));
}

}  // namespace
}  // namespace a2od
