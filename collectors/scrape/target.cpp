#include "collectors/scrape/target.hpp"

#include "collectors/cloud/proxy.hpp"
#include "config/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace a2od {
namespace {

constexpr std::string_view kParameter = "__param_";

ExposedLabels discovered_labels(const ScrapeConfig& config, const std::string& address, const StaticTargets& from) {
  ExposedLabels labels;
  for (const auto& [name, value] : from.labels) set_label(labels, name, value);
  const auto set_missing = [&](std::string_view name, std::string value) {
    if (label_value(labels, name).empty()) set_label(labels, name, std::move(value));
  };
  set_label(labels, "__address__", address);
  set_missing("job", config.job_name);
  set_missing("__scrape_interval__", format_duration(config.interval));
  set_missing("__scrape_timeout__", format_duration(config.timeout));
  set_missing("__metrics_path__", config.metrics_path);
  set_missing("__scheme__", config.scheme == ScrapeConfig::Scheme::https ? "https" : "http");
  for (const auto& [name, values] : config.params)
    if (!values.empty()) set_label(labels, std::string(kParameter) + name, values.front());
  std::ranges::sort(labels);
  return labels;
}

/// The configuration's parameters; relabelling may give each another first value, and may add some.
std::string query_of(const ScrapeConfig& config, const ExposedLabels& labels) {
  auto params = config.params;
  for (const auto& [label, value] : labels) {
    if (!label.starts_with(kParameter)) continue;
    auto& values = params[label.substr(kParameter.size())];
    if (values.empty()) values.emplace_back();
    values.front() = value;
  }
  std::string query;
  for (const auto& [name, values] : params)
    for (const auto& value : values) query += (query.empty() ? "?" : "&") + cloud::form_field(name, value);
  return query;
}

/// What would end the path is part of it, as in Prometheus.
std::string path_of(std::string_view path) {
  std::string text = path.starts_with('/') ? "" : "/";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%')
      text += fmt::format("%{:02X}", c);
    else
      text += c;
  }
  return text;
}

Result<Milliseconds> duration_of(const ExposedLabels& labels, std::string_view name) {
  const auto parsed = parse_duration(label_value(labels, name));
  if (!parsed) return failure(fmt::format("{}: {}", name, parsed.error().message));
  if (*parsed <= Milliseconds(0)) return failure(fmt::format("{} is 0", name));
  return *parsed;
}

bool has_proxy(const HttpClientConfig& config, std::string_view host) {
  if (!config.proxy_url) return false;
  // Its address may stand in a file, and is not needed here.
  const auto rules = cloud::ProxyRules::parse(Secret("http://proxy"), config.no_proxy);
  return rules && rules->proxy_for(host) != nullptr;
}

/// `labels` after relabelling.
Result<ScrapeTarget> target_of(const ScrapeConfig& config, ExposedLabels labels) {
  ScrapeTarget target;
  const std::string address(label_value(labels, "__address__"));
  if (address.empty()) return failure("its address is empty");
  if (address.contains('/')) return failure("its address has a slash: scheme and path are labels of their own");
  target.address = fmt::format("{}://{}{}{}", label_value(labels, "__scheme__"), address,
                               path_of(label_value(labels, "__metrics_path__")), query_of(config, labels));
  auto url = cloud::parse_url(target.address);
  if (!url) return failure(fmt::format("address '{}': {}", address, url.error().message));
  if (url->origin.scheme == cloud::Origin::Scheme::http && has_proxy(config.http, url->origin.host))
    return failure("proxy_url is for https alone, expected `scheme: https` or the host in no_proxy");
  const auto interval = duration_of(labels, "__scrape_interval__");
  if (!interval) return std::unexpected(interval.error());
  const auto timeout = duration_of(labels, "__scrape_timeout__");
  if (!timeout) return std::unexpected(timeout.error());
  if (*timeout > *interval) return failure("its timeout is longer than its interval");
  target.url = std::move(*url);
  target.interval = *interval;
  target.timeout = *timeout;
  if (label_value(labels, "instance").empty()) set_label(labels, "instance", address);
  std::erase_if(labels, [](const auto& label) { return label.first.starts_with("__"); });
  std::ranges::sort(labels);
  target.labels = std::move(labels);
  return target;
}

ScrapeConfig without_targets(ScrapeConfig config) {
  config.static_configs.clear();
  config.relabel_configs.clear();
  config.target_limit = 0;
  return config;
}

}  // namespace

std::string ScrapeTarget::key() const {
  std::string key = address;
  for (const auto& [name, value] : labels) key += '\n' + name + '=' + value;
  return key;
}

Result<ScrapeTargets> targets_of(const ScrapeConfig& config) {
  const auto relabeling = Relabeling::make(config.relabel_configs);
  if (!relabeling)
    return failure(fmt::format("job '{}': relabel_configs: {}", config.job_name, relabeling.error().message));
  auto of_metrics = Relabeling::make(config.metric_relabel_configs);
  if (!of_metrics)
    return failure(fmt::format("job '{}': metric_relabel_configs: {}", config.job_name, of_metrics.error().message));
  const auto job = std::make_shared<const ScrapeJob>(ScrapeJob{without_targets(config), std::move(*of_metrics)});
  ScrapeTargets targets;
  std::set<std::string> seen;
  for (const auto& group : config.static_configs) {
    for (const auto& address : group.targets) {
      const auto discovered = discovered_labels(config, address, group);
      auto labels = discovered;
      if (!relabeling->apply(labels)) {
        targets.dropped.push_back(discovered);
        continue;
      }
      auto target = target_of(config, std::move(labels));
      if (!target) {
        targets.problems.push_back(
            fmt::format("job '{}': target '{}': {}", config.job_name, address, target.error().message));
        continue;
      }
      target->job = job;
      target->discovered = discovered;
      if (seen.insert(target->key()).second) targets.active.push_back(std::move(*target));
    }
  }
  if (config.target_limit > 0 && targets.active.size() > config.target_limit) {
    const auto why = fmt::format("{} targets are over target_limit {}", targets.active.size(), config.target_limit);
    for (auto& target : targets.active) target.refused = why;
    targets.over_limit = fmt::format("job '{}': {}: all are down, and none is scraped", config.job_name, why);
  }
  return targets;
}

}  // namespace a2od
