// The `WWW-Authenticate` headers of a 401: claims that the next token must carry (continuous access evaluation).
#pragma once

#include "collectors/cloud/http_client.hpp"

#include <string>
#include <string_view>

namespace a2od::cloud {

/// The claims of a Bearer challenge, decoded: JSON for the token request. Empty where none are asked for, or they are
/// not base64 of a JSON object.
[[nodiscard]] std::string claims_of_challenge(std::string_view header);

/// The same of the first such header that has claims.
[[nodiscard]] std::string claims_of_challenges(const Headers& headers);

}  // namespace a2od::cloud
