#include "collectors/cloud/clouds.hpp"

#include <fmt/format.h>

namespace a2od::cloud {

namespace {

constexpr CloudHosts kPublic{.login = "login.microsoftonline.com",
                             .admin = "api.bap.microsoft.com",
                             .power_platform = "api.powerplatform.com",
                             .graph = "graph.microsoft.com",
                             .admin_scope = "https://service.powerapps.com/.default"};

constexpr CloudHosts kGcc{.login = "login.microsoftonline.com",
                          .admin = "gov.api.bap.microsoft.us",
                          .power_platform = "api.gov.powerplatform.microsoft.us",
                          .graph = "graph.microsoft.com",
                          .admin_scope = "https://service.powerapps.us/.default"};

// Sources disagree on two cells of GCC High. Power Platform: api.high.powerplatform.microsoft.us, or
// api.appsplatform.us, which is DoD's. Scope of the admin API: high.service.powerapps.us, or
// high.service.apps.appsplatform.us.
constexpr CloudHosts kGccHigh{.login = "login.microsoftonline.us",
                              .admin = "high.api.bap.microsoft.us",
                              .power_platform = "api.high.powerplatform.microsoft.us",
                              .graph = "graph.microsoft.us",
                              .admin_scope = "https://high.service.powerapps.us/.default"};

constexpr CloudHosts kDod{.login = "login.microsoftonline.us",
                          .admin = "api.bap.appsplatform.us",
                          .power_platform = "api.appsplatform.us",
                          .graph = "dod-graph.microsoft.us",
                          .admin_scope = "https://service.apps.appsplatform.us/.default"};

// Sources disagree on the authority: login.chinacloudapi.cn, or login.partner.microsoftonline.cn.
constexpr CloudHosts kChina{.login = "login.chinacloudapi.cn",
                            .admin = "api.bap.partner.microsoftonline.cn",
                            .power_platform = "api.powerplatform.partner.microsoftonline.cn",
                            .graph = "microsoftgraph.chinacloudapi.cn",
                            .admin_scope = "https://service.powerapps.cn/.default"};

std::string_view host_or(const std::string& configured, std::string_view own) {
  return configured.empty() ? own : std::string_view(configured);
}

std::string_view host_of(const TenantConfig& tenant, Service service) {
  const CloudHosts& own = hosts_of(tenant.cloud);
  switch (service) {
    case Service::admin:
      return host_or(tenant.hosts.admin, own.admin);
    case Service::power_platform:
      return host_or(tenant.hosts.power_platform, own.power_platform);
    case Service::graph:
      return host_or(tenant.hosts.graph, own.graph);
    case Service::dataverse:
    case Service::finance_operations:
      break;
  }
  return {};
}

}  // namespace

const CloudHosts& hosts_of(Cloud cloud) {
  switch (cloud) {
    case Cloud::public_cloud:
      return kPublic;
    case Cloud::gcc:
      return kGcc;
    case Cloud::gcc_high:
      return kGccHigh;
    case Cloud::dod:
      return kDod;
    case Cloud::china:
      return kChina;
  }
  return kPublic;
}

Result<Url> token_endpoint(const TenantConfig& tenant) {
  const std::string_view host = host_or(tenant.hosts.login, hosts_of(tenant.cloud).login);
  return parse_url(fmt::format("https://{}/{}/oauth2/v2.0/token", host, percent_encode(tenant.tenant_id)));
}

Result<Url> address_of(const TenantConfig& tenant, const Request& request) {
  if (!request.target.starts_with('/')) return failure("a request's path starts with a slash");
  if (!request.base.empty() && !request.base.starts_with("https://"))
    return failure("an environment's address starts with https://");
  const std::string base =
      request.base.empty() ? fmt::format("https://{}", host_of(tenant, request.service)) : request.base;
  auto url = parse_url(base);
  if (!url) return failure(fmt::format("the address of {}: {}", to_string(request.service), url.error().message));
  url->target = request.target;
  return url;
}

std::string scope_of(const TenantConfig& tenant, Service service, const Origin& origin) {
  if (service == Service::admin) return std::string(hosts_of(tenant.cloud).admin_scope);
  const std::string_view shared = host_of(tenant, service);
  return fmt::format("https://{}/.default", shared.empty() ? origin.authority() : std::string(shared));
}

}  // namespace a2od::cloud
