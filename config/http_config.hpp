// How requests are made to others than Microsoft: Alertmanager's http_config, tls_config and oauth2.
#pragma once

#include "config/secret.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace a2od {

struct TlsClientConfig {
  std::string ca_file;  ///< trusted beside the system's authorities; PEM, as all of these
  std::string cert_file;
  std::string key_file;
  std::string server_name;  ///< in place of the address's host
  bool tls13_only = false;
  auto operator<=>(const TlsClientConfig&) const = default;
};

/// Access tokens by client credentials (RFC 6749, 4.4).
struct OAuth2Config {
  std::string client_id;
  InlineOrSource client_secret;
  std::string token_url;
  std::vector<std::string> scopes;
  std::map<std::string, std::string> endpoint_params;
  TlsClientConfig tls;
  bool operator==(const OAuth2Config&) const = default;
};

struct HttpClientConfig {
  std::string authorization_type = "Bearer";
  std::optional<InlineOrSource> authorization_credentials;
  std::string basic_username;
  std::optional<InlineOrSource> basic_password;
  std::optional<OAuth2Config> oauth2;
  TlsClientConfig tls;
  std::optional<InlineOrSource> proxy_url;  ///< http://, perhaps with user and password
  std::string no_proxy;                     ///< hosts, divided by commas
  bool follow_redirects = true;
  std::map<std::string, std::vector<InlineOrSource>> headers;
  bool operator==(const HttpClientConfig&) const = default;
};

}  // namespace a2od
