#include "config/matchers.hpp"

#include "config/quote.hpp"
#include "config/string_literal.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace a2od {
namespace {

using Matchers = std::vector<Matcher>;

constexpr std::array<std::pair<std::string_view, MatchType>, 4> kOperators{
    {{"=~", MatchType::regex}, {"=", MatchType::equal}, {"!=", MatchType::not_equal}, {"!~", MatchType::not_regex}}};

Result<Matcher> make(MatchType type, std::string name, std::string value) {
  return Matcher::make(type, std::move(name), std::move(value), Dot::one_line);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The classic syntax.

/// Cut at the commas that are not in quotes; an empty end does not count.
std::vector<std::string_view> split(std::string_view text) {
  if (text.starts_with('{')) text.remove_prefix(1);
  if (text.ends_with('}')) text.remove_suffix(1);
  std::vector<std::string_view> parts;
  bool in_quotes = false;
  bool escaped = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' && !in_quotes) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    } else if (text[i] == '"' && !std::exchange(escaped, false)) {
      in_quotes = !in_quotes;
    } else {
      escaped = text[i] == '\\' && !escaped;
    }
  }
  if (const auto last = text.substr(begin); !trimmed(last).empty()) parts.push_back(trimmed(last));
  return parts;
}

Result<std::string> classic_value(std::string_view raw) {
  const auto unescaped_quote = [&] {
    return failure(fmt::format("matcher value contains unescaped double quote: {}", raw));
  };
  std::string_view text = raw;
  bool expects_quote = text.starts_with('"');
  if (expects_quote) text.remove_prefix(1);
  if (!is_valid_utf8(text)) return failure(fmt::format("matcher value not valid UTF-8: {}", raw));
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool last = i + 1 == text.size();
    if (text[i] == '\\' && !last) {
      const char next = text[++i];
      if (next != 'n' && next != '"' && next != '\\') value += '\\';
      value += next == 'n' ? '\n' : next;
    } else if (text[i] == '"') {
      if (!expects_quote || !last) return unescaped_quote();
      expects_quote = false;
    } else {
      value += text[i];
    }
  }
  if (expects_quote) return unescaped_quote();
  return value;
}

Result<Matcher> classic_matcher(std::string_view text) {
  const auto bad = [&] { return failure(fmt::format("bad matcher format: {}", text)); };
  std::string_view rest = trimmed(text);
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
  };
  const auto name = rest.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(rest, in_name) - rest.begin()));
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return bad();
  rest = trimmed(rest.substr(name.size()));
  const auto* op = std::ranges::find_if(kOperators, [&](const auto& each) { return rest.starts_with(each.first); });
  if (op == kOperators.end()) return bad();
  auto value = classic_value(trimmed(rest.substr(op->first.size())));
  if (!value) return std::unexpected(value.error());
  return make(op->second, std::string(name), std::move(*value));
}

Result<Matchers> classic_matchers(std::string_view text) {
  Matchers all;
  for (const auto part : split(text)) {
    auto matcher = classic_matcher(part);
    if (!matcher) return std::unexpected(matcher.error());
    all.push_back(std::move(*matcher));
  }
  return all;
}

// The syntax with UTF-8.

/// Whether a text with it must be in quotes.
bool is_reserved(char c) { return std::string_view("{}!=~,\\\"'`").contains(c) || is_space(c); }

class Utf8Parser {
 public:
  explicit Utf8Parser(std::string_view text) : text_(text) {}

  Result<Matchers> parse() {
    const bool in_braces = skip("{");
    if (in_braces && skip("}")) return at_end() ? Result<Matchers>(Matchers()) : unexpected("the end");
    if (!in_braces && at_end()) return failure("no matchers");
    Matchers all;
    for (;;) {
      auto matcher = parse_one();
      if (!matcher) return std::unexpected(matcher.error());
      all.push_back(std::move(*matcher));
      const bool comma = skip(",");
      if (at_end() && !in_braces) return all;
      if (in_braces && skip("}")) return at_end() ? Result<Matchers>(std::move(all)) : unexpected("the end");
      if (at_end()) return failure("end of input: expected close brace");
      if (!comma) return unexpected(in_braces ? "a comma or close brace" : "a comma");
    }
  }

