#include "daemon/web/api_v2/request.hpp"

#include "config/matchers.hpp"
#include "config/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <chrono>
#include <utility>

namespace a2od::api_v2 {

namespace json = boost::json;

namespace {

std::optional<Timestamp> time_of(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  std::string text(value.as_string());
  static const RE2 form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d))");
  std::string zone;
  if (!RE2::FullMatch(text, form, &zone)) return std::nullopt;
  Milliseconds offset{0};
  if (zone != "Z") {
    const auto digits = [&](std::size_t at) { return (zone[at] - '0') * 10 + (zone[at + 1] - '0'); };
    if (digits(1) > 23 || digits(4) > 59) return std::nullopt;
    offset = std::chrono::hours(digits(1)) + std::chrono::minutes(digits(4));
    if (zone.front() == '-') offset = -offset;
    text.replace(text.size() - zone.size(), zone.size(), "Z");
  }
  const auto local = parse_time(text);
  constexpr auto kEnd = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  return local && *local - offset < kEnd ? std::optional(*local - offset) : std::nullopt;
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
