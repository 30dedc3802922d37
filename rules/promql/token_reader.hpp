// Walks over the tokens of an expression; what does not fit is thrown as a ParseFailure, which parse_expression
// catches.
#pragma once

#include "rules/promql/expression.hpp"
#include "rules/promql/token.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::promql {

struct ParseFailure {
  ParseError error;
};

[[noreturn]] void fail(std::size_t begin, std::size_t end, std::string message);
[[noreturn]] void fail(const Token& token, std::string message);
/// For what Prometheus would evaluate and we do not.
[[noreturn]] void fail_unsupported(const Token& token, std::string_view what);

class TokenReader {
 public:
  explicit TokenReader(std::string_view text);

  [[nodiscard]] const Token& current() const { return tokens_[at_]; }
  [[nodiscard]] const Token& following() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  [[nodiscard]] bool is(TokenKind kind) const { return current().kind == kind; }
  [[nodiscard]] bool is_any(std::initializer_list<TokenKind> kinds) const;
  /// Where the token before this one ended.
  [[nodiscard]] std::size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }

  const Token& take();
  bool take_if(TokenKind kind);
  /// `where` and `expected` may be empty.
  const Token& expect(TokenKind kind, std::string_view where, std::string_view expected);
  [[noreturn]] void fail_here(std::string_view where, std::string_view expected) const;

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int open_parens_ = 0;
};

}  // namespace a2od::promql
