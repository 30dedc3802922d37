// Runs a parsed template over data.
#pragma once

#include "rules/alerting/template/functions.hpp"
#include "rules/alerting/template/syntax.hpp"

#include <string>
#include <utility>
#include <vector>

namespace a2od::templates {

using Variables = std::vector<std::pair<std::string, Value>>;

/// The variables are those that the template was parsed with; `$` is the dot. An error has the offset of what failed.
/// Longer output than kLongestText, more than 100,000 steps, and templates that execute each other more than 20 deep
/// are errors.
[[nodiscard]] std::expected<std::string, SyntaxError> execute(const Tree& tree, const Value& dot, Variables variables,
                                                              const Environment& environment);

}  // namespace a2od::templates
