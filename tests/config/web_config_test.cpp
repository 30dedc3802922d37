// The web configuration file of Prometheus' exporter toolkit: what is taken from it, and what is refused by name.
#include "config/web_config.hpp"

#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHash = "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";

std::vector<std::string> problems_of(std::string_view text, CheckFiles check = CheckFiles::no) {
  std::vector<std::string> lines;
  const auto config = parse_web_config("f", text, check);
  if (config) return lines;
  for (const auto& problem : config.error()) lines.push_back(to_string(problem));
  return lines;
}

TEST(WebConfig, AnEmptyFileIsPlainHttpWithoutSignIn) { EXPECT_EQ(parse_web_config("f", ""), WebServerConfig{}); }

TEST(WebConfig, IsReadWithPathsFromItsFolder) {
  const TemporaryFolder folder;
  folder.write("tls/cert.pem", "x");
  folder.write("tls/key.pem", "x");
  folder.write("tls/ca.pem", "x");
  const auto file = folder.write("web.yml",
                                 "tls_server_config:\n"
                                 "  cert_file: tls/cert.pem\n"
                                 "  key_file: tls/key.pem\n"
                                 "  client_auth_type: RequireAndVerifyClientCert\n"
                                 "  client_ca_file: tls/ca.pem\n"
                                 "  min_version: TLS13\n"
                                 "basic_auth_users:\n"
                                 "  alice: " +
                                     std::string(kHash) + "\n");
  WebServerConfig expected;
  expected.tls = TlsServerConfig{.cert_file = folder.path() / "tls/cert.pem",
                                 .key_file = folder.path() / "tls/key.pem",
                                 .client_auth = ClientCertificate::required,
                                 .client_ca_file = folder.path() / "tls/ca.pem",
                                 .min_version = TlsServerConfig::Version::tls13};
  expected.basic_auth_users = {{"alice", Secret(std::string(kHash))}};
  EXPECT_EQ(read_web_config(file), expected);
}

TEST(WebConfig, ReportsAllProblemsAtOnce) {
  EXPECT_THAT(
      problems_of("tls_server_config:\n"
                  "  cert_file: a.pem\n"
                  "  client_auth_type: RequestClientCert\n"
                  "  cipher_suites: []\n"
                  "  min_versoin: TLS12\n"
                  "basic_auth_users: {alice: hunter2, 'bob:hunter2': x}\n"
                  "http_server_config: {http2: true}\n"),
      ElementsAre("f:2:3: tls_server_config.key_file: missing, expected a path",
                  "f:3:21: tls_server_config.client_auth_type: found 'RequestClientCert', expected one of "
                  "NoClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert",
                  "f:4:3: tls_server_config: 'cipher_suites' is refused: a2od keeps to the defaults of OpenSSL",
                  HasSubstr("f:5:3: tls_server_config: unknown key, allowed: "),
                  "f:6:27: basic_auth_users.alice: found text that is none, expected a bcrypt hash, as htpasswd "
                  "-nBC 10 prints it",
                  "f:6:36: basic_auth_users: user name that is empty or has a ':', expected one without",
                  HasSubstr("f:6:51: basic_auth_users"),
                  "f:7:1: 'http_server_config' is refused: HTTP/1.1 alone is served, with fixed headers"));
}

TEST(WebConfig, AClientAuthorityAndVerificationBelongTogether) {
  constexpr std::string_view kFiles = "tls_server_config: {cert_file: a, key_file: b, ";
  EXPECT_THAT(problems_of(std::string(kFiles) + "client_auth_type: RequireAndVerifyClientCert}"),
              ElementsAre(HasSubstr("expected client_ca_file beside it")));
  EXPECT_THAT(problems_of(std::string(kFiles) + "client_ca_file: c}"), ElementsAre(HasSubstr("has no effect")));
}

TEST(WebConfig, CertificateFilesMustExist) {
  EXPECT_THAT(problems_of("tls_server_config: {cert_file: /nowhere/a, key_file: /nowhere/b}", CheckFiles::yes),
              ElementsAre(HasSubstr("file /nowhere/a: no such file"), HasSubstr("file /nowhere/b: no such file")));
}

TEST(WebConfig, RefusesWhatIsNoBcryptHashWithoutShowingIt) {
  const auto hash = std::string(kHash);
  for (const auto& bad : {std::string("hunter2"), hash + "x", "$1$" + hash.substr(3), "$2y$03$" + hash.substr(7),
                          "$2y$32$" + hash.substr(7), hash.substr(0, 59) + "!", std::string("[hunter2]")}) {
    EXPECT_THAT(problems_of("basic_auth_users: {alice: " + bad + "}"),
                ElementsAre(testing::AllOf(HasSubstr("expected a bcrypt hash"), Not(HasSubstr("hunter2")),
                                           Not(HasSubstr("$2y$")))))
        << bad;
  }
}

}  // namespace
}  // namespace a2od
