#include "collectors/cloud/managed_identity.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/cloud/json.hpp"
#include "collectors/cloud/retry_after.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>

namespace a2od::cloud {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kImdsHost = "http://169.254.169.254";
constexpr std::string_view kImdsPath = "/metadata/identity/oauth2/token";
constexpr std::string_view kArcFolder = "/var/opt/azcmagent/tokens";
constexpr std::size_t kLargestKey = 4096;
constexpr std::size_t kLargestAnswer = 1U << 20U;

std::string_view api_version(IdentityEndpoint::Kind kind) {
  switch (kind) {
    case IdentityEndpoint::Kind::imds:
      return "2018-02-01";
    case IdentityEndpoint::Kind::app_service:
      return "2019-08-01";
    case IdentityEndpoint::Kind::arc:
      return "2019-11-01";
  }
  return "";
}

/// Managed identities are asked for a resource, not for a scope.
std::string_view resource_of(std::string_view scope) {
  constexpr std::string_view kDefault = "/.default";
  return scope.ends_with(kDefault) ? scope.substr(0, scope.size() - kDefault.size()) : scope;
}

std::string which_identity(const ManagedIdentity& identity, IdentityEndpoint::Kind kind) {
  if (!identity.client_id.empty()) return "&" + form_field("client_id", identity.client_id);
  if (!identity.object_id.empty())
    return "&" +
           form_field(kind == IdentityEndpoint::Kind::app_service ? "principal_id" : "object_id", identity.object_id);
  if (!identity.resource_id.empty())
    return "&" +
           form_field(kind == IdentityEndpoint::Kind::app_service ? "mi_res_id" : "msi_res_id", identity.resource_id);
  return {};
}

TokenFailure failed(const TenantConfig& tenant, std::string reason, std::string_view what, Cause cause,
                    bool permanent = false) {
  TokenFailure result;
  result.failure.cause = cause;
  result.failure.stage = Stage::token;
  result.failure.message = fmt::format("managed identity of tenant '{}': {}", tenant.name, what);
  result.reason = std::move(reason);
  result.permanent = permanent;
  return result;
}

/// Seconds from now: `expires_in`, else `expires_on`; each a number, or a text that is one.
std::optional<std::chrono::seconds> lifetime(const boost::json::value& body, Timestamp now) {
  if (const auto in = get_number(body, "expires_in"); in && *in >= 1)
    return std::chrono::seconds(static_cast<std::int64_t>(std::min(*in, 1e9)));
  const auto on = get_number(body, "expires_on");
  const auto seconds_now = std::chrono::duration<double>(now.time_since_epoch()).count();
  if (!on || *on <= seconds_now) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(*on - seconds_now, 1e9)));
}

}  // namespace

IdentityEndpoint identity_endpoint(const std::function<std::string(const char* name)>& variable) {
  const auto endpoint = variable("IDENTITY_ENDPOINT");
  const auto header = variable("IDENTITY_HEADER");
  if (!endpoint.empty() && !header.empty()) return {IdentityEndpoint::Kind::app_service, endpoint, header};
  if (!endpoint.empty() && !variable("IMDS_ENDPOINT").empty()) return {IdentityEndpoint::Kind::arc, endpoint, ""};
  auto host = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
  while (host.ends_with('/')) host.pop_back();
  return {IdentityEndpoint::Kind::imds, (host.empty() ? std::string(kImdsHost) : host) + std::string(kImdsPath), ""};
}

std::expected<HttpRequest, TokenFailure> managed_identity_request(const TenantConfig& tenant,
                                                                  const IdentityEndpoint& endpoint,
                                                                  const std::string& scope, const std::string& proof) {
  const auto target =
      fmt::format("{}?api-version={}&{}{}", endpoint.url, api_version(endpoint.kind),
                  form_field("resource", resource_of(scope)), which_identity(*tenant.managed_identity, endpoint.kind));
  auto url = parse_url(target);
  if (!url)
    return std::unexpected(
        failed(tenant, "credential", "its endpoint in the environment is no URL", Cause::refused, true));
  HttpRequest request;
  request.url = std::move(*url);
  request.headers = {{"Accept", "application/json"}};
  if (endpoint.kind == IdentityEndpoint::Kind::app_service)
    request.headers.emplace_back("X-IDENTITY-HEADER", endpoint.header);
  else
    request.headers.emplace_back("Metadata", "true");
  if (!proof.empty()) request.headers.emplace_back("Authorization", "Basic " + proof);
  // A machine without the endpoint drops packets to it: that must not take as long as a slow Microsoft may.
  request.limits = HttpLimits{.connect = 2s, .first_byte = 20s, .total = 30s, .body_bytes = kLargestAnswer};
  return request;
}

Result<std::string> arc_key_file(std::string_view www_authenticate) {
  constexpr std::string_view kStart = "Basic realm=";
  if (!www_authenticate.starts_with(kStart)) return failure("the challenge of Azure Arc names no file");
  const std::filesystem::path path(std::string(www_authenticate.substr(kStart.size())));
  const bool inside = path.parent_path() == kArcFolder && path.extension() == ".key" && path.lexically_normal() == path;
  if (!inside) return failure("the challenge of Azure Arc names a file outside of the agent's folder");
  return path.string();
}

Result<std::string> read_arc_key(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(fmt::format("{} cannot be read: a2od's user must be in the group himds", path));
  std::string text(kLargestKey + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty() || text.size() > kLargestKey) return failure(fmt::format("{} is no key of the agent", path));
  const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
  if (!plain) return failure(fmt::format("{} is no key of the agent", path));
  return text;
}

std::expected<TokenGrant, TokenFailure> read_managed_identity_response(const TenantConfig& tenant,
                                                                       const HttpResponse& response, Timestamp now) {
  if (response.status != 200) {
    const auto error = read_service_error(response.body);
    // 404, 410 and 429 pass by themselves; other 4xx are faults of the set-up.
    const bool passes =
        response.status == 404 || response.status == 410 || response.status == 429 || response.status >= 500;
    const auto cause = response.status == 429   ? Cause::throttled
                       : response.status >= 500 ? Cause::server
                                                : Cause::sign_in;
    auto result = failed(tenant, passes ? "busy" : "refused",
                         fmt::format("its endpoint answered {}{}{}", response.status, error.message.empty() ? "" : ": ",
                                     clean_text(error.message)),
                         cause, !passes);
    result.failure.retry_after = parse_retry_after(find_header(response.headers, "Retry-After"), now);
    return std::unexpected(std::move(result));
  }
  const auto body = parse_json(response.body);
  const auto token = body ? get_string(*body, "access_token") : std::nullopt;
  const auto expires = body ? lifetime(*body, now) : std::nullopt;
  if (!token || !expires || !is_token(*token))
    return std::unexpected(failed(tenant, "malformed", "the answer of its endpoint holds no token", Cause::malformed));
  return TokenGrant{Secret(std::string(*token)), *expires, std::nullopt};
}

TokenFailure unusable_identity(const TenantConfig& tenant, std::string_view why) {
  return failed(tenant, "credential", why, Cause::sign_in, true);
}

}  // namespace a2od::cloud
