#include "daemon/notify/webhook.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace a2od {
namespace {

using namespace test;

Message message() { return {.id = 1, .to = {"team", 0}, .group_key = "{}:{}", .body = R"({"version":"4"})"}; }

std::string header(const WebhookRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

SecretSource variable(const char* name) { return {SecretVariable{name}}; }

TEST(Webhook, PostsTheBodyAsJson) {
  const auto request =
      make_webhook_request(message(), webhook("https://hooks.contoso.com:8443/a/b?token=t#x"), "1.2.3");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->url.origin.host, "hooks.contoso.com");
  EXPECT_EQ(request->url.origin.port, 8443);
  EXPECT_EQ(request->url.target, "/a/b?token=t");
  EXPECT_EQ(request->body, message().body);
  EXPECT_EQ(header(*request, "Content-Type"), "application/json");
  EXPECT_EQ(header(*request, "User-Agent"), "a2od/1.2.3");
  EXPECT_EQ(request->headers.size(), 2U);
}

TEST(Webhook, ShowsOnlySchemeAndHost) {
  const auto request = make_webhook_request(message(), webhook("https://hooks.contoso.com/secret?token=t"), "1");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->safe_address, "https://hooks.contoso.com");
}

TEST(Webhook, ErrorsHoldNothingOfTheAddress) {
  for (const char* url : {"ftp://hooks.contoso.com/secret", "https:///secret", "secret", "", "https://a b/secret",
                          "https://user:secret@hooks.contoso.com/", "https://hooks.contoso.com:99999/secret"}) {
    const auto request = make_webhook_request(message(), webhook(url), "1");
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
  const auto first = make_webhook_request(message(), config, "1");
  ::setenv("A2OD_TEST_HMAC", "two", 1);
  const auto second = make_webhook_request(message(), config, "1");
  ::unsetenv("A2OD_TEST_HMAC");
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(header(*first, "X-Signature"), hmac_signature(Secret("one"), message().body));
  EXPECT_EQ(header(*second, "X-Signature"), hmac_signature(Secret("two"), message().body));
}

TEST(Webhook, SaysWhichSecretIsMissing) {
  auto config = webhook();
  config.authorization_credentials = variable("A2OD_TEST_ABSENT");
  const auto request = make_webhook_request(message(), config, "1");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message,
            "receiver 'team', webhook 1: authorization: environment variable A2OD_TEST_ABSENT: not set");
}

TEST(Webhook, AuthorizesWithATypeAndCredentials) {
  auto config = webhook();
  config.authorization_credentials = Secret("abc");
  config.authorization_type = "Token";
  const auto request = make_webhook_request(message(), config, "1");
  ASSERT_TRUE(request);
  EXPECT_EQ(header(*request, "Authorization"), "Token abc");
}

TEST(Webhook, AuthorizesWithNameAndPassword) {
  auto config = webhook();
  config.basic_username = "Aladdin";
  config.basic_password = Secret("open sesame");
  const auto request = make_webhook_request(message(), config, "1");
  ASSERT_TRUE(request);
  EXPECT_EQ(header(*request, "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(Webhook, RefusesSecretsThatWouldAddHeaders) {
  auto config = webhook();
  config.authorization_credentials = Secret("abc\r\nX-Evil: 1");
  const auto request = make_webhook_request(message(), config, "1");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message.find("Evil"), std::string::npos);
}

TEST(Webhook, IsFoundByReceiverAndIndex) {
  const auto known = receivers();
  EXPECT_NE(find_webhook(known, {"team", 0}), nullptr);
  EXPECT_EQ(find_webhook(known, {"team", 1}), nullptr);
  EXPECT_EQ(find_webhook(known, {"others", 0}), nullptr);
}

}  // namespace
}  // namespace a2od
