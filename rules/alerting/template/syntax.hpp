// The syntax tree of a template, and the parser that builds it once, when a rule is loaded.
#pragma once

#include "rules/alerting/template/lexer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::templates {

struct Function;
class FunctionTable;
struct Pipeline;

/// One argument or callee, with the fields that are read from it: `$x.Labels.job`, `(first $y).Value`.
struct Operand {
  enum class Kind { dot, variable, function, literal, pipeline };
  Kind kind = Kind::dot;
  std::string name;                    ///< of a variable, without its $
  const Function* function = nullptr;  ///< of the fixed table
  Value literal;
  std::shared_ptr<const Pipeline> pipeline;
  std::vector<std::string> fields;
  std::size_t offset = 0;
};

/// `function argument …`, or one operand alone.
struct Command {
  std::vector<Operand> operands;
};

/// `command | command`, whose value may be given to one variable, or two in a range.
struct Pipeline {
  std::vector<std::string> variables;
  bool declares = false;  ///< `:=` rather than `=`
  std::vector<Command> commands;
  std::size_t offset = 0;
};

struct Element;
using Block = std::vector<Element>;

struct Element {
  /// `end_range` and `next_item` are break and continue; `named` executes the template that `text` names.
  enum class Kind { text, action, condition, with, range, end_range, next_item, named };
  Kind kind = Kind::text;
  std::string text{};
  Pipeline pipeline{};
  Block body{};
  Block otherwise{};
  std::size_t offset = 0;
};

using Definitions = std::map<std::string, Block, std::less<>>;

/// A template with those that are defined in it.
struct Tree {
  Block main;
  Definitions named;
  /// Templates that it executes and does not define itself, and where.
  std::vector<std::pair<std::string, std::size_t>> wanted;
  /// Templates that are defined elsewhere; those of the tree come first.
  std::shared_ptr<const Definitions> others = nullptr;
};

/// What a template may name besides what it defines itself.
struct Surroundings {
  const FunctionTable& functions;
  /// That are set before the template begins, besides `$` itself. Templates that are defined in it do not see them.
  std::span<const std::string_view> variables = {};
  /// Whether it may execute templates that are defined elsewhere. Whether they exist shows when it does: see
  /// Tree::wanted.
  enum class Others { none, some };
  Others others = Others::none;
};

/// Refused are unknown functions, variables and templates, and a wrong number of arguments. Blocks and parentheses nest
/// at most 50 deep.
[[nodiscard]] std::expected<Tree, SyntaxError> parse(std::string_view text, const Surroundings& surroundings);

/// Whether some action calls the function of that name.
[[nodiscard]] bool calls(const Tree& tree, std::string_view function);

/// Whether a template has nothing but white space: such a one does not replace another of its name.
[[nodiscard]] bool is_blank(const Block& block);

}  // namespace a2od::templates
