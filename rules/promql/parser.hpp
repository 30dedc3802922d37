// Reads the whole grammar of PromQL and checks types; what cannot be evaluated is refused by name.
#pragma once

#include "rules/promql/ast.hpp"
#include "rules/promql/expression.hpp"

#include <expected>
#include <string_view>

namespace a2od::promql {

/// Ends the message of an error about something that Prometheus would evaluate.
inline constexpr std::string_view kNotSupported = " is not supported yet";

/// Nesting is limited, so that neither reading nor evaluating recurses without bound.
[[nodiscard]] std::expected<ExprPtr, ParseError> parse_expression(std::string_view text);

}  // namespace a2od::promql
