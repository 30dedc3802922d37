#include "rules/alerting/template/go_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <utility>

namespace a2od::templates {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using Arguments = std::span<const Value>;

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

/// A time taken apart, in UTC.
struct Parts {
  explicit Parts(GoTime at)
      : day(std::chrono::floor<days>(at)), date(day), time(at - day), weekday(std::chrono::weekday(day)) {}

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
  [[nodiscard]] std::int64_t nanosecond() const { return time.subseconds().count(); }

  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<GoDuration> time;
  std::chrono::weekday weekday;
};

std::string_view month_name(const Parts& parts) { return kMonths[parts.month() - 1]; }
std::string_view weekday_name(const Parts& parts) { return kWeekdays[parts.weekday.c_encoding()]; }

/// ".5" of half a second, with that many digits; without trailing zeros where `shortest`.
std::string fraction(std::int64_t nanoseconds, std::size_t digits, bool shortest) {
  auto text = fmt::format("{:09}", nanoseconds).substr(0, digits);
  if (shortest) text.erase(text.find_last_not_of('0') + 1);
  return text;
}

/// One element of a layout, and what it stands for. The longer of two that begin alike comes first.
struct LayoutElement {
  std::string_view text;
  std::string (*written)(const Parts&);
};
constexpr auto kElements = std::to_array<LayoutElement>({
    {"January", [](const Parts& p) { return std::string(month_name(p)); }},
    {"Jan", [](const Parts& p) { return std::string(month_name(p).substr(0, 3)); }},
    {"Monday", [](const Parts& p) { return std::string(weekday_name(p)); }},
    {"Mon", [](const Parts& p) { return std::string(weekday_name(p).substr(0, 3)); }},
    {"MST", [](const Parts&) { return std::string("UTC"); }},
    {"2006", [](const Parts& p) { return fmt::format("{:04}", p.year()); }},
    {"002", [](const Parts& p) { return fmt::format("{:03}", p.day_of_year()); }},
    {"01", [](const Parts& p) { return fmt::format("{:02}", p.month()); }},
    {"02", [](const Parts& p) { return fmt::format("{:02}", p.day_of_month()); }},
    {"03", [](const Parts& p) { return fmt::format("{:02}", p.hour12()); }},
    {"04", [](const Parts& p) { return fmt::format("{:02}", p.minute()); }},
    {"05", [](const Parts& p) { return fmt::format("{:02}", p.second()); }},
    {"06", [](const Parts& p) { return fmt::format("{:02}", p.year() % 100); }},
    {"15", [](const Parts& p) { return fmt::format("{:02}", p.hour()); }},
    {"1", [](const Parts& p) { return fmt::format("{}", p.month()); }},
    {"__2", [](const Parts& p) { return fmt::format("{:3}", p.day_of_year()); }},
    {"_2006", [](const Parts& p) { return fmt::format("_{:04}", p.year()); }},
    {"_2", [](const Parts& p) { return fmt::format("{:2}", p.day_of_month()); }},
    {"2", [](const Parts& p) { return fmt::format("{}", p.day_of_month()); }},
    {"3", [](const Parts& p) { return fmt::format("{}", p.hour12()); }},
    {"4", [](const Parts& p) { return fmt::format("{}", p.minute()); }},
    {"5", [](const Parts& p) { return fmt::format("{}", p.second()); }},
    {"PM", [](const Parts& p) { return std::string(p.hour() < 12 ? "AM" : "PM"); }},
    {"pm", [](const Parts& p) { return std::string(p.hour() < 12 ? "am" : "pm"); }},
    {"Z07:00:00", [](const Parts&) { return std::string("Z"); }},
    {"Z07:00", [](const Parts&) { return std::string("Z"); }},
    {"Z070000", [](const Parts&) { return std::string("Z"); }},
    {"Z0700", [](const Parts&) { return std::string("Z"); }},
    {"Z07", [](const Parts&) { return std::string("Z"); }},
    {"-07:00:00", [](const Parts&) { return std::string("+00:00:00"); }},
    {"-07:00", [](const Parts&) { return std::string("+00:00"); }},
    {"-070000", [](const Parts&) { return std::string("+000000"); }},
    {"-0700", [](const Parts&) { return std::string("+0000"); }},
    {"-07", [](const Parts&) { return std::string("+00"); }},
});

/// "Jan" stands for a month, "Janet" for itself.
bool stands(const LayoutElement& element, std::string_view layout) {
  if (!layout.starts_with(element.text)) return false;
  const bool name = element.text == "Jan" || element.text == "Mon";
  const char next = layout.size() > element.text.size() ? layout[element.text.size()] : '\0';
  return !name || next < 'a' || next > 'z';
}

/// Digits of a second's fraction at the start: ".000", ",999"; 0 where there are none.
std::size_t fraction_digits(std::string_view layout) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',') || (layout[1] != '0' && layout[1] != '9')) return 0;
  const std::size_t end = std::min(layout.find_first_not_of(layout[1], 1), layout.size());
  const bool more_digits = end < layout.size() && layout[end] >= '0' && layout[end] <= '9';
  return more_digits ? 0 : end - 1;
}

