#include "rules/promql/selector_parser.hpp"

#include "config/quote.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace a2od::promql {
namespace {

using enum TokenKind;

constexpr double kLatestSeconds = 9.2e15;

std::optional<MatchType> match_type(TokenKind kind) {
  switch (kind) {
    case assign:
      return MatchType::equal;
    case not_equal:
      return MatchType::not_equal;
    case matches:
      return MatchType::regex;
    case not_matches:
      return MatchType::not_regex;
    default:
      return std::nullopt;
  }
}

Matcher make_matcher(const Token& at, MatchType type, std::string name, std::string value) {
  auto matcher = Matcher::make(type, std::move(name), std::move(value));
  if (!matcher) fail(at, std::move(matcher.error().message));
  return std::move(*matcher);
}

Matcher read_matcher(TokenReader& reader) {
  if (!reader.is_any({identifier, string})) reader.fail_here("label matching", "identifier or \"}\"");
  const Token name = reader.take();
  const auto type = match_type(reader.current().kind);
  if (!type && name.kind == string && reader.is_any({comma, right_brace})) {
    return make_matcher(name, MatchType::equal, std::string(kMetricName), name.text);
  }
  if (!type) reader.fail_here("label matching", "label matching operator");
  reader.take();
  const Token& value = reader.expect(string, "label matching", "string");
  return make_matcher(value, *type, name.text, value.text);
}

bool is_label_name(const Token& token) {
  if (token.kind == string) return !token.text.empty();
  return token.kind == identifier || token.kind >= set_and || token.kind == atan2;
}

Milliseconds to_milliseconds(double seconds) { return Milliseconds(std::llround(seconds * 1000)); }

}  // namespace

std::vector<Matcher> read_matchers(TokenReader& reader) {
  std::vector<Matcher> matchers;
  reader.expect(left_brace, "label matching", "\"{\"");
  while (!reader.is(right_brace)) {
    matchers.push_back(read_matcher(reader));
    if (!reader.is_any({comma, right_brace})) reader.fail_here("label matching", "\",\" or \"}\"");
    reader.take_if(comma);
  }
  reader.take();
  return matchers;
}

std::vector<std::string> read_label_list(TokenReader& reader) {
  std::vector<std::string> labels;
  reader.expect(left_paren, "grouping opts", "\"(\"");
  while (!reader.is(right_paren)) {
    if (!is_label_name(reader.current())) reader.fail_here("grouping opts", "label");
    labels.push_back(reader.take().text);
    if (!reader.is_any({comma, right_paren})) reader.fail_here("grouping opts", "\",\" or \")\"");
    reader.take_if(comma);
  }
  reader.take();
  return labels;
}

AtModifier read_at(TokenReader& reader, std::size_t begin, std::size_t end_of) {
  if (reader.is(identifier) && reader.following().kind == left_paren) {
    const Token name = reader.take();
    if (name.text != "start" && name.text != "end") {
      fail(name, "unexpected identifier " + double_quoted(name.text) + " in @, expected timestamp, start() or end()");
    }
    reader.take();
    reader.expect(right_paren, "@", "\")\"");
    return {.kind = name.text == "start" ? AtModifier::Kind::start : AtModifier::Kind::end};
  }
  const bool negative = reader.is(sub);
  const bool is_signed = reader.is_any({sub, add});
  if (is_signed) reader.take();
  if (!reader.is_any({number, duration})) reader.fail_here("@", "timestamp");
  const Token token = reader.take();
  if (!(std::abs(token.number) <= kLatestSeconds)) {
    const std::string text = std::isnan(token.number) ? "NaN" : negative ? "-Inf" : "+Inf";
    fail(begin, end_of, "timestamp out of bounds for @ modifier: " + (std::isfinite(token.number) ? token.text : text));
  }
  const double seconds = negative ? -token.number : token.number;
  return {.kind = AtModifier::Kind::time, .time = Timestamp(to_milliseconds(seconds))};
}

}  // namespace a2od::promql
