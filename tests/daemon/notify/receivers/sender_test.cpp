#include "daemon/notify/receivers/sender.hpp"

#include "collectors/async/clock.hpp"
#include "tests/collectors/async/run.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <boost/asio/thread_pool.hpp>
#include <gmock/gmock.h>

namespace a2od {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

/// Every host leads to the scripted server, which answers by path.
class SenderTest : public testing::Test {
 protected:
  void serve(ScriptedServer::Script script, std::optional<Identity> identity = std::nullopt) {
    server_.emplace(io_, std::move(script), std::move(identity));
    config_.connect = {{.hosts = "*", .address = "127.0.0.1", .port = server_->port()}};
  }

  /// All paths but /from, which redirects.
  void serve_redirect(std::string status, std::string location) {
    serve([status = std::move(status), location = std::move(location)](const Received& request) {
      const bool moved = request.target() == "/from";
      return Scripted{.bytes = moved ? response(status, "", "Location: " + location + "\r\n") : response("200 OK", "")};
    });
  }

  DeliveryResult send(const IntegrationConfig& integration) {
    if (!client_) client_.emplace(io_.get_executor(), config_, clock_);
    if (!sender_) sender_.emplace(*client_, pool_.get_executor(), [this] { return now_; });
    const Message message{.id = 1,
                          .to = {"team", 0, std::string(name_of(integration))},
                          .group_key = "{}:{}",
                          .body = R"({"version":"4","status":"firing","alerts":[]})"};
    return result_of(io_, sender_->send(message, integration, {}));
  }

  const Received& received(std::size_t i) { return server_->received().at(i); }

  boost::asio::io_context io_{1};
  boost::asio::thread_pool pool_{1};
  SystemClock clock_;
  Timestamp now_ = kStart;
  TransportConfig config_;
  std::optional<ScriptedServer> server_;
  std::optional<cloud::HttpClient> client_;
  std::optional<Sender> sender_;
};

WebhookConfig with_secrets(std::string url) {
  auto config = webhook(std::move(url));
  config.http.emplace().authorization_credentials = Secret("hunter2");
  config.http->headers["X-Team"] = {Secret("hunter2")};
  config.hmac_secret = SecretSource{SecretVariable{"HOME"}};
  return config;
}

TEST_F(SenderTest, FollowsARedirectThatKeepsTheBody) {
  serve_redirect("308 Permanent Redirect", "/to?x=1");
  EXPECT_EQ(send(with_secrets("http://hooks.test/from")).status, 200U);
  EXPECT_EQ(received(1).target(), "/to?x=1");
  EXPECT_EQ(received(1).body, received(0).body);
  EXPECT_THAT(received(1).head, HasSubstr("Authorization: Bearer hunter2"));
}

TEST_F(SenderTest, CredentialsDoNotGoToAnotherHost) {
  serve_redirect("307 Temporary Redirect", "http://elsewhere.test/to");
  EXPECT_EQ(send(with_secrets("http://hooks.test/from")).status, 200U);
  EXPECT_THAT(received(0).head, HasSubstr("X-Team: hunter2"));
  EXPECT_THAT(received(1).head, HasSubstr("Host: elsewhere.test"));
  EXPECT_THAT(received(1).head, Not(HasSubstr("hunter2")));
  EXPECT_THAT(received(1).head, Not(HasSubstr("X-A2od-Signature")));
}

TEST_F(SenderTest, ABodyWithAKeyDoesNotGoToAnotherHost) {
  serve_redirect("307 Temporary Redirect", "http://elsewhere.test/to");
  const auto result = send(PagerdutyConfig{.routing_key = Secret("hunter2"), .url = "http://events.test/from"});
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_EQ(describe(result), "answered 307: it has moved to http://elsewhere.test");
  EXPECT_EQ(server_->received().size(), 1U);
}

TEST_F(SenderTest, OtherRedirectsWouldLoseTheBody) {
  serve_redirect("302 Found", "https://login.test/secret");
  const auto result = send(webhook("http://hooks.test/from"));
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_EQ(describe(result), "answered 302: it has moved to https://login.test");
}

TEST_F(SenderTest, RedirectsAreNotFollowedForEverNorWhereTheyAreNotWanted) {
  serve_redirect("307 Temporary Redirect", "/from");
  EXPECT_EQ(send(webhook("http://hooks.test/from")).status, 307U);
  EXPECT_EQ(server_->received().size(), 6U);
  auto unwilling = webhook("http://hooks.test/from");
  unwilling.http.emplace().follow_redirects = false;
  EXPECT_EQ(send(unwilling).status, 307U);
  EXPECT_EQ(server_->received().size(), 7U);
}

TEST_F(SenderTest, AsksForATokenOnceAndAnewAfterARefusal) {
  int tokens = 0;
  serve([&](const Received& request) {
    if (request.target() == "/token")
      return Scripted{.bytes = response("200 OK", R"({"access_token":"t)" + std::to_string(++tokens) +
                                                      R"(","token_type":"Bearer","expires_in":3600})")};
    const bool refused = request.head.contains("Bearer t1") && tokens == 1 && server_->received().size() > 3;
    return Scripted{.bytes = response(refused ? "401 Unauthorized" : "200 OK", "")};
  });
  auto config = webhook("http://hooks.test/hook");
  config.http.emplace().oauth2 = OAuth2Config{.client_id = "a2od",
                                              .client_secret = Secret("a&b"),
                                              .token_url = "http://login.test/token",
                                              .scopes = {"one", "two"},
                                              .endpoint_params = {{"audience", "hooks"}},
                                              .tls = {}};
  EXPECT_EQ(send(config).status, 200U);
  EXPECT_EQ(received(0).body,
            "grant_type=client_credentials&scope=one%20two&audience=hooks&client_id=a2od&client_secret=a%26b");
  EXPECT_THAT(received(1).head, HasSubstr("Authorization: Bearer t1"));
  EXPECT_EQ(send(config).status, 200U);
  EXPECT_EQ(tokens, 1);

