#include "rules/alerting/template/execute.hpp"

#include "rules/alerting/template/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace a2od::templates {
namespace {

constexpr int kDeepestNamed = 20;
constexpr std::uint32_t kDeepestValue = 50;
constexpr std::size_t kHeaviestValue = 64UL << 20U;

using Fault = std::optional<SyntaxError>;

std::size_t elements_of(const Value& value) {
  if (const auto* list = value.as_list()) return list->size();
  if (const auto* strings = value.as_strings()) return strings->size();
  if (const auto* map = value.as_map()) return map->entries.size();
  return 0;
}

/// In steps, so that those who build large values run as long as others: of what a function has made.
std::size_t cost_of_making(const Value& value) {
  constexpr std::size_t kBytes = 64;
  constexpr std::size_t kElements = 16;
  const auto* text = value.as<std::string>();
  return text != nullptr ? text->size() / kBytes : elements_of(value) / kElements;
}

/// Of what is read: texts are copied, and methods copy lists.
std::size_t cost_of_reading(const Value& value) {
  constexpr std::size_t kBytes = 4096;
  constexpr std::size_t kElements = 64;
  const auto* text = value.as<std::string>();
  return text != nullptr ? text->size() / kBytes : elements_of(value) / kElements;
}

/// A method of no arguments, a field, or the entry of a map.
Result<Value> read_field(const Value& value, const std::string& name) {
  if (const auto* method = find_method(value, name)) {
    auto result = method->arguments == 0 ? method->call(value, {}) : failure("needs arguments");
    return result ? result : failure(name + ": " + result.error().message);
  }
  if (value.as<std::monostate>() != nullptr) return value;
  if (const Strings* strings = value.as_strings()) {
    const auto found = strings->find(name);
    return Value{found == strings->end() ? std::string() : found->second};
  }
  if (const Map* map = value.as_map()) {
    const auto found = map->entries.find(name);
    return found == map->entries.end() ? Value() : found->second;
  }
  const Record* record = value.as_record();
  const auto found = record == nullptr ? Record::const_iterator() : record->find(name);
  if (record != nullptr && found != record->end()) return found->second;
  return failure(fmt::format("no field '{}' in a {}", name, type_name(value)));
}

class Execution {
 public:
  Execution(const Tree& tree, Value root, Variables variables, const Environment& environment)
      : tree_(tree), root_(std::move(root)), variables_(std::move(variables)), environment_(environment) {}

  Fault run() {
    const Value dot = root_;
    return run(tree_.main, dot);
  }
  std::string take_output() { return std::move(output_); }

 private:
  using Evaluated = std::expected<Value, SyntaxError>;

  Fault run(const Block& block, const Value& dot);
  Fault run(const Element& element, const Value& dot);
  Fault run_named(const Element& element, const Value& dot);
  [[nodiscard]] const Block* find_named(const std::string& name) const;
  Fault run_range(const Element& element, const Value& dot);
  Fault run_entries(const Element& element, const auto& entries);
  Fault run_iteration(const Element& element, const Value& key, const Value& item);
  Fault print(const Value& value, std::size_t offset);
  Fault write(std::string_view text, std::size_t offset);
  Fault step(std::size_t offset, std::size_t count = 1);
  Fault check_result(const Value& value, const Operand& callee);

  Evaluated evaluate(const Pipeline& pipeline, const Value& dot);
  Evaluated evaluate(const Command& command, const Value& dot, const Value* piped);
  Evaluated evaluate(const Operand& operand, const Value& dot);
  Evaluated call(const Operand& callee, std::span<const Operand> operands, const Value& dot, const Value* piped);
  Evaluated decide(const Operand& callee, std::span<const Operand> operands, const Value& dot, const Value* piped);
  Evaluated call_method(const Operand& operand, std::span<const Operand> operands, const Value& dot,
                        const Value* piped);
  Evaluated evaluate_base(const Operand& operand, const Value& dot);
  Evaluated read_fields(const Operand& operand, std::span<const std::string> fields, Value value);
  [[nodiscard]] const Value& variable(const std::string& name) const;
  std::expected<std::vector<Value>, SyntaxError> evaluate_all(std::span<const Operand> operands, const Value& dot,
                                                              const Value* piped);
  void assign(const Pipeline& pipeline, const std::string& name, Value value);

