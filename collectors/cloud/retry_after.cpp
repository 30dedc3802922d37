#include "collectors/cloud/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace a2od::cloud {

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kLongest = 24h;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Milliseconds bounded(double seconds) {
  const double most = std::chrono::duration<double>(kLongest).count();
  return Milliseconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, most) * 1000));
}

/// A decimal number without sign or exponent off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + length, number, std::chars_format::fixed);
  if (error != std::errc() || stop != text.data() + length) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

std::optional<double> take_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  static constexpr std::array kUnits{Unit{"ms", 1e-3}, Unit{"us", 1e-6}, Unit{"ns", 1e-9},
                                     Unit{"h", 3600},  Unit{"m", 60},    Unit{"s", 1}};
  const auto unit = std::ranges::find_if(kUnits, [&](const Unit& known) { return text.starts_with(known.name); });
  if (unit == kUnits.end()) return std::nullopt;
  text.remove_prefix(unit->name.size());
  return unit->seconds;
}

std::optional<Milliseconds> parse_duration_of_go(std::string_view text) {
  double seconds = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    const auto unit = take_unit(text);
    if (!number || !unit) return std::nullopt;
    seconds += *number * *unit;
  }
  return bounded(seconds);
}

std::optional<int> to_int(std::string_view digits) {
  int number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<unsigned> to_month(std::string_view name) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto at = kMonths.find(name);
  if (name.size() != 3 || at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  return static_cast<unsigned>(at / 3 + 1);
}

/// The one form of dates that HTTP allows to be sent: fixed width, always GMT.
std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr std::string_view kShape = "www, dd mmm yyyy hh:mm:ss GMT";
  if (text.size() != kShape.size() || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return std::nullopt;
  const auto day = to_int(text.substr(5, 2));
  const auto month = to_month(text.substr(8, 3));
  const auto year = to_int(text.substr(12, 4));
  const auto hour = to_int(text.substr(17, 2));
  const auto minute = to_int(text.substr(20, 2));
  const auto second = to_int(text.substr(23, 2));
  if (!day || !month || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace

std::optional<Milliseconds> parse_retry_after(std::string_view text, Timestamp now) {
  text = trim(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  std::string_view rest = text;
  const auto seconds = take_number(rest);
  if (seconds && rest.empty()) return bounded(*seconds);
  if (seconds) return parse_duration_of_go(text);
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, Milliseconds(0), kLongest);
}

}  // namespace a2od::cloud
