#include "daemon/web/api/events.hpp"

#include "config/matchers.hpp"
#include "daemon/state/encoding.hpp"
#include "daemon/state/events.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace a2od {
namespace {

constexpr std::size_t kStandardLimit = 1'000;
constexpr std::size_t kHighestLimit = 10'000;
constexpr std::size_t kMostBytes = 16U << 20U;
constexpr std::size_t kMostMatchers = 20;

template <class T>
using Read = std::expected<T, ApiReply>;

struct Wanted {
  EventQuery query;
  std::vector<std::vector<Matcher>> matchers;  ///< one of these, if there are any, must match
  std::size_t limit = kStandardLimit;
};

Read<std::optional<std::uint64_t>> read_number(const Parameters& parameters, std::string_view name, std::uint64_t least,
                                               std::uint64_t most) {
  const auto text = find(parameters, name);
  if (!text) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < least || number > most)
    return std::unexpected(bad_parameter(name, fmt::format("a number from {} to {}", least, most)));
  return number;
}

Read<std::optional<Timestamp>> read_time(const Parameters& parameters, std::string_view name) {
  const auto text = find(parameters, name);
  if (!text) return std::nullopt;
  const auto time = parse_time(*text);
  if (!time) return std::unexpected(bad_parameter(name, "seconds since 1970, or a time such as 2026-01-31T08:00:00Z"));
  return time;
}

/// A kind by its name, or a family of them by what stands before the dot.
Read<std::vector<std::string_view>> read_kinds(const Parameters& parameters) {
  std::vector<std::string_view> kinds;
  for (const auto& wanted : find_all(parameters, "kind")) {
    bool known = false;
    for (const auto kind : kEventKinds) {
      if (kind != wanted && kind.substr(0, kind.find('.')) != wanted) continue;
      known = true;
      if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
    }
    if (!known)
      return std::unexpected(
          bad_parameter("kind", fmt::format("one of {}, or what stands before a dot", fmt::join(kEventKinds, ", "))));
  }
  return kinds;
}

Read<std::vector<std::vector<Matcher>>> read_matchers(const Parameters& parameters) {
  std::vector<std::vector<Matcher>> all;
  std::size_t count = 0;
  for (const auto& text : find_all(parameters, "match[]")) {
    auto matchers = parse_matchers(text, MatcherSyntax::fallback);
    if (!matchers) return std::unexpected(bad_parameter("match[]", matchers.error()));
    count += matchers->size();
    if (count > kMostMatchers || all.size() == kMostMatchers)
      return std::unexpected(bad_parameter("match[]", fmt::format("at most {} matchers together", kMostMatchers)));
    all.push_back(std::move(*matchers));
  }
  return all;
}

Read<Wanted> read_wanted(const Parameters& parameters) {
  Wanted wanted;
  constexpr auto kLargestId = static_cast<std::uint64_t>(INT64_MAX);
  const auto start = read_time(parameters, "start");
  if (!start) return std::unexpected(start.error());
  const auto end = read_time(parameters, "end");
  if (!end) return std::unexpected(end.error());
  const auto after = read_number(parameters, "after", 0, kLargestId);
  if (!after) return std::unexpected(after.error());
  const auto before = read_number(parameters, "before", 0, kLargestId);
  if (!before) return std::unexpected(before.error());
  const auto limit = read_number(parameters, "limit", 1, kHighestLimit);
  if (!limit) return std::unexpected(limit.error());
  auto kinds = read_kinds(parameters);
  if (!kinds) return std::unexpected(std::move(kinds.error()));
  auto matchers = read_matchers(parameters);
  if (!matchers) return std::unexpected(std::move(matchers.error()));
  const auto order = find(parameters, "order").value_or(*after ? "oldest" : "newest");
  if (order != "oldest" && order != "newest") return std::unexpected(bad_parameter("order", "newest or oldest"));
  wanted.query = {.kinds = std::move(*kinds),
                  .start = *start,
                  .end = *end,
                  .after = *after,
                  .before = *before,
                  .newest_first = order == "newest"};
  wanted.matchers = std::move(*matchers);
  wanted.limit = limit->value_or(kStandardLimit);
  return wanted;
}

/// Whether it can match at all: a value that is asked for stands in the text as it is, unless JSON escapes it. Most
/// events need not be decoded therefore.
bool may_match(const std::vector<Matcher>& matchers, std::string_view labels) {
  return std::ranges::all_of(matchers, [&](const Matcher& matcher) {
    const auto& value = matcher.value();
    const bool escaped = std::ranges::any_of(
        value, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
    return matcher.type() != MatchType::equal || escaped || labels.contains(value);
  });
}

bool matches_any(const std::vector<std::vector<Matcher>>& all, std::string_view labels) {
  if (all.empty()) return true;
  std::optional<Labels> decoded;
  return std::ranges::any_of(all, [&](const auto& matchers) {
    if (!may_match(matchers, labels)) return false;
    if (!decoded) decoded = decode_labels(labels);
    return matches_all(matchers, *decoded);
  });
}

}  // namespace

ApiReply answer_events(const std::filesystem::path& database, const Parameters& parameters,
                       const std::atomic<bool>* cancelled) {
  auto wanted = read_wanted(parameters);
  if (!wanted) return std::move(wanted.error());
  wanted->query.cancelled = cancelled;
  std::string lines;
  std::size_t count = 0;
  try {
    visit_events(database, wanted->query, [&](const StoredEvent& event) {
      if (!matches_any(wanted->matchers, event.labels)) return true;
      fmt::format_to(std::back_inserter(lines), R"({{"id":{},"at":"{}","kind":"{}","labels":{},"details":{}}})",
                     event.id, format_time(event.at), event.kind, event.labels, event.details);
      lines += '\n';
      return ++count < wanted->limit && lines.size() < kMostBytes;
    });
  } catch (const std::exception& error) {
    return api_error(503, "unavailable", error.what());
  }
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed))
    return api_error(503, "timeout", "the events took too long to read: name a shorter time or fewer kinds");
  return {200, std::move(lines)};
}

}  // namespace a2od