Result<std::int64_t> to_nanoseconds(double seconds) {
  const double nanoseconds = seconds * 1e9;
  if (std::isfinite(seconds) && nanoseconds < 9223372036854775807.0 && nanoseconds >= -9223372036854775808.0)
    return static_cast<std::int64_t>(nanoseconds);
  return failure(fmt::format("{} cannot be represented in nanoseconds since it overflows int64", to_text(seconds)));
}

Result<GoDuration> duration_of(const Value& value) {
  if (const auto* duration = value.as<GoDuration>()) return *duration;
  if (const auto* nanoseconds = value.as<std::int64_t>()) return GoDuration(*nanoseconds);
  return failure(fmt::format("expected a duration, found {}", type_name(value)));
}

Result<GoTime> time_of(const Value& value) {
  if (const auto* time = value.as<GoTime>()) return *time;
  return failure(fmt::format("expected a time, found {}", type_name(value)));
}

GoTime as_time(const Value& receiver) { return *receiver.as<GoTime>(); }
GoDuration as_duration(const Value& receiver) { return *receiver.as<GoDuration>(); }

Result<Value> sum(GoTime time, GoDuration duration) {
  std::int64_t nanoseconds = 0;
  if (__builtin_add_overflow(time.time_since_epoch().count(), duration.count(), &nanoseconds))
    return failure("the time is too far away");
  return Value{GoTime(GoDuration(nanoseconds))};
}

Result<Value> format(const Value& receiver, Arguments arguments) {
  const auto* layout = arguments[0].as<std::string>();
  if (layout == nullptr) return failure(fmt::format("expected a string, found {}", type_name(arguments[0])));
  return Value{format_time(as_time(receiver), *layout)};
}

Result<Value> add(const Value& receiver, Arguments arguments) {
  const auto by = duration_of(arguments[0]);
  if (!by) return std::unexpected(by.error());
  return sum(as_time(receiver), *by);
}

Result<Value> add_date(const Value& receiver, Arguments arguments) {
  constexpr std::int64_t kFarthest = 1'000'000;
  std::array<int, 3> by{};
  for (std::size_t i = 0; i < by.size(); ++i) {
    const auto* number = arguments[i].as<std::int64_t>();
    if (number == nullptr || *number < -kFarthest || *number > kFarthest) return failure("expected small integers");
    by.at(i) = static_cast<int>(*number);
  }
  const Parts parts(as_time(receiver));
  const std::int64_t month = std::int64_t{parts.year()} * 12 + parts.month() - 1 + std::int64_t{by[0]} * 12 + by[1];
  const std::int64_t year = month >= 0 ? month / 12 : (month - 11) / 12;
  constexpr std::int64_t kFirst = 1678;  // what nanoseconds reach
  constexpr std::int64_t kLast = 2261;
  if (year < kFirst || year > kLast || std::abs(by[2]) > 366 * (kLast - kFirst))
    return failure("the time is too far away");
  const auto first = std::chrono::year(static_cast<int>(year)) / static_cast<int>(month - year * 12 + 1) / 1;
  const auto day = std::chrono::sys_days(first) + days(static_cast<int>(parts.day_of_month()) - 1 + by[2]);
  const int reached = static_cast<int>(std::chrono::year_month_day(day).year());
  if (reached < kFirst || reached > kLast) return failure("the time is too far away");
  return Value{GoTime(day) + (as_time(receiver) - parts.day)};
}

