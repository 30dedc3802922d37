// Matchers as Alertmanager reads them: foo="bar",baz=~"qux.*", with or without braces.
#pragma once

#include "rules/series/matcher.hpp"

#include <string_view>
#include <vector>

namespace a2od {

enum class MatcherSyntax {
  classic,   ///< names of letters, digits, underscores and colons; values quoted or bare
  utf8,      ///< names and values in UTF-8; what has a special character is quoted
  fallback,  ///< classic where that can be read, else utf8: as Alertmanager does unless it is told otherwise
};

/// The errors are Alertmanager's where it has one text for them.
[[nodiscard]] Result<std::vector<Matcher>> parse_matchers(std::string_view text, MatcherSyntax syntax);
/// Exactly one.
[[nodiscard]] Result<Matcher> parse_matcher(std::string_view text, MatcherSyntax syntax);

}  // namespace a2od
