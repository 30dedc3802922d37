#include "rules/promql/lexer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace a2od::promql {
namespace {

using enum TokenKind;

std::vector<TokenKind> kinds(std::string_view text) {
  std::vector<TokenKind> found;
  for (const Token& token : lex(text)) found.push_back(token.kind);
  return found;
}

TEST(Lexer, TellsNumbersFromDurations) {
  const struct {
    std::string_view text;
    TokenKind kind;
    double value;
  } rows[] = {
      {"1", number, 1},          {".5", number, 0.5},     {"5.", number, 5},         {"1e3", number, 1000},
      {"0x1F", number, 31},      {"1_000", number, 1000}, {"0755", number, 493},     {"089", number, 89},
      {"Inf", number, INFINITY}, {"5m", duration, 300},   {"1h30m", duration, 5400}, {"15ms", duration, 0.015},
  };
  for (const auto& row : rows) {
    const auto tokens = lex(row.text);
    ASSERT_EQ(tokens.size(), 2U) << row.text;
    EXPECT_EQ(tokens[0].kind, row.kind) << row.text;
    EXPECT_EQ(tokens[0].number, row.value) << row.text;
  }
}

TEST(Lexer, StringsMeanWhatGoWouldRead) {
  const struct {
    std::string_view text;
    std::string_view meaning;
  } rows[] = {
      {R"("a\n\t\"b")", "a\n\t\"b"},
      {R"('it\'s')", "it's"},
      {R"(`raw\n`)", "raw\\n"},
      {R"("\x41\101\u00e9")", "AA\xc3\xa9"},
      {R"("\U0001F600")", "\xf0\x9f\x98\x80"},
  };
  for (const auto& row : rows) {
    const auto tokens = lex(row.text);
    EXPECT_EQ(tokens[0].kind, string) << row.text;
    EXPECT_EQ(tokens[0].text, row.meaning) << row.text;
  }
}

TEST(Lexer, AColonBelongsToNamesOutsideOfBrackets) {
  EXPECT_EQ(kinds("a:b"), (std::vector{metric_identifier, end}));
  EXPECT_EQ(kinds("a[5m:1m]"), (std::vector{identifier, left_bracket, duration, colon, duration, right_bracket, end}));
}

TEST(Lexer, KeywordsAreNamesInsideBraces) {
  EXPECT_EQ(kinds("x{by=\"a\"}"), (std::vector{identifier, left_brace, identifier, assign, string, right_brace, end}));
}

TEST(Lexer, CommentsEndWithTheLine) { EXPECT_EQ(kinds("1 # two\n+ 3"), (std::vector{number, add, number, end})); }

TEST(Lexer, WhatIsWrongIsTheLastToken) {
  const struct {
    std::string_view text;
    std::size_t begin;
    std::string_view message;
  } rows[] = {
      {"a $ b", 2, "unexpected character: '$'"},
      {"\"abc", 0, "unterminated quoted string"},
      {"\"\\c\"", 0, "unknown escape sequence U+0063 'c'"},
      {"\"\xff\"", 0, "invalid UTF-8 rune"},
      {"a[5mm]", 2, "bad number or duration syntax: \"5mm\""},
      {"1 !~ 2", 2, "unexpected character after '!': '~'"},
      {"a{b>\"c\"}", 3, "unexpected character inside braces: '>'"},
      {"a{", 2, "unexpected end of input inside braces"},
  };
  for (const auto& row : rows) {
    const Token last = lex(row.text).back();
    EXPECT_EQ(last.kind, error) << row.text;
    EXPECT_EQ(last.text, row.message) << row.text;
    EXPECT_EQ(last.begin, row.begin) << row.text;
  }
}

}  // namespace
}  // namespace a2od::promql
