// The HTTP proxy through which connections to Microsoft go: from the configuration, or from the environment as curl and
// most tools read it.
#pragma once

#include "config/config.hpp"
#include "config/result.hpp"
#include "config/secret.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::cloud {

struct Proxy {
  std::string host;
  std::uint16_t port = 3128;
  Secret credentials;  ///< "user:password"; empty: none
};

/// Which hosts are reached through which proxy. Built once: what the environment says does not change.
class ProxyRules {
 public:
  /// A variable of the environment; empty where there is none.
  using Variable = std::function<std::string(const char* name)>;

  /// No proxy at all.
  ProxyRules() = default;
  /// `transport.proxy` where it is given; else HTTPS_PROXY (or https_proxy, ALL_PROXY) and NO_PROXY of the environment.
  /// Refuses addresses that are no http:// URL; the error never repeats them, as they may hold a password.
  [[nodiscard]] static Result<ProxyRules> read(const TransportConfig& config, const Variable& variable);

  /// One proxy for all but the hosts that `direct` lists, divided by commas.
  [[nodiscard]] static Result<ProxyRules> parse(const Secret& url, std::string_view direct);

  /// Nothing: the host is reached directly. Loopback addresses always are.
  [[nodiscard]] const Proxy* proxy_for(std::string_view host) const;

 private:
  std::optional<Proxy> proxy_;
  std::vector<std::string> direct_;  ///< "contoso.example" and all names below it, "*" for all
};

/// The variable of this process.
[[nodiscard]] std::string environment_variable(const char* name);

}  // namespace a2od::cloud
