#include "config/document.hpp"
#include "rules/alerting/template/functions.hpp"
#include "rules/alerting/template/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace a2od::templates {
namespace {

constexpr int kDeepest = 50;

template <class T>
using Parsed = std::expected<T, SyntaxError>;

std::unexpected<SyntaxError> fault(std::size_t offset, std::string message) {
  return std::unexpected(SyntaxError{offset, std::move(message)});
}

bool contains(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != std::ranges::end(names);
}

/// Reads one action's tokens. The scope of variables belongs to the parser of the whole template.
class PipelineParser {
 public:
  PipelineParser(const Piece& piece, std::size_t position, const FunctionTable& functions,
                 std::vector<std::string>& variables)
      : tokens_(piece.action),
        end_offset_(piece.offset),
        position_(position),
        functions_(functions),
        variables_(variables) {}

  enum class Form { plain, range };
  Parsed<Pipeline> read(Form form) {
    auto pipeline = read_pipeline(form, 0);
    if (pipeline && position_ < tokens_.size()) return fault(offset(), "unexpected ')'");
    return pipeline;
  }

 private:
  [[nodiscard]] bool at(Token::Kind kind, std::size_t ahead = 0) const {
    return position_ + ahead < tokens_.size() && tokens_[position_ + ahead].kind == kind;
  }
  [[nodiscard]] std::size_t offset() const {
    return position_ < tokens_.size() ? tokens_[position_].offset : end_offset_;
  }

  Parsed<Pipeline> read_pipeline(Form form, int depth);
  Parsed<std::monostate> read_declaration(Pipeline& pipeline, Form form);
  Parsed<Command> read_command(int depth, bool is_first);
  Parsed<Operand> read_operand(int depth);
  [[nodiscard]] Parsed<std::monostate> check_call(const Command& command, bool is_first) const;

