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
/// Longer output and more steps than the environment allows, templates that execute each other more than 20 deep, and
/// values that nest more than 50 deep or of more than 64 MiB, once functions build them, are errors.
[[nodiscard]] std::expected<std::string, SyntaxError> execute(const Tree& tree, const Value& dot, Variables variables,
                                                              const Environment& environment);

}  // namespace a2od::templates
