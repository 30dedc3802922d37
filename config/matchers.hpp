// Matchers as Alertmanager reads them: foo="bar",baz=~"qux.*", with or without braces.
#pragma once

#include "config/matcher.hpp"

#include <span>
#include <string>
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

/// As Alertmanager writes it: name="value", the name in quotes where it must be.
[[nodiscard]] std::string matcher_text(const Matcher& matcher);
/// {a="b",c=~"d"}
[[nodiscard]] std::string matchers_text(std::span<const Matcher> matchers);

}  // namespace a2od
