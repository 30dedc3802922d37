// Time zones of the system's database, as Go's time package knows them.
#pragma once

#include "config/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace a2od {

/// Where a time is shown: in UTC, at a place, or so many seconds east of UTC. Cheap to copy; may be used by any thread.
class TimeZone {
 public:
  TimeZone() = default;  ///< UTC
  [[nodiscard]] static TimeZone fixed(std::chrono::seconds offset);
  /// "Europe/Paris", "UTC", "Local". Fails where the system knows no such zone, or has no database.
  [[nodiscard]] static Result<TimeZone> find(std::string_view name);
  /// The system's own; UTC where it cannot be told.
  [[nodiscard]] static TimeZone local();

  struct Difference {
    std::chrono::seconds offset{0};  ///< east of UTC
    std::string abbreviation = "UTC";
  };
  [[nodiscard]] Difference at(std::chrono::sys_seconds time) const;

  /// The moment when clocks there show that time, which is given as if it were UTC.
  [[nodiscard]] std::chrono::sys_seconds moment_of(std::chrono::sys_seconds shown) const;

 private:
  const date::time_zone* place_ = nullptr;  ///< of the database, which is never unloaded
  std::chrono::seconds offset_{0};
};

}  // namespace a2od
