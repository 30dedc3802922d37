#include "config/regex_template.hpp"

#include <re2/re2.h>

#include <charconv>
#include <cstdint>
#include <utility>

namespace a2od {
namespace {

constexpr std::int64_t kMaxRegexMemory = 8 << 20;
constexpr std::size_t kMaxRegexBytes = 64 * 1024;

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// The group that a name or number means; one that does not exist is replaced by nothing.
std::optional<int> group_number(std::string_view name, const re2::RE2& regex) {
  int number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem == std::errc{} && end == name.data() + name.size()) {
    return number <= regex.NumberOfCapturingGroups() ? std::optional(number) : std::nullopt;
  }
  const auto& names = regex.NamedCapturingGroups();
  const auto found = names.find(std::string(name));
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

/// The name behind a dollar sign, and how much text it takes; empty where there is none.
std::pair<std::string_view, std::size_t> reference(std::string_view text) {
  const bool braces = text.starts_with('{');
  std::size_t end = braces ? 1 : 0;
  while (end < text.size() && is_word(text[end])) ++end;
  const auto name = text.substr(braces ? 1 : 0, end - (braces ? 1 : 0));
  if (!braces) return {name, end};
  if (end == text.size() || text[end] != '}') return {};
  return {name, end + 1};
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<RegexTemplate> RegexTemplate::make(const std::string& regex, std::vector<std::string> templates) {
  if (regex.size() > kMaxRegexBytes) return failure("longer than 65536 bytes");
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexMemory);
  RegexTemplate made;
  made.regex_ = std::make_shared<const re2::RE2>(regex, options);
  if (!made.regex_->ok()) return failure(made.regex_->error());
  std::vector<Pieces> parsed;
  for (const auto& text : templates) parsed.push_back(parse(text, *made.regex_));
  made.templates_ = std::make_shared<const std::vector<Pieces>>(std::move(parsed));
  return made;
}

RegexTemplate::Pieces RegexTemplate::parse(std::string_view text, const re2::RE2& regex) {
  Pieces pieces;
  std::string literal;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '$') {
      literal += c;
      continue;
    }
    if (text.starts_with('$')) {
      literal += '$';
      text.remove_prefix(1);
      continue;
    }
    const auto [name, length] = reference(text);
    if (name.empty()) {
      literal += '$';
      continue;
    }
    text.remove_prefix(length);
    if (const auto number = group_number(name, regex)) pieces.push_back({std::exchange(literal, {}), *number});
  }
  pieces.push_back({std::move(literal), std::nullopt});
  return pieces;
}

bool RegexTemplate::matches(std::string_view text) const {
  return regex_->Match(piece(text), 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

std::optional<std::vector<std::string>> RegexTemplate::expand(std::string_view text) const {
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex_->NumberOfCapturingGroups()) + 1);
  const bool matched =
      regex_->Match(piece(text), 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()));
  if (!matched) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& pieces : *templates_) {
    auto& out = texts.emplace_back();
    for (const auto& [literal, group] : pieces) {
      out += literal;
      if (!group) continue;
      const auto& found = groups[static_cast<std::size_t>(*group)];
      if (found.data() != nullptr) out.append(found.data(), found.size());
    }
  }
  return texts;
}

}  // namespace a2od