  /// What becomes of the innermost range.
  enum class Flow { on, next, end };

  const Tree& tree_;
  Value root_;
  Variables variables_;
  Flow flow_ = Flow::on;
  int named_ = 0;  ///< templates that are under way
  const Environment& environment_;
  std::string output_;
  int steps_ = 0;
};

Fault Execution::step(std::size_t offset, std::size_t count) {
  const auto left = static_cast<std::size_t>(environment_.most_steps - steps_);
  if (count > left) return SyntaxError{offset, fmt::format("more than {} steps", environment_.most_steps)};
  steps_ += static_cast<int>(count);
  return std::nullopt;
}

Fault Execution::write(std::string_view text, std::size_t offset) {
  if (output_.size() + text.size() > environment_.longest_output) {
    return SyntaxError{offset, fmt::format("more than {} bytes of output", environment_.longest_output)};
  }
  output_ += text;
  return std::nullopt;
}

Fault Execution::print(const Value& value, std::size_t offset) {
  const auto text = value.as<std::monostate>() != nullptr ? std::string("<no value>") : to_text(value);
  if (environment_.escaping == Environment::Escaping::none || value.type == &kSafeHtml) return write(text, offset);
  return write(escape_html(text), offset);
}

const Value& Execution::variable(const std::string& name) const {
  if (name.empty()) return root_;
  const auto found =
      std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& entry) { return entry.first == name; });
  return found->second;
}

void Execution::assign(const Pipeline& pipeline, const std::string& name, Value value) {
  if (pipeline.declares) {
    variables_.emplace_back(name, std::move(value));
    return;
  }
  const auto found =
      std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& entry) { return entry.first == name; });
  found->second = std::move(value);
}

Fault Execution::run(const Block& block, const Value& dot) {
  const std::size_t scope = variables_.size();
  for (const Element& element : block) {
    if (auto fault = run(element, dot)) return fault;
    if (flow_ != Flow::on) break;
  }
  variables_.erase(variables_.begin() + static_cast<std::ptrdiff_t>(scope), variables_.end());
  return std::nullopt;
}

const Block* Execution::find_named(const std::string& name) const {
  if (const auto own = tree_.named.find(name); own != tree_.named.end()) return &own->second;
  if (tree_.others == nullptr) return nullptr;
  const auto found = tree_.others->find(name);
  return found == tree_.others->end() ? nullptr : &found->second;
}

/// It sees its own value alone, as dot and as $.
Fault Execution::run_named(const Element& element, const Value& dot) {
  if (named_ == kDeepestNamed)
    return SyntaxError{element.offset, fmt::format("templates execute each other more than {} deep", kDeepestNamed)};
  const Block* block = find_named(element.text);
  if (block == nullptr) return SyntaxError{element.offset, fmt::format("no template \"{}\" is defined", element.text)};
  Value inner;
  if (!element.pipeline.commands.empty()) {
    auto value = evaluate(element.pipeline, dot);
    if (!value) return std::move(value.error());
    inner = std::move(*value);
  }
  auto root = std::exchange(root_, inner);
  auto variables = std::exchange(variables_, {});
  ++named_;
  auto fault = run(*block, inner);
  if (fault && fault->within.empty()) fault->within = element.text;
  --named_;
  root_ = std::move(root);
  variables_ = std::move(variables);
  return fault;
}

Fault Execution::run(const Element& element, const Value& dot) {
  if (auto fault = step(element.offset)) return fault;
  if (element.kind == Element::Kind::text) return write(element.text, element.offset);
  if (element.kind == Element::Kind::named) return run_named(element, dot);
  if (element.kind == Element::Kind::end_range || element.kind == Element::Kind::next_item) {
    flow_ = element.kind == Element::Kind::end_range ? Flow::end : Flow::next;
    return std::nullopt;
  }
  const std::size_t scope = variables_.size();
  if (element.kind == Element::Kind::range) {
    auto fault = run_range(element, dot);
    if (!fault) variables_.erase(variables_.begin() + static_cast<std::ptrdiff_t>(scope), variables_.end());
    return fault;
  }
  const auto value = evaluate(element.pipeline, dot);
  if (!value) return value.error();
  for (const std::string& name : element.pipeline.variables) assign(element.pipeline, name, *value);
  if (element.kind == Element::Kind::action) {
    return element.pipeline.variables.empty() ? print(*value, element.offset) : std::nullopt;
  }
  const bool taken = is_true(*value);
  const Value& inner = element.kind == Element::Kind::with && taken ? *value : dot;
  auto fault = run(taken ? element.body : element.otherwise, inner);
  if (!fault) variables_.erase(variables_.begin() + static_cast<std::ptrdiff_t>(scope), variables_.end());
  return fault;
}

