// The words of a PromQL expression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace a2od::promql {

enum class TokenKind : std::uint8_t {
  end,
  error,  ///< `text` says what is wrong
  identifier,
  metric_identifier,  ///< an identifier with a colon
  number,
  duration,
  string,  ///< `text` is what the quotes mean
  left_paren,
  right_paren,
  left_brace,
  right_brace,
  left_bracket,
  right_bracket,
  comma,
  colon,
  assign,       ///< =
  matches,      ///< =~
  not_matches,  ///< !~
  at,
  add,
  sub,
  mul,
  div,
  mod,
  pow,
  atan2,
  equal,
  not_equal,
  less,
  greater,
  less_or_equal,
  greater_or_equal,
  trim_upper,  ///< </
  trim_lower,  ///< >/
  set_and,
  set_or,
  set_unless,
  aggregator,
  offset,
  by,
  without,
  on,
  ignoring,
  group_left,
  group_right,
  boolean,  ///< bool
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;   ///< as written; of strings, unquoted
  double number = 0;  ///< of numbers, and of durations in seconds
};

/// How an error message names the token: `identifier "foo"`, `<op:+>`, `end of input`.
[[nodiscard]] std::string describe(const Token& token);

}  // namespace a2od::promql
