// The file of --web.config.file, in the format of Prometheus' exporter toolkit: TLS and basic auth of our own server.
#pragma once

#include "config/problem.hpp"
#include "config/secret.hpp"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace a2od {

enum class ClientCertificate {
  not_asked,        ///< NoClientCert
  verified_if_any,  ///< VerifyClientCertIfGiven
  required,         ///< RequireAndVerifyClientCert
};

struct TlsServerConfig {
  std::string cert_file;  ///< PEM, the leaf first
  std::string key_file;   ///< PEM
  ClientCertificate client_auth = ClientCertificate::not_asked;
  std::string client_ca_file;  ///< PEM; present unless client_auth is not_asked
  enum class Version { tls12, tls13 } min_version = Version::tls12;
  bool operator==(const TlsServerConfig&) const = default;
};

struct WebServerConfig {
  std::optional<TlsServerConfig> tls;              ///< absent: plain HTTP
  std::map<std::string, Secret> basic_auth_users;  ///< bcrypt hashes; empty: no sign-in
  bool operator==(const WebServerConfig&) const = default;
};

/// Whether certificate files must exist and be readable.
enum class CheckFiles { yes, no };

/// As strict as read_config; a key of the toolkit that a2od does not support is refused by name. Relative paths start
/// at the file's folder. With `check_files` off, the certificate files need not exist.
[[nodiscard]] std::expected<WebServerConfig, Problems> read_web_config(const std::string& path,
                                                                       CheckFiles check = CheckFiles::yes);
[[nodiscard]] std::expected<WebServerConfig, Problems> parse_web_config(std::string file, std::string_view text,
                                                                        CheckFiles check = CheckFiles::yes);

}  // namespace a2od
