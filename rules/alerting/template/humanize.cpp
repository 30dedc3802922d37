#include "rules/alerting/template/humanize.hpp"

#include "config/time.hpp"
#include "rules/alerting/template/format.hpp"
#include "rules/alerting/template/go_time.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace a2od::templates {
namespace {

constexpr std::string_view kSmall[] = {"m", "u", "n", "p", "f", "a", "z", "y"};
constexpr std::string_view kLarge[] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::string_view kBinary[] = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};

std::string four_digits(double value) { return format_float(value, {.verb = 'g', .precision = 4}); }

std::string divided(double value, double step, std::span<const std::string_view> prefixes) {
  std::string_view prefix;
  for (const std::string_view next : prefixes) {
    if (std::abs(value) < step) break;
    prefix = next;
    value /= step;
  }
  return four_digits(value).append(prefix);
}

std::string multiplied(double value) {
  std::string_view prefix;
  for (const std::string_view next : kSmall) {
    if (std::abs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  return four_digits(value).append(prefix);
}

/// As Go converts on amd64: what does not fit becomes the smallest integer.
std::int64_t truncated(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (value >= kLimit || value < -kLimit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

}  // namespace

Result<double> to_number(const Value& value) {
  if (const auto* number = value.as<double>()) return *number;
  if (const auto* integer = value.as<std::int64_t>()) return static_cast<double>(*integer);
  if (const auto* duration = value.as<GoDuration>()) return std::chrono::duration<double>(*duration).count();
  const auto* text = value.as<std::string>();
  if (text == nullptr) return failure(fmt::format("a {} is not a number", type_name(value)));
  const char* begin = text->data() + (text->starts_with('+') ? 1 : 0);
  const char* end = text->data() + text->size();
  double number = 0;
  const auto read = std::from_chars(begin, end, number);
  if (read.ec != std::errc() || read.ptr != end) return failure(fmt::format("'{:.80}' is not a number", *text));
  return number;
}

std::string humanize(double value) {
  if (value == 0 || !std::isfinite(value)) return four_digits(value);
  return std::abs(value) >= 1 ? divided(value, 1000, kLarge) : multiplied(value);
}

std::string humanize_1024(double value) {
  if (std::abs(value) <= 1 || !std::isfinite(value)) return four_digits(value);
  return divided(value, 1024, kBinary);
}

std::string humanize_percentage(double value) { return four_digits(value * 100) + "%"; }

std::string humanize_duration(double seconds) {
  if (!std::isfinite(seconds)) return four_digits(seconds);
  if (seconds == 0) return "0s";
  if (std::abs(seconds) < 1) return multiplied(seconds) + "s";
  const std::string_view sign = seconds < 0 ? "-" : "";
  const double magnitude = std::abs(seconds);
  const std::int64_t whole = truncated(magnitude);
  const std::int64_t minutes = (whole / 60) % 60;
  const std::int64_t hours = (whole / 60 / 60) % 24;
  const std::int64_t days = whole / 60 / 60 / 24;
  if (days != 0) return fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, whole % 60);
  if (hours != 0) return fmt::format("{}{}h {}m {}s", sign, hours, minutes, whole % 60);
  if (minutes != 0) return fmt::format("{}{}m {}s", sign, minutes, whole % 60);
  return fmt::format("{}{}s", sign, four_digits(magnitude));
}

Result<std::string> humanize_timestamp(double seconds) {
  if (!std::isfinite(seconds)) return four_digits(seconds);
  const double nanoseconds = seconds * 1e9;
  if (nanoseconds > 9223372036854775807.0 || nanoseconds < -9223372036854775808.0) {
    return failure(
        fmt::format("{} cannot be represented as a nanoseconds timestamp since it overflows int64", to_text(seconds)));
  }
  return to_text(to_time(Timestamp(Milliseconds(truncated(nanoseconds) / 1'000'000))));
}

}  // namespace a2od::templates