Result<Value> difference(const Value& receiver, Arguments arguments) {
  const auto other = time_of(arguments[0]);
  if (!other) return std::unexpected(other.error());
  std::int64_t nanoseconds = 0;
  if (__builtin_sub_overflow(as_time(receiver).time_since_epoch().count(), other->time_since_epoch().count(),
                             &nanoseconds))
    return failure("the times are too far from each other");
  return Value{GoDuration(nanoseconds)};
}

template <bool (*holds)(GoTime, GoTime)>
Result<Value> compared(const Value& receiver, Arguments arguments) {
  const auto other = time_of(arguments[0]);
  if (!other) return std::unexpected(other.error());
  return Value{holds(as_time(receiver), *other)};
}
bool is_before(GoTime a, GoTime b) { return a < b; }
bool is_after(GoTime a, GoTime b) { return a > b; }
bool is_same(GoTime a, GoTime b) { return a == b; }

/// The receiver as a number of units of a duration's, cut off.
template <class Unit>
Result<Value> whole(const Value& receiver, Arguments) {
  const GoDuration since =
      receiver.as<GoTime>() != nullptr ? as_time(receiver).time_since_epoch() : as_duration(receiver);
  const auto number =
      receiver.as<GoTime>() != nullptr ? std::chrono::floor<Unit>(since) : std::chrono::duration_cast<Unit>(since);
  return Value{static_cast<std::int64_t>(number.count())};
}

template <class Unit>
Result<Value> decimal(const Value& receiver, Arguments) {
  return Value{std::chrono::duration<double, typename Unit::period>(as_duration(receiver)).count()};
}

template <auto part>
Result<Value> part_of(const Value& receiver, Arguments) {
  return Value{static_cast<std::int64_t>((Parts(as_time(receiver)).*part)())};
}

template <std::string_view (*name)(const Parts&)>
Result<Value> name_of(const Value& receiver, Arguments) {
  return Value{std::string(name(Parts(as_time(receiver))))};
}

Result<Value> text(const Value& receiver, Arguments) { return Value{to_text(receiver)}; }
Result<Value> itself(const Value& receiver, Arguments) { return receiver; }

Result<Value> magnitude(const Value& receiver, Arguments) {
  const GoDuration value = as_duration(receiver);
  return Value{value == GoDuration::min() ? GoDuration::max() : std::chrono::abs(value)};
}

/// To a multiple: toward zero, or to the nearest one, halves away from zero.
template <bool nearest>
Result<Value> multiple(const Value& receiver, Arguments arguments) {
  const auto unit = duration_of(arguments[0]);
  if (!unit) return std::unexpected(unit.error());
  const GoDuration value = as_duration(receiver);
  if (*unit <= GoDuration(0)) return receiver;
  const GoDuration rest = value % *unit;
  const GoDuration cut = value - rest;
  const GoDuration distance = rest < GoDuration(0) ? -rest : rest;
  if (!nearest || distance < *unit - distance) return Value{cut};
  std::int64_t away = 0;
  const bool over = __builtin_add_overflow(cut.count(), rest < GoDuration(0) ? -unit->count() : unit->count(), &away);
  return Value{over ? (rest < GoDuration(0) ? GoDuration::min() : GoDuration::max()) : GoDuration(away)};
}

constexpr auto kTimeMethods = std::to_array<Method>({
    {"Add", 1, add},
    {"AddDate", 3, add_date},
    {"After", 1, compared<is_after>},
    {"Before", 1, compared<is_before>},
    {"Day", 0, part_of<&Parts::day_of_month>},
    {"Equal", 1, compared<is_same>},
    {"Format", 1, format},
    {"Hour", 0, part_of<&Parts::hour>},
    {"Minute", 0, part_of<&Parts::minute>},
    {"Month", 0, name_of<month_name>},
    {"Nanosecond", 0, part_of<&Parts::nanosecond>},
    {"Second", 0, part_of<&Parts::second>},
    {"String", 0, text},
    {"Sub", 1, difference},
    {"UTC", 0, itself},
    {"Unix", 0, whole<std::chrono::seconds>},
    {"UnixMicro", 0, whole<std::chrono::microseconds>},
    {"UnixMilli", 0, whole<std::chrono::milliseconds>},
    {"UnixNano", 0, whole<std::chrono::nanoseconds>},
    {"Weekday", 0, name_of<weekday_name>},
    {"Year", 0, part_of<&Parts::year>},
    {"YearDay", 0, part_of<&Parts::day_of_year>},
});

