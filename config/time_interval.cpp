#include "config/time_interval.hpp"

#include "config/quote.hpp"
#include "config/text.hpp"
#include "config/time_zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <optional>
#include <ranges>

namespace a2od {
namespace {

constexpr std::string_view kWeekdays[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};

std::chrono::local_time<Milliseconds> local(Timestamp time, const std::string& location) {
  const auto zone = TimeZone::find(location);
  const auto offset = zone ? zone->at(std::chrono::floor<std::chrono::seconds>(time)).offset : std::chrono::seconds(0);
  return std::chrono::local_time<Milliseconds>((time + offset).time_since_epoch());
}

bool any_contains(std::span<const CalendarRange> ranges, int value) {
  if (ranges.empty()) return true;
  return std::ranges::any_of(ranges, [&](const CalendarRange& r) { return r.first <= value && value <= r.last; });
}

/// Of a month with that many days; nothing where it begins behind its end.
std::optional<CalendarRange> in_month(CalendarRange range, int days) {
  if (range.first > days) return std::nullopt;
  const auto counted = [&](int day) { return std::clamp(day < 0 ? days + day + 1 : day, -days, days); };
  return CalendarRange{counted(range.first), counted(range.last)};
}

bool day_matches(std::span<const CalendarRange> ranges, const std::chrono::year_month_day& date) {
  if (ranges.empty()) return true;
  const auto last = std::chrono::year_month_day_last(date.year(), std::chrono::month_day_last(date.month()));
  const auto days = static_cast<int>(static_cast<unsigned>(last.day()));
  const auto day = static_cast<int>(static_cast<unsigned>(date.day()));
  return std::ranges::any_of(ranges, [&](const CalendarRange& range) {
    const auto counted = in_month(range, days);
    return counted && counted->first <= day && day <= counted->last;
  });
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

using ReadOne = std::function<Result<int>(std::string_view)>;

/// "a:b" or "a".
Result<CalendarRange> range_of(std::string_view text, const ReadOne& read) {
  const auto colon = text.find(':');
  const auto first = read(text.substr(0, colon));
  if (!first) return std::unexpected(first.error());
  if (colon == std::string_view::npos) return CalendarRange{*first, *first};
  const auto last = read(text.substr(colon + 1));
  if (!last) return std::unexpected(last.error());
  return CalendarRange{*first, *last};
}

Result<int> place_in(std::span<const std::string_view> names, std::string_view name, std::string_view what) {
  const auto found = std::ranges::find_if(names, [&](std::string_view each) { return same_text(each, name); });
  if (found == names.end()) return failure(fmt::format("{} is not a valid {}", quote(name), what));
  return static_cast<int>(found - names.begin());
}

Result<CalendarRange> in_order(Result<CalendarRange> range, std::string_view what) {
  if (range && range->first > range->last) return failure(fmt::format("the start {} is after the end {}", what, what));
  return range;
}

}  // namespace

bool TimeInterval::contains(Timestamp time) const {
  const auto there = local(time, location);
  const auto day = std::chrono::floor<std::chrono::days>(there);
  const std::chrono::year_month_day date(day);
  const auto minute = static_cast<int>(std::chrono::floor<std::chrono::minutes>(there - day).count());
  const auto in_times = [&](const MinuteRange& range) { return range.begin <= minute && minute < range.end; };
  return (times.empty() || std::ranges::any_of(times, in_times)) && day_matches(days_of_month, date) &&
         any_contains(months, static_cast<int>(static_cast<unsigned>(date.month()))) &&
         any_contains(weekdays, static_cast<int>(std::chrono::weekday(day).c_encoding())) &&
         any_contains(years, static_cast<int>(date.year()));
}

bool NamedTimeInterval::contains(Timestamp time) const {
  return std::ranges::any_of(intervals, [&](const TimeInterval& interval) { return interval.contains(time); });
}

bool is_location(std::string_view name) { return TimeZone::find(name).has_value(); }

Result<int> parse_minute_of_day(std::string_view text) {
  const auto wrong = [&] { return failure(fmt::format("{} is not a time of day such as 09:30", quote(text))); };
  if (text == "24:00") return 24 * 60;
  if (text.size() != 5 || text[2] != ':') return wrong();
  for (const std::size_t i : {0U, 1U, 3U, 4U})
    if (text[i] < '0' || text[i] > '9') return wrong();
  const auto hours = (text[0] - '0') * 10 + (text[1] - '0');
  const auto minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return wrong();
  return hours * 60 + minutes;
}

Result<CalendarRange> parse_weekdays(std::string_view text) {
  return in_order(range_of(text, [](std::string_view one) { return place_in(kWeekdays, one, "weekday"); }), "day");
}

Result<CalendarRange> parse_months(std::string_view text) {
  const ReadOne month = [](std::string_view one) -> Result<int> {
    const auto numbered = number(one);
    if (numbered && *numbered >= 1 && *numbered <= 12) return *numbered;
    const auto place = place_in(kMonths, one, "month");
    return place ? Result<int>(*place + 1) : place;
  };
  return in_order(range_of(text, month), "month");
}

Result<CalendarRange> parse_years(std::string_view text) {
  const ReadOne year = [](std::string_view one) -> Result<int> {
    const auto value = number(one);
    if (!value || *value < 0 || *value > 9999) return failure(fmt::format("{} is not a valid year", quote(one)));
    return *value;
  };
  return in_order(range_of(text, year), "year");
}

Result<CalendarRange> parse_days_of_month(std::string_view text) {
  const ReadOne day = [](std::string_view one) -> Result<int> {
    const auto value = number(one);
    if (!value || *value == 0 || *value > 31 || *value < -31)
      return failure(fmt::format("{} is not a valid day of the month: 1 to 31, or -31 to -1 from its end", quote(one)));
    return *value;
  };
  const auto range = range_of(text, day);
  if (!range) return range;
  const auto in_longest_month = [](int day_of_month) { return day_of_month < 0 ? 32 + day_of_month : day_of_month; };
  if (in_longest_month(range->last) < in_longest_month(range->first))
    return failure(fmt::format("end day {} is always before start day {}", range->last, range->first));
  return range;
}

}  // namespace a2od
