#include "collectors/cloud/assertion.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>

namespace a2od::cloud {

namespace json = boost::json;

namespace {

constexpr auto kLifetime = 10min;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

/// Without it OpenSSL would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

Bio memory(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Result<Certificate> read_certificate(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!certificate) return failure("the certificate is not in PEM: it begins with -----BEGIN CERTIFICATE-----");
  return certificate;
}

Result<Key> read_key(const Secret& pem) {
  bool asked = false;
  Key key(PEM_read_bio_PrivateKey(memory(pem.reveal()).get(), nullptr, no_passphrase, &asked));
  ERR_clear_error();
  if (asked) return failure("the key has a passphrase: a2od needs it without one, readable by its own user only");
  if (!key) return failure("the key is not in PEM: it begins with -----BEGIN PRIVATE KEY-----");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return failure("the key is not an RSA key, which Entra ID asks for");
  return key;
}

std::optional<Timestamp> expiry_of(X509* certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return std::nullopt;
  return Timestamp(std::chrono::seconds(timegm(&time)));
}

std::string thumbprint(X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  X509_digest(certificate, digest, bytes.data(), &length);
  return base64url({reinterpret_cast<const char*>(bytes.data()), length});
}

bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

Result<std::string> sign(EVP_PKEY* key, CertificateCredential::Algorithm algorithm, const std::string& text) {
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  const bool ready = EVP_DigestSignInit(digest.get(), &context, EVP_sha256(), nullptr, key) == 1 &&
                     (algorithm != CertificateCredential::Algorithm::ps256 || use_pss(context)) &&
                     EVP_DigestSign(digest.get(), nullptr, &length, bytes, text.size()) == 1;
  std::string signature(length, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (!ready || EVP_DigestSign(digest.get(), out, &length, bytes, text.size()) != 1) {
    ERR_clear_error();
    return failure("the key cannot sign: an RSA key of at least 2048 bits is needed");
  }
  signature.resize(length);
  return signature;
}

std::string header_of(X509* certificate, CertificateCredential::Algorithm algorithm) {
  json::object header{{"typ", "JWT"}};
  if (algorithm == CertificateCredential::Algorithm::ps256) {
    header["alg"] = "PS256";
    header["x5t#S256"] = thumbprint(certificate, EVP_sha256());
  } else {
    header["alg"] = "RS256";
    header["x5t"] = thumbprint(certificate, EVP_sha1());
  }
  return json::serialize(header);
}

std::string claims_of(const AssertionInput& input) {
  const auto now = std::chrono::floor<std::chrono::seconds>(input.now).time_since_epoch();
  const json::object claims{
      {"aud", input.audience}, {"iss", input.client_id}, {"sub", input.client_id},          {"jti", input.id},
      {"nbf", now.count()},    {"iat", now.count()},     {"exp", (now + kLifetime).count()}};
  return json::serialize(claims);
}

}  // namespace

Result<Secret> sign_assertion(const AssertionInput& input) {
  const auto certificate = read_certificate(input.certificate);
  if (!certificate) return std::unexpected(certificate.error());
  const auto key = read_key(input.key);
  if (!key) return std::unexpected(key.error());
  const bool match = X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  if (!match) return failure("the key is not that of the certificate");
  const auto expiry = expiry_of(certificate->get());
  if (expiry && *expiry <= input.now)
    return failure(fmt::format("the certificate expired on {:%Y-%m-%d}: register a new one with application {}",
                               std::chrono::floor<std::chrono::seconds>(*expiry), input.client_id));
  const std::string text =
      base64url(header_of(certificate->get(), input.algorithm)) + "." + base64url(claims_of(input));
  const auto signature = sign(key->get(), input.algorithm, text);
  if (!signature) return std::unexpected(signature.error());
  return Secret(text + "." + base64url(*signature));
}

Result<Secret> sign_assertion(const CertificateCredential& credential, std::string client_id, std::string audience,
                              std::string id, Timestamp now) {
  const std::string& key_file = credential.key_file.empty() ? credential.certificate_file : credential.key_file;
  auto certificate = SecretSource{SecretFile{credential.certificate_file}}.read();
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  auto key = SecretSource{SecretFile{key_file}}.read();
  if (!key) return std::unexpected(std::move(key.error()));
  AssertionInput input{.certificate = certificate->reveal(),
                       .key = std::move(*key),
                       .algorithm = credential.algorithm,
                       .client_id = std::move(client_id),
                       .audience = std::move(audience),
                       .id = std::move(id),
                       .now = now};
  auto assertion = sign_assertion(input);
  if (!assertion)
    return failure(fmt::format("{}, {}: {}", credential.certificate_file, key_file, assertion.error().message));
  return assertion;
}

std::string new_guid() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random numbers");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

namespace {
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

std::string base64url(std::string_view bytes) {
  std::string text;
  unsigned pending = 0;
  int bits = 0;
  for (const char c : bytes) {
    pending = (pending << 8U) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += kBase64Url[(pending >> static_cast<unsigned>(bits - 6)) & 0x3FU];
    pending &= (1U << static_cast<unsigned>(bits)) - 1;
  }
  if (bits > 0) text += kBase64Url[(pending << static_cast<unsigned>(6 - bits)) & 0x3FU];
  return text;
}

std::string base64(std::string_view bytes) {
  auto text = base64url(bytes);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  return text;
}

std::string decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = kBase64Url.find(c == '+' ? '-' : c == '/' ? '_' : c);
    if (digit == std::string_view::npos) return {};
    pending = (pending << 6U) | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>((pending >> bits) & 0xFFU);
    pending &= (1U << bits) - 1;
  }
  return bytes;
}

}  // namespace a2od::cloud
