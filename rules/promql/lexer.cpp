#include "rules/promql/lexer.hpp"

#include "config/duration.hpp"
#include "config/quote.hpp"
#include "config/string_literal.hpp"
#include "config/text.hpp"
#include "config/utf8.hpp"
#include "rules/series/labels.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace a2od::promql {
namespace {

using enum TokenKind;

constexpr std::size_t kMaxTextBytes = 256 * 1024;

constexpr std::array<std::pair<std::string_view, TokenKind>, 26> kKeywords{{
    {"and", set_and},
    {"or", set_or},
    {"unless", set_unless},
    {"atan2", atan2},
    {"offset", offset},
    {"by", by},
    {"without", without},
    {"on", on},
    {"ignoring", ignoring},
    {"group_left", group_left},
    {"group_right", group_right},
    {"bool", boolean},
    {"sum", aggregator},
    {"avg", aggregator},
    {"count", aggregator},
    {"min", aggregator},
    {"max", aggregator},
    {"group", aggregator},
    {"stddev", aggregator},
    {"stdvar", aggregator},
    {"topk", aggregator},
    {"bottomk", aggregator},
    {"count_values", aggregator},
    {"quantile", aggregator},
    {"limitk", aggregator},
    {"limit_ratio", aggregator},
}};

constexpr std::array<std::pair<std::string_view, TokenKind>, 24> kSymbols{{
    {"==", equal},
    {"!=", not_equal},
    {"=~", matches},
    {"!~", not_matches},
    {"<=", less_or_equal},
    {">=", greater_or_equal},
    {"</", trim_upper},
    {">/", trim_lower},
    {"<", less},
    {">", greater},
    {"=", assign},
    {"+", add},
    {"-", sub},
    {"*", mul},
    {"/", div},
    {"%", mod},
    {"^", pow},
    {"@", at},
    {"(", left_paren},
    {")", right_paren},
    {"{", left_brace},
    {"[", left_bracket},
    {"]", right_bracket},
    {",", comma},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The character at `at`, whole, for an error message.
std::string character(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xc0) == 0x80) ++length;
  const auto whole = text.substr(at, std::min<std::size_t>(length, 4));
  return is_valid_utf8(whole) ? fmt::format("'{}'", whole) : "'\xef\xbf\xbd'";
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    if (text_.size() > kMaxTextBytes) {
      fail(0, text_.size(), fmt::format("expression is longer than {} bytes", kMaxTextBytes));
    }
    while (tokens_.empty() || (tokens_.back().kind != end && tokens_.back().kind != error)) {
      skip_blanks();
      begin_ = at_;
      if (at_ == text_.size()) {
        finish();
      } else if (in_braces_) {
        next_in_braces();
      } else {
        next();
      }
    }
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void skip_blanks() {
    while (at_ < text_.size() && (is_space(peek()) || peek() == '#')) {
      if (peek() != '#') {
        ++at_;
        continue;
      }
      const std::size_t line_end = text_.find('\n', at_);
      at_ = line_end == std::string_view::npos ? text_.size() : line_end;
    }
  }

  void finish() {
    if (in_braces_) {
      fail(at_, at_, "unexpected end of input inside braces");
    } else if (brackets_ > 0) {
      fail(at_, at_, "unexpected end of input inside brackets");
    } else {
      emit(end);
    }
  }

  void emit(TokenKind kind) {
    tokens_.push_back(
        {.kind = kind, .begin = begin_, .end = at_, .text = std::string(text_.substr(begin_, at_ - begin_))});
  }

  void fail(std::size_t begin, std::size_t end_of, std::string message) {
    tokens_.push_back({.kind = error, .begin = begin, .end = end_of, .text = std::move(message)});
  }

  void next() {
    const char c = peek();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
    if (c == '"' || c == '\'' || c == '`') return quoted_text();
    if (is_letter(c) || (c == ':' && brackets_ == 0)) return word();
    if (c == ':') return symbol(colon, 1);
    for (const auto& [spelling, kind] : kSymbols) {
      if (text_.substr(at_).starts_with(spelling)) return operator_or_bracket(kind, spelling.size());
    }
    ++at_;
    if (c == '!') return fail(begin_, at_, "unexpected character after '!': " + following());
    fail(begin_, at_, "unexpected character: " + character(text_, begin_));
  }

  std::string following() const { return at_ < text_.size() ? character(text_, at_) : "end of input"; }

  void operator_or_bracket(TokenKind kind, std::size_t length) {
    if (kind == matches || kind == not_matches) {
      at_ += length;
      return fail(begin_, at_, fmt::format("unexpected character after '{}': '~'", kind == matches ? '=' : '!'));
    }
    if (kind == left_brace) in_braces_ = true;
    if (kind == left_bracket) ++brackets_;
    if (kind == right_bracket && brackets_ > 0) --brackets_;
    symbol(kind, length);
  }

  void symbol(TokenKind kind, std::size_t length) {
    at_ += length;
    emit(kind);
  }

  void next_in_braces() {
    const char c = peek();
    if (is_letter(c)) {
      while (is_letter(peek()) || is_digit(peek())) ++at_;
      return emit(identifier);
    }
    if (c == '"' || c == '\'' || c == '`') return quoted_text();
    if (c == '}') {
      in_braces_ = false;
      return symbol(right_brace, 1);
    }
    if (c == ',') return symbol(comma, 1);
    if (c == '=') return peek(1) == '~' ? symbol(matches, 2) : symbol(assign, 1);
    if (c == '!' && peek(1) == '~') return symbol(not_matches, 2);
    if (c == '!' && peek(1) == '=') return symbol(not_equal, 2);
    fail(begin_, begin_ + 1, "unexpected character inside braces: " + character(text_, begin_));
  }

  void quoted_text() {
    auto literal = read_string(text_, begin_);
    if (!literal) return fail(begin_, text_.size(), std::move(literal.error()));
    at_ = literal->end;
    emit(string);
    tokens_.back().text = std::move(literal->text);
  }

  void word() {
    const bool colons = brackets_ == 0;
    while (is_letter(peek()) || is_digit(peek()) || (colons && peek() == ':')) ++at_;
    const auto spelling = text_.substr(begin_, at_ - begin_);
    if (spelling.contains(':')) return emit(metric_identifier);
    const std::string keyword = lower_case(spelling);
    if (keyword == "inf" || keyword == "nan") {
      emit(number);
      using limits = std::numeric_limits<double>;
      tokens_.back().number = keyword == "inf" ? limits::infinity() : limits::quiet_NaN();
      return;
    }
    const auto known = std::ranges::find(kKeywords, keyword, &std::pair<std::string_view, TokenKind>::first);
    emit(known == kKeywords.end() ? identifier : known->second);
  }

  /// Digits, with single underscores between them.
  void skip_digits(bool (*is_allowed)(char)) {
    while (is_allowed(peek()) || (peek() == '_' && is_allowed(peek(1)))) ++at_;
  }

  bool skip_hexadecimal() {
    if (peek() != '0' || lower_case(peek(1)) != 'x') return false;
    at_ += 2;
    skip_digits(is_hex_digit);
    return true;
  }

  void skip_decimal() {
    skip_digits(is_digit);
    if (peek() == '.') {
      ++at_;
      skip_digits(is_digit);
    }
    if (lower_case(peek()) != 'e') return;
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if (!is_digit(peek(1 + sign))) return;
    at_ += 1 + sign;
    skip_digits(is_digit);
  }

  void number_or_duration() {
    const bool hexadecimal = skip_hexadecimal();
    if (!hexadecimal) skip_decimal();
    if (!is_letter(peek()) && !is_digit(peek()) && peek() != '.') return number_token(hexadecimal);
    while (is_letter(peek()) || is_digit(peek()) || peek() == '.') ++at_;
    duration_token();
  }

  /// Go reads 0755 as an octal number, but 089 and 07.5 as decimal ones.
  static bool is_octal(std::string_view digits) {
    const auto octal_digit = [](char c) { return c >= '0' && c <= '7'; };
    return digits.size() > 1 && digits.front() == '0' && std::ranges::all_of(digits, octal_digit);
  }

  static std::from_chars_result parse_octal(std::string_view digits, double& value) {
    std::int64_t integer = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), integer, 8);
    value = static_cast<double>(integer);
    return result;
  }

  void number_token(bool hexadecimal) {
    std::string digits(text_.substr(begin_, at_ - begin_));
    std::erase(digits, '_');
    double value = 0;
    const char* from = digits.data() + (hexadecimal ? 2 : 0);
    const char* const last = digits.data() + digits.size();
    const auto format = hexadecimal ? std::chars_format::hex : std::chars_format::general;
    const auto [stop, problem] =
        is_octal(digits) ? parse_octal(digits, value) : std::from_chars(from, last, value, format);
    if (problem == std::errc::result_out_of_range && underflows(digits))
      value = 0;
    else if (problem == std::errc::result_out_of_range)
      return bad_number("number out of range: ", digits);
    else if (problem != std::errc{} || stop != last)
      return bad_number("bad number or duration syntax: ", digits);
    emit(number);
    tokens_.back().number = value;
  }

  static bool underflows(const std::string& digits) { return digits.contains("e-") || digits.contains("E-"); }

  void bad_number(std::string_view what, std::string_view digits) {
    fail(begin_, at_, std::string(what) + double_quoted(digits.substr(0, 40)));
  }

  void duration_token() {
    const auto spelling = text_.substr(begin_, at_ - begin_);
    const auto duration_value = parse_duration(spelling);
    if (!duration_value) return bad_number("bad number or duration syntax: ", spelling);
    emit(duration);
    tokens_.back().number = static_cast<double>(duration_value->count()) / 1000;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  int brackets_ = 0;
  bool in_braces_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(std::string_view text) { return Lexer(text).run(); }

std::string describe(const Token& token) {
  switch (token.kind) {
    case end:
      return "end of input";
    case error:
      return token.text;
    case identifier:
    case metric_identifier:
      return "identifier " + double_quoted(token.text);
    case number:
      return "number " + double_quoted(token.text);
    case duration:
      return "duration " + double_quoted(token.text);
    case string:
      return "string " + double_quoted(token.text);
    case left_paren:
    case right_paren:
    case left_brace:
    case right_brace:
    case left_bracket:
    case right_bracket:
    case comma:
    case colon:
    case assign:
      return double_quoted(token.text);
    case aggregator:
    case offset:
    case by:
    case without:
    case on:
    case ignoring:
    case group_left:
    case group_right:
    case boolean:
      return "<" + lower_case(token.text) + ">";
    default:
      return "<op:" + lower_case(token.text) + ">";
  }
}

}  // namespace a2od::promql
