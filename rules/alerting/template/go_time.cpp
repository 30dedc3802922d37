#include "rules/alerting/template/go_time.hpp"

#include "rules/alerting/template/time_parts.hpp"

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

GoTime time_at(GoDuration since_epoch) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  return {std::chrono::sys_seconds(seconds), since_epoch - seconds};
}

Result<std::int64_t> to_nanoseconds(double seconds) {
  const double nanoseconds = seconds * 1e9;
  if (std::isfinite(seconds) && nanoseconds < 9223372036854775807.0 && nanoseconds >= -9223372036854775808.0)
    return static_cast<std::int64_t>(nanoseconds);
  return failure(fmt::format("{} cannot be represented in nanoseconds since it overflows int64", to_text(seconds)));
}

/// Also a number like 28800e9, which Go takes for an integer where it is constant.
Result<GoDuration> duration_of(const Value& value) {
  if (const auto* duration = value.as<GoDuration>()) return *duration;
  if (const auto* nanoseconds = value.as<std::int64_t>()) return GoDuration(*nanoseconds);
  if (const auto* number = value.as<double>(); number != nullptr && std::trunc(*number) == *number)
    return to_duration(*number / 1e9);
  return failure(fmt::format("expected a duration, found {}", type_name(value)));
}

Result<GoTime> time_of(const Value& value) {
  if (const auto* time = value.as<GoTime>()) return *time;
  return failure(fmt::format("expected a time, found {}", type_name(value)));
}

const GoTime& as_time(const Value& receiver) { return *receiver.as<GoTime>(); }
GoDuration as_duration(const Value& receiver) { return *receiver.as<GoDuration>(); }

Result<Value> too_far() { return failure("the time is too far away"); }

/// A time that has been reckoned, if its year can be written.
Result<Value> reckoned(const GoTime& time) {
  constexpr auto kFirst = std::chrono::sys_days(std::chrono::year(kFirstYear) / 1 / 1);
  constexpr auto kEnd = std::chrono::sys_days(std::chrono::year(kLastYear + 1) / 1 / 1);
  return time.seconds < kFirst || time.seconds >= kEnd ? too_far() : Value{time};
}

Result<Value> format(const Value& receiver, Arguments arguments) {
  const auto* layout = arguments[0].as<std::string>();
  if (layout == nullptr) return failure(fmt::format("expected a string, found {}", type_name(arguments[0])));
  return Value{format_time(as_time(receiver), *layout)};
}

Result<Value> add(const Value& receiver, Arguments arguments) {
  const auto by = duration_of(arguments[0]);
  if (!by) return std::unexpected(by.error());
  GoTime sum = as_time(receiver);
  const auto whole = std::chrono::floor<std::chrono::seconds>(*by);
  sum.seconds += whole;
  sum.fraction += *by - whole;
  if (sum.fraction >= 1s) {
    sum.seconds += 1s;
    sum.fraction -= 1s;
  }
  return reckoned(sum);
}

Result<Value> add_date(const Value& receiver, Arguments arguments) {
  constexpr std::int64_t kFarthest = 1'000'000;
  std::array<int, 3> by{};
  for (std::size_t i = 0; i < by.size(); ++i) {
    const auto* number = arguments[i].as<std::int64_t>();
    if (number == nullptr || *number < -kFarthest || *number > kFarthest) return failure("expected small integers");
    by.at(i) = static_cast<int>(*number);
  }
  GoTime moved = as_time(receiver);
  const Parts parts(moved);
  const std::int64_t month = std::int64_t{parts.year()} * 12 + parts.month() - 1 + std::int64_t{by[0]} * 12 + by[1];
  const std::int64_t year = month >= 0 ? month / 12 : (month - 11) / 12;
  if (year < kFirstYear || year > kLastYear) return too_far();
  const auto first = std::chrono::year(static_cast<int>(year)) / static_cast<int>(month - year * 12 + 1) / 1;
  const auto day = std::chrono::sys_days(first) + days(static_cast<int>(parts.day_of_month()) - 1 + by[2]);
  moved.seconds = day + (parts.shown - parts.day);
  if (const auto reached = reckoned(moved); !reached) return reached;
  moved.seconds = moved.zone.moment_of(moved.seconds);
  return reckoned(moved);
}

Result<Value> difference(const Value& receiver, Arguments arguments) {
  const auto other = time_of(arguments[0]);
  if (!other) return std::unexpected(other.error());
  return Value{between(as_time(receiver), *other)};
}

