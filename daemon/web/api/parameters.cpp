#include "daemon/web/api/parameters.hpp"

#include "config/duration.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace a2od {

namespace {

constexpr std::size_t kMaxParameters = 1000;

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string decode_url(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Parameters parse_parameters(std::string_view encoded) {
  Parameters parameters;
  while (!encoded.empty() && parameters.size() < kMaxParameters) {
    const auto end = encoded.find('&');
    const auto pair = encoded.substr(0, end);
    encoded = end == std::string_view::npos ? std::string_view{} : encoded.substr(end + 1);
    const auto equals = pair.find('=');
    if (pair.empty()) continue;
    parameters.emplace(decode_url(pair.substr(0, equals)),
                       equals == std::string_view::npos ? "" : decode_url(pair.substr(equals + 1)));
  }
  return parameters;
}

std::optional<std::string> find(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> find_all(const Parameters& parameters, std::string_view name) {
  std::vector<std::string> values;
  const auto [first, last] = parameters.equal_range(name);
  for (auto each = first; each != last; ++each) values.push_back(each->second);
  return values;
}

std::optional<Timestamp> parse_time(std::string_view text) {
  constexpr double kFarthest = 9e12;
  if (const auto seconds = parse_number(text); seconds && std::abs(*seconds) < kFarthest)
    return Timestamp(Milliseconds(std::llround(*seconds * 1000)));
  int year{}, month{}, day{}, hour{}, minute{};
  double second{};
  char zone{};
  const std::string copy(text.substr(0, 40));
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%lf%c", &year, &month, &day, &hour, &minute, &second, &zone) !=
          7 ||
      zone != 'Z')
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || !(second >= 0 && second < 61)) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         Milliseconds(std::llround(second * 1000));
}

std::optional<Milliseconds> parse_step(std::string_view text) {
  if (const auto seconds = parse_number(text); seconds && *seconds < 1e9)
    return Milliseconds(std::llround(*seconds * 1000));
  const auto duration = parse_duration(text);
  return duration ? std::optional(*duration) : std::nullopt;
}

std::optional<std::size_t> parse_limit(const Parameters& parameters, std::string_view name) {
  const auto text = find(parameters, name).value_or("0");
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return limit;
}

}  // namespace a2od