  EXPECT_EQ(classify(send(config)), Verdict::misconfigured);
  EXPECT_EQ(send(config).status, 200U);
  EXPECT_EQ(tokens, 2);
  now_ += 1h;
  EXPECT_EQ(send(config).status, 200U);
  EXPECT_EQ(tokens, 3);
}

TEST_F(SenderTest, WithoutATokenTheMessageWaits) {
  serve(
      [](const Received&) { return Scripted{.bytes = response("400 Bad Request", R"({"error":"invalid_client"})")}; });
  auto config = webhook("http://hooks.test/hook");
  config.http.emplace().oauth2 = OAuth2Config{.client_id = "a2od",
                                              .client_secret = Secret("hunter2"),
                                              .token_url = "http://login.test/token",
                                              .scopes = {},
                                              .endpoint_params = {},
                                              .tls = {}};
  const auto result = send(config);
  EXPECT_EQ(classify(result), Verdict::retry);
  EXPECT_EQ(describe(result), "oauth2: http://login.test answered 400: invalid_client");
}

TEST_F(SenderTest, ShowsItsCertificate) {
  const auto authority = make_authority("contoso");
  const TemporaryFile authority_file(authority.certificate);
  const auto client = issue(authority, "a2od");
  const TemporaryFile certificate(client.certificate);
  const TemporaryFile key(client.key);
  serve([](const Received&) { return Scripted{.bytes = response("200 OK", "")}; }, issue(authority, "hooks.internal"));
  server_->require_client_certificate(authority.certificate);

  auto config = webhook("https://hooks.test/hook");
  config.http.emplace().tls = {.ca_file = authority_file.path(), .server_name = "hooks.internal"};
  EXPECT_EQ(send(config).status, 0U);
  config.http->tls.cert_file = certificate.path();
  config.http->tls.key_file = key.path();
  const auto result = send(config);
  EXPECT_EQ(result.status, 200U) << describe(result);
  config.http->tls.server_name = "hooks.test";
  EXPECT_THAT(describe(send(config)), HasSubstr("the certificate is refused"));
}

