// The functions that templates may call. Each kind of template has a table of its own: Prometheus' here, Alertmanager's
// beside its notifications; Go's builtins and what both have are shared.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"
#include "rules/alerting/template/value.hpp"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::templates {

/// No text that a function yields is longer, unless an environment allows more output.
inline constexpr std::size_t kLongestText = 128UL << 10U;

/// What functions know besides their arguments, and how far an execution may go.
struct Environment {
  std::string external_url;
  Timestamp now;
  /// Evaluates an expression at the time of the rule's evaluation; empty where templates may not ask.
  std::function<Result<promql::Vector>(std::string_view expression)> query;
  /// The text of a label of the message's route; empty where there is no route.
  std::function<Result<std::string>(std::string_view name)> route_label;

  enum class Escaping { none, html };
  Escaping escaping = Escaping::none;  ///< of what actions print, unless it is of the type kSafeHtml
  std::size_t longest_output = kLongestText;
  int most_steps = 100'000;
};

/// A function of a table. The arguments are as many as `least` and `most` say.
struct Function {
  static constexpr std::size_t kAny = 64;  ///< the most arguments that a call may have
  std::string_view name;
  std::size_t least = 0;
  std::size_t most = 0;
  /// Of `and` and `or`, which do not evaluate all of their arguments, nullptr: the execution decides them.
  Result<Value> (*call)(const Environment& environment, std::span<const Value> arguments) = nullptr;
};

/// The functions that one kind of template knows, immutable.
class FunctionTable {
 public:
  /// The functions must live as long as the program.
  explicit FunctionTable(std::initializer_list<std::span<const Function>> parts);

  /// nullptr where there is none.
  [[nodiscard]] const Function* find(std::string_view name) const;
  /// Sorted.
  [[nodiscard]] std::span<const std::string_view> names() const { return names_; }

 private:
  std::vector<const Function*> functions_;
  std::vector<std::string_view> names_;
};

/// Go's own.
[[nodiscard]] std::span<const Function> go_functions();
/// What means the same to Prometheus and to Alertmanager.
[[nodiscard]] std::span<const Function> common_functions();
[[nodiscard]] const FunctionTable& prometheus_functions();

/// template.HTML: texts that are HTML already.
extern const Type kSafeHtml;

}  // namespace a2od::templates