 private:
  Result<Matcher> parse_one() {
    auto name = text_or_quoted("a label name");
    if (!name) return std::unexpected(name.error());
    skip_spaces();
    const auto rest = text_.substr(place_);
    const auto* op = std::ranges::find_if(kOperators, [&](const auto& each) { return rest.starts_with(each.first); });
    if (op == kOperators.end()) return unexpected("an operator such as '=', '!=', '=~' or '!~'");
    place_ += op->first.size();
    auto value = text_or_quoted("a label value");
    if (!value) return std::unexpected(value.error());
    return make(op->second, std::move(*name), std::move(*value));
  }

  Result<std::string> text_or_quoted(std::string_view expected) {
    skip_spaces();
    if (place_ < text_.size() && text_[place_] == '"') return quoted();
    const std::size_t begin = place_;
    while (place_ < text_.size() && !is_reserved(text_[place_])) ++place_;
    if (place_ == begin) return unexpected(expected);
    const auto text = text_.substr(begin, place_ - begin);
    if (!is_valid_utf8(text)) return failure("invalid input");
    return std::string(text);
  }

  Result<std::string> quoted() {
    auto literal = read_string(text_, place_);
    if (!literal) return failure(std::move(literal.error()));
    if (!is_valid_utf8(literal->text))
      return failure(fmt::format("{}: invalid input", text_.substr(place_, literal->end - place_)));
    place_ = literal->end;
    return std::move(literal->text);
  }

  void skip_spaces() {
    while (place_ < text_.size() && is_space(text_[place_])) ++place_;
  }
  bool skip(std::string_view what) {
    skip_spaces();
    if (!text_.substr(std::min(place_, text_.size())).starts_with(what)) return false;
    place_ += what.size();
    return true;
  }
  bool at_end() {
    skip_spaces();
    return place_ >= text_.size();
  }
  [[nodiscard]] std::unexpected<Error> unexpected(std::string_view expected) const {
    if (place_ >= text_.size()) return failure(fmt::format("end of input: expected {}", expected));
    return failure(fmt::format("{}: unexpected {}: expected {}", place_, text_.substr(place_, 1), expected));
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

}  // namespace

Result<Matchers> parse_matchers(std::string_view text, MatcherSyntax syntax) {
  if (syntax == MatcherSyntax::classic) return classic_matchers(text);
  auto utf8 = Utf8Parser(text).parse();
  if (syntax == MatcherSyntax::utf8) return utf8;
  auto classic = classic_matchers(text);
  return classic || !utf8 ? classic : utf8;
}

Result<Matcher> parse_matcher(std::string_view text, MatcherSyntax syntax) {
  const auto utf8 = [&]() -> Result<Matcher> {
    auto all = Utf8Parser(text).parse();
    if (!all) return std::unexpected(all.error());
    if (all->size() != 1)
      return failure(all->empty() ? "no matchers" : fmt::format("expected 1 matcher, found {}", all->size()));
    return std::move(all->front());
  };
  if (syntax == MatcherSyntax::utf8) return utf8();
  auto classic = classic_matcher(text);
  if (syntax == MatcherSyntax::classic || classic) return classic;
  auto other = utf8();
  return other ? other : classic;
}

std::string matcher_text(const Matcher& matcher) {
  const auto op = to_string(matcher.type());
  if (matcher.name().empty() || std::ranges::any_of(matcher.name(), is_reserved))
    return fmt::format("{}{}{}", double_quoted(matcher.name()), op, double_quoted(matcher.value()));
  std::string value;
  for (const char c : matcher.value()) {
    if (c == '\\' || c == '"') value += '\\';
    c == '\n' ? value += "\\n" : value += c;
  }
  return fmt::format("{}{}\"{}\"", matcher.name(), op, value);
}

std::string matchers_text(std::span<const Matcher> matchers) {
  std::string out = "{";
  for (const auto& matcher : matchers) {
    if (out.size() > 1) out += ',';
    out += matcher_text(matcher);
  }
  return out += '}';
}

}  // namespace a2od
