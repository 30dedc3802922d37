// Cuts a template into plain text and actions, and actions into tokens, by the rules of Go's text/template.
#pragma once

#include "rules/alerting/template/value.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::templates {

/// What is wrong with a template, and the byte of it where that stands.
struct SyntaxError {
  std::size_t offset = 0;
  std::string message;
  std::string within{};  ///< the named template that the offset is of, once it is executed; empty: the template itself
};

struct Token {
  enum class Kind { identifier, field, variable, literal, dot, nil, pipe, open, close, declare, assign, comma };
  Kind kind;
  std::string text;  ///< the name of an identifier, a field or a variable, without its first . or $
  Value value;       ///< of a literal
  std::size_t offset = 0;
  bool spaced = false;  ///< whether space stands in front: `$x.y` is one operand, `$x .y` are two
};

/// Plain text, already trimmed, or the tokens of one action.
struct Piece {
  std::string text;
  std::vector<Token> action;
  bool is_action = false;
  std::size_t offset = 0;
};

/// Comments are left out.
[[nodiscard]] std::expected<std::vector<Piece>, SyntaxError> split(std::string_view text);

}  // namespace a2od::templates
