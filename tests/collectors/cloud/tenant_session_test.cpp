#include "collectors/cloud/tenant_session.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/cloud/assertion.hpp"
#include "collectors/cloud/json.hpp"
#include "tests/collectors/async/fake_clock.hpp"
#include "tests/collectors/async/run.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <fstream>

namespace a2od::cloud {
namespace {

using test::Received;
using test::response;
using test::Scripted;
using test::ScriptedServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const test::Identity& authority() {
  static const test::Identity made = test::make_authority("a2od test authority");
  return made;
}
const test::Identity& server_identity() {
  static const test::Identity made = test::issue(authority(), "*.contoso.test");
  return made;
}
const test::TemporaryFile& authority_file() {
  static const test::TemporaryFile file(authority().certificate);
  return file;
}

/// A tenant whose token endpoint and services are one scripted server: tokens are "token-1", "token-2", … unless a test
/// says otherwise; the services answer from a list.
class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    config_.ca_file = authority_file().path();
    config_.connect = {{.hosts = "*", .address = "127.0.0.1", .port = server_.port()}};
    config_.first_byte_timeout = 2s;
    tenant_.name = "contoso";
    tenant_.tenant_id = "tenant-1";
    tenant_.client_id = "client-1";
    tenant_.client_secret = SecretSource{SecretFile{secret_.path()}};
    tenant_.hosts = {.login = "login.contoso.test",
                     .admin = "admin.contoso.test",
                     .power_platform = "pp.contoso.test",
                     .graph = "graph.contoso.test"};
  }

  Scripted answer(const Received& request) {
    if (request.server_name == "login.contoso.test") {
      token_requests_.push_back(request.body);
      if (token_answer_) return {{}, *token_answer_};
      const std::string token = "token-" + std::to_string(token_requests_.size());
      return {{}, response("200 OK", R"({"token_type":"Bearer","expires_in":3599,"access_token":")" + token + "\"}")};
    }
    api_requests_.push_back(request);
    if (answers_.empty()) return {{}, response("200 OK", "{}")};
    const std::string bytes = answers_.front();
    answers_.pop_front();
    return {{}, bytes};
  }

  TenantSession& session() {
    if (!http_) http_.emplace(io_.get_executor(), config_, clock_);
    if (!session_) session_.emplace(tenant_, *http_, clock_, tasks_, io_.get_executor(), limits_);
    return *session_;
  }

  Reply<Answer> get(std::string target, Service service = Service::dataverse) {
    Request request;
    request.service = service;
    if (service == Service::dataverse) request.base = "https://org.contoso.test";
    request.target = std::move(target);
    return result_of(io_, session().send(std::move(request)));
  }

  Reply<std::vector<boost::json::value>> get_all(std::string target) {
    Request request;
    request.base = "https://org.contoso.test";
    request.target = std::move(target);
    return result_of(io_, session().send_paged(std::move(request)));
  }

  boost::asio::io_context io_{1};
  FakeClock clock_{io_};
  test::TemporaryFile secret_{"s3cr3t+value"};
  TransportConfig config_;
  TenantConfig tenant_;
  PageLimits limits_;
  std::vector<std::string> token_requests_;
  std::vector<Received> api_requests_;
  std::deque<std::string> answers_;
  std::optional<std::string> token_answer_;
  ScriptedServer server_{io_, [this](const Received& request) { return answer(request); }, server_identity()};
  TaskGroup tasks_{io_.get_executor(), [](const std::string& name, const std::exception& error) {
                     ADD_FAILURE() << name << ": " << error.what();
                   }};
  std::optional<HttpClient> http_;
  std::optional<TenantSession> session_;
};

TEST_F(SessionTest, ARequestCarriesTheTokenOfItsScopeAndTheServicesHeaders) {
  answers_ = {response("200 OK", R"({"UserId":"x"})")};
  const auto reply = get("/api/data/v9.2/WhoAmI");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(get_string(reply->body, "UserId"), "x");
  EXPECT_THAT(api_requests_.at(0).head,
              AllOf(HasSubstr("GET /api/data/v9.2/WhoAmI HTTP/1.1\r\nHost: org.contoso.test\r\n"),
                    HasSubstr("\r\nAuthorization: Bearer token-1\r\n"), HasSubstr("\r\nOData-Version: 4.0\r\n"),
                    HasSubstr("\r\nOData-MaxVersion: 4.0\r\n"), HasSubstr("\r\nIf-None-Match: null\r\n")));
  EXPECT_EQ(token_requests_.at(0),
            "grant_type=client_credentials&client_id=client-1&scope=https%3A%2F%2Forg.contoso.test%2F.default&"
            "client_secret=s3cr3t%2Bvalue");
  EXPECT_EQ(server_.received().at(0).target(), "/tenant-1/oauth2/v2.0/token");
  EXPECT_EQ(session().requests(), 1U);
  EXPECT_EQ(session().requests(Service::dataverse), 1U);
  EXPECT_EQ(session().sign_in().ok, true);
}

