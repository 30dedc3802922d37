// How exporters are asked: credentials, TLS, redirects, gzip, limits, and what their answers are taken for.
#include "collectors/scrape/fetch.hpp"

#include "tests/collectors/async/run.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"
#include "tests/collectors/scrape/scrape_fixtures.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace a2od {
namespace {

using test::Received;
using test::Scripted;
using test::ScriptedServer;
using test::TemporaryFile;
using testing::HasSubstr;
using testing::Not;

ScriptedServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](const Received&) { return Scripted{Scripted::Then::keep, bytes}; };
}

class Fetch : public testing::Test {
 protected:
  Fetch() { config_.timeout = std::chrono::seconds(5); }

  void serve(ScriptedServer::Script script, std::optional<test::Identity> identity = std::nullopt) {
    server_.emplace(io_, std::move(script), std::move(identity));
    config_.static_configs = {{{fmt::format("127.0.0.1:{}", server_->port())}, {}}};
  }
  void serve(const std::string& bytes) { serve(always(bytes)); }

  Result<FetchedPage> fetch() {
    const auto target = test::target_of(config_);
    auto access = read_access(config_.http);
    if (!access) return std::unexpected(access.error());
    return result_of(io_, fetch_page(http_, target, std::move(*access), "a2od/test"));
  }
  std::string fault() {
    const auto page = fetch();
    return page ? "" : page.error().message;
  }

  boost::asio::io_context io_{1};
  SystemClock clock_;
  cloud::HttpClient http_{io_.get_executor(), {}, clock_};
  std::optional<ScriptedServer> server_;
  ScrapeConfig config_ = test::scrape_config();
};

TEST_F(Fetch, AsksAsPrometheusDoes) {
  serve(test::response("200 OK", "up 1\n", "Content-Type: text/plain; version=0.0.4\r\n"));
  config_.params = {{"collect[]", {"cpu"}}};
  const auto page = fetch();
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->body, "up 1\n");
  EXPECT_EQ(page->syntax, ExpositionSyntax::text);
  const auto& head = server_->received().at(0).head;
  EXPECT_THAT(head, HasSubstr("GET /metrics?collect%5B%5D=cpu HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                              "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,"
                              "*/*;q=0.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(head, HasSubstr("User-Agent: a2od/test\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Prometheus-Scrape-Timeout-Seconds: 5\r\n"));
}

TEST_F(Fetch, AsksForTheFormatsThatAreWantedAlone) {
  serve(test::response("200 OK", ""));
  config_.scrape_protocols = {"PrometheusProto", "PrometheusText1.0.0", "PrometheusText0.0.4"};
  config_.metric_name_escaping_scheme = "underscores";
  ASSERT_TRUE(fetch());
  EXPECT_THAT(server_->received().at(0).head,
              HasSubstr("Accept: text/plain;version=1.0.0;escaping=underscores;q=0.3,text/plain;version=0.0.4;q=0.2,"
                        "*/*;q=0.1\r\n"));
}

TEST_F(Fetch, TakesTheSyntaxFromTheContentType) {
  EXPECT_EQ(syntax_of("application/openmetrics-text; version=1.0.0; charset=utf-8"), ExpositionSyntax::open_metrics);
  EXPECT_EQ(syntax_of("Application/OpenMetrics-Text"), ExpositionSyntax::open_metrics);
  EXPECT_EQ(syntax_of("text/plain; version=0.0.4"), ExpositionSyntax::text);
  EXPECT_EQ(syntax_of(""), ExpositionSyntax::text);
}

TEST_F(Fetch, AsksForNoGzipWhereItIsNotWanted) {
  serve(test::response("200 OK", ""));
  config_.enable_compression = false;
  ASSERT_TRUE(fetch());
  EXPECT_THAT(server_->received().at(0).head, HasSubstr("Accept-Encoding: identity\r\n"));
}

TEST_F(Fetch, UnpacksOnlyWhenAskedTo) {
  // gzip of "up 1\n"
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x2b\x2d\x50\x30\xe4\x02\x00\x72\x90\xea\x82\x05\x00\x00\x00", 25);
  serve(test::response("200 OK", packed, "Content-Encoding: gzip\r\n"));
  auto page = fetch().value();
  const auto target = test::target_of(config_);
  EXPECT_EQ(page.body, packed);
  ASSERT_TRUE(unpack(page, target, 0));
  EXPECT_EQ(page.body, "up 1\n");
  ASSERT_TRUE(unpack(page, target, 0)) << "once is enough";

  auto cut = fetch().value();
  cut.body.resize(12);
  EXPECT_THAT(unpack(cut, target, 0).error().message, HasSubstr("cut off"));
  config_.body_size_limit = 30;
  auto bomb = fetch().value();
  config_.body_size_limit = 4;
  EXPECT_THAT(unpack(bomb, test::target_of(config_), 0).error().message, HasSubstr("more than 4 bytes"));
}

TEST_F(Fetch, SaysWhoWeAre) {
  serve(test::response("200 OK", ""));
  config_.http.basic_username = "a2od";
  config_.http.basic_password = Secret("hunter2");
  ASSERT_TRUE(fetch());
  EXPECT_THAT(server_->received().at(0).head, HasSubstr("Authorization: Basic YTJvZDpodW50ZXIy\r\n"));
  const TemporaryFile token("first");
  config_.http = {.authorization_credentials = SecretSource{SecretFile{token.path()}}};
  ASSERT_TRUE(fetch());
  EXPECT_THAT(server_->received().at(1).head, HasSubstr("Authorization: Bearer first\r\n"));
}

TEST_F(Fetch, ASecretThatCannotBeReadIsNamed) {
  serve(test::response("200 OK", ""));
  config_.http.authorization_credentials = SecretSource{SecretFile{"/nowhere/token"}};
  EXPECT_THAT(fault(), HasSubstr("authorization: file /nowhere/token"));
  EXPECT_TRUE(server_->received().empty());
}

TEST_F(Fetch, FollowsRedirectsAndTakesNoSecretElsewhere) {
  ScriptedServer other(io_, always(test::response("200 OK", "a 1\n")));
  serve([&](const Received& request) {
    const auto to =
        request.target() == "/metrics" ? std::string("/here") : fmt::format("http://127.0.0.1:{}/there", other.port());
    return Scripted{Scripted::Then::keep, test::response("302 Found", "moved", "Location: " + to + "\r\n")};
  });
  config_.http.authorization_credentials = Secret("hunter2");
  const auto page = fetch();
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->body, "a 1\n");
  EXPECT_THAT(server_->received().at(1).head, HasSubstr("hunter2"));
  EXPECT_THAT(other.received().at(0).head, Not(HasSubstr("hunter2")));
  config_.http.follow_redirects = false;
  EXPECT_EQ(fault(), "server returned HTTP status 302");
}

