// What a2od tells of a collector's last run: its `a2od_collector_*` series.
#pragma once

#include "collectors/sample.hpp"
#include "daemon/engine/current_values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

struct PartSummary {
  std::string_view name;
  bool complete = false;  ///< or absent: nothing to collect
  bool right_lost = false;
};

struct RunSummary {
  std::string collector;
  std::string tenant;
  std::string environment;  ///< its name; empty for a run for the whole tenant
  Outcome outcome = Outcome::ok;
  Milliseconds duration{};
  std::uint64_t missed = 0;  ///< runs skipped so far
  std::optional<Timestamp> last_success;
  std::vector<PartSummary> parts;
};

/// A part of the daemon's own, which never fails and stays until it is replaced: of a collector that hangs it must
/// still be seen when it last succeeded.
[[nodiscard]] PartReport run_report(const RunSummary& run);

/// Ends the series about the runs of a collector that runs no more.
[[nodiscard]] PartReport no_more_runs(std::string collector, std::string tenant, std::string environment);

}  // namespace a2od