TEST_F(SessionTest, TokensAreSharedByScope) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(get("/a"));
  EXPECT_EQ(token_requests_.size(), 1U);
  ASSERT_TRUE(get("/b", Service::admin));
  EXPECT_THAT(token_requests_.at(1), HasSubstr("scope=https%3A%2F%2Fservice.powerapps.com%2F.default"));
}

TEST_F(SessionTest, RequestsAtOnceShareOneTokenRequest) {
  auto ask = [](TenantSession& session, int& good) -> asio::awaitable<void> {
    Request request;
    request.base = "https://org.contoso.test";
    request.target = "/a";
    const auto reply = co_await session.send(std::move(request));
    good += reply.has_value() ? 1 : 0;
  };
  int good = 0;
  for (int i = 0; i < 4; ++i) tasks_.spawn("ask", ask(session(), good));
  run(io_, tasks_.join());
  EXPECT_EQ(good, 4);
  EXPECT_EQ(token_requests_.size(), 1U);
}

TEST_F(SessionTest, ARotatedSecretIsUsedForTheNextToken) {
  ASSERT_TRUE(get("/a"));
  secret_.write("rotated\n");
  ASSERT_TRUE(get("/a", Service::graph));
  EXPECT_THAT(token_requests_.at(1), HasSubstr("client_secret=rotated"));
}

TEST_F(SessionTest, ACertificateSignsInByAssertion) {
  const auto identity = test::make_self_signed(test::KeyType::rsa, 10'000);
  const test::TemporaryFile file(identity.certificate + identity.key);
  tenant_.client_secret.reset();
  tenant_.certificate = CertificateCredential{.certificate_file = file.path(), .key_file = "", .algorithm = {}};
  ASSERT_TRUE(get("/a"));
  EXPECT_THAT(token_requests_.at(0),
              AllOf(HasSubstr("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"),
                    HasSubstr("&client_assertion=eyJ"), Not(HasSubstr("client_secret"))));
}

TEST_F(SessionTest, AnExpiredSecretIsAPlainSentenceAndIsNotTriedAgainForAMinute) {
  token_answer_ =
      response("401 Unauthorized",
               R"({"error":"invalid_client","error_description":"AADSTS7000222: x","error_codes":[7000222]})");
  for (int i = 0; i < 5; ++i) {
    const auto reply = get("/a");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().cause, Cause::sign_in);
    EXPECT_EQ(reply.error().code, "AADSTS7000222");
    EXPECT_THAT(reply.error().message, HasSubstr("the client secret of application client-1 has expired"));
    EXPECT_THAT(reply.error().message, Not(HasSubstr("s3cr3t")));
  }
  EXPECT_EQ(token_requests_.size(), 1U);
  EXPECT_TRUE(api_requests_.empty());
  EXPECT_EQ(session().sign_in().ok, false);
  EXPECT_EQ(session().sign_in().failures.at("AADSTS7000222"), 1U);
  clock_.advance(60s);
  token_answer_.reset();
  EXPECT_TRUE(get("/a"));
  EXPECT_EQ(session().sign_in().ok, true);
}

TEST_F(SessionTest, ABusyTokenEndpointIsAskedAgainWhenItSaid) {
  token_answer_ = response("429 Too Many Requests", "", "Retry-After: 30\r\n");
  auto reply = get("/a");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::throttled);
  EXPECT_EQ(reply.error().stage, Stage::token);
  EXPECT_EQ(reply.error().status, 0U);
  clock_.advance(29s);
  EXPECT_EQ(get("/a").error().retry_after, 1s);
  EXPECT_EQ(token_requests_.size(), 1U);
  clock_.advance(1s);
  token_answer_.reset();
  EXPECT_TRUE(get("/a"));
}

TEST_F(SessionTest, AMissingSecretFileIsNamedAndCounted) {
  tenant_.client_secret = SecretSource{SecretFile{"/nonexistent/secret"}};
  const auto reply = get("/a");
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("/nonexistent/secret"));
  EXPECT_EQ(session().sign_in().failures.at("credential"), 1U);
}

