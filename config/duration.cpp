#include "config/duration.hpp"

#include "config/quote.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace a2od {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
  /// Years and weeks are printed only where nothing remains: 8d stays 8d, 14d is 2w.
  bool only_whole;
};

constexpr std::int64_t kDay = 86'400'000;
constexpr std::array kUnits = {
    Unit{"y", 365 * kDay, true}, Unit{"w", 7 * kDay, true}, Unit{"d", kDay, false}, Unit{"h", 3'600'000, false},
    Unit{"m", 60'000, false},    Unit{"s", 1'000, false},   Unit{"ms", 1, false},
};

/// Prometheus keeps nanoseconds in 64 bits: about 292 years.
constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max() / 1'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<Error> not_a_duration(std::string_view text) {
  return failure(quote(text) + " is not a duration, such as 30s, 5m or 1h30m (units y w d h m s ms, in this order)");
}

std::unexpected<Error> too_long(std::string_view text) {
  return failure("duration " + quote(text) + " is out of range, the longest is about 292 years");
}

/// Takes the digits and then the letters at the front of `text` away.
struct Part {
  std::string_view digits;
  std::string_view unit;
};
Part take_part(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  std::size_t end = digits;
  while (end < text.size() && !is_digit(text[end])) ++end;
  const Part part{text.substr(0, digits), text.substr(digits, end - digits)};
  text.remove_prefix(end);
  return part;
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return failure("empty duration, expected one such as 30s, 5m or 1h30m");
  if (text == "0") return Milliseconds(0);
  std::int64_t total = 0;
  auto unit = kUnits.begin();
  for (auto rest = text; !rest.empty();) {
    const auto part = take_part(rest);
    while (unit != kUnits.end() && unit->name != part.unit) ++unit;
    if (unit == kUnits.end() || part.digits.empty()) return not_a_duration(text);
    std::int64_t count = 0;
    const auto read = std::from_chars(part.digits.data(), part.digits.data() + part.digits.size(), count);
    if (read.ec != std::errc() || count > (kLongest - total) / unit->milliseconds) return too_long(text);
    total += count * unit->milliseconds;
    ++unit;
  }
  return Milliseconds(total);
}

std::string format_duration(Milliseconds duration) {
  if (duration == Milliseconds(0)) return "0s";
  const auto count = duration.count();
  std::string text = count < 0 ? "-" : "";
  auto rest = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  for (const auto& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.milliseconds);
    if (rest < size || (unit.only_whole && rest % size != 0)) continue;
    text += std::to_string(rest / size);
    text += unit.name;
    rest %= size;
  }
  return text;
}

}  // namespace a2od
