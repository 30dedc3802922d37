#include "daemon/load.hpp"

#include "collectors/cloud/assertion.hpp"
#include "collectors/cloud/proxy.hpp"
#include "collectors/cloud/tls.hpp"
#include "collectors/cloud/url.hpp"
#include "collectors/scrape/target.hpp"
#include "config/read.hpp"
#include "daemon/notify/receivers/libcurl.hpp"
#include "daemon/notify/receivers/receivers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>

namespace a2od {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

Timestamp now_for_checks() { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }

void apply(const Overrides& overrides, Config& config) {
  if (!overrides.listen_address.empty()) config.web.listen_address = overrides.listen_address;
  if (!overrides.external_url.empty()) config.web.external_url = overrides.external_url;
  if (!overrides.web_config_file.empty()) config.web.config_file = overrides.web_config_file;
  if (!overrides.storage_path.empty()) config.storage.path = overrides.storage_path;
  if (!overrides.log_level.empty()) config.log.level = overrides.log_level;
  if (overrides.log_format == "json") config.log.format = LogConfig::Format::json;
  if (overrides.log_format == "text") config.log.format = LogConfig::Format::text;
}

std::string external_url(const WebConfig& web, bool tls) {
  auto url = web.external_url.empty() ? (tls ? "https://" : "http://") + web.listen_address : web.external_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// Files that can be opened but not used: better said now than at every sign-in.
void check_credentials(const Config& config, const std::string& file, Problems& problems) {
  for (const auto& tenant : config.tenants) {
    if (!tenant.certificate) continue;
    const auto assertion = cloud::sign_assertion(*tenant.certificate, tenant.client_id, "https://login.invalid",
                                                 cloud::new_guid(), now_for_checks());
    if (!assertion)
      problems.push_back(
          {file, {}, fmt::format("tenant '{}': certificate: {}", tenant.name, assertion.error().message)});
  }
  if (const auto proxies = cloud::ProxyRules::read(config.transport, cloud::environment_variable); !proxies)
    problems.push_back({file, {}, fmt::format("transport.proxy: {}", proxies.error().message)});
  if (config.transport.ca_file.empty()) return;
  const auto opened = cloud::TlsContext::open({.ca_file = config.transport.ca_file});
  if (!opened) problems.push_back({file, {}, fmt::format("transport.ca_file: {}", opened.error().message)});
}

/// What relabelling makes of the targets.
void check_scrapes(const Config& config, const std::string& file, Problems& problems, Problems& warnings) {
  for (const auto& scrape : config.scrape_configs) {
    const auto targets = targets_of(scrape);
    if (!targets) problems.push_back({file, {}, targets.error().message});
    if (!targets) continue;
    for (const auto& problem : targets->problems) problems.push_back({file, {}, problem});
    if (!targets->over_limit.empty()) warnings.push_back({file, {}, targets->over_limit});
  }
}

/// Better said now than at the first alert.
void check_mail(const Config& config, const std::string& file, Problems& problems) {
  const auto is_mail = [](const IntegrationConfig& integration) {
    return std::holds_alternative<EmailConfig>(integration);
  };
  const auto mails = [&](const ReceiverConfig& receiver) {
    return std::ranges::any_of(receiver.integrations, is_mail);
  };
  if (std::ranges::none_of(config.receivers, mails)) return;
  try {
    static_cast<void>(libcurl());
  } catch (const std::runtime_error& missing) {
    problems.push_back({file, {}, fmt::format("receivers: email_configs: {}", missing.what())});
  }
}

void check_tls(const WebServerConfig& web, const std::string& file, Problems& problems) {
  if (!web.tls) return;
  try {
    HttpServer(nullptr, {}).set_tls(tls_identity(*web.tls));
  } catch (const std::exception& error) {
    problems.push_back({file, {}, fmt::format("tls_server_config: {}", error.what())});
  }
}

void append(Problems& all, const Problems& more) { std::ranges::copy(more, std::back_inserter(all)); }

}  // namespace

std::expected<Loaded, Problems> load(const std::string& path, const Overrides& overrides, bool check_files) {
  std::vector<std::string_view> names;
  for (const auto& collector : all_collectors()) names.push_back(collector.name);
  Loaded loaded;
  auto problems = read_config(path, {.collectors = names, .check_files = check_files}, loaded.config);
  const bool readable = problems.empty();
  apply(overrides, loaded.config);
  if (auto groups = read_rule_files(loaded.config.rule_files, {.warnings = &loaded.warnings})) {
    loaded.groups = std::move(*groups);
  } else {
    append(problems, groups.error());
  }
  if (auto templates = NotificationTemplates::load(loaded.config.templates)) {
    loaded.templates = std::move(*templates);
    for (auto& problem : check_texts(loaded.config.receivers, loaded.templates))
      problems.push_back({path, {}, std::move(problem)});
  } else {
    append(problems, templates.error());
  }
  if (!loaded.config.web.config_file.empty()) {
    const auto check = check_files ? CheckFiles::yes : CheckFiles::no;
    if (auto web = read_web_config(loaded.config.web.config_file, check)) {
      loaded.web = std::move(*web);
    } else {
      append(problems, web.error());
    }
  }
  if (check_files && readable) {
    check_credentials(loaded.config, path, problems);
    check_mail(loaded.config, path, problems);
    check_tls(loaded.web, loaded.config.web.config_file, problems);
  }
  if (readable) check_scrapes(loaded.config, path, problems, loaded.warnings);
  if (!overrides.external_url.empty() && !cloud::parse_url(overrides.external_url))
    problems.push_back(
        {"--web.external-url",
         {},
         fmt::format("found '{}', expected a URL that begins with https:// or http://", overrides.external_url)});
  if (!problems.empty()) return std::unexpected(std::move(problems));
  loaded.collectors = collectors_of(loaded.config);
  loaded.external_url = external_url(loaded.config.web, loaded.web.tls.has_value());
  return loaded;
}

TlsIdentity tls_identity(const TlsServerConfig& tls) {
  TlsIdentity identity{.certificate_chain = read_file(tls.cert_file),
                       .key = read_file(tls.key_file),
                       .require_client_certificate = tls.client_auth == ClientCertificate::required,
                       .tls13_only = tls.min_version == TlsServerConfig::Version::tls13};
  if (tls.client_auth != ClientCertificate::not_asked) identity.client_ca = read_file(tls.client_ca_file);
  return identity;
}

std::vector<std::filesystem::path> runbook_folders(const Config& config) {
  std::set<std::filesystem::path> folders;
  for (const auto& file : config.rule_files) folders.insert(std::filesystem::path(file).parent_path() / "runbooks");
  return {folders.begin(), folders.end()};
}

}  // namespace a2od
