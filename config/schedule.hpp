// Times of day that come again on days of the calendar, on the clock of a place. No clock of its own.
#pragma once

#include "config/time.hpp"
#include "config/time_interval.hpp"

#include <optional>
#include <string>
#include <vector>

namespace a2od {

/// Each list that is not empty must have a range that the day is in.
struct Schedule {
  std::vector<int> times;  ///< minutes of the day: 0 to 1439
  std::vector<CalendarRange> weekdays;
  std::vector<CalendarRange> days_of_month;
  std::vector<CalendarRange> months;
  std::string location;  ///< as in TimeInterval
  bool operator==(const Schedule&) const = default;

  /// The first of its times after `time`, looked for in the next ten years. A time that the clock leaps over comes when
  /// it would have come without the leap; one that it shows twice comes once, at first.
  [[nodiscard]] std::optional<Timestamp> next_after(Timestamp time) const;
};

}  // namespace a2od
