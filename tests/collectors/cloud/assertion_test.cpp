#include "collectors/cloud/assertion.hpp"

#include "collectors/cloud/json.hpp"
#include "tests/collectors/cloud/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

namespace a2od::cloud {
namespace {

using Algorithm = CertificateCredential::Algorithm;
using testing::HasSubstr;
using testing::Not;

const test::Identity& identity() {
  static const test::Identity made = test::make_self_signed(test::KeyType::rsa, 30);
  return made;
}

Timestamp now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

AssertionInput input(Algorithm algorithm, const test::Identity& by = identity()) {
  return {.certificate = by.certificate,
          .key = Secret(by.key),
          .algorithm = algorithm,
          .client_id = "client-1",
          .audience = "https://login.test/tenant/oauth2/v2.0/token",
          .id = new_guid(),
          .now = now()};
}

struct Jwt {
  boost::json::value header;
  boost::json::value claims;
  std::string signed_text;
  std::string signature;
};

Jwt take_apart(const Secret& assertion) {
  const std::string& text = assertion.reveal();
  const auto first = text.find('.');
  const auto second = text.find('.', first + 1);
  return {parse_json(decode_base64(text.substr(0, first))).value(),
          parse_json(decode_base64(text.substr(first + 1, second - first - 1))).value(), text.substr(0, second),
          decode_base64(text.substr(second + 1))};
}

struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
std::unique_ptr<X509, X509Deleter> read_certificate(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  std::unique_ptr<X509, X509Deleter> certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  return certificate;
}

bool verifies(const Jwt& jwt, Algorithm algorithm) {
  const auto certificate = read_certificate(identity().certificate);
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_PKEY_CTX* context = nullptr;
  EVP_DigestVerifyInit(digest, &context, EVP_sha256(), nullptr, X509_get0_pubkey(certificate.get()));
  if (algorithm == Algorithm::ps256) {
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 32);
  }
  const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const int good = EVP_DigestVerify(digest, bytes(jwt.signature), jwt.signature.size(), bytes(jwt.signed_text),
                                    jwt.signed_text.size());
  EVP_MD_CTX_free(digest);
  return good == 1;
}

std::string fingerprint(const EVP_MD* kind) {
  const auto certificate = read_certificate(identity().certificate);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate.get(), kind, bytes, &size);
  return {reinterpret_cast<char*>(bytes), size};
}

TEST(Assertion, Ps256VerifiesWithThePublicKeyAndNamesTheCertificateBySha256) {
  const auto jwt = take_apart(sign_assertion(input(Algorithm::ps256)).value());
  EXPECT_TRUE(verifies(jwt, Algorithm::ps256));
  EXPECT_EQ(get_string(jwt.header, "alg"), "PS256");
  EXPECT_EQ(get_string(jwt.header, "typ"), "JWT");
  EXPECT_EQ(decode_base64(*get_string(jwt.header, "x5t#S256")), fingerprint(EVP_sha256()));
}

TEST(Assertion, Rs256VerifiesAndNamesTheCertificateBySha1) {
  const auto jwt = take_apart(sign_assertion(input(Algorithm::rs256)).value());
  EXPECT_TRUE(verifies(jwt, Algorithm::rs256));
  EXPECT_EQ(get_string(jwt.header, "alg"), "RS256");
  EXPECT_EQ(decode_base64(*get_string(jwt.header, "x5t")), fingerprint(EVP_sha1()));
}

TEST(Assertion, ClaimsNameClientEndpointAndTenMinutes) {
  const auto given = input(Algorithm::ps256);
  const auto jwt = take_apart(sign_assertion(given).value());
  EXPECT_EQ(get_string(jwt.claims, "iss"), "client-1");
  EXPECT_EQ(get_string(jwt.claims, "sub"), "client-1");
  EXPECT_EQ(get_string(jwt.claims, "aud"), given.audience);
  EXPECT_EQ(get_string(jwt.claims, "jti"), given.id);
  EXPECT_EQ(get_number(jwt.claims, "exp").value() - get_number(jwt.claims, "nbf").value(), 600);
}

TEST(Assertion, WhatCannotSignIsExplained) {
  const auto fault = [](AssertionInput with) { return sign_assertion(with).error().message; };
  auto other_key = input(Algorithm::ps256);
  other_key.key = Secret(test::make_self_signed(test::KeyType::rsa, 30).key);
  EXPECT_THAT(fault(other_key), HasSubstr("not that of the certificate"));

  auto no_key = input(Algorithm::ps256);
  no_key.key = Secret("top secret junk");
  EXPECT_THAT(fault(no_key), HasSubstr("not in PEM"));
  EXPECT_THAT(fault(no_key), Not(HasSubstr("junk")));

  EXPECT_THAT(fault(input(Algorithm::ps256, test::make_self_signed(test::KeyType::elliptic, 30))), HasSubstr("RSA"));
  EXPECT_THAT(fault(input(Algorithm::ps256, test::make_self_signed(test::KeyType::rsa, -1))), HasSubstr("expired on"));
  EXPECT_THAT(fault({}), HasSubstr("certificate is not in PEM"));
}

TEST(Assertion, AKeyWithAPassphraseIsNotAskedForOnTheTerminal) {
  auto given = input(Algorithm::ps256);
  BIO* in = BIO_new_mem_buf(identity().key.data(), static_cast<int>(identity().key.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO* out = BIO_new(BIO_s_mem());
  std::string passphrase = "hunter2";
  PEM_write_bio_PrivateKey(out, key, EVP_aes_256_cbc(), nullptr, 0, nullptr, passphrase.data());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  given.key = Secret(std::string(text, static_cast<std::size_t>(size)));
  BIO_free(in);
  BIO_free(out);
  EVP_PKEY_free(key);
  EXPECT_THAT(sign_assertion(given).error().message, HasSubstr("passphrase"));
}

TEST(Assertion, AReplacedFileIsUsedAtOnce) {
  const auto first = test::make_self_signed(test::KeyType::rsa, 30);
  const test::TemporaryFile file(first.certificate + first.key);
  const CertificateCredential credential{.certificate_file = file.path(), .key_file = "", .algorithm = {}};
  const auto thumbprint = [&] {
    const auto jwt = take_apart(sign_assertion(credential, "c", "a", new_guid(), now()).value());
    return std::string(*get_string(jwt.header, "x5t#S256"));
  };
  const auto before = thumbprint();
  const auto second = test::make_self_signed(test::KeyType::rsa, 30);
  file.write(second.certificate + second.key);
  EXPECT_NE(thumbprint(), before);
}

TEST(Base64, BothAlphabetsAreReadAndOneIsWritten) {
  EXPECT_EQ(base64url("\xFB\xEF\xFE"), "--_-");
  EXPECT_EQ(decode_base64("++/+"), "\xFB\xEF\xFE");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64(base64url("f")), "f");
  EXPECT_EQ(decode_base64("a b"), "");
}

TEST(Guid, IsRandomAndWellFormed) {
  EXPECT_THAT(new_guid(), testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
  EXPECT_NE(new_guid(), new_guid());
}

}  // namespace
}  // namespace a2od::cloud