TEST_F(Fetch, EndlessRedirectsEnd) {
  serve(test::response("302 Found", "", "Location: /metrics\r\n"));
  EXPECT_EQ(fault(), "stopped after 10 redirects");
  serve(test::response("302 Found", ""));
  EXPECT_EQ(fault(), "server returned HTTP status 302 without a usable Location");
}

TEST_F(Fetch, TheTimeIsThatOfAllRedirectsTogether) {
  config_.timeout = std::chrono::seconds(1);
  serve([](const Received& request) {
    if (request.target() == "/there") return Scripted{Scripted::Then::stay_silent, ""};
    return Scripted{Scripted::Then::keep, test::response("302 Found", "", "Location: /there\r\n")};
  });
  EXPECT_EQ(fault(), "no page within 1s, after 1 redirect");
}

TEST_F(Fetch, APageOverTheLimitIsRefused) {
  serve(test::response("200 OK", "up 1\n"));
  config_.body_size_limit = 4;
  EXPECT_THAT(fault(), HasSubstr("larger than 4 bytes, the most that body_size_limit allows"));
  config_.body_size_limit = 5;
  EXPECT_EQ(fault(), "");
}

TEST_F(Fetch, AStatusIsToldWhateverItsBodyIs) {
  config_.body_size_limit = 4;
  serve(test::response("404 Not Found", "a page of its own"));
  EXPECT_EQ(fault(), "server returned HTTP status 404");
  serve([](const Received&) {
    return Scripted{Scripted::Then::close, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\nup"};
  });
  EXPECT_EQ(fault(), "server returned HTTP status 503");
}

TEST_F(Fetch, StatusAndSilenceAreFaults) {
  serve(test::response("503 Service Unavailable", "up 1\n"));
  EXPECT_EQ(fault(), "server returned HTTP status 503");
  serve([](const Received&) {
    return Scripted{Scripted::Then::close, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nup"};
  });
  EXPECT_THAT(fault(), HasSubstr("cut off"));
}

TEST_F(Fetch, ACertificateIsVerifiedAgainstItsAuthority) {
  const auto authority = test::make_authority("a2od scrape authority");
  const TemporaryFile authority_file(authority.certificate);
  serve(always(test::response("200 OK", "up 1\n")), test::issue(authority, "exporter.test"));
  config_.scheme = ScrapeConfig::Scheme::https;
  config_.http.tls = {.ca_file = authority_file.path(), .server_name = "exporter.test"};
  EXPECT_EQ(fault(), "");
  config_.http.tls.server_name = "another.test";
  EXPECT_THAT(fault(), HasSubstr("certificate is refused"));
}

}  // namespace
}  // namespace a2od
