// Prints an expression as Prometheus does, for generator links and the API.
#pragma once

#include "rules/promql/ast.hpp"

#include <string>

namespace a2od::promql {

/// On one line.
[[nodiscard]] std::string print(const Expr& expr);
/// Over several lines where one would be longer than 100 characters.
[[nodiscard]] std::string print_pretty(const Expr& expr);

/// The shortest text that reads back as the same number, without an exponent: 1048576, 0.00001, +Inf, NaN.
[[nodiscard]] std::string format_number(double value);

}  // namespace a2od::promql
