#include "rules/promql/token_reader.hpp"

#include "rules/promql/lexer.hpp"
#include "rules/promql/parser.hpp"

#include <algorithm>
#include <utility>

namespace a2od::promql {

void fail(std::size_t begin, std::size_t end, std::string message) {
  throw ParseFailure{{begin, end, std::move(message)}};
}

void fail(const Token& token, std::string message) { fail(token.begin, token.end, std::move(message)); }

void fail_unsupported(const Token& token, std::string_view what) {
  fail(token, std::string(what) + std::string(kNotSupported));
}

TokenReader::TokenReader(std::string_view text) : tokens_(lex(text)) {}

bool TokenReader::is_any(std::initializer_list<TokenKind> kinds) const {
  return std::ranges::find(kinds, current().kind) != kinds.end();
}

const Token& TokenReader::take() {
  const Token& token = current();
  if (token.kind == TokenKind::error) fail(token, token.text);
  if (token.kind == TokenKind::left_paren) ++open_parens_;
  if (token.kind == TokenKind::right_paren) --open_parens_;
  if (token.kind != TokenKind::end) ++at_;
  return token;
}

bool TokenReader::take_if(TokenKind kind) {
  if (!is(kind)) return false;
  take();
  return true;
}

const Token& TokenReader::expect(TokenKind kind, std::string_view where, std::string_view expected) {
  if (!is(kind)) fail_here(where, expected);
  return take();
}

void TokenReader::fail_here(std::string_view where, std::string_view expected) const {
  const Token& token = current();
  if (token.kind == TokenKind::error) fail(token, token.text);
  if (token.kind == TokenKind::end && open_parens_ > 0) fail(token, "unclosed left parenthesis");
  if (token.kind == TokenKind::right_paren && open_parens_ <= 0) fail(token, "unexpected right parenthesis ')'");
  std::string message = "unexpected " + describe(token);
  if (!where.empty()) message += " in " + std::string(where);
  if (!expected.empty()) message += ", expected " + std::string(expected);
  fail(token, std::move(message));
}

}  // namespace a2od::promql
