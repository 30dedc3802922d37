#include "daemon/explain/explained.hpp"

#include "config/matchers.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kMostMatchers = 20;

bool is_fingerprint(std::string_view text) {
  return text.size() == 16 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool AlertChoice::matches(const Labels& labels) const {
  return fingerprint.empty() ? matches_all(matchers, labels) : a2od::fingerprint(labels) == fingerprint;
}

std::string_view AlertChoice::named(std::string_view label) const {
  const auto found = std::ranges::find_if(
      matchers, [&](const Matcher& m) { return m.name() == label && m.type() == MatchType::equal; });
  return found == matchers.end() ? std::string_view() : std::string_view(found->value());
}

Result<AlertChoice> parse_alert_choice(std::string_view text) {
  AlertChoice choice;
  if (!is_valid_utf8(text)) return failure("expected a text in UTF-8");
  if (is_fingerprint(text)) {
    choice.fingerprint = text;
    return choice;
  }
  const auto name = text.substr(0, text.find('{'));
  const auto braces = text.substr(name.size());
  if (!braces.empty()) {
    auto matchers = parse_matchers(braces, MatcherSyntax::fallback);
    if (!matchers) return std::unexpected(matchers.error());
    choice.matchers = std::move(*matchers);
  }
  if (!name.empty()) choice.matchers.insert(choice.matchers.begin(), Matcher::equal("alertname", std::string(name)));
  if (choice.matchers.empty())
    return failure("expected an alert such as Down{tenant=\"contoso\"}, or its fingerprint of 16 hex digits");
  if (choice.matchers.size() > kMostMatchers) return failure(fmt::format("at most {} matchers", kMostMatchers));
  return choice;
}

}  // namespace a2od
