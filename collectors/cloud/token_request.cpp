#include "collectors/cloud/token_request.hpp"

#include "collectors/cloud/assertion.hpp"
#include "collectors/cloud/clouds.hpp"
#include "collectors/cloud/json.hpp"
#include "collectors/cloud/retry_after.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace a2od::cloud {

namespace {

constexpr std::uint64_t kMaxAnswer = 1U << 20U;
constexpr std::size_t kMaxToken = 64U << 10U;

TokenFailure failed(const TenantConfig& tenant, std::string reason, std::string_view what, bool permanent,
                    Cause cause = Cause::sign_in) {
  TokenFailure result;
  result.failure.cause = cause;
  result.failure.stage = Stage::token;
  result.failure.message = fmt::format("sign-in to tenant '{}': {}", tenant.name, what);
  result.reason = std::move(reason);
  result.permanent = permanent;
  return result;
}

TokenFailure refused(const TenantConfig& tenant, const SignInError& error, unsigned status) {
  const bool numbered = error.code.starts_with("AADSTS");
  const std::string_view text = error.message.empty() ? "no reason was given" : std::string_view(error.message);
  const std::string what = error.code.empty() ? fmt::format("refused with {}: {}", status, text)
                                              : fmt::format("refused ({}): {}", error.code, text);
  TokenFailure result = failed(tenant, numbered ? error.code : "refused", what, true);
  result.failure.code = error.code;
  if (numbered) result.failure.status = status;
  return result;
}

/// The fields that prove who we are.
Result<std::string> proof(const TenantConfig& tenant, const Url& endpoint, Timestamp now) {
  if (tenant.client_secret) {
    const auto secret = tenant.client_secret->read();
    if (!secret) return std::unexpected(secret.error());
    return form_field("client_secret", secret->reveal());
  }
  const std::string as_assertion =
      form_field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") + "&";
  if (tenant.federated_token) {
    const auto token = tenant.federated_token->read();
    if (!token) return std::unexpected(token.error());
    return as_assertion + form_field("client_assertion", token->reveal());
  }
  if (!tenant.certificate) return failure("there is nothing to sign in with");
  const std::string audience = "https://" + endpoint.origin.authority() + endpoint.target;
  const auto assertion = sign_assertion(*tenant.certificate, tenant.client_id, audience, new_guid(), now);
  if (!assertion) return std::unexpected(assertion.error());
  return as_assertion + form_field("client_assertion", assertion->reveal());
}

std::optional<std::chrono::seconds> seconds_of(const boost::json::value& body, std::string_view key) {
  const auto number = get_number(body, key);
  if (!number || *number < 1) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(*number, 1e9)));
}

}  // namespace

bool is_token(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7F'; };
  return !text.empty() && text.size() <= kMaxToken && std::ranges::all_of(text, visible);
}

std::expected<HttpRequest, TokenFailure> token_request(const TenantConfig& tenant, const std::string& scope,
                                                       const std::string& claims, Timestamp now) {
  auto endpoint = token_endpoint(tenant);
  if (!endpoint) return std::unexpected(failed(tenant, "credential", endpoint.error().message, true));
  const auto proven = proof(tenant, *endpoint, now);
  if (!proven) return std::unexpected(failed(tenant, "credential", proven.error().message, true));
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(*endpoint);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.body = form_field("grant_type", "client_credentials") + "&" + form_field("client_id", tenant.client_id) +
                 "&" + form_field("scope", scope) + "&" + *proven;
  if (!claims.empty()) request.body += "&" + form_field("claims", claims);
  request.repeatable = true;
  return request;
}

std::expected<TokenGrant, TokenFailure> read_token_response(const TenantConfig& tenant, const std::string& scope,
                                                            const HttpResponse& response, Timestamp now) {
  if (response.status != 200) {
    const SignInSubject subject{tenant.client_id, tenant.tenant_id, scope};
    const bool busy = response.status == 429 || response.status >= 500;
    if (!busy) return std::unexpected(refused(tenant, read_sign_in_error(response.body, subject), response.status));
    const bool throttled = response.status == 429;
    auto result = failed(tenant, throttled ? "throttled" : "server",
                         fmt::format("the token endpoint is busy and answered {}", response.status), false,
                         throttled ? Cause::throttled : Cause::server);
    result.failure.retry_after = parse_retry_after(find_header(response.headers, "Retry-After"), now);
    return std::unexpected(std::move(result));
  }
  const auto body = response.body.size() <= kMaxAnswer ? parse_json(response.body) : failure("too large");
  const auto token = body ? get_string(*body, "access_token") : std::nullopt;
  const auto expires = body ? seconds_of(*body, "expires_in") : std::nullopt;
  if (!token || !is_token(*token) || !expires)
    return std::unexpected(
        failed(tenant, "malformed", "the token endpoint's answer holds no token", false, Cause::malformed));
  return TokenGrant{Secret(std::string(*token)), *expires, seconds_of(*body, "refresh_in")};
}

TokenFailure unreached(const TenantConfig& tenant, const HttpError& error) {
  const bool answered = error.kind == HttpError::Kind::malformed || error.kind == HttpError::Kind::too_large;
  return failed(tenant, answered ? "malformed" : "network", error.message, false, cause_of(error.kind));
}

}  // namespace a2od::cloud
