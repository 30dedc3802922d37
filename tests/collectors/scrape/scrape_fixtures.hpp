// Targets for tests of scraping.
#pragma once

#include "collectors/scrape/target.hpp"

#include <chrono>
#include <utility>

namespace a2od::test {

/// Of host:9100 in job node, changed as the test wants it.
inline ScrapeConfig scrape_config() {
  ScrapeConfig config{.job_name = "node", .interval = std::chrono::seconds(15), .timeout = std::chrono::seconds(10)};
  config.static_configs.push_back({{"host:9100"}, {}});
  return config;
}

inline ScrapeTarget target_of(const ScrapeConfig& config) { return targets_of(config).value().active.at(0); }
inline ScrapeTarget scrape_target() { return target_of(scrape_config()); }

}  // namespace a2od::test
