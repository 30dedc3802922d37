// /api/v1/status/* and /api/v1/targets.
#pragma once

#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/status_page.hpp"
#include "rules/series/snapshot.hpp"

#include <map>
#include <span>
#include <string>

namespace a2od {

struct ServerStatus {
  std::string version;
  Timestamp started;
  Timestamp now;
  Timestamp last_reload;
  bool reload_successful = true;
  std::string configuration;                 ///< as YAML, without secrets
  std::string for_alertmanager;              ///< of it, the keys that Alertmanager has
  std::string retention;                     ///< as Prometheus writes durations
  std::map<std::string, std::string> flags;  ///< what the command line could say, as it is in force
};

/// `version` is that of the Prometheus whose API is followed, as Grafana chooses its requests by it; ours is the
/// revision.
[[nodiscard]] ApiReply answer_build_info(const ServerStatus& status);
[[nodiscard]] ApiReply answer_runtime_info(const ServerStatus& status);
/// The configuration as it was read, without its secrets.
[[nodiscard]] ApiReply answer_config(const ServerStatus& status);
[[nodiscard]] ApiReply answer_flags(const ServerStatus& status);
/// How many series there are by metric, label and value: the `limit` (10) largest of each.
[[nodiscard]] ApiReply answer_tsdb_status(const Snapshot& series, const Parameters& parameters);

/// Exporters, and what collectors look at: a collector's view of a tenant or environment is a target, and the collector
/// is its pool. `state` as in Prometheus.
[[nodiscard]] ApiReply answer_targets(std::span<const TargetRow> rows, const ScrapeRows& scraped,
                                      const Parameters& parameters);

}  // namespace a2od
