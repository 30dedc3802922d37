// Alertmanager's time intervals: parts of the calendar in which routes are muted or active. No clock.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Both ends count.
struct CalendarRange {
  int first = 0;
  int last = 0;
  bool operator==(const CalendarRange&) const = default;
};

/// Minutes of a day, the end not counted: 0 to 1440.
struct MinuteRange {
  int begin = 0;
  int end = 0;
  bool operator==(const MinuteRange&) const = default;
};

/// Each list that is not empty must have a range that the time is in.
struct TimeInterval {
  std::vector<MinuteRange> times;
  std::vector<CalendarRange> weekdays;       ///< 0 is Sunday
  std::vector<CalendarRange> days_of_month;  ///< negative ones count from the end: -1 is the last day
  std::vector<CalendarRange> months;         ///< 1 to 12
  std::vector<CalendarRange> years;
  std::string location;  ///< of the IANA time zone database, or "Local"; empty: UTC
  bool operator==(const TimeInterval&) const = default;

  /// A location that there is none of counts as UTC; the configuration refuses it.
  [[nodiscard]] bool contains(Timestamp time) const;
};

struct NamedTimeInterval {
  std::string name;
  std::vector<TimeInterval> intervals;  ///< any of them
  bool operator==(const NamedTimeInterval&) const = default;

  [[nodiscard]] bool contains(Timestamp time) const;
};

/// Whether the system's time zone database knows it.
[[nodiscard]] bool is_location(std::string_view name);

/// "09:00" as minutes of the day; "24:00" is its end.
[[nodiscard]] Result<int> parse_minute_of_day(std::string_view text);
/// "monday:friday" or "sunday".
[[nodiscard]] Result<CalendarRange> parse_weekdays(std::string_view text);
/// "1:5", "-3:-1" or "31".
[[nodiscard]] Result<CalendarRange> parse_days_of_month(std::string_view text);
/// "january:march", "1:3" or "may".
[[nodiscard]] Result<CalendarRange> parse_months(std::string_view text);
/// "2026:2030" or "2026".
[[nodiscard]] Result<CalendarRange> parse_years(std::string_view text);

}  // namespace a2od