TEST_F(SessionTest, AnUnreachableTokenEndpointIsAFaultOfSigningInByTheNetwork) {
  config_.connect = {{.hosts = "login.contoso.test", .address = "127.0.0.1", .port = 1}};
  const auto reply = get("/a");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::connection);
  EXPECT_EQ(reply.error().stage, Stage::token);
  EXPECT_EQ(session().sign_in().last_reason, "network");
}

TEST_F(SessionTest, ATokenAnswerWithoutATokenIsMalformed) {
  for (const std::string body : {"", "{}", R"({"access_token":"t"})", R"({"access_token":"a\r\nb","expires_in":60})",
                                 R"({"access_token":"","expires_in":60})", R"({"access_token":1,"expires_in":60})",
                                 R"({"access_token":"t","expires_in":0})"}) {
    session_.reset();
    token_answer_ = response("200 OK", body);
    const auto reply = get("/a");
    ASSERT_FALSE(reply) << body;
    EXPECT_THAT(reply.error().message, HasSubstr("holds no token"));
  }
}

TEST_F(SessionTest, A401CostsTheTokenAndIsTriedOnceMore) {
  answers_ = {response("401 Unauthorized", ""), response("200 OK", "{}")};
  EXPECT_TRUE(get("/a"));
  EXPECT_THAT(api_requests_.at(1).head, HasSubstr("Bearer token-2"));
  EXPECT_EQ(session().requests(), 2U);
}

TEST_F(SessionTest, ASecond401IsTheAnswer) {
  answers_ = {response("401 Unauthorized", ""),
              response("401 Unauthorized", R"({"error":{"message":"wrong audience"}})")};
  const auto reply = get("/a");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::sign_in);
  EXPECT_EQ(reply.error().status, 401U);
  EXPECT_THAT(reply.error().message, AllOf(HasSubstr("wrong audience"), Not(HasSubstr("token-"))));
  EXPECT_EQ(api_requests_.size(), 2U);
}

TEST_F(SessionTest, AClaimsChallengeGoesIntoTheNextTokenRequest) {
  const std::string claims = R"({"access_token":{"nbf":{"essential":true}}})";
  answers_ = {response(
      "401 Unauthorized", "",
      "WWW-Authenticate: Bearer realm=\"\", error=\"insufficient_claims\", claims=\"" + base64url(claims) + "\"\r\n")};
  EXPECT_TRUE(get("/a"));
  EXPECT_THAT(token_requests_.at(1), HasSubstr("&" + form_field("claims", claims)));
}

TEST_F(SessionTest, RetryAfterHoldsAllRequestsToThatHostAndNoOther) {
  answers_ = {
      response("429 Too Many Requests", R"({"error":{"code":"0x80072322","message":"m"}})", "Retry-After: 300\r\n")};
  const auto first = get("/a");
  EXPECT_EQ(first.error().cause, Cause::throttled);
  EXPECT_EQ(first.error().retry_after, 300s);
  clock_.advance(100s);
  const auto held = get("/a");
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().cause, Cause::throttled);
  EXPECT_EQ(held.error().status, 0U);
  EXPECT_EQ(held.error().retry_after, 200s);
  EXPECT_EQ(api_requests_.size(), 1U);
  EXPECT_TRUE(get("/b", Service::admin));
  clock_.advance(200s);
  EXPECT_TRUE(get("/a"));
}

TEST_F(SessionTest, AShortWaitIsWaitedFor) {
  answers_ = {response("429 Too Many Requests", "", "Retry-After: 20\r\n"), response("200 OK", "{}")};
  EXPECT_FALSE(get("/a"));
  std::optional<Reply<Answer>> reply;
  auto ask = [](TenantSession& session, std::optional<Reply<Answer>>& into) -> asio::awaitable<void> {
    Request request;
    request.base = "https://org.contoso.test";
    request.target = "/a";
    into = co_await session.send(std::move(request));
  };
  tasks_.spawn("ask", ask(session(), reply));
  clock_.advance(19s);
  EXPECT_EQ(api_requests_.size(), 1U);
  clock_.advance(1s);
  run(io_, tasks_.join());
  EXPECT_TRUE(reply->has_value());
}

