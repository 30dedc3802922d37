#include "rules/alerting/template/lexer.hpp"

#include "config/utf8.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

namespace a2od::templates {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char byte) { return kSpace.find(byte) != std::string_view::npos; }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_word(char byte) {
  return is_digit(byte) || byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte & 0x80);
}

std::string_view trimmed_right(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kSpace);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Reads the tokens of one action; `position` runs over the whole template, so that offsets are its own.
class ActionLexer {
 public:
  ActionLexer(std::string_view text, std::size_t position) : text_(text), position_(position) {}

  /// Up to and with the closing braces.
  std::expected<std::vector<Token>, SyntaxError> read();
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] bool trims_after() const { return trims_after_; }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(position_); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  [[nodiscard]] bool at_end();
  std::optional<SyntaxError> read_token();
  std::optional<SyntaxError> read_quoted();
  std::optional<SyntaxError> read_raw();
  std::optional<SyntaxError> read_character();
  std::optional<SyntaxError> read_number();
  std::optional<SyntaxError> read_escape(std::string& into, char quote);
  void read_word();
  std::string_view take_word();
  void add(Token::Kind kind, std::string text = {}, Value value = {}) {
    tokens_.push_back({kind, std::move(text), std::move(value), start_, spaced_});
  }
  [[nodiscard]] SyntaxError error(std::string message) const { return {start_, std::move(message)}; }

  std::string_view text_;
  std::size_t position_;
  std::size_t start_ = 0;
  bool spaced_ = true;
  bool trims_after_ = false;
  std::vector<Token> tokens_;
};

std::expected<std::vector<Token>, SyntaxError> ActionLexer::read() {
  const std::size_t opened = position_;
  while (true) {
    const std::size_t before = position_;
    while (position_ < text_.size() && is_space(peek())) ++position_;
    spaced_ = tokens_.empty() || position_ > before;
    if (at_end()) return std::move(tokens_);
    if (position_ >= text_.size()) return std::unexpected(SyntaxError{opened - 2, "unclosed action, }} is missing"});
    start_ = position_;
    if (auto fault = read_token()) return std::unexpected(std::move(*fault));
  }
}

bool ActionLexer::at_end() {
  const bool trims = spaced_ && rest().starts_with("-}}");
  if (!trims && !rest().starts_with("}}")) return false;
  trims_after_ = trims;
  position_ += trims ? 3 : 2;
  return true;
}

std::optional<SyntaxError> ActionLexer::read_token() {
  const char first = peek();
  const auto single = [&](Token::Kind kind) {
    ++position_;
    add(kind);
    return std::optional<SyntaxError>();
  };
  switch (first) {
    case '|':
      return single(Token::Kind::pipe);
    case '(':
      return single(Token::Kind::open);
    case ')':
      return single(Token::Kind::close);
    case ',':
      return single(Token::Kind::comma);
    case '=':
      return single(Token::Kind::assign);
    case '"':
      return read_quoted();
    case '`':
      return read_raw();
    case '\'':
      return read_character();
    default:
      break;
  }
  if (rest().starts_with(":=")) {
    position_ += 2;
    add(Token::Kind::declare);
    return std::nullopt;
  }
  const bool signed_number = (first == '+' || first == '-') && (is_digit(peek(1)) || peek(1) == '.');
  if (is_digit(first) || signed_number || (first == '.' && is_digit(peek(1)))) return read_number();
  if (first == '$') {
    ++position_;
    add(Token::Kind::variable, std::string(take_word()));
    return std::nullopt;
  }
  if (first == '.') {
    ++position_;
    const std::string_view name = take_word();
    add(name.empty() ? Token::Kind::dot : Token::Kind::field, std::string(name));
    return std::nullopt;
  }
  if ((first & 0x80) != 0) return error("a character that is not ASCII, outside of quotes");
  if (!is_word(first)) return error(fmt::format("unexpected '{}'", first));
  read_word();
  return std::nullopt;
}

std::string_view ActionLexer::take_word() {
  const std::size_t begin = position_;
  while (is_word(peek())) ++position_;
  return text_.substr(begin, position_ - begin);
}

void ActionLexer::read_word() {
  const std::string_view word = take_word();
  if (word == "true" || word == "false") return add(Token::Kind::literal, {}, {word == "true"});
  if (word == "nil") return add(Token::Kind::nil);
  add(Token::Kind::identifier, std::string(word));
}

std::optional<SyntaxError> ActionLexer::read_number() {
  std::string digits;
  while (is_word(peek()) || peek() == '.' ||
         ((peek() == '+' || peek() == '-') && (digits.empty() || digits.back() == 'e' || digits.back() == 'E'))) {
    if (peek() != '_') digits += peek();
    ++position_;
  }
  const char* begin = digits.data() + (digits.starts_with('+') ? 1 : 0);
  const char* end = digits.data() + digits.size();
  const bool negative = *begin == '-';
  if (const std::string_view magnitude(begin + (negative ? 1 : 0), end);
      magnitude.starts_with("0x") || magnitude.starts_with("0X")) {
    std::int64_t value = 0;
    const auto read = std::from_chars(magnitude.data() + 2, end, value, 16);
    if (read.ec != std::errc() || read.ptr != end) return error(fmt::format("bad number '{}'", digits));
    add(Token::Kind::literal, {}, {negative ? -value : value});
    return std::nullopt;
  }
  if (std::int64_t value = 0; digits.find_first_of(".eE") == std::string::npos) {
    const auto read = std::from_chars(begin, end, value);
    if (read.ec != std::errc() || read.ptr != end) return error(fmt::format("bad number '{}'", digits));
    add(Token::Kind::literal, {}, {value});
    return std::nullopt;
  }
  double value = 0;
  const auto read = std::from_chars(begin, end, value);
  if (read.ec != std::errc() || read.ptr != end) return error(fmt::format("bad number '{}'", digits));
  add(Token::Kind::literal, {}, {value});
  return std::nullopt;
}

