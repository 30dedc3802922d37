// When alerts are expected, so that nobody is told of them: parts of the calendar, and environments that are worked on.
#pragma once

#include "config/matcher.hpp"
#include "config/time_interval.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace a2od {

/// Alerts that all matchers match are not told while the time is in one of the intervals.
struct MaintenanceWindow {
  std::string name;
  std::vector<Matcher> matchers;
  std::vector<std::variant<std::string, TimeInterval>> intervals;  ///< names of time intervals, or such
  std::string comment;
  bool operator==(const MaintenanceWindow&) const = default;
};

struct MaintenanceConfig {
  struct Environments {
    bool enabled = true;  ///< one in administration mode, being copied or restored is in maintenance by itself
    std::optional<std::vector<Matcher>> except;  ///< what is told all the same; absent: what is about such work itself
    bool operator==(const Environments&) const = default;
  };
  Environments environments;
  std::vector<MaintenanceWindow> windows;
  bool operator==(const MaintenanceConfig&) const = default;
};

}  // namespace a2od