TEST_F(SessionTest, TheDaysBudgetIsRefusedBeyondItsTenth) {
  tenant_.requests_per_day = 10;
  Request request;
  request.base = "https://org.contoso.test";
  request.target = "/a";
  request.priority = Priority::health;
  EXPECT_TRUE(result_of(io_, session().send(request)));
  const auto reply = result_of(io_, session().send(request));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::budget);
  EXPECT_EQ(session().day_usage().used, 1U);
  EXPECT_EQ(session().day_usage().limit, 1U);
}

struct Unreadable {
  std::string name;
  std::string bytes;
  std::string says;
};

TEST_F(SessionTest, AnAnswerThatIsNotJsonIsMalformed) {
  const Unreadable rows[] = {{"HTML", response("200 OK", "<html>", "Content-Type: text/html\r\n"), "text/html"},
                             {"cut", response("200 OK", R"({"a":)"), "not valid JSON"},
                             {"deep", response("200 OK", std::string(1000, '[')), "not valid JSON"},
                             {"redirect", response("302 Found", "", "Location: https://evil.test/\r\n"), "redirect"}};
  for (const Unreadable& row : rows) {
    answers_ = {row.bytes};
    const auto reply = get("/a");
    ASSERT_FALSE(reply) << row.name;
    EXPECT_EQ(reply.error().cause, Cause::malformed) << row.name;
    EXPECT_THAT(reply.error().message, HasSubstr(row.says)) << row.name;
  }
}

TEST_F(SessionTest, ALargeBodyIsParsedInPiecesToTheSameValue) {
  std::string body = "\xEF\xBB\xBF{\"value\":[0";
  for (int i = 1; i < 100'000; ++i) body += ",\"item " + std::to_string(i) + "\"";
  answers_ = {response("200 OK", body + "]}"), response("200 OK", body + "]}x")};
  const auto reply = get("/a");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(get_array(reply->body, "value")->size(), 100'000U);
  EXPECT_EQ(get("/a").error().cause, Cause::malformed);
}

TEST_F(SessionTest, AnEmptyAnswerIsNull) {
  answers_ = {response("204 No Content", "")};
  const auto reply = get("/a");
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->body.is_null());
  EXPECT_EQ(reply->status, 204U);
}

TEST_F(SessionTest, AllPagesAreReadAndTheirLinksFollowedByteForByte) {
  answers_ = {
      response("200 OK", R"({"value":[1],"@odata.nextLink":"https://org.contoso.test/a?$skiptoken=%3Cx%20y='1'"})"),
      response("200 OK", R"({"value":[2,3]})")};
  const auto reply = get_all("/a");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->size(), 3U);
  EXPECT_EQ(api_requests_.at(1).target(), "/a?$skiptoken=%3Cx%20y='1'");
}

TEST_F(SessionTest, AFailedPageFailsTheWhole) {
  answers_ = {response("200 OK", R"({"value":[1],"@odata.nextLink":"/b"})"), response("500 Oops", "")};
  const auto reply = get_all("/a");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::server);
}

TEST_F(SessionTest, TheTokenNeverGoesToTheHostOfAStrangersLink) {
  answers_ = {response("200 OK", R"({"value":[],"@odata.nextLink":"https://evil.contoso.test/b"})")};
  EXPECT_FALSE(get_all("/a"));
  EXPECT_EQ(api_requests_.size(), 1U);
}

TEST_F(SessionTest, TheBytesOfAllPagesAreBounded) {
  limits_.bytes = 50;
  answers_ = {response("200 OK", R"({"value":[1,2,3],"@odata.nextLink":"/b"})"),
              response("200 OK", R"({"value":[1,2,3,4]})")};
  const auto reply = get_all("/a");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::malformed);
}

TEST_F(SessionTest, AnEnvironmentsAddressMustBeHttps) {
  Request request;
  request.base = "http://org.contoso.test";
  request.target = "/a";
  const auto reply = result_of(io_, session().send(request));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::refused);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(SessionTest, ARunCountsItsOwnRequests) {
  RunSession one(session(), clock_.now(), 1min);
  RunSession two(session(), clock_.now(), 1min);
  Request request;
  request.base = "https://org.contoso.test";
  request.target = "/a";
  ASSERT_TRUE(result_of(io_, one.send(request)));
  ASSERT_TRUE(result_of(io_, one.send(request)));
  ASSERT_TRUE(result_of(io_, two.send(request)));
  EXPECT_EQ(one.requests(), 2U);
  EXPECT_EQ(two.requests(), 1U);
  EXPECT_EQ(session().requests(), 3U);
}

TEST_F(SessionTest, AHangingHostFailsWithItsNameBeforeTheRunIsCutOff) {
  config_.first_byte_timeout = 30s;
  ASSERT_TRUE(get("/a"));
  server_.stay_silent_on_accept();
  RunSession run(session(), clock_.now(), 1s);
  Request request;
  request.fresh_connection = true;
  request.base = "https://org.contoso.test";
  request.target = "/a";
  const auto reply = result_of(io_, run.send(request));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::timeout);
  EXPECT_THAT(reply.error().message, HasSubstr("org.contoso.test"));
}