TEST_F(SenderTest, GoesThroughItsProxy) {
  serve([](const Received& request) {
    EXPECT_THAT(request.head, HasSubstr("CONNECT hooks.test:443"));
    EXPECT_THAT(request.head, HasSubstr("Proxy-Authorization: Basic dTpw"));
    return Scripted{.bytes = "HTTP/1.1 403 Forbidden\r\n\r\n"};
  });
  config_.connect.clear();
  auto config = webhook("https://hooks.test/hook");
  config.http.emplace().proxy_url = Secret("http://u:p@127.0.0.1:" + std::to_string(server_->port()));
  EXPECT_THAT(describe(send(config)), HasSubstr("the proxy answered 403"));
  config.http->proxy_url = Secret("ftp://hunter2");
  const auto result = send(config);
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_THAT(describe(result), Not(HasSubstr("hunter2")));
}

TEST_F(SenderTest, SlackRefusesWithAnOk) {
  std::string answer;
  serve([&](const Received&) { return Scripted{.bytes = response("200 OK", answer)}; });
  // Bursts are short: the time goes on by hand, so no one waits.
  const auto say = [&](std::string text) {
    answer = std::move(text);
    now_ += 1min;
    return send(SlackConfig{.app_token = Secret("xoxb"), .app_url = "http://slack.test/api", .channel = "#ops"});
  };
  EXPECT_EQ(classify(say(R"({"ok":true})")), Verdict::delivered);
  EXPECT_THAT(received(0).head, HasSubstr("Authorization: Bearer xoxb"));
  EXPECT_EQ(classify(say(R"({"ok":false,"error":"invalid_auth"})")), Verdict::misconfigured);
  EXPECT_EQ(classify(say(R"({"ok":false,"error":"ratelimited"})")), Verdict::retry);
  EXPECT_EQ(classify(say(R"({"ok":false,"error":"msg_too_long"})")), Verdict::refused);
  EXPECT_EQ(classify(say("ok")), Verdict::delivered);
}

TEST_F(SenderTest, SaysWhyItWasRefusedButRepeatsNothingElse) {
  std::string answer;
  serve([&](const Received&) { return Scripted{.bytes = response("400 Bad Request", answer)}; });
  const auto say = [&](std::string text) {
    answer = std::move(text);
    return describe(send(webhook("http://hooks.test/hook")));
  };
  EXPECT_EQ(say(R"({"status":"invalid event","message":"Event object is invalid","errors":["no summary"]})"),
            "answered 400: Event object is invalid; no summary");
  EXPECT_EQ(say("invalid_payload"), "answered 400: invalid_payload");
  EXPECT_EQ(say("<html>your token hunter2 is wrong</html>"), "answered 400");
  EXPECT_EQ(say(R"({"error":{"message":"bad\nrecord"}})"), "answered 400: bad record");
}

TEST_F(SenderTest, StopsAtTheFirstRequestThatIsNotTaken) {
  serve([](const Received& request) {
    return Scripted{
        .bytes = response(request.head.starts_with("PUT") ? "429 Too Many" : "202 Accepted", "", "Retry-After: 7\r\n")};
  });
  const auto result = send(OpsgenieConfig{
      .api_key = Secret("key"), .api_url = "http://opsgenie.test/", .message = "down", .update_alerts = true});
  EXPECT_EQ(result.status, 429U);
  EXPECT_EQ(result.retry_after, 7s);
  ASSERT_EQ(server_->received().size(), 2U);
  EXPECT_THAT(received(0).head, HasSubstr("Authorization: GenieKey key"));
}

TEST(HostBudget, LetsABurstPassAndThenOneAfterTheOther) {
  HostBudget budget;
  const HostBudget::Rate rate{.per_second = 2, .burst = 3};
  std::vector<Milliseconds> delays;
  for (int i = 0; i < 5; ++i) delays.push_back(budget.reserve("a", rate, kStart) - kStart);
  EXPECT_THAT(delays, testing::ElementsAre(0ms, 0ms, 0ms, 500ms, 1000ms));
  EXPECT_EQ(budget.reserve("b", rate, kStart), kStart);
  // Idle for long, it is as at the start.
  delays.clear();
  for (int i = 0; i < 4; ++i) delays.push_back(budget.reserve("a", rate, kStart + 1min) - kStart - 1min);
  EXPECT_THAT(delays, testing::ElementsAre(0ms, 0ms, 0ms, 500ms));
}

TEST(HostBudget, WithoutARateNoOneWaits) {
  HostBudget budget;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(budget.reserve("a", {}, kStart), kStart);
}

}  // namespace
}  // namespace a2od
