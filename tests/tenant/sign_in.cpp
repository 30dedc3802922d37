#include "tests/tenant/sign_in.hpp"

#include "tests/tenant/assertion.hpp"
#include "tests/tenant/openssl.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace a2od::tenant {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view kTokenPath = "/oauth2/v2.0/token";
constexpr std::string_view kScopeSuffix = "/.default";

std::string field(const Options& form, std::string_view name) {
  const auto found = std::ranges::find(form, name, &Options::value_type::first);
  return found == form.end() ? std::string() : found->second;
}

/// Whether every credential of the kind that the scenario lists has expired; one that it does not list never does.
bool expired(const World& world, std::string_view kind, Timestamp now) {
  const auto& all = world.scenario().credentials;
  const auto of_kind = [kind](const auto& c) { return c.kind == kind; };
  const auto alive = [&](const auto& c) { return c.kind == kind && world.start() + c.expires_in > now; };
  return std::ranges::any_of(all, of_kind) && std::ranges::none_of(all, alive);
}

/// The resource of "https://graph.microsoft.com/.default", nothing for a scope of another form.
std::optional<std::string> resource_of(std::string_view scope) {
  if (!scope.starts_with("https://") || !scope.ends_with(kScopeSuffix) || scope.contains(' ')) return std::nullopt;
  scope.remove_suffix(kScopeSuffix.size());
  while (scope.ends_with('/')) scope.remove_suffix(1);
  return lower_case(scope);
}

bool exists(const World& world, std::string_view resource) {
  const auto host = resource.substr(std::string_view("https://").size());
  static constexpr std::array<std::string_view, 4> kKnown{"service.powerapps.com", "api.bap.microsoft.com",
                                                          "api.powerplatform.com", "graph.microsoft.com"};
  return std::ranges::find(kKnown, host) != kKnown.end() || world.by_host(host) != nullptr;
}

ApiReply invalid_client(int number, std::string_view message) {
  return sign_in_error(401, "invalid_client", number, message);
}

}  // namespace

std::vector<std::string> resources_of(Api api, std::string_view host) {
  if (api == Api::admin) return {"https://service.powerapps.com", "https://api.bap.microsoft.com"};
  return {fmt::format("https://{}", host)};
}

std::optional<ApiReply> SignIn::refuse_assertion(const World& world, const ApiRequest& request,
                                                 std::string_view assertion, Timestamp now) {
  const auto endpoint = fmt::format("https://{}{}", request.host, request.path);
  const auto accepted =
      check_assertion(assertion, {world.scenario().client_id, endpoint, registration_.certificate_pem, now});
  if (!accepted) return invalid_client(accepted.error().number, accepted.error().message);
  if (expired(world, "certificate", now))
    return invalid_client(700027, "The certificate used to sign the client assertion is expired on application.");
  std::erase_if(used_assertions_, [now](const auto& used) { return used.second + 5min <= now; });
  if (!used_assertions_.emplace(accepted->id, accepted->expires).second)  // the number is a guess
    return invalid_client(50027, "JWT token is invalid or malformed: jti was used before.");
  return std::nullopt;
}

std::optional<ApiReply> SignIn::refuse_client(const World& world, const ApiRequest& request, const Options& form,
                                              Timestamp now) {
  const auto client = field(form, "client_id");
  if (lower_case(client) != lower_case(world.scenario().client_id))
    return sign_in_error(400, "unauthorized_client", 700016,
                         fmt::format("Application with identifier '{}' was not found in the directory.", client));
  const auto assertion = field(form, "client_assertion");
  if (!assertion.empty()) {
    if (field(form, "client_assertion_type") != kAssertionType)
      return sign_in_error(400, "invalid_request", 50027, "The client_assertion_type is not supported.");
    return refuse_assertion(world, request, assertion, now);
  }
  const auto secret = field(form, "client_secret");
  if (secret.empty())
    return invalid_client(7000218, "The request body must contain 'client_assertion' or 'client_secret'.");
  if (registration_.client_secret.empty() || secret != registration_.client_secret)
    return invalid_client(7000215, "Invalid client secret provided.");
  if (expired(world, "secret", now)) return invalid_client(7000222, "The provided client secret keys are expired.");
  return std::nullopt;
}

ApiReply SignIn::issue(const World& world, std::string resource, Timestamp now) {
  std::erase_if(tokens_, [now](const auto& token) { return token.second.expires <= now - 1h; });
  const auto lifetime = world.scenario().token_lifetime;
  const auto text = base64url(random_bytes(48));
  tokens_[text] = {std::move(resource), now + lifetime};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
  return {200,
          {{"token_type", "Bearer"}, {"expires_in", seconds}, {"ext_expires_in", seconds}, {"access_token", text}},
          {{"Cache-Control", "no-store, no-cache"}}};
}

ApiReply SignIn::token(const World& world, const ApiRequest& request, Timestamp now) {
  if (!request.path.ends_with(kTokenPath) || request.method != "POST")
    return sign_in_error(404, "invalid_request", 900561, "The endpoint only accepts POST requests to a token path.");
  const auto tenant = request.path.substr(1, request.path.size() - kTokenPath.size() - 1);
  if (lower_case(tenant) != lower_case(world.scenario().tenant_id))
    return sign_in_error(400, "invalid_request", 900023,
                         fmt::format("Specified tenant identifier '{}' is neither a valid DNS name, nor a valid "
                                     "external domain.",
                                     tenant));
  const auto form = decode_form(request.body);
  if (field(form, "grant_type") != "client_credentials")
    return sign_in_error(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
  if (auto refusal = refuse_client(world, request, form, now)) return *std::move(refusal);
  const auto scope = field(form, "scope");
  auto resource = resource_of(scope);
  if (!resource)
    return sign_in_error(400, "invalid_scope", 70011,
                         fmt::format("The provided value for the input parameter 'scope' is not valid. The scope {} "
                                     "is not valid.",
                                     scope));
  if (!exists(world, *resource))
    return sign_in_error(400, "invalid_resource", 500011,
                         fmt::format("The resource principal named {} was not found in the tenant.", *resource));
  return issue(world, *std::move(resource), now);
}

Access SignIn::check(const ApiRequest& request, const std::vector<std::string>& resources, Timestamp now) const {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = request.header("Authorization");
  if (!header.starts_with(kBearer)) return Access::no_token;
  const auto found = tokens_.find(std::string(header.substr(kBearer.size())));
  if (found == tokens_.end()) return Access::unknown_token;
  if (found->second.expires <= now) return Access::expired;
  const bool fits = std::ranges::find(resources, found->second.resource) != resources.end();
  return fits ? Access::granted : Access::wrong_audience;
}

}  // namespace a2od::tenant
