// The simulated tenant on a socket: its certificates for Microsoft's names, and faults as bytes on a connection.
#include "tests/tenant/tenant_server.hpp"

#include "tests/tenant/identity.hpp"
#include "tests/tenant/listen.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

namespace a2od::tenant {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct Heard {
  std::string bytes;
  boost::system::error_code end;
};

class Running {
 public:
  explicit Running(const std::string& faults) : tenant_(scenario_of(faults), {}, clock_.wall()) {
    server_.start();
    thread_ = std::jthread([this] { io_.run(); });
  }
  ~Running() { asio::co_spawn(io_, server_.stop(), asio::use_future).get(); }

  /// One request under a host's name, whose certificate is checked, read to the end of the connection.
  Heard ask(const std::string& host, const std::string& target) {
    asio::io_context io;
    ssl::context context(ssl::context::tls_client);
    context.add_certificate_authority(asio::buffer(authority_.certificate_pem));
    ssl::stream<tcp::socket> stream(io, context);
    stream.set_verify_mode(ssl::verify_peer);
    stream.set_verify_callback(ssl::host_name_verification(host));
    stream.next_layer().connect(server_.endpoint());
    stream.handshake(ssl::stream_base::client);
    asio::write(stream, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"));
    Heard heard;
    asio::read(stream, asio::dynamic_buffer(heard.bytes), heard.end);
    return heard;
  }

 private:
  static Scenario scenario_of(const std::string& faults) {
    auto scenario = parse_scenario("test", "environments: [{ name: Main, domain: main }]\nfaults: [" + faults + "]\n");
    if (!scenario) throw std::runtime_error(to_string(scenario.error().front()));
    return *std::move(scenario);
  }

  Authority authority_ = make_authority();
  SystemClock clock_;
  asio::io_context io_{1};
  SimulatedTenant tenant_;
  TenantServer server_{
      io_.get_executor(), tenant_, clock_, server_identity(authority_), {asio::ip::address_v4::loopback(), 0}};
  std::jthread thread_;
};

TEST(TenantServer, HasACertificateForEveryHostOfATenant) {
  Running tenant("");
  for (const auto* host :
       {"login.microsoftonline.com", "api.bap.microsoft.com", "api.powerplatform.com", "graph.microsoft.com",
        "contoso.crm.dynamics.com", "contoso.crm4.dynamics.com", "contoso.crm21.dynamics.com",
        "contoso.operations.dynamics.com", "contoso.sandbox.operations.dynamics.com", "control.simulated"})
    EXPECT_THAT(tenant.ask(host, "/").bytes, StartsWith("HTTP/1.1 ")) << host;
  EXPECT_THROW(tenant.ask("example.com", "/"), boost::system::system_error);
}

TEST(TenantServer, IsControlledUnderItsAddress) {
  Running tenant("");
  EXPECT_THAT(tenant.ask("127.0.0.1", "/control/environments").bytes, HasSubstr("main.crm4.dynamics.com"));
}

TEST(TenantServer, DripsAReplyWhole) {
  Running tenant("{ kind: drip, bytes: 40, delay: 1ms }");
  const auto heard = tenant.ask("main.operations.dynamics.com", "/");
  EXPECT_THAT(heard.bytes, EndsWith("no such host in this tenant: main.operations.dynamics.com\n"));
  EXPECT_EQ(heard.end, asio::error::eof);
}

TEST(TenantServer, CutsAReplyInTheMiddle) {
  Running tenant("{ kind: cut, bytes: 20 }");
  const auto heard = tenant.ask("graph.microsoft.com", "/v1.0/applications");
  EXPECT_EQ(heard.bytes.size(), 20U);
  EXPECT_EQ(heard.end, asio::error::connection_reset);
}

TEST(TenantServer, SendsAHugeBodyOfTheSizeAskedFor) {
  Running tenant("{ kind: huge_body, bytes: 300000 }");
  const auto heard = tenant.ask("graph.microsoft.com", "/");
  EXPECT_EQ(heard.bytes.size() - heard.bytes.find("\r\n\r\n") - 4, 300'000U);
}

TEST(Identity, IsKeptInItsDirectory) {
  const auto directory = std::filesystem::temp_directory_path() / ("a2od-identity-" + std::to_string(::getpid()));
  const auto first = prepare_directory(directory);
  const auto second = prepare_directory(directory);
  std::filesystem::remove_all(directory);
  EXPECT_FALSE(first.registration.client_secret.empty());
  EXPECT_EQ(first.registration.client_secret, second.registration.client_secret);
  EXPECT_EQ(first.registration.certificate_pem, second.registration.certificate_pem);
  EXPECT_NE(first.server.key, second.server.key) << "the server's own key is made anew";
}

TEST(Listen, ReadsAddressesAndRefusesTheRest) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8443").port(), 8443);
  EXPECT_TRUE(parse_endpoint("[::1]:0").address().is_v6());
  for (const auto* text : {"", "8443", "localhost:1", "127.0.0.1:", "127.0.0.1:99999", "[::1]"})
    EXPECT_THROW((void)parse_endpoint(text), std::runtime_error) << text;
}

}  // namespace
}  // namespace a2od::tenant
