#include "daemon/web/api_v2/request.hpp"

#include "config/matchers.hpp"
#include "config/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

namespace a2od::api_v2 {

namespace json = boost::json;

namespace {

/// So many digits off the front; nothing where there are others.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  int number = 0;
  if (text.size() < count) return std::nullopt;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// ".25", at most nine digits, rounded; nothing taken is zero.
std::optional<Milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return Milliseconds{0};
  const auto length = std::min(text.find_first_not_of("0123456789"), text.size());
  if (length == 0 || length > 9) return std::nullopt;
  std::int64_t nanoseconds = *take_digits(text, length);
  for (auto digits = length; digits < 9; ++digits) nanoseconds *= 10;
  return std::chrono::round<Milliseconds>(std::chrono::nanoseconds(nanoseconds));
}

/// "Z", "+02:00": how far ahead of UTC.
std::optional<Milliseconds> take_zone(std::string_view& text) {
  if (take(text, 'Z')) return Milliseconds{0};
  const bool behind = take(text, '-');
  if (!behind && !take(text, '+')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  const bool colon = take(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Milliseconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return behind ? -offset : offset;
}

/// RFC 3339, by hand: there are two in each of thousands of alerts.
std::optional<Timestamp> time_of(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.as_string();
  std::array<int, 6> fields{};  // year, month, day, hour, minute, second
  constexpr std::string_view kBehind = "--T::";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto field = take_digits(text, i == 0 ? 4 : 2);
    if (!field || (i < kBehind.size() && !take(text, kBehind[i]))) return std::nullopt;
    fields[i] = *field;
  }
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(fields[0]),
                                         std::chrono::month(static_cast<unsigned>(fields[1])),
                                         std::chrono::day(static_cast<unsigned>(fields[2]))};
  if (!date.ok() || fields[3] > 23 || fields[4] > 59 || fields[5] > 60) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(fields[3]) + std::chrono::minutes(fields[4]) +
                    std::chrono::seconds(fields[5]) + *fraction - *zone;
  constexpr auto kEnd = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  return time < kEnd ? std::optional<Timestamp>(time) : std::nullopt;
}

}  // namespace

ApiReply reply(const json::value& value) { return {200, json::serialize(value)}; }

ApiReply bad_request(std::string_view message) { return {400, json::serialize(json::string(valid_utf8(message)))}; }

Read<std::vector<Matcher>> read_matchers(const Parameters& parameters, std::string_view name) {
  constexpr std::size_t kMost = 20;
  std::vector<Matcher> matchers;
  const auto texts = find_all(parameters, name);
  if (texts.size() > kMost) return std::unexpected(bad_request(fmt::format("{} is given over {} times", name, kMost)));
  for (const auto& text : texts) {
    auto matcher = parse_matcher(text, MatcherSyntax::fallback);
    if (!matcher) return std::unexpected(bad_request(matcher.error().message));
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

Read<bool> read_flag(const Parameters& parameters, std::string_view name, bool standard) {
  const auto text = find(parameters, name);
  if (!text) return standard;
  if (*text != "true" && *text != "false")
    return std::unexpected(bad_request(fmt::format("{} must be true or false", name)));
  return *text == "true";
}

Read<std::optional<Timestamp>> read_time(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto time = time_of(*value);
  if (!time) return std::unexpected(bad_request(fmt::format("{} must be a time such as 2026-01-31T08:00:00Z", key)));
  return *time <= Timestamp{} ? std::nullopt : std::optional(*time);
}

Read<std::map<std::string, std::string>> read_texts(const json::object& from, std::string_view key) {
  std::map<std::string, std::string> texts;
  const auto* given = from.if_contains(key);
  if (given == nullptr || given->is_null()) return texts;
  if (!given->is_object()) return std::unexpected(bad_request(fmt::format("{} must be an object", key)));
  for (const auto& [name, value] : given->as_object()) {
    if (!value.is_string())
      return std::unexpected(bad_request(fmt::format("{}.{} must be a text", key, std::string_view(name))));
    const std::string_view text = value.as_string();
    if (name.empty() || !is_valid_utf8(name) || !is_valid_utf8(text))
      return std::unexpected(bad_request(fmt::format("invalid {} \"{}\"", key, std::string_view(name))));
    texts.emplace(name, text);
  }
  return texts;
}

json::object text_map(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [name, value] : texts) object[name] = value;
  return object;
}

}  // namespace a2od::api_v2
