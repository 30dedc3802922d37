#include "daemon/load.hpp"

#include "collectors/collector.hpp"
#include "config/read.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace a2od {

namespace {

void apply(const Overrides& overrides, Config& config) {
  if (!overrides.listen_address.empty()) config.web.listen_address = overrides.listen_address;
  if (!overrides.external_url.empty()) config.web.external_url = overrides.external_url;
  if (!overrides.web_config_file.empty()) config.web.config_file = overrides.web_config_file;
  if (!overrides.log_level.empty()) config.log.level = overrides.log_level;
  if (overrides.log_format == "json") config.log.format = LogConfig::Format::json;
  if (overrides.log_format == "text") config.log.format = LogConfig::Format::text;
}

std::string external_url(const WebConfig& web, bool tls) {
  auto url = web.external_url.empty() ? (tls ? "https://" : "http://") + web.listen_address : web.external_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void append(Problems& all, const Problems& more) { std::ranges::copy(more, std::back_inserter(all)); }

}  // namespace

std::expected<Loaded, Problems> load(const std::string& path, const Overrides& overrides, bool check_files) {
  std::vector<std::string_view> names;
  for (const auto& collector : all_collectors()) names.push_back(collector.name);
  auto config = read_config(path, {.collectors = names, .check_files = check_files});
  if (!config) return std::unexpected(std::move(config.error()));
  apply(overrides, *config);

  Loaded loaded{.config = std::move(*config)};
  Problems problems;
  if (auto groups = read_rule_files(loaded.config.rule_files)) {
    loaded.groups = std::move(*groups);
  } else {
    append(problems, groups.error());
  }
  if (!loaded.config.web.config_file.empty()) {
    const auto check = check_files ? CheckFiles::yes : CheckFiles::no;
    if (auto web = read_web_config(loaded.config.web.config_file, check)) {
      loaded.web = std::move(*web);
    } else {
      append(problems, web.error());
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  loaded.external_url = external_url(loaded.config.web, loaded.web.tls.has_value());
  return loaded;
}

std::vector<std::filesystem::path> runbook_folders(const Config& config) {
  std::set<std::filesystem::path> folders;
  for (const auto& file : config.rule_files) folders.insert(std::filesystem::path(file).parent_path() / "runbooks");
  return {folders.begin(), folders.end()};
}

}  // namespace a2od
