// What is scraped, and the labels that its series get: from the configuration by relabelling, as in Prometheus.
#pragma once

#include "collectors/cloud/url.hpp"
#include "collectors/exposition/parser.hpp"
#include "collectors/scrape/relabel.hpp"
#include "config/result.hpp"
#include "config/scrape_config.hpp"

#include <memory>
#include <string>
#include <vector>

namespace a2od {

/// What all targets of a job share.
struct ScrapeJob {
  ScrapeConfig config;  ///< without what its targets were found by
  Relabeling metric_relabeling;
};

struct ScrapeTarget {
  std::shared_ptr<const ScrapeJob> job;
  ExposedLabels labels;      ///< sorted; with `job` and `instance`
  ExposedLabels discovered;  ///< before relabelling, for who wonders
  cloud::Url url;
  std::string address;  ///< the URL as text
  Milliseconds interval{};
  Milliseconds timeout{};
  std::string refused;  ///< why it is down without being asked; empty: it is asked

  /// The same key, the same target: its labels and where it is.
  [[nodiscard]] std::string key() const;
};

struct ScrapeTargets {
  std::vector<ScrapeTarget> active;
  std::vector<ExposedLabels> dropped;  ///< by relabelling: their labels before
  std::vector<std::string> problems;   ///< of targets that cannot be, each names its job
  std::string over_limit;              ///< why all of them are refused; empty: they are not
};

/// Two targets that come out alike are one.
[[nodiscard]] Result<ScrapeTargets> targets_of(const ScrapeConfig& config);

}  // namespace a2od