Fault Execution::run_iteration(const Element& element, const Value& key, const Value& item) {
  if (auto fault = step(element.offset)) return fault;
  const auto& names = element.pipeline.variables;
  const std::size_t scope = variables_.size();
  if (names.size() == 2) assign(element.pipeline, names[0], key);
  if (!names.empty()) assign(element.pipeline, names.back(), item);
  auto fault = run(element.body, item);
  if (!fault) variables_.erase(variables_.begin() + static_cast<std::ptrdiff_t>(scope), variables_.end());
  return fault;
}

Fault Execution::run_range(const Element& element, const Value& dot) {
  const auto over = evaluate(element.pipeline, dot);
  if (!over) return over.error();
  const bool iterable = over->as<std::monostate>() != nullptr || over->as_list() != nullptr ||
                        over->as_strings() != nullptr || over->as_map() != nullptr;
  if (!iterable) {
    return SyntaxError{element.offset, fmt::format("range cannot iterate over {}", type_name(*over))};
  }
  if (!is_true(*over)) return run(element.otherwise, dot);
  if (const List* list = over->as_list()) {
    for (std::size_t index = 0; index < list->size(); ++index) {
      if (auto fault = run_iteration(element, {static_cast<std::int64_t>(index)}, (*list)[index])) return fault;
      if (std::exchange(flow_, Flow::on) == Flow::end) break;
    }
    return std::nullopt;
  }
  if (const Map* map = over->as_map()) return run_entries(element, map->entries);
  return run_entries(element, *over->as_strings());
}

Fault Execution::run_entries(const Element& element, const auto& entries) {
  for (const auto& [key, value] : entries) {
    if (auto fault = run_iteration(element, {key}, Value{value})) return fault;
    if (std::exchange(flow_, Flow::on) == Flow::end) break;
  }
  return std::nullopt;
}

Execution::Evaluated Execution::evaluate(const Pipeline& pipeline, const Value& dot) {
  Value value;
  bool is_first = true;
  for (const Command& command : pipeline.commands) {
    auto next = evaluate(command, dot, is_first ? nullptr : &value);
    if (!next) return next;
    value = std::move(*next);
    is_first = false;
  }
  return value;
}

Execution::Evaluated Execution::evaluate(const Command& command, const Value& dot, const Value* piped) {
  const Operand& first = command.operands.front();
  const auto arguments = std::span(command.operands).subspan(1);
  if (first.kind == Operand::Kind::function) {
    auto value = call(first, arguments, dot, piped);
    return value ? read_fields(first, first.fields, std::move(*value)) : value;
  }
  if (arguments.empty() && piped == nullptr) return evaluate(first, dot);
  return call_method(first, arguments, dot, piped);
}

Execution::Evaluated Execution::evaluate(const Operand& operand, const Value& dot) {
  auto value = evaluate_base(operand, dot);
  if (!value) return value;
  return read_fields(operand, operand.fields, std::move(*value));
}

/// Without its fields.
Execution::Evaluated Execution::evaluate_base(const Operand& operand, const Value& dot) {
  if (auto fault = step(operand.offset)) return std::unexpected(std::move(*fault));
  switch (operand.kind) {
    case Operand::Kind::dot:
      return dot;
    case Operand::Kind::function:
      return call(operand, {}, dot, nullptr);
    case Operand::Kind::variable:
      return variable(operand.name);
    case Operand::Kind::literal:
      return operand.literal;
    case Operand::Kind::pipeline:
      break;
  }
  return evaluate(*operand.pipeline, dot);
}

