#include "rules/promql/relabel.hpp"

#include "config/quote.hpp"
#include "config/utf8.hpp"

#include <re2/re2.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace a2od::promql {
namespace {

constexpr std::int64_t kMaxRegexMemory = 8 << 20;
constexpr std::size_t kMaxRegexBytes = 64 * 1024;

bool is_label_name(const std::string& name) { return !name.empty() && is_valid_utf8(name); }

/// A replacement text, cut into literal pieces and group numbers once.
using Template = std::vector<std::variant<std::string, int>>;

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

/// Go's Regexp.Expand: $1, $name, ${name}, $$.
Template parse_template(std::string_view text, const re2::RE2& regex) {
  Template parts;
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
    const auto number = group_number(name, regex);
    if (!number) continue;
    parts.emplace_back(std::exchange(literal, {}));
    parts.emplace_back(*number);
  }
  parts.emplace_back(std::move(literal));
  return parts;
}

std::string expand(const Template& parts, const std::vector<re2::StringPiece>& groups) {
  std::string out;
  for (const auto& part : parts) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      out += *literal;
    } else {
      const auto& group = groups[static_cast<std::size_t>(std::get<int>(part))];
      out.append(group.data() == nullptr ? "" : group.data(), group.size());
    }
  }
  return out;
}

}  // namespace

Result<Relabel> make_label_replace(const std::string& destination, const std::string& replacement,
                                   const std::string& source, const std::string& regex) {
  if (regex.size() > kMaxRegexBytes) return failure("regular expression in label_replace() is longer than 65536 bytes");
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexMemory);
  const auto compiled = std::make_shared<const re2::RE2>(regex, options);
  if (!compiled->ok()) {
    return failure("invalid regular expression in label_replace(): " + double_quoted(regex) + ": " + compiled->error());
  }
  if (!is_label_name(destination)) {
    return failure("invalid destination label name in label_replace(): " + double_quoted(destination));
  }
  return [=, parts = parse_template(replacement, *compiled)](const Labels& labels) {
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(compiled->NumberOfCapturingGroups()) + 1);
    const auto text = labels.get(source);
    const re2::StringPiece input(text.data(), text.size());
    const bool matched =
        compiled->Match(input, 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()));
    return matched ? labels.with(destination, expand(parts, groups)) : labels;
  };
}

Result<Relabel> make_label_join(const std::string& destination, const std::string& separator,
                                const std::vector<std::string>& sources) {
  if (!is_label_name(destination)) {
    return failure("invalid destination label name in label_join(): " + double_quoted(destination));
  }
  for (const std::string& source : sources) {
    if (!is_label_name(source)) return failure("invalid source label name in label_join(): " + double_quoted(source));
  }
  return [=](const Labels& labels) {
    std::string joined;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) joined += separator;
      joined += labels.get(sources[i]);
    }
    return labels.with(destination, joined);
  };
}

}  // namespace a2od::promql
