// OpenSSL's objects with owners, and the few encodings that the simulated tenant needs.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace a2od::tenant {

template <auto free_function>
struct Freed {
  void operator()(auto* object) const { free_function(object); }
};

using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;

/// nullptr where the text is not PEM of that kind.
[[nodiscard]] Certificate certificate_of(std::string_view pem);
[[nodiscard]] Key key_of(std::string_view pem);
[[nodiscard]] std::string to_pem(X509* certificate);
[[nodiscard]] std::string to_pem(EVP_PKEY* key);

/// The certificate's thumbprint in base64url, as x5t and x5t#S256 carry it.
[[nodiscard]] std::string fingerprint(X509* certificate, const EVP_MD* digest);

[[nodiscard]] std::string base64url(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64url_decoded(std::string_view text);
[[nodiscard]] std::string random_bytes(std::size_t size);

}  // namespace a2od::tenant