/// `$t.Format "15:04"`: the last field is the method.
Execution::Evaluated Execution::call_method(const Operand& operand, std::span<const Operand> operands, const Value& dot,
                                            const Value* piped) {
  auto receiver = evaluate_base(operand, dot);
  if (!receiver) return receiver;
  const auto fields = std::span(operand.fields);
  receiver = read_fields(operand, fields.first(fields.size() - 1), std::move(*receiver));
  if (!receiver) return receiver;
  const auto fault = [&](std::string message) {
    return std::unexpected(SyntaxError{operand.offset, fields.back() + ": " + std::move(message)});
  };
  const auto* method = find_method(*receiver, fields.back());
  if (method == nullptr) return fault(fmt::format("a {} has no such method", type_name(*receiver)));
  auto arguments = evaluate_all(operands, dot, piped);
  if (!arguments) return std::unexpected(std::move(arguments.error()));
  if (arguments->size() != method->arguments)
    return fault(fmt::format("takes {} arguments, not {}", method->arguments, arguments->size()));
  auto result = method->call(*receiver, *arguments);
  if (!result) return fault(std::move(result.error().message));
  return std::move(*result);
}

std::expected<std::vector<Value>, SyntaxError> Execution::evaluate_all(std::span<const Operand> operands,
                                                                       const Value& dot, const Value* piped) {
  std::vector<Value> values;
  for (const Operand& operand : operands) {
    auto value = evaluate(operand, dot);
    if (!value) return std::unexpected(std::move(value.error()));
    values.push_back(std::move(*value));
  }
  if (piped != nullptr) values.push_back(*piped);
  return values;
}

Execution::Evaluated Execution::read_fields(const Operand& operand, std::span<const std::string> fields, Value value) {
  for (const std::string& name : fields) {
    auto read = read_field(value, name);
    if (!read) return std::unexpected(SyntaxError{operand.offset, std::move(read.error().message)});
    value = std::move(*read);
  }
  if (auto fault = step(operand.offset, cost_of_reading(value))) return std::unexpected(std::move(*fault));
  return value;
}

/// `and` and `or` evaluate no argument behind the one that decides.
Execution::Evaluated Execution::decide(const Operand& callee, std::span<const Operand> operands, const Value& dot,
                                       const Value* piped) {
  const bool until = callee.function->name == "or";
  Value last;
  for (const Operand& operand : operands) {
    auto value = evaluate(operand, dot);
    if (!value || is_true(*value) == until) return value;
    last = std::move(*value);
  }
  return piped == nullptr ? last : *piped;
}

Execution::Evaluated Execution::call(const Operand& callee, std::span<const Operand> operands, const Value& dot,
                                     const Value* piped) {
  const Function& function = *callee.function;
  if (function.call == nullptr) return decide(callee, operands, dot, piped);
  auto arguments = evaluate_all(operands, dot, piped);
  if (!arguments) return std::unexpected(std::move(arguments.error()));
  auto result = function.call(environment_, *arguments);
  if (!result) {
    return std::unexpected(SyntaxError{callee.offset, fmt::format("{}: {}", function.name, result.error().message)});
  }
  if (auto fault = check_result(*result, callee)) return std::unexpected(std::move(*fault));
  return std::move(*result);
}

/// Templates may double a text or a list again and again: what is large costs more steps, and what is too large fails.
Fault Execution::check_result(const Value& value, const Operand& callee) {
  const auto* text = value.as<std::string>();
  const std::size_t bytes = text == nullptr ? value.bytes : text->size();
  const std::size_t most = text == nullptr ? kHeaviestValue : environment_.longest_output;
  const auto name = callee.function->name;
  if (bytes > most)
    return SyntaxError{callee.offset,
                       fmt::format("{}: a {} of more than {} bytes", name, text == nullptr ? "value" : "text", most)};
  if (value.depth > kDeepestValue)
    return SyntaxError{callee.offset, fmt::format("{}: a value nested more than {} deep", name, kDeepestValue)};
  return step(callee.offset, cost_of_making(value));
}

}  // namespace

std::expected<std::string, SyntaxError> execute(const Tree& tree, const Value& dot, Variables variables,
                                                const Environment& environment) {
  Execution execution(tree, dot, std::move(variables), environment);
  if (auto fault = execution.run()) return std::unexpected(std::move(*fault));
  return execution.take_output();
}

}  // namespace a2od::templates
