// Splits an expression into tokens. Never fails: the first thing that is wrong becomes an error token, the last one.
#pragma once

#include "rules/promql/token.hpp"

#include <string_view>
#include <vector>

namespace a2od::promql {

/// Ends with a token of kind `end` or `error`.
[[nodiscard]] std::vector<Token> lex(std::string_view text);

}  // namespace a2od::promql
