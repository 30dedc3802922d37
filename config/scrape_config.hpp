// What is scraped: Prometheus' scrape_configs.
#pragma once

#include "config/http_config.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace a2od {

/// One step that rewrites labels, or drops what they belong to.
struct RelabelConfig {
  enum class Action : std::uint8_t {
    replace,
    keep,
    drop,
    keep_equal,
    drop_equal,
    hash_mod,
    label_map,
    label_drop,
    label_keep,
    lower_case,
    upper_case
  } action = Action::replace;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  std::uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";
  bool operator==(const RelabelConfig&) const = default;
};

struct StaticTargets {
  std::vector<std::string> targets;  ///< host:port, or host alone for the scheme's port
  std::map<std::string, std::string> labels;
  bool operator==(const StaticTargets&) const = default;
};

/// Limits of 0 are none.
struct ScrapeConfig {
  std::string job_name;
  Milliseconds interval{0};  ///< 0 only until the file is read: global's, or a minute
  Milliseconds timeout{0};   ///< the same: global's, or ten seconds, or the interval
  std::string metrics_path = "/metrics";
  enum class Scheme : std::uint8_t { http, https } scheme = Scheme::http;
  std::map<std::string, std::vector<std::string>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;
  bool enable_compression = true;
  std::vector<std::string> scrape_protocols{"OpenMetricsText1.0.0", "PrometheusText1.0.0", "PrometheusText0.0.4"};
  std::string metric_name_escaping_scheme = "allow-utf-8";
  std::uint64_t sample_limit = 0;
  std::uint64_t label_limit = 0;
  std::uint64_t label_name_length_limit = 0;
  std::uint64_t label_value_length_limit = 0;
  std::uint64_t target_limit = 0;
  std::uint64_t body_size_limit = 0;  ///< bytes, after gzip
  std::vector<StaticTargets> static_configs;
  std::vector<RelabelConfig> relabel_configs;
  std::vector<RelabelConfig> metric_relabel_configs;
  HttpClientConfig http;
  bool operator==(const ScrapeConfig&) const = default;
};

}  // namespace a2od
