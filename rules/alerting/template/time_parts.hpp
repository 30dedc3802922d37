// A time taken apart as a calendar and a clock show it.
#pragma once

#include "rules/alerting/template/value.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace a2od::templates {

inline constexpr int kFirstYear = 0;
inline constexpr int kLastYear = 9999;

/// In the time's own zone.
struct Parts {
  explicit Parts(const GoTime& at);

  [[nodiscard]] int year() const { return static_cast<int>(date.year()); }
  [[nodiscard]] unsigned month() const { return static_cast<unsigned>(date.month()); }
  [[nodiscard]] unsigned day_of_month() const { return static_cast<unsigned>(date.day()); }
  [[nodiscard]] std::int64_t day_of_year() const {
    return (day - std::chrono::sys_days(date.year() / std::chrono::January / 1)).count() + 1;
  }
  [[nodiscard]] std::int64_t hour() const { return time.hours().count(); }
  [[nodiscard]] std::int64_t hour12() const { return hour() % 12 == 0 ? 12 : hour() % 12; }
  [[nodiscard]] std::int64_t minute() const { return time.minutes().count(); }
  [[nodiscard]] std::int64_t second() const { return time.seconds().count(); }
  [[nodiscard]] std::int64_t nanosecond() const { return fraction.count(); }
  [[nodiscard]] std::string_view month_name() const;
  [[nodiscard]] std::string_view weekday_name() const;

  TimeZone::Difference difference;
  std::chrono::sys_seconds shown;  ///< what clocks show, as if it were UTC
  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
  GoDuration fraction;
};

/// ".5" of half a second, with that many digits; without trailing zeros where `shortest`.
enum class Zeros { kept, cut };
[[nodiscard]] std::string fraction_text(std::int64_t nanoseconds, std::size_t digits, Zeros trailing);

}  // namespace a2od::templates