TEST_F(SessionTest, AHangingTokenEndpointFailsBeforeTheRunIsCutOff) {
  server_.stay_silent_on_accept();
  RunSession run(session(), clock_.now(), 1s);
  Request request;
  request.base = "https://org.contoso.test";
  request.target = "/a";
  const auto reply = result_of(io_, run.send(request));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cause, Cause::timeout);
  EXPECT_EQ(reply.error().stage, Stage::token);
  a2od::run(io_, tasks_.stop());
}

TEST_F(SessionTest, AFederatedTokenIsReadAnewForEveryToken) {
  test::TemporaryFile token("issued.by.kubernetes");
  tenant_.client_secret.reset();
  tenant_.federated_token = SecretSource{SecretFile{token.path()}};
  ASSERT_TRUE(get("/a"));
  EXPECT_THAT(token_requests_.back(), HasSubstr("client_assertion=issued.by.kubernetes"));
  EXPECT_THAT(token_requests_.back(), HasSubstr("client_assertion_type=urn%3Aietf"));
  std::ofstream(token.path()) << "rotated.token";
  answers_ = {response("401 Unauthorized", "{}")};
  ASSERT_TRUE(get("/a"));
  EXPECT_THAT(token_requests_.back(), HasSubstr("client_assertion=rotated.token"));
}

TEST_F(SessionTest, AManagedIdentityIsAskedOfTheMachine) {
  ScriptedServer machine(io_, [](const Received&) {
    return Scripted{{}, response("200 OK", R"({"access_token":"of-the-machine","expires_in":"3599"})")};
  });
  ::setenv("IDENTITY_ENDPOINT", ("http://127.0.0.1:" + std::to_string(machine.port()) + "/msi/token").c_str(), 1);
  ::setenv("IDENTITY_HEADER", "from-the-platform", 1);
  config_.connect = {{.hosts = "*.contoso.test", .address = "127.0.0.1", .port = server_.port()}};
  tenant_.client_secret.reset();
  tenant_.managed_identity.emplace();
  const auto reply = get("/a");
  ::unsetenv("IDENTITY_ENDPOINT");
  ::unsetenv("IDENTITY_HEADER");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_THAT(machine.received().at(0).head, HasSubstr("X-IDENTITY-HEADER: from-the-platform"));
  EXPECT_THAT(api_requests_.at(0).head, HasSubstr("Authorization: Bearer of-the-machine"));
  EXPECT_TRUE(token_requests_.empty());
}

struct TokenFailureCase {
  std::string answer;
  Cause cause;
};

TEST_F(SessionTest, AFailureOfTheTokenEndpointIsToldFromARefusal) {
  const TokenFailureCase cases[] = {
      {response("503 Service Unavailable", "{}"), Cause::server},
      {response("429 Too Many Requests", "{}"), Cause::throttled},
      {response("200 OK", "{nonsense"), Cause::malformed},
      {response("400 Bad Request", R"({"error":"invalid_client","error_codes":[7000222]})"), Cause::sign_in}};
  for (const auto& row : cases) {
    session_.reset();
    token_answer_ = row.answer;
    const auto reply = get("/a");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().cause, row.cause) << row.answer;
    EXPECT_EQ(reply.error().stage, Stage::token);
  }
}

TEST_F(SessionTest, ACancelledRequestFreesItsPlaceInTheBudget) {
  auto ask = [](TenantSession& session) -> asio::awaitable<void> {
    Request request;
    request.base = "https://org.contoso.test";
    request.target = "/a";
    (void)co_await session.send(std::move(request));
  };
  ASSERT_TRUE(get("/a"));
  for (int i = 0; i < 4; ++i) tasks_.spawn("ask", ask(session()));
  run(io_, tasks_.stop());
  EXPECT_TRUE(get("/a"));
}

}  // namespace
}  // namespace a2od::cloud
