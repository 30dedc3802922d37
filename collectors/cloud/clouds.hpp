// Where each Microsoft cloud keeps its services, and the token scope that each of them asks for.
#pragma once

#include "collectors/cloud/session.hpp"
#include "collectors/cloud/url.hpp"
#include "config/config.hpp"

#include <string>
#include <string_view>

namespace a2od::cloud {

struct CloudHosts {
  std::string_view login;
  std::string_view admin;
  std::string_view power_platform;
  std::string_view graph;
  std::string_view admin_scope;  ///< the resource whose tokens the admin API takes; not its host
};
[[nodiscard]] const CloudHosts& hosts_of(Cloud cloud);

/// Where a tenant's tokens come from: `hosts: login:` of the configuration, or the cloud's own.
[[nodiscard]] Result<Url> token_endpoint(const TenantConfig& tenant);

/// The address of a request: its base, or the tenant's host of the service. Always https.
[[nodiscard]] Result<Url> address_of(const TenantConfig& tenant, const Request& request);

/// The scope of a token for `service` at `origin`: an environment's own address, or that of the tenant's host, also for
/// the regional hosts below it.
[[nodiscard]] std::string scope_of(const TenantConfig& tenant, Service service, const Origin& origin);

}  // namespace a2od::cloud
