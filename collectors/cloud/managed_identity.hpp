// Tokens of a managed identity: which endpoint of the machine gives them, how it is asked, and what it answers.
#pragma once

#include "collectors/cloud/http_client.hpp"
#include "collectors/cloud/token_request.hpp"
#include "config/config.hpp"
#include "config/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace a2od::cloud {

/// Where a2od runs, as far as its environment tells.
struct IdentityEndpoint {
  enum class Kind : std::uint8_t {
    imds,         ///< a virtual machine, or Kubernetes with a pod identity
    app_service,  ///< App Service, Functions, Container Apps
    arc,          ///< a machine connected by Azure Arc: the first answer names a file whose content proves that we may
  };
  Kind kind = Kind::imds;
  std::string url;     ///< without query
  std::string header;  ///< App Service: the value of X-IDENTITY-HEADER
};
[[nodiscard]] IdentityEndpoint identity_endpoint(const std::function<std::string(const char* name)>& variable);

/// `proof` is the content of the file that Azure Arc named; empty at first.
[[nodiscard]] std::expected<HttpRequest, TokenFailure> managed_identity_request(const TenantConfig& tenant,
                                                                                const IdentityEndpoint& endpoint,
                                                                                const std::string& scope,
                                                                                const std::string& proof);

/// The file that the challenge of Azure Arc names, checked: in the agent's folder, a .key, no way out of it.
[[nodiscard]] Result<std::string> arc_key_file(std::string_view www_authenticate);

/// Reads it: at most 4,096 bytes.
[[nodiscard]] Result<std::string> read_arc_key(const std::string& path);

[[nodiscard]] std::expected<TokenGrant, TokenFailure> read_managed_identity_response(const TenantConfig& tenant,
                                                                                     const HttpResponse& response,
                                                                                     Timestamp now);

/// There is no token until somebody mends what `why` says.
[[nodiscard]] TokenFailure unusable_identity(const TenantConfig& tenant, std::string_view why);

}  // namespace a2od::cloud
