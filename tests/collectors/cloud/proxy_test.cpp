// The proxy: which hosts go through it, and a tunnel through a real one.
#include "collectors/cloud/proxy.hpp"

#include "collectors/cloud/http_client.hpp"
#include "tests/collectors/async/run.hpp"
#include "tests/collectors/cloud/certificates.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace a2od::cloud {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;

ProxyRules rules_of(std::map<std::string, std::string> environment, TransportConfig config = {}) {
  auto rules = ProxyRules::read(config, [&](const char* name) { return environment[name]; });
  EXPECT_TRUE(rules) << rules.error().message;
  return rules.value_or(ProxyRules());
}

TEST(ProxyRules, ComeFromTheEnvironment) {
  const auto rules =
      rules_of({{"HTTPS_PROXY", "http://u:p%40@proxy.test"}, {"NO_PROXY", "intra.test, .local,10.0.0.1"}});
  ASSERT_NE(rules.proxy_for("graph.microsoft.com"), nullptr);
  EXPECT_EQ(rules.proxy_for("graph.microsoft.com")->host, "proxy.test");
  EXPECT_EQ(rules.proxy_for("graph.microsoft.com")->port, 3128);
  EXPECT_EQ(rules.proxy_for("graph.microsoft.com")->credentials.reveal(), "u:p%40");
  for (const auto* host : {"intra.test", "a.intra.test", "x.local", "10.0.0.1", "127.0.0.1", "localhost", "::1"})
    EXPECT_EQ(rules.proxy_for(host), nullptr) << host;
  EXPECT_NE(rules.proxy_for("notintra.test"), nullptr);
  EXPECT_EQ(rules_of({}).proxy_for("a.test"), nullptr);
  EXPECT_EQ(rules_of({{"https_proxy", "http://p.test:80"}, {"no_proxy", "*"}}).proxy_for("a.test"), nullptr);
}

TEST(ProxyRules, OfTheConfigurationGoFirst) {
  TransportConfig config;
  config.proxy = {.url = "http://own.test:8080", .credentials = {}, .direct = {"crm4.dynamics.com"}};
  const auto rules = rules_of({{"HTTPS_PROXY", "http://other.test"}}, config);
  EXPECT_EQ(rules.proxy_for("a.test")->host, "own.test");
  EXPECT_EQ(rules.proxy_for("a.test")->port, 8080);
  EXPECT_EQ(rules.proxy_for("org.crm4.dynamics.com"), nullptr);
  config.proxy = ProxyConfig{};
  EXPECT_EQ(rules_of({{"HTTPS_PROXY", "http://other.test"}}, config).proxy_for("a.test"), nullptr);
}

TEST(ProxyRules, RefuseWhatIsNoProxyWithoutRepeatingIt) {
  for (const auto* url : {"proxy.test:3128", "https://secret@proxy.test", "socks5://secret@p.test",
                          "http://secret@p.test/x", "http://secret@", "http://"}) {
    const auto rules = ProxyRules::read(
        {}, [&](const char* name) { return std::string(name) == "HTTPS_PROXY" ? std::string(url) : std::string(); });
    ASSERT_FALSE(rules) << url;
    EXPECT_THAT(rules.error().message, testing::Not(HasSubstr("secret")));
  }
}

asio::awaitable<void> relay(tcp::socket& from, tcp::socket& to) {
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto size = co_await from.async_read_some(asio::buffer(bytes), asio::use_awaitable);
    co_await asio::async_write(to, asio::buffer(bytes, size), asio::use_awaitable);
  }
}

/// One tunnel: whatever it is asked for, it leads to `port`.
asio::awaitable<void> serve_tunnel(tcp::acceptor& acceptor, std::uint16_t port, std::string answer, std::string& head) {
  auto client = co_await acceptor.async_accept(asio::use_awaitable);
  co_await asio::async_read_until(client, asio::dynamic_buffer(head), "\r\n\r\n", asio::use_awaitable);
  co_await asio::async_write(client, asio::buffer(answer), asio::use_awaitable);
  tcp::socket server(acceptor.get_executor());
  co_await server.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  asio::co_spawn(acceptor.get_executor(), relay(server, client), asio::detached);
  try {
    co_await relay(client, server);
  } catch (const boost::system::system_error&) {
  }
}

class ThroughAProxy : public testing::Test {
 protected:
  std::expected<HttpResponse, HttpError> get(const std::string& answer) {
    const auto port = server_.port();
    asio::co_spawn(io_, serve_tunnel(proxy_, port, answer, head_), asio::detached);
    TransportConfig config;
    config.ca_file = authority_file_.path();
    config.proxy = {.url = "http://127.0.0.1:" + std::to_string(proxy_.local_endpoint().port()),
                    .credentials = SecretSource{SecretFile{credentials_.path()}},
                    .direct = {}};
    HttpClient client(io_.get_executor(), config, clock_);
    HttpRequest request;
    request.url = parse_url("https://org.contoso.test/api").value();
    return result_of(io_, client.send(std::move(request)));
  }

  asio::io_context io_{1};
  SystemClock clock_;
  test::Identity authority_ = test::make_authority("a2od test authority");
  test::TemporaryFile authority_file_{authority_.certificate};
  test::TemporaryFile credentials_{"user:password"};
  test::ScriptedServer server_{io_,
                               [](const test::Received&) { return test::Scripted{{}, test::response("200 OK", "{}")}; },
                               test::issue(authority_, "*.contoso.test")};
  tcp::acceptor proxy_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::string head_;
};

TEST_F(ThroughAProxy, TlsIsSpokenWithTheRealHost) {
  const auto sent = get("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(head_, testing::StartsWith("CONNECT org.contoso.test:443 HTTP/1.1\r\nHost: org.contoso.test:443\r\n"));
  EXPECT_THAT(head_, HasSubstr("Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==\r\n"));
  EXPECT_EQ(server_.received().at(0).server_name, "org.contoso.test");
}

TEST_F(ThroughAProxy, ARefusalIsTheProxys) {
  const auto sent = get("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, HttpError::Kind::connection);
  EXPECT_THAT(sent.error().message, HasSubstr("the proxy wants user and password"));
  EXPECT_THAT(sent.error().message, testing::Not(HasSubstr("password\"")));
}

TEST_F(ThroughAProxy, WhatIsNoProxyIsSaidToBeNone) {
  const auto sent = get("SSH-2.0-OpenSSH\r\n\r\n");
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, HasSubstr("the proxy does not speak HTTP"));
}

}  // namespace
}  // namespace a2od::cloud