constexpr auto kDurationMethods = std::to_array<Method>({
    {"Abs", 0, magnitude},
    {"Hours", 0, decimal<std::chrono::hours>},
    {"Microseconds", 0, whole<std::chrono::microseconds>},
    {"Milliseconds", 0, whole<std::chrono::milliseconds>},
    {"Minutes", 0, decimal<std::chrono::minutes>},
    {"Nanoseconds", 0, whole<std::chrono::nanoseconds>},
    {"Round", 1, multiple<true>},
    {"Seconds", 0, decimal<std::chrono::seconds>},
    {"String", 0, text},
    {"Truncate", 1, multiple<false>},
});

}  // namespace

Result<GoTime> to_time(double seconds) {
  const auto nanoseconds = to_nanoseconds(seconds);
  if (!nanoseconds) return std::unexpected(nanoseconds.error());
  return GoTime(GoDuration(*nanoseconds));
}

Result<GoDuration> to_duration(double seconds) {
  const auto nanoseconds = to_nanoseconds(seconds);
  if (!nanoseconds) return std::unexpected(nanoseconds.error());
  return GoDuration(*nanoseconds);
}

std::string to_text(GoTime time) { return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST"); }

std::string to_text(GoDuration duration) {
  if (duration == GoDuration(0)) return "0s";
  const std::string_view sign = duration < GoDuration(0) ? "-" : "";
  const auto count = duration < GoDuration(0) ? std::uint64_t{0} - static_cast<std::uint64_t>(duration.count())
                                              : static_cast<std::uint64_t>(duration.count());
  const auto in = [&](std::uint64_t unit, std::size_t digits, std::string_view name) {
    auto rest = fmt::format("{:0{}}", count % unit, digits);
    rest.erase(rest.find_last_not_of('0') + 1);
    return fmt::format("{}{}{}{}{}", sign, count / unit, rest.empty() ? "" : ".", rest, name);
  };
  if (count < 1'000) return fmt::format("{}{}ns", sign, count);
  if (count < 1'000'000) return in(1'000, 3, "µs");
  if (count < 1'000'000'000) return in(1'000'000, 6, "ms");
  const std::uint64_t seconds = count / 1'000'000'000;
  const auto rest = fraction(static_cast<std::int64_t>(count % 1'000'000'000), 9, true);
  std::string text(sign);
  if (seconds >= 3600) text += fmt::format("{}h", seconds / 3600);
  if (seconds >= 60) text += fmt::format("{}m", seconds / 60 % 60);
  return text + fmt::format("{}{}{}s", seconds % 60, rest.empty() ? "" : ".", rest);
}

std::string format_time(GoTime time, std::string_view layout) {
  const Parts parts(time);
  std::string text;
  while (!layout.empty()) {
    const auto* element = std::ranges::find_if(kElements, [&](const auto& each) { return stands(each, layout); });
    if (element != kElements.end()) {
      text += element->written(parts);
      layout.remove_prefix(element->text.size());
      continue;
    }
    if (const auto digits = fraction_digits(layout); digits > 0) {
      const auto written = fraction(parts.nanosecond(), digits, layout[1] == '9');
      if (!written.empty()) text += layout[0] + written;
      layout.remove_prefix(digits + 1);
      continue;
    }
    text += layout.front();
    layout.remove_prefix(1);
  }
  return text;
}

const Method* find_method(const Value& receiver, std::string_view name) {
  const auto find = [name](const auto& methods) {
    const auto* found = std::ranges::find(methods, name, &Method::name);
    return found == methods.end() ? nullptr : found;
  };
  if (receiver.as<GoTime>() != nullptr) return find(kTimeMethods);
  return receiver.as<GoDuration>() != nullptr ? find(kDurationMethods) : nullptr;
}

}  // namespace a2od::templates
