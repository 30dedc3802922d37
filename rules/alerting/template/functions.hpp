// The functions that templates may call: Go's builtins and those of Prometheus.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"
#include "rules/alerting/template/value.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace a2od::templates {

/// What functions know besides their arguments.
struct Environment {
  std::string external_url;
  Timestamp now;
  /// Evaluates an expression at the time of the rule's evaluation; empty where templates may not ask.
  std::function<Result<promql::Vector>(std::string_view expression)> query;
};

/// A function of the fixed table. The arguments are as many as `least` and `most` say.
struct Function {
  static constexpr std::size_t kAny = 64;  ///< the most arguments that a call may have
  std::string_view name;
  std::size_t least = 0;
  std::size_t most = 0;
  Result<Value> (*call)(const Environment& environment, std::span<const Value> arguments) = nullptr;
};

/// nullptr where there is none.
[[nodiscard]] const Function* find_function(std::string_view name);
/// Sorted.
[[nodiscard]] std::span<const std::string_view> function_names();

/// No text that a function yields is longer.
inline constexpr std::size_t kLongestText = 128UL << 10U;

}  // namespace a2od::templates