  std::span<const Token> tokens_;
  std::size_t end_offset_;
  std::size_t position_;
  const FunctionTable& functions_;
  std::vector<std::string>& variables_;
};

Parsed<std::monostate> PipelineParser::read_declaration(Pipeline& pipeline, Form form) {
  if (!at(Token::Kind::variable)) return {};
  const bool pair = form == Form::range && at(Token::Kind::comma, 1) && at(Token::Kind::variable, 2);
  const std::size_t count = pair ? 3 : 1;
  const bool declares = at(Token::Kind::declare, count);
  if (!declares && !at(Token::Kind::assign, count)) return {};
  pipeline.declares = declares;
  pipeline.variables.push_back(tokens_[position_].text);
  if (pair) pipeline.variables.push_back(tokens_[position_ + 2].text);
  for (const std::string& name : pipeline.variables) {
    if (declares || contains(variables_, name)) continue;
    return fault(offset(), fmt::format("undefined variable '${}'", name));
  }
  position_ += count + 1;
  return {};
}

Parsed<Pipeline> PipelineParser::read_pipeline(Form form, int depth) {
  if (depth > kDeepest) return fault(offset(), fmt::format("parentheses nested more than {} deep", kDeepest));
  Pipeline pipeline;
  pipeline.offset = offset();
  if (depth == 0) {
    if (auto declared = read_declaration(pipeline, form); !declared) return std::unexpected(declared.error());
  }
  while (true) {
    auto command = read_command(depth, pipeline.commands.empty());
    if (!command) return std::unexpected(std::move(command.error()));
    pipeline.commands.push_back(std::move(*command));
    if (!at(Token::Kind::pipe)) break;
    ++position_;
  }
  if (pipeline.declares) variables_.insert(variables_.end(), pipeline.variables.begin(), pipeline.variables.end());
  return pipeline;
}

Parsed<Command> PipelineParser::read_command(int depth, bool is_first) {
  Command command;
  while (position_ < tokens_.size() && !at(Token::Kind::pipe) && !at(Token::Kind::close)) {
    if (!command.operands.empty() && !tokens_[position_].spaced) {
      return fault(offset(), "a space is missing between two operands");
    }
    auto operand = read_operand(depth);
    if (!operand) return std::unexpected(std::move(operand.error()));
    command.operands.push_back(std::move(*operand));
  }
  if (command.operands.empty()) return fault(offset(), "a value is missing");
  if (auto checked = check_call(command, is_first); !checked) return std::unexpected(checked.error());
  return command;
}

Parsed<Operand> PipelineParser::read_operand(int depth) {
  const Token& token = tokens_[position_];
  Operand operand;
  operand.offset = token.offset;
  ++position_;
  switch (token.kind) {
    case Token::Kind::dot:
      break;
    case Token::Kind::nil:
      operand.kind = Operand::Kind::literal;
      break;
    case Token::Kind::field:
      operand.fields.push_back(token.text);
      break;
    case Token::Kind::literal:
      operand.kind = Operand::Kind::literal;
      operand.literal = token.value;
      break;
    case Token::Kind::variable:
      operand.kind = Operand::Kind::variable;
      operand.name = token.text;
      if (!token.text.empty() && !contains(variables_, token.text)) {
        return fault(token.offset, fmt::format("undefined variable '${}'", token.text));
      }
      break;
    case Token::Kind::identifier: {
      operand.kind = Operand::Kind::function;
      operand.function = functions_.find(token.text);
      if (operand.function == nullptr) {
        const std::string_view near = nearest(token.text, functions_.names());
        return fault(token.offset, fmt::format("function '{}' is not supported{}", token.text,
                                               near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
      }
      break;
    }
    case Token::Kind::open: {
      operand.kind = Operand::Kind::pipeline;
      auto inner = read_pipeline(Form::plain, depth + 1);
      if (!inner) return std::unexpected(std::move(inner.error()));
      if (!at(Token::Kind::close)) return fault(token.offset, "unclosed parenthesis");
      ++position_;
      operand.pipeline = std::make_shared<const Pipeline>(std::move(*inner));
      break;
    }
    default:
      return fault(token.offset, "a value was expected here");
  }
  while (at(Token::Kind::field) && !tokens_[position_].spaced) operand.fields.push_back(tokens_[position_++].text);
  if (!operand.fields.empty() && operand.kind == Operand::Kind::literal) {
    return fault(token.offset, "a constant has no fields");
  }
  return operand;
}

Parsed<std::monostate> check_count(const Operand& operand, std::size_t count) {
  const Function& function = *operand.function;
  if (count >= function.least && count <= function.most) return {};
  const std::string wanted = function.least == function.most   ? fmt::format("{}", function.least)
                             : function.most == Function::kAny ? fmt::format("{} or more", function.least)
                                                               : fmt::format("{} to {}", function.least, function.most);
  return fault(operand.offset, fmt::format("function '{}' takes {} arguments, not {}", function.name, wanted, count));
}

Parsed<std::monostate> PipelineParser::check_call(const Command& command, bool is_first) const {
  const Operand& callee = command.operands.front();
  const std::size_t given = command.operands.size() - 1 + (is_first ? 0 : 1);
  if (callee.kind == Operand::Kind::function) {
    if (auto checked = check_count(callee, given); !checked) return checked;
  } else if (given > 0 && callee.fields.empty()) {  // those with fields may be methods
    return fault(callee.offset, "only a function can be given arguments");
  }
  for (const Operand& argument : std::span(command.operands).subspan(1)) {
    if (argument.kind != Operand::Kind::function) continue;
    if (auto checked = check_count(argument, 0); !checked) return checked;
  }
  return {};
}

class TemplateParser {
 public:
  TemplateParser(std::vector<Piece> pieces, const Surroundings& surroundings)
      : pieces_(std::move(pieces)),
        functions_(surroundings.functions),
        others_(surroundings.others),
        variables_(surroundings.variables.begin(), surroundings.variables.end()) {}

  Parsed<Tree> read() {
    auto block = read_block(0);
    if (!block) return std::unexpected(std::move(block.error()));
    if (position_ < pieces_.size()) {
      return fault(pieces_[position_].offset, fmt::format("unexpected '{}'", keyword()));
    }
    std::erase_if(wanted_, [&](const auto& wanted) { return named_.contains(wanted.first); });
    if (others_ == Surroundings::Others::none && !wanted_.empty())
      return fault(wanted_[0].second, fmt::format("no template \"{}\" is defined", wanted_[0].first));
    return Tree{std::move(*block), std::move(named_), std::move(wanted_)};
  }

 private:
  /// The identifier that the action at `position_` begins with, empty where it is none.
  [[nodiscard]] std::string_view keyword(std::size_t index = 0) const {
    const auto& action = pieces_[position_].action;
    const bool is_word = index < action.size() && action[index].kind == Token::Kind::identifier;
    return is_word ? std::string_view(action[index].text) : std::string_view();
  }

  Parsed<Block> read_block(int depth);
  Parsed<Element> read_element(std::string_view word, int depth);
  Parsed<Element> read_action();
  Parsed<Element> read_jump(Element::Kind kind);
  Parsed<Element> read_named();
  Parsed<std::string> read_name() const;
  Parsed<Block> read_definition(int depth);
  Parsed<Element> read_branch(int depth, std::size_t first_token);
  Parsed<std::monostate> read_otherwise(Element& element, std::string_view opened, int depth);

  std::vector<Piece> pieces_;
  std::size_t position_ = 0;
  const FunctionTable& functions_;
  Surroundings::Others others_;
  std::vector<std::string> variables_;
  int ranges_ = 0;  ///< that are open
  Definitions named_;
  std::vector<std::pair<std::string, std::size_t>> wanted_;  ///< templates that are executed, and where
};

Parsed<Block> TemplateParser::read_block(int depth) {
  if (depth > kDeepest) {
    return fault(pieces_[position_].offset, fmt::format("actions nested more than {} deep", kDeepest));
  }
  Block block;
  const std::size_t scope = variables_.size();
  for (; position_ < pieces_.size(); ++position_) {
    const Piece& piece = pieces_[position_];
    if (!piece.is_action) {
      block.push_back({.text = piece.text, .offset = piece.offset});
      continue;
    }
    const std::string_view word = keyword();
    if (word == "end" || word == "else") break;
    if (word == "define") {
      if (depth > 0) return fault(piece.offset, "'define' must not stand inside of another action");
      if (auto body = read_definition(depth); !body) return body;
      continue;
    }
    auto element = read_element(word, depth);
    if (!element) return std::unexpected(std::move(element.error()));
    block.push_back(std::move(*element));
  }
  variables_.resize(scope);
  return block;
}

Parsed<Element> TemplateParser::read_element(std::string_view word, int depth) {
  if (word == "if" || word == "with" || word == "range") return read_branch(depth, 1);
  if (word == "break") return read_jump(Element::Kind::end_range);
  if (word == "continue") return read_jump(Element::Kind::next_item);
  if (word == "template") return read_named();
  if (word != "block") return read_action();
  auto element = read_named();
  if (!element) return element;
  if (auto body = read_definition(depth); !body) return std::unexpected(std::move(body.error()));
  return element;
}

Parsed<Element> TemplateParser::read_jump(Element::Kind kind) {
  const Piece& piece = pieces_[position_];
  if (ranges_ == 0) return fault(piece.offset, fmt::format("'{}' outside of a range", keyword()));
  if (piece.action.size() > 1) return fault(piece.offset, fmt::format("'{}' stands alone", keyword()));
  return Element{.kind = kind, .offset = piece.offset};
}

/// The name of a template behind the keyword.
Parsed<std::string> TemplateParser::read_name() const {
  const Piece& piece = pieces_[position_];
  const auto* name = piece.action.size() > 1 && piece.action[1].kind == Token::Kind::literal
                         ? piece.action[1].value.as<std::string>()
                         : nullptr;
  if (name == nullptr)
    return fault(piece.offset, fmt::format("'{}' needs the name of a template in quotes", keyword()));
  return *name;
}

/// `template "name" pipeline`, and the same of a block.
Parsed<Element> TemplateParser::read_named() {
  const Piece& piece = pieces_[position_];
  auto name = read_name();
  if (!name) return std::unexpected(std::move(name.error()));
  wanted_.emplace_back(*name, piece.offset);
  Element element{.kind = Element::Kind::named, .text = std::move(*name), .offset = piece.offset};
  if (piece.action.size() == 2) return element;
  auto pipeline = PipelineParser(piece, 2, functions_, variables_).read(PipelineParser::Form::plain);
  if (!pipeline) return std::unexpected(std::move(pipeline.error()));
  element.pipeline = std::move(*pipeline);
  return element;
}

/// Leaves `position_` on the `end`. A template of its own: nothing of what stands around it is seen inside.
Parsed<Block> TemplateParser::read_definition(int depth) {
  const Piece& piece = pieces_[position_];
  const std::string opened(keyword());
  auto name = read_name();
  if (!name) return std::unexpected(std::move(name.error()));
  auto outer = std::exchange(variables_, {});
  const int ranges = std::exchange(ranges_, 0);
  ++position_;
  auto body = read_block(depth + 1);
  variables_ = std::move(outer);
  ranges_ = ranges;
  if (!body) return body;
  if (position_ >= pieces_.size()) return fault(piece.offset, fmt::format("'{}' has no end", opened));
  if (keyword() != "end" || pieces_[position_].action.size() != 1)
    return fault(pieces_[position_].offset, fmt::format("'end' of '{}' was expected here", opened));
  const auto [defined, is_new] = named_.try_emplace(*name, *body);
  if (is_new || is_blank(*body)) return Block();
  if (!is_blank(defined->second))
    return fault(piece.offset, fmt::format("the template \"{}\" is defined twice", *name));
  defined->second = std::move(*body);
  return Block();
}

Parsed<Element> TemplateParser::read_action() {
  const Piece& piece = pieces_[position_];
  if (piece.action.empty()) return fault(piece.offset, "an empty action");
  auto pipeline = PipelineParser(piece, 0, functions_, variables_).read(PipelineParser::Form::plain);
  if (!pipeline) return std::unexpected(std::move(pipeline.error()));
  return Element{.kind = Element::Kind::action, .pipeline = std::move(*pipeline), .offset = piece.offset};
}

/// Leaves `position_` on the `end` that closes the branch.
Parsed<Element> TemplateParser::read_branch(int depth, std::size_t first_token) {
  const Piece& piece = pieces_[position_];
  const std::string opened(keyword(first_token - 1));
  const std::size_t scope = variables_.size();
  Element element;
  element.offset = piece.offset;
  element.kind = opened == "if"     ? Element::Kind::condition
                 : opened == "with" ? Element::Kind::with
                                    : Element::Kind::range;
  const auto form = opened == "range" ? PipelineParser::Form::range : PipelineParser::Form::plain;
  auto pipeline = PipelineParser(piece, first_token, functions_, variables_).read(form);
  if (!pipeline) return std::unexpected(std::move(pipeline.error()));
  element.pipeline = std::move(*pipeline);
  ++position_;
  if (opened == "range") ++ranges_;
  auto body = read_block(depth + 1);
  if (opened == "range") --ranges_;
  if (!body) return std::unexpected(std::move(body.error()));
  element.body = std::move(*body);
  if (position_ < pieces_.size() && keyword() == "else") {
    if (auto read = read_otherwise(element, opened, depth); !read) return std::unexpected(read.error());
  }
  if (position_ >= pieces_.size()) return fault(element.offset, fmt::format("'{}' has no end", opened));
  if (keyword() != "end" || pieces_[position_].action.size() != 1) {
    return fault(pieces_[position_].offset, fmt::format("'end' of '{}' was expected here", opened));
  }
  variables_.resize(scope);
  return element;
}

Parsed<std::monostate> TemplateParser::read_otherwise(Element& element, std::string_view opened, int depth) {
  const Piece& piece = pieces_[position_];
  if (piece.action.size() > 1) {
    if (opened == "range" || keyword(1) != opened) {
      return fault(piece.offset, fmt::format("only 'else' or 'else {}' can follow here", opened));
    }
    if (depth + 1 > kDeepest) return fault(piece.offset, fmt::format("actions nested more than {} deep", kDeepest));
    auto nested = read_branch(depth + 1, 2);
    if (!nested) return std::unexpected(std::move(nested.error()));
    element.otherwise.push_back(std::move(*nested));
    return {};
  }
  ++position_;
  auto block = read_block(depth + 1);
  if (!block) return std::unexpected(std::move(block.error()));
  element.otherwise = std::move(*block);
  return {};
}

bool calls(const Pipeline& pipeline, std::string_view function) {
  for (const Command& command : pipeline.commands) {
    for (const Operand& operand : command.operands) {
      if (operand.function != nullptr && operand.function->name == function) return true;
      if (operand.pipeline != nullptr && calls(*operand.pipeline, function)) return true;
    }
  }
  return false;
}

bool calls(const Block& block, std::string_view function) {
  return std::ranges::any_of(block, [&](const Element& element) {
    return calls(element.pipeline, function) || calls(element.body, function) || calls(element.otherwise, function);
  });
}

}  // namespace

std::expected<Tree, SyntaxError> parse(std::string_view text, const Surroundings& surroundings) {
  auto pieces = split(text);
  if (!pieces) return std::unexpected(std::move(pieces.error()));
  return TemplateParser(std::move(*pieces), surroundings).read();
}

bool is_blank(const Block& block) {
  return std::ranges::all_of(block, [](const Element& element) {
    return element.kind == Element::Kind::text && element.text.find_first_not_of(" \t\r\n") == std::string::npos;
  });
}

bool calls(const Tree& tree, std::string_view function) {
  return calls(tree.main, function) ||
         std::ranges::any_of(tree.named, [&](const auto& named) { return calls(named.second, function); });
}

}  // namespace a2od::templates
