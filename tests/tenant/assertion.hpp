// The certificate sign-in of Entra ID from the other side: whether a signed assertion is one that it would accept.
#pragma once

#include "config/time.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace a2od::tenant {

struct AssertionCheck {
  std::string client_id;
  std::string token_endpoint;   ///< what `aud` must be
  std::string certificate_pem;  ///< the one registered with the application
  Timestamp now;
};

/// Why an assertion is refused: the AADSTS number and the text after it.
struct AssertionRefusal {
  int number = 0;
  std::string message;
};

struct AcceptedAssertion {
  std::string id;  ///< jti
  Timestamp expires;
};

/// Verifies header (PS256 or RS256, x5t#S256 or x5t of the certificate), signature, aud, iss, sub, nbf and exp.
[[nodiscard]] std::expected<AcceptedAssertion, AssertionRefusal> check_assertion(std::string_view assertion,
                                                                                 const AssertionCheck& check);

}  // namespace a2od::tenant
