// When alerts are expected: parts of the calendar that come again, and environments that are worked on. No clock,
// socket, thread or file.
#pragma once

#include "config/maintenance.hpp"
#include "config/time.hpp"
#include "daemon/notify/matcher_index.hpp"
#include "rules/series/labels.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace a2od {

/// What is done to an environment: kAdministrationMode, or the type of a lifecycle operation that runs.
struct EnvironmentWork {
  std::string tenant;
  std::string environment;
  std::string what;
  auto operator<=>(const EnvironmentWork&) const = default;
};
inline constexpr std::string_view kAdministrationMode = "administration mode";

/// What the platform says at one moment. Work that is not in it has ended where its source is known, and else may go
/// on.
struct EnvironmentsSeen {
  std::set<EnvironmentWork> work;
  std::set<std::string> inventories;                               ///< tenants whose administration modes are all known
  std::set<std::pair<std::string, std::string>> known_operations;  ///< tenants and environments whose operations are
};

/// Suppresses alerts as silences do, with ids such as "maintenance/nightly patching" and "maintenance/uat: Copy".
/// Windows are computed from the calendar and never written down. Work on environments lasts until the platform says
/// that it has ended, or has said nothing for an hour.
class Maintenance {
 public:
  /// What is known of one alert: a caller keeps it.
  struct Known {
    std::uint64_t version = 0;
    std::vector<std::size_t> windows;  ///< that match
    bool excepted = false;             ///< told whatever is done to its environment
  };

  Maintenance(const MaintenanceConfig& config, const std::vector<NamedTimeInterval>& intervals);
  void set_config(const MaintenanceConfig& config, const std::vector<NamedTimeInterval>& intervals);

  /// Once, before anything else.
  void restore(const std::vector<EnvironmentWork>& saved, Timestamp now);
  /// Whether anything changed.
  bool see(const EnvironmentsSeen& seen, Timestamp now);

  /// Ids of what suppresses an alert, windows first. `known` belongs to these labels.
  [[nodiscard]] std::vector<std::string> suppressing(const Labels& labels, Timestamp now, Known& known) const;

  /// For people: what is in force, and why.
  struct Reason {
    std::string id;
    std::string comment;  ///< of a window
    std::string tenant;   ///< that of the environment which is worked on
    std::string environment;
    bool operator==(const Reason&) const = default;
  };
  [[nodiscard]] std::vector<Reason> active(Timestamp now) const;

  /// When windows may open or close next; nothing without any.
  [[nodiscard]] std::optional<Timestamp> next_wake(Timestamp now) const;

  /// All work on environments where it changed since the last call.
  [[nodiscard]] std::optional<std::vector<EnvironmentWork>> take_changes();

 private:
  struct Window {
    MaintenanceWindow config;
    std::vector<TimeInterval> intervals;
  };

  [[nodiscard]] const std::vector<bool>& open_windows(Timestamp now) const;
  void look_up(const Labels& labels, Known& known) const;
  void file_by_environment();

  bool environments_enabled_ = true;
  std::vector<Matcher> excepted_;
  std::vector<Window> windows_;
  MatcherIndex<std::size_t> index_;
  std::uint64_t version_ = 0;  ///< of the configuration
  mutable Timestamp minute_{};
  mutable std::vector<bool> open_;  ///< by window, in that minute

  std::map<EnvironmentWork, Timestamp> work_;  ///< until when it is believed without being seen
  /// By tenant and environment.
  std::map<std::string, std::map<std::string, std::vector<std::string>, std::less<>>, std::less<>> by_environment_;
  bool changed_ = false;
};

[[nodiscard]] std::string maintenance_id(const EnvironmentWork& work);
[[nodiscard]] std::string maintenance_id(const MaintenanceWindow& window);

}  // namespace a2od
