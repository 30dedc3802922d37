#include "tests/tenant/assertion.hpp"

#include "tests/tenant/openssl.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <optional>
#include <utility>

namespace a2od::tenant {
namespace {

namespace json = boost::json;
using Refused = std::unexpected<AssertionRefusal>;

Refused refused(int number, std::string message) { return Refused(AssertionRefusal{number, std::move(message)}); }

struct Parts {
  std::string_view signed_text;
  json::object header;
  json::object claims;
  std::string signature;
};

std::optional<json::object> object_of(std::string_view encoded) {
  const auto text = base64url_decoded(encoded);
  boost::system::error_code error;
  auto value = text ? json::parse(*text, error) : json::value();
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<Parts> parts_of(std::string_view assertion) {
  const auto first = assertion.find('.');
  const auto last = assertion.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  auto header = object_of(assertion.substr(0, first));
  auto claims = object_of(assertion.substr(first + 1, last - first - 1));
  auto signature = base64url_decoded(assertion.substr(last + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Parts{assertion.substr(0, last), *std::move(header), *std::move(claims), *std::move(signature)};
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<Timestamp> time_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return Timestamp(std::chrono::seconds(value->get_int64()));
}

bool names_certificate(const json::object& header, X509* certificate) {
  const auto sha256 = text_of(header, "x5t#S256");
  if (!sha256.empty()) return sha256 == fingerprint(certificate, EVP_sha256());
  return text_of(header, "x5t") == fingerprint(certificate, EVP_sha1());
}

bool signature_holds(const Parts& parts, X509* certificate, bool pss) {
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key = nullptr;
  if (EVP_DigestVerifyInit(digest.get(), &key, EVP_sha256(), nullptr, X509_get0_pubkey(certificate)) != 1) return false;
  if (pss && (EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) != 1 ||
              EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  const auto* signature = reinterpret_cast<const unsigned char*>(parts.signature.data());
  const auto* text = reinterpret_cast<const unsigned char*>(parts.signed_text.data());
  return EVP_DigestVerify(digest.get(), signature, parts.signature.size(), text, parts.signed_text.size()) == 1;
}

}  // namespace

std::expected<AcceptedAssertion, AssertionRefusal> check_assertion(std::string_view assertion,
                                                                   const AssertionCheck& check) {
  const auto parts = parts_of(assertion);
  if (!parts) return refused(50027, "JWT token is invalid or malformed.");
  const auto certificate = certificate_of(check.certificate_pem);
  const auto algorithm = text_of(parts->header, "alg");
  if (algorithm != "PS256" && algorithm != "RS256")
    return refused(50027, "JWT token is invalid or malformed: alg is '" + algorithm + "'.");
  if (!certificate || !names_certificate(parts->header, certificate.get()))
    return refused(700027,
                   "The certificate with the identifier used to sign the client assertion is not registered "
                   "on application.");
  if (!signature_holds(*parts, certificate.get(), algorithm == "PS256"))
    return refused(700027, "Client assertion failed signature validation.");
  if (text_of(parts->claims, "aud") != check.token_endpoint)
    return refused(700023, "Client assertion audience claim does not match Realm issuer.");
  if (text_of(parts->claims, "iss") != check.client_id || text_of(parts->claims, "sub") != check.client_id)
    return refused(700021, "Client assertion application identifier does not match 'client_id' parameter.");
  const auto expires = time_of(parts->claims, "exp");
  const auto begins = time_of(parts->claims, "nbf");
  constexpr auto kLeeway = std::chrono::minutes(5);
  if (!expires || *expires + kLeeway <= check.now || (begins && *begins - kLeeway > check.now))
    return refused(700024, "Client assertion is not within its valid time range.");
  const auto id = text_of(parts->claims, "jti");
  if (id.empty()) return refused(50027, "JWT token is invalid or malformed: no jti.");
  return AcceptedAssertion{id, *expires};
}

}  // namespace a2od::tenant
