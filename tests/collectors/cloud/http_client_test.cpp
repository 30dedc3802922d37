#include "collectors/cloud/http_client.hpp"

#include "collectors/async/clock.hpp"
#include "collectors/async/deadline.hpp"
#include "tests/collectors/async/fake_clock.hpp"
#include "tests/collectors/async/run.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace a2od::cloud {
namespace {

using test::Identity;
using test::Received;
using test::Scripted;
using test::ScriptedServer;
using test::TemporaryFile;
using testing::HasSubstr;
using testing::Not;
using Kind = HttpError::Kind;
using Sent = std::expected<HttpResponse, HttpError>;

const Identity& authority() {
  static const Identity made = test::make_authority("a2od test authority");
  return made;
}

const TemporaryFile& authority_file() {
  static const TemporaryFile file(authority().certificate);
  return file;
}

std::string gzip(const std::string& text) {
  z_stream z{};
  deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  deflate(&z, Z_FINISH);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

ScriptedServer::Script always(Scripted answer) {
  return [answer = std::move(answer)](const Received&) { return answer; };
}

/// Every host leads to the scripted server.
class Transport : public testing::Test {
 protected:
  ScriptedServer& serve(ScriptedServer::Script script, std::optional<Identity> identity = std::nullopt) {
    server_.emplace(io_, std::move(script), std::move(identity));
    config_.connect = {{.hosts = "*", .address = "127.0.0.1", .port = server_->port()}};
    return *server_;
  }

  ScriptedServer& serve_bytes(std::string bytes, Scripted::Then then = Scripted::Then::keep) {
    return serve(always({then, std::move(bytes)}));
  }

  HttpClient& client() {
    if (!client_) client_ = std::make_unique<HttpClient>(io_.get_executor(), config_, clock_);
    return *client_;
  }

  Sent send(HttpRequest request) { return result_of(io_, client().send(std::move(request))); }

  Sent get(std::string_view url) {
    HttpRequest request;
    request.url = parse_url(url).value();
    return send(std::move(request));
  }

  boost::asio::io_context io_{1};
  SystemClock clock_;
  TransportConfig config_;
  std::optional<ScriptedServer> server_;
  std::unique_ptr<HttpClient> client_;
};

class Tls : public Transport {
 protected:
  void SetUp() override { config_.ca_file = authority_file().path(); }
};

TEST_F(Transport, AGetBringsStatusHeadersAndBody) {
  serve_bytes(test::response("200 OK", "{}", "X-Test: yes\r\n"));
  const auto sent = get("http://contoso.test/api?a=b%20c");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->status, 200U);
  EXPECT_EQ(sent->body, "{}");
  EXPECT_EQ(find_header(sent->headers, "x-test"), "yes");
  EXPECT_THAT(server_->received().at(0).head, HasSubstr("GET /api?a=b%20c HTTP/1.1\r\nHost: contoso.test\r\n"));
}

TEST_F(Transport, APostCarriesItsBodyAndLength) {
  serve_bytes(test::response("204 No Content", ""));
  HttpRequest request;
  request.method = "POST";
  request.url = parse_url("http://contoso.test/hook").value();
  request.body = "payload";
  ASSERT_TRUE(send(request));
  EXPECT_EQ(server_->received().at(0).body, "payload");
}

TEST_F(Transport, AConnectionIsKeptForTheNextRequest) {
  serve_bytes(test::response("200 OK", "{}"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(get("http://contoso.test/"));
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_EQ(client().idle_connections(), 1U);
}

TEST_F(Transport, AFreshConnectionIsMadeWhereAskedFor) {
  serve_bytes(test::response("200 OK", "{}"));
  ASSERT_TRUE(get("http://contoso.test/"));
  HttpRequest request;
  request.url = parse_url("http://contoso.test/").value();
  request.fresh_connection = true;
  ASSERT_TRUE(send(request));
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(Transport, IdleConnectionsAreCappedInTotal) {
  config_.max_idle_connections = 2;
  serve_bytes(test::response("200 OK", "{}"));
  for (const auto* url : {"http://a.test/", "http://b.test/", "http://c.test/"}) ASSERT_TRUE(get(url));
  EXPECT_EQ(client().idle_connections(), 2U);
}

TEST_F(Transport, AConnectionToAnotherHostIsNotReused) {
  serve_bytes(test::response("200 OK", "{}"));
  ASSERT_TRUE(get("http://a.test/"));
  ASSERT_TRUE(get("http://b.test/"));
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(Transport, AConnectionThatTheServerSaysItClosesIsNotKept) {
  serve_bytes(test::response("200 OK", "{}", "Connection: close\r\n"), Scripted::Then::close);
  ASSERT_TRUE(get("http://contoso.test/"));
  EXPECT_EQ(client().idle_connections(), 0U);
}

TEST_F(Transport, AConnectionClosedWhileIdleIsReplaced) {
  serve_bytes(test::response("200 OK", "{}"));
  ASSERT_TRUE(get("http://contoso.test/"));
  server_->drop_connections();
  EXPECT_TRUE(get("http://contoso.test/"));
  EXPECT_EQ(server_->connections(), 2);
}

/// The first connection answers once, then closes as soon as it is asked again.
Scripted close_on_second_use(const Received& request, int& asked_on_first) {
  if (request.connection == 1 && ++asked_on_first == 2) return {Scripted::Then::close, ""};
  return {Scripted::Then::keep, test::response("200 OK", "{}")};
}

TEST_F(Transport, AGetThatMeetsAStaleConnectionIsSentOnceMore) {
  int asked = 0;
  serve([&](const Received& request) { return close_on_second_use(request, asked); });
  ASSERT_TRUE(get("http://contoso.test/"));
  EXPECT_TRUE(get("http://contoso.test/"));
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(Transport, APostThatMeetsAStaleConnectionIsNotRepeatedUnlessSafe) {
  for (const bool safe : {false, true}) {
    int asked = 0;
    client_.reset();
    serve([&](const Received& request) { return close_on_second_use(request, asked); });
    HttpRequest request;
    request.method = "POST";
    request.url = parse_url("http://contoso.test/").value();
    request.repeatable = safe;
    ASSERT_TRUE(send(request));
    EXPECT_EQ(send(request).has_value(), safe);
  }
}

TEST_F(Transport, AnAnswerCutAtItsStartOnANewConnectionIsNotRepeated) {
  serve_bytes("", Scripted::Then::close);
  const auto sent = get("http://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::connection);
  EXPECT_EQ(server_->received().size(), 1U);
}

TEST_F(Transport, InterimAnswersArePassedOver) {
  serve_bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
              test::response("200 OK", "{}"));
  const auto sent = get("http://contoso.test/");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->body, "{}");
}

TEST_F(Transport, ChunksAreJoined) {
  serve_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n");
  const auto sent = get("http://contoso.test/");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->body, "abcdefg");
  EXPECT_EQ(client().idle_connections(), 1U);
}

TEST_F(Transport, ABodyWithoutLengthEndsWithTheConnection) {
  serve_bytes("HTTP/1.1 200 OK\r\n\r\nall of it", Scripted::Then::close);
  const auto sent = get("http://contoso.test/");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->body, "all of it");
  EXPECT_EQ(client().idle_connections(), 0U);
}

TEST_F(Transport, GzipIsUnpacked) {
  const std::string text(100'000, 'x');
  serve_bytes(test::response("200 OK", gzip(text), "Content-Encoding: gzip\r\n"));
  const auto sent = get("http://contoso.test/");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->body, text);
  EXPECT_THAT(server_->received().at(0).head, HasSubstr("Accept-Encoding: gzip\r\n"));
}

TEST_F(Transport, GzipOfSeveralMembersIsUnpackedToItsEnd) {
  serve_bytes(test::response("200 OK", gzip("one ") + gzip("two"), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(get("http://contoso.test/")->body, "one two");
}

struct Fault {
  std::string name;
  std::string bytes;
  Scripted::Then then;
  Kind kind;
  std::string says;
};

class Faults : public Transport, public testing::WithParamInterface<Fault> {};

TEST_P(Faults, HaveTheirOwnOutcome) {
  config_.max_body_bytes = 100'000;
  if (GetParam().kind == Kind::timeout)
    (GetParam().bytes.empty() ? config_.first_byte_timeout : config_.total_timeout) = 50ms;
  serve_bytes(GetParam().bytes, GetParam().then);
  const auto sent = get("http://contoso.test/secret-path?token=secret");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, GetParam().kind) << sent.error().message;
  EXPECT_THAT(sent.error().message, HasSubstr("contoso.test"));
  EXPECT_THAT(sent.error().message, HasSubstr(GetParam().says));
  EXPECT_THAT(sent.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(client().idle_connections(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Transport, Faults,
    testing::Values(
        Fault{"Silent", "", Scripted::Then::stay_silent, Kind::timeout, "no answer within 50ms"},
        Fault{"SlowBody", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", Scripted::Then::stay_silent, Kind::timeout,
              "no complete answer within 50ms"},
        Fault{"ResetWithinTheBody", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", Scripted::Then::reset,
              Kind::connection, "reset"},
        Fault{"CutBody", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", Scripted::Then::close, Kind::connection,
              "cut off"},
        Fault{"CutChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Scripted::Then::close,
              Kind::connection, "cut off"},
        Fault{"CutHead", "HTTP/1.1 200 OK\r\nContent-Le", Scripted::Then::close, Kind::connection, "cut off"},
        Fault{"CutAfterAnInterimAnswer", "HTTP/1.1 100 Continue\r\n\r\n", Scripted::Then::close, Kind::connection,
              "cut off"},
        Fault{"TooLargeByLength", "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n", Scripted::Then::keep,
              Kind::too_large, "larger than 100000 bytes"},
        Fault{"TooLargeInChunks",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n" + std::string(100'001, 'x') + "\r\n",
              Scripted::Then::keep, Kind::too_large, "larger than 100000 bytes"},
        Fault{"HugeHead", "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'), Scripted::Then::keep, Kind::malformed,
              "the answer's headers are larger than"},
        Fault{"GzipBomb", test::response("200 OK", gzip(std::string(10'000'000, '0')), "Content-Encoding: gzip\r\n"),
              Scripted::Then::keep, Kind::too_large, "unpacks to more than 100000 bytes"},
        Fault{"NotGzip", test::response("200 OK", "plain text", "Content-Encoding: gzip\r\n"), Scripted::Then::keep,
              Kind::malformed, "gzip"},
        Fault{"CutGzip", test::response("200 OK", gzip("some text").substr(0, 12), "Content-Encoding: gzip\r\n"),
              Scripted::Then::keep, Kind::connection, "cut off"},
        Fault{"UnaskedEncoding", test::response("200 OK", "x", "Content-Encoding: br\r\n"), Scripted::Then::keep,
              Kind::malformed, "packed in a way"},
        Fault{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", Scripted::Then::keep, Kind::malformed, "not valid HTTP"},
        Fault{"BadChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Scripted::Then::keep,
              Kind::malformed, "not valid HTTP"},
        Fault{"Upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", Scripted::Then::keep, Kind::malformed, ""}),
    [](const auto& info) { return info.param.name; });

TEST_F(Transport, ARefusedConnectionSaysSo) {
  serve_bytes("");
  server_.reset();
  const auto sent = get("http://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::connection);
  EXPECT_THAT(sent.error().message, HasSubstr("refused"));
}

TEST_F(Transport, LineBreaksInHeadersAreRefusedBeforeAnythingIsSent) {
  serve_bytes(test::response("200 OK", "{}"));
  HttpRequest request;
  request.url = parse_url("http://contoso.test/").value();
  request.headers = {{"Authorization", "Bearer secret\r\nX-Evil: 1"}};
  const auto sent = send(request);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::malformed);
  EXPECT_THAT(sent.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(server_->connections(), 0);
}

TEST_F(Transport, ABlankInATargetIsEncodedAndAllElseIsLeftAlone) {
  serve_bytes(test::response("200 OK", "{}"));
  ASSERT_TRUE(get("http://contoso.test/a b?$skiptoken=%3Ccookie%20x=\"1\"+%2b'"));
  EXPECT_EQ(server_->received().at(0).target(), "/a%20b?$skiptoken=%3Ccookie%20x=\"1\"+%2b'");
}

TEST_F(Transport, CancellingARequestIsNotATimeout) {
  serve_bytes("", Scripted::Then::stay_silent);
  auto cancelled = [](HttpClient& client) -> asio::awaitable<Sent> {
    HttpRequest request;
    request.url = parse_url("http://contoso.test/").value();
    auto task = client.send(std::move(request));
    co_return co_await within(20ms, std::move(task));
  };
  // The outer limit cancels the request, which must let the cancellation through.
  EXPECT_THROW(result_of(io_, cancelled(client())), boost::system::system_error);
  EXPECT_EQ(client().idle_connections(), 0U);
}

TEST_F(Transport, IdleConnectionsAreForgottenWithAge) {
  FakeClock clock(io_);
  serve_bytes(test::response("200 OK", "{}"));
  client_ = std::make_unique<HttpClient>(io_.get_executor(), config_, clock);
  ASSERT_TRUE(get("http://contoso.test/"));
  clock.advance(91s);
  ASSERT_TRUE(get("http://contoso.test/"));
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(Transport, HostsFileNamesAreLookedUp) {
  serve_bytes(test::response("200 OK", "{}"));
  config_.connect.clear();
  EXPECT_TRUE(get("http://localhost:" + std::to_string(server_->port()) + "/"));
}

TEST_F(Tls, TheOverrideKeepsServerNameCertificateCheckAndHost) {
  serve_bytes(test::response("200 OK", "{}"));
  serve(always({{}, test::response("200 OK", "{}")}), test::issue(authority(), "org.crm4.dynamics.com"));
  const auto sent = get("https://org.crm4.dynamics.com/");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(server_->received().at(0).server_name, "org.crm4.dynamics.com");
  EXPECT_THAT(server_->received().at(0).head, HasSubstr("\r\nHost: org.crm4.dynamics.com\r\n"));
}

TEST_F(Tls, ASessionIsResumedOnTheNextConnection) {
  serve(always({Scripted::Then::close, test::response("200 OK", "{}")}), test::issue(authority(), "contoso.test"));
  ASSERT_TRUE(get("https://contoso.test/"));
  ASSERT_TRUE(get("https://contoso.test/"));
  EXPECT_FALSE(server_->received().at(0).resumed);
  EXPECT_TRUE(server_->received().at(1).resumed);
}

TEST_F(Tls, ACertificateOfAnotherNameIsRefused) {
  serve(always({}), test::issue(authority(), "evil.test"));
  const auto sent = get("https://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::tls);
  EXPECT_THAT(sent.error().message, HasSubstr("hostname mismatch"));
  EXPECT_TRUE(server_->received().empty());
}

TEST_F(Tls, ACertificateOfAnUnknownAuthorityIsRefused) {
  serve(always({}), test::issue(test::make_authority("stranger"), "contoso.test"));
  const auto sent = get("https://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::tls);
  EXPECT_THAT(sent.error().message, HasSubstr("the certificate is refused"));
}

TEST_F(Tls, AnAddressIsCheckedAgainstTheCertificateToo) {
  serve(always({{}, test::response("200 OK", "{}")}), test::issue(authority(), "127.0.0.1"));
  config_.connect.clear();
  const std::string port = std::to_string(server_->port());
  const auto sent = get("https://127.0.0.1:" + port + "/");
  EXPECT_TRUE(sent) << sent.error().message;
  config_.connect = {{.hosts = "127.0.0.2", .address = "127.0.0.1", .port = server_->port()}};
  client_.reset();
  EXPECT_FALSE(get("https://127.0.0.2/"));
}

TEST_F(Tls, ARequestsOwnAuthorityFileTakesThePlaceOfTheConfiguredOne) {
  const Identity other = test::make_authority("webhooks");
  const TemporaryFile file(other.certificate);
  serve(always({{}, test::response("200 OK", "{}")}), test::issue(other, "hook.test"));
  HttpRequest request;
  request.url = parse_url("https://hook.test/").value();
  EXPECT_FALSE(send(request));
  request.tls.ca_file = file.path();
  EXPECT_TRUE(send(request));
}

TEST_F(Tls, AMissingAuthorityFileIsNamed) {
  config_.ca_file = "/nonexistent/ca.pem";
  serve(always({}), test::issue(authority(), "contoso.test"));
  const auto sent = get("https://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::tls);
  EXPECT_THAT(sent.error().message, HasSubstr("/nonexistent/ca.pem"));
}

TEST_F(Tls, APlainServerIsAFaultOfTls) {
  config_.connect_timeout = 300ms;  // each side waits for the other to begin
  serve_bytes(test::response("400 Bad Request", ""), Scripted::Then::close);
  const auto sent = get("https://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_TRUE(sent.error().kind == Kind::tls || sent.error().kind == Kind::timeout) << sent.error().message;
}

TEST_F(Tls, AServerThatNeverGreetsIsATimeoutOfConnecting) {
  config_.connect_timeout = 50ms;
  serve(always({}), test::issue(authority(), "contoso.test")).stay_silent_on_accept();
  const auto sent = get("https://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::timeout);
  EXPECT_THAT(sent.error().message, HasSubstr("TLS handshake"));
}

TEST_F(Tls, ACutWithoutFarewellDoesNotPassForTheEnd) {
  serve(always({Scripted::Then::close, "HTTP/1.1 200 OK\r\n\r\nhalf"}), test::issue(authority(), "contoso.test"));
  const auto sent = get("https://contoso.test/");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::connection);
}

TEST_F(Tls, PhasesOfAKeptConnectionAreZero) {
  serve(always({{}, test::response("200 OK", "{}")}), test::issue(authority(), "contoso.test"));
  ASSERT_TRUE(get("https://contoso.test/"));
  const auto sent = get("https://contoso.test/");
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->phases.connect, 0ms);
  EXPECT_EQ(sent->phases.tls, 0ms);
  EXPECT_EQ(server_->connections(), 1);
}

}  // namespace
}  // namespace a2od::cloud
