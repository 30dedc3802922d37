// The parts of the grammar around selectors: label matchers, label lists, durations and times.
#pragma once

#include "config/matcher.hpp"
#include "rules/promql/ast.hpp"
#include "rules/promql/token_reader.hpp"

#include <string>
#include <vector>

namespace a2od::promql {

/// {a="b", "quoted.name"!~"c", "metric"}; the reader is at the brace.
[[nodiscard]] std::vector<Matcher> read_matchers(TokenReader& reader);
/// (a, b, "c.d"), a trailing comma allowed.
[[nodiscard]] std::vector<std::string> read_label_list(TokenReader& reader);
/// The duration of a range or of a subquery's step; a literal is positive.
[[nodiscard]] Duration read_range(TokenReader& reader);
/// What follows `offset`: arithmetic needs parentheses there.
[[nodiscard]] Duration read_offset(TokenReader& reader);
/// What follows `@`; `begin` and `end` are those of the expression before it.
[[nodiscard]] AtModifier read_at(TokenReader& reader, std::size_t begin, std::size_t end);

}  // namespace a2od::promql
