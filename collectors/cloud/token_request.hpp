// The request for a token by client credentials, and what its answer says.
#pragma once

#include "collectors/cloud/aadsts.hpp"
#include "collectors/cloud/http_client.hpp"
#include "collectors/cloud/token_cache.hpp"
#include "config/config.hpp"

#include <expected>
#include <string>

namespace a2od::cloud {

/// Why there is no token.
struct TokenFailure {
  Failure failure;         ///< its stage is token, its status 0 where Entra ID did not refuse us itself
  std::string reason;      ///< for metrics, of a small set: "AADSTS7000222", "credential", "network", "throttled", …
  bool permanent = false;  ///< a human has to act: asking again soon is of no use
};

/// Reads secret or certificate anew from where the configuration says, so that a rotated one is used at once.
[[nodiscard]] std::expected<HttpRequest, TokenFailure> token_request(const TenantConfig& tenant,
                                                                     const std::string& scope,
                                                                     const std::string& claims, Timestamp now);

/// What may stand behind "Bearer " in a header.
[[nodiscard]] bool is_token(std::string_view text);

[[nodiscard]] std::expected<TokenGrant, TokenFailure> read_token_response(const TenantConfig& tenant,
                                                                          const std::string& scope,
                                                                          const HttpResponse& response, Timestamp now);

/// The token endpoint was not reached, or its answer was not HTTP.
[[nodiscard]] TokenFailure unreached(const TenantConfig& tenant, const HttpError& error);

}  // namespace a2od::cloud