std::optional<SyntaxError> ActionLexer::read_escape(std::string& into, char quote) {
  static constexpr std::string_view kLetters = "abfnrtv\\";
  static constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\";
  if (position_ >= text_.size()) return error("unterminated quoted text");
  const char letter = peek();
  ++position_;
  if (const std::size_t known = kLetters.find(letter); letter != '\0' && known != std::string_view::npos) {
    into += kBytes[known];
    return std::nullopt;
  }
  if (letter == quote) {
    into += quote;
    return std::nullopt;
  }
  const bool octal = letter >= '0' && letter <= '7';
  const std::size_t length = octal ? 3 : letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (octal) --position_;
  const std::string_view digits = rest().substr(0, length);
  std::uint32_t code = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code, octal ? 8 : 16);
  const std::uint32_t largest = octal || letter == 'x' ? 0xFF : 0x10FFFF;
  if (length == 0 || digits.size() < length || read.ptr != digits.data() + length || code > largest) {
    return error("unknown escape in a quoted text");
  }
  position_ += length;
  if (largest == 0xFF) {
    into += static_cast<char>(code);
  } else {
    append_utf8(into, code);
  }
  return std::nullopt;
}

std::optional<SyntaxError> ActionLexer::read_quoted() {
  std::string value;
  ++position_;
  while (peek() != '"') {
    if (position_ >= text_.size() || peek() == '\n') return error("unterminated quoted text");
    const char byte = text_[position_++];
    if (byte != '\\') {
      value += byte;
    } else if (auto fault = read_escape(value, '"')) {
      return fault;
    }
  }
  ++position_;
  add(Token::Kind::literal, {}, {std::move(value)});
  return std::nullopt;
}

std::optional<SyntaxError> ActionLexer::read_raw() {
  const std::size_t end = text_.find('`', position_ + 1);
  if (end == std::string_view::npos) return error("unterminated raw text");
  std::string value(text_.substr(position_ + 1, end - position_ - 1));
  position_ = end + 1;
  add(Token::Kind::literal, {}, {std::move(value)});
  return std::nullopt;
}

std::optional<SyntaxError> ActionLexer::read_character() {
  ++position_;
  const char byte = peek();
  if ((byte & 0x80) != 0 || byte == '\\' || byte == '\0' || peek(1) != '\'') {
    return error("a character constant must be one plain ASCII character");
  }
  position_ += 2;
  add(Token::Kind::literal, {}, {static_cast<std::int64_t>(byte)});
  return std::nullopt;
}

/// Skips a comment, whose opening braces end at `position`. Says whether it trims what follows.
std::expected<bool, SyntaxError> skip_comment(std::string_view text, std::size_t& position) {
  const std::size_t end = text.find("*/", position);
  if (end == std::string_view::npos) return std::unexpected(SyntaxError{position, "unclosed comment"});
  const std::string_view behind = text.substr(end + 2);
  const bool trims = !behind.empty() && is_space(behind[0]) && behind.substr(1).starts_with("-}}");
  if (!trims && !behind.starts_with("}}")) {
    return std::unexpected(SyntaxError{end, "a comment must end right before }}"});
  }
  position = end + 2 + (trims ? 4 : 2);
  return trims;
}

}  // namespace

std::expected<std::vector<Piece>, SyntaxError> split(std::string_view text) {
  std::vector<Piece> pieces;
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t begin = std::min(text.find("{{", position), text.size());
    std::string_view plain = text.substr(position, begin - position);
    const bool trims = text.substr(begin).starts_with("{{-") && begin + 3 < text.size() && is_space(text[begin + 3]);
    if (trims) plain = trimmed_right(plain);
    if (!plain.empty()) pieces.push_back({std::string(plain), {}, false, position});
    if (begin == text.size()) break;
    position = begin + 2 + (trims ? 2 : 0);
    bool trims_after = false;
    if (text.substr(position).starts_with("/*")) {
      const auto comment = skip_comment(text, position);
      if (!comment) return std::unexpected(comment.error());
      trims_after = *comment;
    } else {
      ActionLexer lexer(text, position);
      auto tokens = lexer.read();
      if (!tokens) return std::unexpected(std::move(tokens.error()));
      pieces.push_back({{}, std::move(*tokens), true, begin});
      position = lexer.position();
      trims_after = lexer.trims_after();
    }
    if (trims_after) position = std::min(text.find_first_not_of(kSpace, position), text.size());
  }
  return pieces;
}

}  // namespace a2od::templates
