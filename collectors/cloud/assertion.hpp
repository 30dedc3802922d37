// The signed assertion (JWT) by which an application proves that it holds the key of its certificate.
#pragma once

#include "config/config.hpp"
#include "config/result.hpp"
#include "config/secret.hpp"
#include "config/time.hpp"

#include <string>
#include <string_view>

namespace a2od::cloud {

struct AssertionInput {
  std::string certificate;  ///< PEM; the first certificate counts
  Secret key;               ///< PEM, without a passphrase
  CertificateCredential::Algorithm algorithm = CertificateCredential::Algorithm::ps256;
  std::string client_id;
  std::string audience;  ///< the token endpoint
  std::string id;        ///< never used before
  Timestamp now;
};

/// Valid for ten minutes from `now`. PS256 names the certificate by x5t#S256, RS256 by x5t. Refused: what is not PEM, a
/// key with a passphrase, one that is not RSA or not the certificate's, and a certificate that has expired.
[[nodiscard]] Result<Secret> sign_assertion(const AssertionInput& input);

/// Reads certificate and key anew, so that replaced files are seen, and signs. `id` as above.
[[nodiscard]] Result<Secret> sign_assertion(const CertificateCredential& credential, std::string client_id,
                                            std::string audience, std::string id, Timestamp now);

/// A random GUID.
[[nodiscard]] std::string new_guid();

[[nodiscard]] std::string base64url(std::string_view bytes);
/// The ordinary alphabet, padded: for Basic authentication.
[[nodiscard]] std::string base64(std::string_view bytes);
/// Either alphabet, with or without padding; empty where a character belongs to neither.
[[nodiscard]] std::string decode_base64(std::string_view text);

}  // namespace a2od::cloud
