// What `http_config` adds to a request: headers of the operator's, and who we are.
#pragma once

#include "collectors/cloud/http_client.hpp"
#include "config/http_config.hpp"
#include "config/result.hpp"

#include <string_view>

namespace a2od::cloud {

/// A header's value may not hold what would end the header.
[[nodiscard]] bool fits_header(std::string_view text);

/// All of them only for the host that is configured. Reads files: call it where blocking is allowed. The error names
/// the setting and never a secret. Without the token of `oauth2`.
[[nodiscard]] Result<Headers> private_headers(const HttpClientConfig& config);

}  // namespace a2od::cloud