template <bool (*holds)(std::strong_ordering)>
Result<Value> compared(const Value& receiver, Arguments arguments) {
  const auto other = time_of(arguments[0]);
  if (!other) return std::unexpected(other.error());
  return Value{holds(compare(as_time(receiver), *other))};
}
bool is_before(std::strong_ordering order) { return order < 0; }
bool is_after(std::strong_ordering order) { return order > 0; }
bool is_same(std::strong_ordering order) { return order == 0; }

Result<Value> is_zero(const Value& receiver, Arguments) { return Value{compare(as_time(receiver), GoTime()) == 0}; }

template <TimeZone (*zone)()>
Result<Value> shown_in(const Value& receiver, Arguments) {
  GoTime time = as_time(receiver);
  time.zone = zone();
  return Value{time};
}
TimeZone utc() { return {}; }

/// Since the epoch; what is over 64 bits is lost, as in Go.
template <std::int64_t units_of_second>
Result<Value> since_epoch(const Value& receiver, Arguments) {
  const auto& time = as_time(receiver);
  const auto whole = static_cast<std::uint64_t>(time.seconds.time_since_epoch().count()) * units_of_second;
  const auto part = static_cast<std::uint64_t>(time.fraction.count() / (1'000'000'000 / units_of_second));
  return Value{static_cast<std::int64_t>(whole + part)};
}

/// As a number of units, cut off.
template <class Unit>
Result<Value> whole(const Value& receiver, Arguments) {
  return Value{static_cast<std::int64_t>(std::chrono::duration_cast<Unit>(as_duration(receiver)).count())};
}

template <class Unit>
Result<Value> decimal(const Value& receiver, Arguments) {
  return Value{std::chrono::duration<double, typename Unit::period>(as_duration(receiver)).count()};
}

template <auto part>
Result<Value> part_of(const Value& receiver, Arguments) {
  return Value{static_cast<std::int64_t>((Parts(as_time(receiver)).*part)())};
}

template <auto name>
Result<Value> name_of(const Value& receiver, Arguments) {
  return Value{std::string((Parts(as_time(receiver)).*name)())};
}

Result<Value> text(const Value& receiver, Arguments) { return Value{to_text(receiver)}; }

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
    {"IsZero", 0, is_zero},
    {"Local", 0, shown_in<TimeZone::local>},
    {"Minute", 0, part_of<&Parts::minute>},
    {"Month", 0, name_of<&Parts::month_name>},
    {"Nanosecond", 0, part_of<&Parts::nanosecond>},
    {"Second", 0, part_of<&Parts::second>},
    {"String", 0, text},
    {"Sub", 1, difference},
    {"UTC", 0, shown_in<utc>},
    {"Unix", 0, since_epoch<1>},
    {"UnixMicro", 0, since_epoch<1'000'000>},
    {"UnixMilli", 0, since_epoch<1'000>},
    {"UnixNano", 0, since_epoch<1'000'000'000>},
    {"Weekday", 0, name_of<&Parts::weekday_name>},
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
  return time_at(GoDuration(*nanoseconds));
}

GoTime to_time(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {seconds, time - seconds};
}

std::strong_ordering compare(const GoTime& left, const GoTime& right) {
  const auto order = left.seconds <=> right.seconds;
  return order != 0 ? order : left.fraction <=> right.fraction;
}

GoDuration between(const GoTime& left, const GoTime& right) {
  constexpr std::int64_t kMost = GoDuration::max().count() / 1'000'000'000 - 1;
  const auto seconds = left.seconds - right.seconds;
  if (seconds.count() > kMost) return GoDuration::max();
  if (seconds.count() < -kMost) return GoDuration::min();
  return seconds + (left.fraction - right.fraction);
}

Result<GoDuration> to_duration(double seconds) {
  const auto nanoseconds = to_nanoseconds(seconds);
  if (!nanoseconds) return std::unexpected(nanoseconds.error());
  return GoDuration(*nanoseconds);
}

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
  const auto rest = fraction_text(static_cast<std::int64_t>(count % 1'000'000'000), 9, Zeros::cut);
  std::string text(sign);
  if (seconds >= 3600) text += fmt::format("{}h", seconds / 3600);
  if (seconds >= 60) text += fmt::format("{}m", seconds / 60 % 60);
  return text + fmt::format("{}{}{}s", seconds % 60, rest.empty() ? "" : ".", rest);
}

std::span<const Method> methods_of_times(const Value& receiver) {
  if (receiver.as<GoTime>() != nullptr) return kTimeMethods;
  if (receiver.as<GoDuration>() != nullptr) return kDurationMethods;
  return {};
}

}  // namespace a2od::templates
