// Everything that the daemon is told by files, read together: all of it is good, or nothing of it is used.
#pragma once

#include "collectors/collector.hpp"
#include "config/config.hpp"
#include "config/problem.hpp"
#include "config/web_config.hpp"
#include "daemon/http/server.hpp"
#include "daemon/notify/templates/notification_templates.hpp"
#include "rules/alerting/group.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace a2od {

/// What the command line says in place of the file; empty: what the file says.
struct Overrides {
  std::string listen_address;
  std::string external_url;
  std::string web_config_file;
  std::string storage_path;
  std::string log_level;
  std::string log_format;
};

struct Loaded {
  Config config;
  Collectors collectors;  ///< built-in and own
  std::vector<GroupDefinition> groups;
  NotificationTemplates templates;
  WebServerConfig web;
  std::string external_url;  ///< without a slash at its end
  Problems warnings;         ///< what is in force all the same
};

/// Reads everything that the configuration names, and with `check_files` tries the credentials and certificates in it.
[[nodiscard]] std::expected<Loaded, Problems> load(const std::string& path, const Overrides& overrides,
                                                   bool check_files = true);

/// The certificate, key and client authorities that the web configuration names. Throws std::runtime_error that names a
/// file that cannot be read.
[[nodiscard]] TlsIdentity tls_identity(const TlsServerConfig& tls);

/// Where `<AlertName>.md` may stand: beside the rule files, in `runbooks`.
[[nodiscard]] std::vector<std::filesystem::path> runbook_folders(const Config& config);

}  // namespace a2od
