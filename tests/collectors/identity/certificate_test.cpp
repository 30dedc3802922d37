#include "collectors/identity/certificate.hpp"

#include "tests/collectors/identity/test_certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace a2od::identity {
namespace {

using testing::HasSubstr;

constexpr Timestamp kExpiry{std::chrono::seconds(kTestCertificateExpiry)};

TEST(Certificate, HasAnEndAndAThumbprint) {
  const auto certificate = parse_certificate(kTestCertificate);
  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ(certificate->expires, kExpiry);
  EXPECT_EQ(certificate->thumbprint, kTestCertificateThumbprint);
}

TEST(Certificate, IsFoundBehindAnEncryptedBlockWithoutAskingForAPassword) {
  const std::string key =
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
      "00000000000000000000000000000000\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
  const auto certificate = parse_certificate(key + std::string(kTestCertificate));
  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ(certificate->expires, kExpiry);
}

struct BadCase {
  std::string name;
  std::string text;
};
class BadCertificate : public testing::TestWithParam<BadCase> {};

TEST_P(BadCertificate, IsRefused) {
  const auto certificate = parse_certificate(GetParam().text);
  ASSERT_FALSE(certificate);
  EXPECT_THAT(certificate.error().message, HasSubstr("no certificate found"));
}
INSTANTIATE_TEST_SUITE_P(Texts, BadCertificate,
                         testing::Values(BadCase{"Empty", ""}, BadCase{"Prose", "to be delivered"},
                                         BadCase{"CutOff", std::string(kTestCertificate.substr(0, 200))},
                                         BadCase{"NotBase64",
                                                 "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"}),
                         [](const auto& info) { return info.param.name; });

TEST(CertificateFile, IsNamedWhereItCannotBeRead) {
  const auto certificate = read_certificate("/nowhere/a2od.pem");
  ASSERT_FALSE(certificate);
  EXPECT_EQ(certificate.error().message, "certificate file /nowhere/a2od.pem: cannot be opened");
}

TEST(CertificateFile, OfAbsurdSizeIsRefused) {
  const auto path = std::filesystem::path(testing::TempDir()) / "a2od_large_certificate.pem";
  std::ofstream(path) << std::string((1U << 20U) + 1, 'x');
  const auto certificate = read_certificate(path);
  std::filesystem::remove(path);
  ASSERT_FALSE(certificate);
  EXPECT_THAT(certificate.error().message, HasSubstr("larger than 1 MiB"));
}

}  // namespace
}  // namespace a2od::identity
