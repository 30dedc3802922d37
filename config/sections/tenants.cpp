#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

#include <limits>

namespace a2od::schema {
namespace {

Type<CertificateCredential> certificate() {
  using Algorithm = CertificateCredential::Algorithm;
  auto keys = section<CertificateCredential>(
      {.keys = {
           key("file", &CertificateCredential::certificate_file, file(),
               "PEM; its leaf must be registered with the application", Presence::required),
           key("key_file", &CertificateCredential::key_file, file(), "PEM; default: the certificate's file"),
           key("algorithm", &CertificateCredential::algorithm,
               choice<Algorithm>({{"PS256", Algorithm::ps256}, {"RS256", Algorithm::rs256}}),
               "how the client assertion is signed"),
       }});
  return converted<CertificateCredential>(std::move(keys), [](Reader&, const Node&, CertificateCredential read) {
    if (read.key_file.empty()) read.key_file = read.certificate_file;
    return std::optional(std::move(read));
  });
}

Type<Hosts> hosts() {
  const auto host = text("a host name, perhaps with a port", is_host_and_maybe_port);
  return section<Hosts>({.keys = {
                             key("login", &Hosts::login, host, "instead of login.microsoftonline.com"),
                             key("admin", &Hosts::admin, host, "instead of api.bap.microsoft.com"),
                             key("power_platform", &Hosts::power_platform, host, "instead of api.powerplatform.com"),
                             key("graph", &Hosts::graph, host, "instead of graph.microsoft.com"),
                         }});
}

Type<EnvironmentFilter> filter() {
  return section<EnvironmentFilter>(
      {.keys = {
           key("names", &EnvironmentFilter::names, list_of(regex()), "display names or ids, each matched as a whole"),
           key("types", &EnvironmentFilter::types, list_of(regex()),
               "Production, Sandbox, Trial, Developer, Default, Teams"),
           key("regions", &EnvironmentFilter::regions, list_of(regex()), "regions, as the admin API names them"),
       }});
}

Type<ListedEnvironment> listed_environment() {
  const auto url = text("a URL that begins with https://", is_https_url);
  return section<ListedEnvironment>(
      {.keys = {
           key("name", &ListedEnvironment::name,
               text("text of 1 to 128 bytes without control characters", is_label_value),
               "the value of the environment label", Presence::required),
           key("id", &ListedEnvironment::id, text("an environment id", is_not_empty), "as the admin API names it"),
           key("url", &ListedEnvironment::url, url, "such as https://contoso.crm4.dynamics.com"),
           key("finance_operations_url", &ListedEnvironment::finance_operations_url, url,
               "such as https://contoso.operations.dynamics.com"),
       }});
}

void check_environments(Reader& reader, const Node& node, const TenantConfig& tenant) {
  if (const auto* list = node.find("list")) {
    const Reader::Step step(reader, "list");
    check_unique(reader, *list, "name");
    check_unique(reader, *list, "id");
  }
  const auto* discover = node.find("discover");
  if (discover != nullptr && !tenant.discover && tenant.environments.empty()) {
    reader.problem(discover->position(), "discover is false and there is no list, expected at least one of the two");
  }
}

Type<TenantConfig> environments() {
  return section<TenantConfig>({
      .keys = {key("discover", &TenantConfig::discover, boolean(), "whether the tenant's inventory is read"),
               key("include", &TenantConfig::include, filter(), "only these of the discovered; nothing given: all"),
               key("exclude", &TenantConfig::exclude, filter(), "none of these of the discovered"),
               key("list", &TenantConfig::environments, list_of(listed_environment()),
                   "environments to watch beside the discovered, or addresses to add to them")},
      .check = check_environments,
  });
}

constexpr std::string_view kSignIns = "client_secret, certificate, federated_token or managed_identity";

void check_sign_in(Reader& reader, const Node& node, const TenantConfig& /*tenant*/) {
  std::string_view found;
  for (const std::string_view key : {"client_secret", "certificate", "federated_token", "managed_identity"}) {
    const auto* value = node.find(key);
    if (value == nullptr) continue;
    if (!found.empty())
      reader.problem(value->position(), "found both " + std::string(found) + " and " + std::string(key) +
                                            ", expected exactly one of " + std::string(kSignIns));
    found = key;
  }
  if (found.empty()) reader.problem(node.position(), "missing, expected " + std::string(kSignIns));
  const bool needs_client_id = found != "managed_identity";
  const auto* client_id = node.find("client_id");
  const Reader::Step step(reader, "client_id");
  if (needs_client_id && client_id == nullptr) reader.problem(node.position(), "missing, expected a GUID");
  if (!needs_client_id && client_id != nullptr)
    reader.problem(client_id->position(),
                   "a managed identity has none here; for a user-assigned one write it below managed_identity");
}

void check_identity(Reader& reader, const Node& node, const ManagedIdentity& identity) {
  const int given = !identity.client_id.empty() + !identity.object_id.empty() + !identity.resource_id.empty();
  if (given > 1)
    reader.problem(node.position(), "found several, expected at most one of client_id, object_id, resource_id");
}

Type<ManagedIdentity> managed_identity() {
  return section<ManagedIdentity>({
      .keys = {key("client_id", &ManagedIdentity::client_id, text("a GUID", is_guid), "of a user-assigned identity"),
               key("object_id", &ManagedIdentity::object_id, text("a GUID", is_guid), "of a user-assigned identity"),
               key("resource_id", &ManagedIdentity::resource_id, text(), "of a user-assigned identity")},
      .check = check_identity,
  });
}

Type<TenantConfig> tenant() {
  return section<TenantConfig>({
      .keys = {key("name", &TenantConfig::name,
                   text("text of 1 to 128 bytes without control characters", is_label_value),
                   "the value of the tenant label", Presence::required),
               key("cloud", &TenantConfig::cloud, choice<Cloud>({std::begin(kClouds), std::end(kClouds)}),
                   "which of Microsoft's clouds"),
               key("tenant_id", &TenantConfig::tenant_id, text("a GUID or a domain", is_guid_or_domain),
                   "the directory that the application signs in to", Presence::required),
               key("client_id", &TenantConfig::client_id, text("a GUID", is_guid),
                   "the application; none with managed_identity"),
               key("client_secret", &TenantConfig::client_secret, secret_source(),
                   "how the application signs in: this, certificate, federated_token or managed_identity"),
               key("certificate", &TenantConfig::certificate, certificate(),
                   "how the application signs in, as Microsoft recommends it outside of Azure"),
               key("federated_token", &TenantConfig::federated_token, secret_source(),
                   "a token of another issuer, such as a Kubernetes service account's, in place of a secret"),
               key("managed_identity", &TenantConfig::managed_identity, managed_identity(),
                   "the identity that Azure gives this machine or container"),
               key("hosts", &TenantConfig::hosts, hosts(), "hosts that differ from those of the cloud"),
               key("environments", environments(), "which environments are watched"),
               key("requests_per_day", &TenantConfig::requests_per_day,
                   number(1, std::numeric_limits<std::uint64_t>::max()),
                   "the tenant's entitlement, of which a tenth is planned with"),
               key("service_protection_share", &TenantConfig::service_protection_share, percentage(0.1, 50),
                   "of each host's service-protection limits, planned with")},
      .check = check_sign_in,
  });
}

}  // namespace

Type<std::vector<TenantConfig>> tenants() { return unique_list_of("name", tenant(), Emptiness::refused); }

}  // namespace a2od::schema
