// Entra ID as the simulated tenant plays it: tokens for secrets and certificates, and who may use them where.
#pragma once

#include "tests/tenant/reply.hpp"
#include "tests/tenant/request.hpp"
#include "tests/tenant/world.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace a2od::tenant {

/// What the application may prove itself with.
struct Registration {
  std::string client_secret;
  std::string certificate_pem;
};

enum class Access : std::uint8_t { granted, no_token, unknown_token, expired, wrong_audience };

class SignIn {
 public:
  explicit SignIn(Registration registration) : registration_(std::move(registration)) {}

  /// The token endpoint, and 404 for what is not it.
  [[nodiscard]] ApiReply token(const World& world, const ApiRequest& request, Timestamp now);

  /// Whether the request's bearer token is good for one of these resources.
  [[nodiscard]] Access check(const ApiRequest& request, const std::vector<std::string>& resources, Timestamp now) const;

  void revoke_all() { tokens_.clear(); }

 private:
  struct Token {
    std::string resource;
    Timestamp expires;
  };

  [[nodiscard]] std::optional<ApiReply> refuse_client(const World& world, const ApiRequest& request,
                                                      const Options& form, Timestamp now);
  [[nodiscard]] std::optional<ApiReply> refuse_assertion(const World& world, const ApiRequest& request,
                                                         std::string_view assertion, Timestamp now);
  [[nodiscard]] ApiReply issue(const World& world, std::string resource, Timestamp now);

  Registration registration_;
  std::unordered_map<std::string, Token> tokens_;
  std::map<std::string, Timestamp> used_assertions_;
};

/// What tokens for a host must have been asked for: "https://graph.microsoft.com", without a slash at the end.
[[nodiscard]] std::vector<std::string> resources_of(Api api, std::string_view host);

}  // namespace a2od::tenant
