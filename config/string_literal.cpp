#include "config/string_literal.hpp"

#include "config/utf8.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <optional>

namespace a2od {
namespace {

std::optional<char> simple_escape(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '"':
    case '\'':
      return c;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint32_t> digit(char c, std::uint32_t base) {
  std::uint32_t value = 99;
  if (c >= '0' && c <= '9') value = static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') value = static_cast<std::uint32_t>(c - 'A' + 10);
  return value < base ? std::optional(value) : std::nullopt;
}

struct NumericEscape {
  std::size_t digits;
  std::uint32_t base;
  std::uint32_t largest;
};
std::optional<NumericEscape> numeric_escape(char c) {
  if (c >= '0' && c <= '7') return NumericEscape{3, 8, 255};
  if (c == 'x') return NumericEscape{2, 16, 255};
  if (c == 'u') return NumericEscape{4, 16, 0x10ffff};
  if (c == 'U') return NumericEscape{8, 16, 0x10ffff};
  return std::nullopt;
}

/// `at` is behind the backslash, and behind the whole escape afterwards. Empty when all is well, else what is not.
std::string read_escape(std::string_view text, std::size_t& at, std::string& out) {
  if (at >= text.size()) return "unterminated quoted string";
  const char kind = text[at];
  if (const auto simple = simple_escape(kind)) {
    out += *simple;
    ++at;
    return {};
  }
  const auto numeric = numeric_escape(kind);
  if (!numeric) return fmt::format("unknown escape sequence U+{:04X} '{}'", static_cast<unsigned char>(kind), kind);
  if (numeric->base == 16) ++at;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < numeric->digits; ++i, ++at) {
    const auto next = at < text.size() ? digit(text[at], numeric->base) : std::nullopt;
    if (!next) return fmt::format("escape sequence in quoted string needs {} digits", numeric->digits);
    value = value * numeric->base + *next;
  }
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value > numeric->largest || surrogate) return "escape sequence is an invalid Unicode code point";
  if (numeric->largest == 255) {
    out += static_cast<char>(value);
  } else {
    append_utf8(out, value);
  }
  return {};
}

std::expected<StringLiteralText, std::string> read_raw(std::string_view text, std::size_t begin) {
  const std::size_t close = text.find('`', begin + 1);
  if (close == std::string_view::npos) return std::unexpected("unterminated raw string");
  const auto inside = text.substr(begin + 1, close - begin - 1);
  if (!is_valid_utf8(inside)) return std::unexpected("invalid UTF-8 rune");
  return StringLiteralText{std::string(inside), close + 1};
}

}  // namespace

std::expected<StringLiteralText, std::string> read_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  if (quote == '`') return read_raw(text, begin);
  StringLiteralText literal;
  std::size_t at = begin + 1;
  std::size_t checked = at;
  while (true) {
    if (at >= text.size() || text[at] == '\n') return std::unexpected("unterminated quoted string");
    if (text[at] == quote) break;
    if (text[at] != '\\') {
      literal.text += text[at++];
      continue;
    }
    if (!is_valid_utf8(text.substr(checked, at - checked))) return std::unexpected("invalid UTF-8 rune");
    if (auto wrong = read_escape(text, ++at, literal.text); !wrong.empty()) return std::unexpected(std::move(wrong));
    checked = at;
  }
  if (!is_valid_utf8(text.substr(checked, at - checked))) return std::unexpected("invalid UTF-8 rune");
  literal.end = at + 1;
  return literal;
}

}  // namespace a2od
