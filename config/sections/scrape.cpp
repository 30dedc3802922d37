#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/receivers/receiver_keys.hpp"
#include "config/sections/sections.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <set>

namespace a2od::schema {
namespace {

constexpr std::string_view kDiscovery =
    "targets are listed in static_configs; a2od discovers environments of Power Platform alone";
constexpr std::string_view kNoNativeHistograms =
    "found native histograms, which are not supported yet, expected false: classic ones are scraped";
constexpr std::string_view kNoOtherFallback =
    "a page that does not say what it is, is read as the text format: expected PrometheusText0.0.4 or 1.0.0";
constexpr std::string_view kNoLegacyNames =
    "found what is not utf8; for classic names alone write `metric_name_escaping_scheme: underscores`";

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

/// As Prometheus writes sizes: "10MB" and "10MiB" are the same, a plain 0 is no limit.
std::optional<std::uint64_t> to_bytes(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  std::string unit(end, text.data() + text.size());
  std::erase(unit, 'i');
  constexpr std::array<std::string_view, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
  const auto* const found = std::ranges::find(kUnits, unit);
  if (found == kUnits.end()) return count == 0 && unit.empty() ? std::optional(count) : std::nullopt;
  const auto shift = 10 * static_cast<unsigned>(found - kUnits.begin());
  return count > kMost >> shift ? std::nullopt : std::optional(count << shift);
}

Type<std::uint64_t> byte_size() {
  return {.name = "a size such as 50MB, or 0 for no limit",
          .read =
              [](Reader& reader, const Node& node, std::uint64_t& value) {
                const auto bytes = node.kind() == Node::Kind::scalar ? to_bytes(node.text()) : std::nullopt;
                if (!bytes) return reader.unexpected(node, "a size such as 50MB, or 0 for no limit");
                value = *bytes;
              },
          .show = [](const std::uint64_t&) { return std::string("0"); }};
}

Type<std::uint64_t> limit() { return number(0, kMost); }

void check_target_label(Reader& reader, const Node::Entry& entry) {
  if (!entry.key.empty() && is_valid_utf8(entry.key) && entry.key != "__name__") return;
  reader.problem(entry.position, "found " + quote(entry.key) + ", expected a label name");
}

Type<StaticTargets> static_targets() {
  return section<StaticTargets>({
      .keys = {key("targets", &StaticTargets::targets, list_of(text("an address such as host:9100", is_not_empty)),
                   "where exporters listen"),
               key("labels", &StaticTargets::labels, map_of(text(), check_target_label),
                   "added to all series of these targets")},
  });
}

/// What Prometheus' own check refuses.
void check_relabeling(Reader& reader, const Node& node, const RelabelConfig& step) {
  using enum RelabelConfig::Action;
  const RelabelConfig standard;
  const auto problem = [&](std::string_view text) { reader.problem(node.position(), text); };
  const bool changes_one = step.action == replace || step.action == hash_mod || step.action == lower_case ||
                           step.action == upper_case || step.action == keep_equal || step.action == drop_equal;
  if (changes_one && step.target_label.empty()) problem("missing target_label, which this action needs");
  if (step.action == hash_mod && step.modulus == 0) problem("missing modulus, expected a number above 0");
  const bool keeps_text = step.action == lower_case || step.action == upper_case;
  if (keeps_text && step.replacement != standard.replacement) problem("this action has no replacement");
  const bool compares = step.action == keep_equal || step.action == drop_equal;
  if (compares && (step.regex != standard.regex || step.modulus != 0 || step.separator != standard.separator ||
                   step.replacement != standard.replacement))
    problem("this action has source_labels and target_label, and no other keys");
  const bool of_names = step.action == label_drop || step.action == label_keep;
  if (of_names && (!step.source_labels.empty() || !step.target_label.empty() || step.modulus != 0 ||
                   step.separator != standard.separator || step.replacement != standard.replacement))
    problem("this action has a regex, and no other keys");
}

Type<RelabelConfig> relabeling() {
  using Config = RelabelConfig;
  using enum Config::Action;
  return section<Config>({
      .keys = {key("action", &Config::action,
                   choice<Config::Action>({{"replace", replace},
                                           {"keep", keep},
                                           {"drop", drop},
                                           {"keepequal", keep_equal},
                                           {"dropequal", drop_equal},
                                           {"hashmod", hash_mod},
                                           {"labelmap", label_map},
                                           {"labeldrop", label_drop},
                                           {"labelkeep", label_keep},
                                           {"lowercase", lower_case},
                                           {"uppercase", upper_case}}),
                   "what is done"),
               key("source_labels", &Config::source_labels, list_of(text("a label name", is_not_empty)),
                   "whose values are joined and matched"),
               key("separator", &Config::separator, text(), "between joined values"),
               key("regex", &Config::regex, regex(), "for the whole of the value, or of the label's name"),
               key("modulus", &Config::modulus, number(1, kMost), "of hashmod"),
               key("target_label", &Config::target_label, text("a label name", is_not_empty), "which is written"),
               key("replacement", &Config::replacement, text(), "what is written; $1 is the first group of the regex")},
      .check = check_relabeling,
  });
}

Type<std::vector<RelabelConfig>> relabelings() { return list_of(relabeling()); }

/// Keys that are read and change nothing.
Key<ScrapeConfig> without_effect(std::string_view name, std::string_view about) {
  return key(name, Type<ScrapeConfig>{.name = "any", .read = [](Reader&, const Node&, ScrapeConfig&) {}}, about);
}

/// Relabelling may make addresses of what is none yet.
void check_addresses(Reader& reader, const Node& node) {
  const auto* groups = node.find("static_configs");
  if (groups == nullptr) return;
  const Reader::Step in_groups(reader, "static_configs");
  for (std::size_t i = 0; i < groups->items().size(); ++i) {
    const auto* targets = groups->items()[i].find("targets");
    if (targets == nullptr) continue;
    const Reader::Step in_group(reader, i);
    const Reader::Step in_targets(reader, "targets");
    for (std::size_t k = 0; k < targets->items().size(); ++k) {
      const auto& target = targets->items()[k];
      if (target.kind() != Node::Kind::scalar || target.text().empty() || is_host_and_maybe_port(target.text()))
        continue;
      const Reader::Step in_target(reader, k);
      reader.unexpected(target, "an address such as host:9100, without scheme and path");
    }
  }
}

void check_protocols(Reader& reader, const Node& node, const std::vector<std::string>& protocols) {
  if (std::set(protocols.begin(), protocols.end()).size() < protocols.size())
    reader.problem(node.position(), "scrape_protocols names a format twice, expected each once");
  if (!protocols.empty() && std::ranges::count(protocols, "PrometheusProto") == std::ssize(protocols))
    reader.problem(node.position(),
                   "scrape_protocols has no format that a2od reads, expected PrometheusText0.0.4, say");
}

void check_scrape(Reader& reader, const Node& node, const ScrapeConfig& config) {
  if (config.relabel_configs.empty()) check_addresses(reader, node);
  if (config.interval > Milliseconds(0) && config.timeout > config.interval)
    reader.problem(node.position(), "scrape_timeout is longer than scrape_interval, expected it to be at most as long");
  check_protocols(reader, node, config.scrape_protocols);
}

std::vector<RefusedKey> refused_keys() {
  std::vector<RefusedKey> refused{{"oauth2", "not supported yet for scraping; write authorization or basic_auth"}};
  for (const auto* name :
       {"azure_sd_configs",     "consul_sd_configs",      "digitalocean_sd_configs", "dns_sd_configs",
        "docker_sd_configs",    "dockerswarm_sd_configs", "ec2_sd_configs",          "eureka_sd_configs",
        "file_sd_configs",      "gce_sd_configs",         "hetzner_sd_configs",      "http_sd_configs",
        "ionos_sd_configs",     "kubernetes_sd_configs",  "kuma_sd_configs",         "lightsail_sd_configs",
        "linode_sd_configs",    "marathon_sd_configs",    "nerve_sd_configs",        "nomad_sd_configs",
        "openstack_sd_configs", "ovhcloud_sd_configs",    "puppetdb_sd_configs",     "scaleway_sd_configs",
        "serverset_sd_configs", "stackit_sd_configs",     "triton_sd_configs",       "uyuni_sd_configs",
        "vultr_sd_configs"})
    refused.push_back({name, kDiscovery});
  return refused;
}

Type<ScrapeConfig> scrape_config() {
  using Config = ScrapeConfig;
  Table<Config> table{
      .keys =
          {key("job_name", &Config::job_name, text("text of 1 to 128 bytes without control characters", is_label_value),
               "the label `job`", Presence::required),
           key("scrape_interval", &Config::interval, duration(100ms), "from one scrape to the next; default global's"),
           key("scrape_timeout", &Config::timeout, duration(100ms), "after which one is given up; default global's"),
           key("metrics_path", &Config::metrics_path, text("a path such as /metrics", is_not_empty),
               "what is asked for"),
           key("scheme", &Config::scheme,
               choice<Config::Scheme>({{"http", Config::Scheme::http}, {"https", Config::Scheme::https}}), "how"),
           key("params", &Config::params, map_of(list_of(text())), "of the address, behind a question mark"),
           key("honor_labels", &Config::honor_labels, boolean(),
               "whether labels of the exporter win over those of the target; else they become exported_…"),
           key("honor_timestamps", &Config::honor_timestamps, boolean(), "whether samples keep times that they bring"),
           key("track_timestamps_staleness", &Config::track_timestamps_staleness, boolean(),
               "whether series with times of their own end when they vanish"),
           key("enable_compression", &Config::enable_compression, boolean(), "whether gzip is asked for"),
           key("sample_limit", &Config::sample_limit, limit(),
               "more samples after metric_relabel_configs fail the scrape; 0: no limit"),
           key("label_limit", &Config::label_limit, limit(), "a series with more labels fails the scrape"),
           key("label_name_length_limit", &Config::label_name_length_limit, limit(),
               "a longer name of a label fails the scrape"),
           key("label_value_length_limit", &Config::label_value_length_limit, limit(),
               "a longer value of a label fails the scrape"),
           key("target_limit", &Config::target_limit, limit(), "with more targets none of the job is scraped"),
           key("body_size_limit", &Config::body_size_limit, byte_size(),
               "a larger page, unpacked, fails the scrape; 0: 2 GiB"),
           key("static_configs", &Config::static_configs, list_of(static_targets()), "what is scraped"),
           key("relabel_configs", &Config::relabel_configs, relabelings(), "steps for the labels of targets"),
           key("metric_relabel_configs", &Config::metric_relabel_configs, relabelings(),
               "steps for the labels of series"),
           key("scrape_protocols", &Config::scrape_protocols,
               list_of(word({"OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0",
                             "PrometheusText0.0.4", "PrometheusProto"}),
                       Emptiness::refused),
               "which formats are asked for, the preferred one first; PrometheusProto is passed by"),
           key("fallback_scrape_protocol",
               always<Config>({"PrometheusText0.0.4", "PrometheusText1.0.0"}, kNoOtherFallback), "without effect"),
           key("scrape_native_histograms", always<Config>({"false"}, kNoNativeHistograms), "without effect"),
           key("convert_classic_histograms_to_nhcb", always<Config>({"false"}, kNoNativeHistograms), "without effect"),
           without_effect("scrape_classic_histograms", "without effect: they always are"),
           without_effect("always_scrape_classic_histograms", "without effect: they always are"),
           without_effect("keep_dropped_targets", "without effect"),
           without_effect("native_histogram_bucket_limit", "without effect"),
           without_effect("native_histogram_min_bucket_factor", "without effect"),
           key("metric_name_validation_scheme", always<Config>({"utf8"}, kNoLegacyNames), "without effect"),
           key("metric_name_escaping_scheme", &Config::metric_name_escaping_scheme,
               word({"allow-utf-8", "underscores", "dots", "values"}),
               "how exporters are asked to write names that are not classic")},
      .refused = refused_keys(),
      .check = check_scrape,
      .holds_secret = true};
  auto http = http_config_table();
  std::erase_if(http.keys, [](const auto& key) { return key.name == "oauth2"; });
  embed(table, std::move(http), &Config::http);
  return section<Config>(std::move(table));
}

}  // namespace

Type<std::vector<ScrapeConfig>> scrape_configs() { return unique_list_of("job_name", scrape_config()); }

void fill_scrape_configs(Config& config) {
  for (auto& scrape : config.scrape_configs) {
    if (scrape.interval == Milliseconds(0)) scrape.interval = config.global.scrape_interval;
    if (scrape.timeout == Milliseconds(0)) scrape.timeout = std::min(config.global.scrape_timeout, scrape.interval);
  }
}

}  // namespace a2od::schema
