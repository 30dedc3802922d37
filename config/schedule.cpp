#include "config/schedule.hpp"

#include "config/time_zone.hpp"

#include <algorithm>
#include <chrono>

namespace a2od {
namespace {

constexpr std::chrono::days kAhead{3653};

/// When clocks there first show that minute of that day, both given as if they were UTC.
Timestamp moment_of(const TimeZone& zone, std::chrono::sys_days day, int minute) {
  const std::chrono::sys_seconds shown = day + std::chrono::minutes(minute);
  const auto moment = zone.moment_of(shown);
  // Clocks are set by far less than half a day: what held then is what held before they were set back.
  const auto before = shown - zone.at(moment - std::chrono::hours(12)).offset;
  const bool shown_twice = before + zone.at(before).offset == shown;
  return shown_twice ? std::min(before, moment) : moment;
}

}  // namespace

std::optional<Timestamp> Schedule::next_after(Timestamp time) const {
  const auto zone = TimeZone::find(location).value_or(TimeZone());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto today = std::chrono::floor<std::chrono::days>(seconds + zone.at(seconds).offset);
  // Days of the calendar are the same everywhere, so they are looked at in UTC.
  const TimeInterval days{.weekdays = weekdays, .days_of_month = days_of_month, .months = months};
  for (auto day = today - std::chrono::days(1); day <= today + kAhead; day += std::chrono::days(1)) {
    if (!days.contains(day)) continue;
    std::optional<Timestamp> next;
    for (const auto minute : times) {
      const auto moment = moment_of(zone, day, minute);
      if (moment > time) next = std::min(next.value_or(moment), moment);
    }
    if (next) return next;
  }
  return std::nullopt;
}

}  // namespace a2od
