#include "config/scalar_position.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace a2od {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }

/// Walks source and text side by side and notes which bytes are the same.
class Aligner {
 public:
  Aligner(std::string_view source, std::size_t start, std::string_view text)
      : source_(source), text_(text), at_(start) {}

  std::vector<ScalarRun> align() {
    if (at_ >= source_.size()) return {};
    switch (source_[at_]) {
      case '|':
      case '>':
        align_block();
        break;
      case '\'':
      case '"':
        align_quoted(source_[at_]);
        break;
      default:
        align_plain();
    }
    return std::move(runs_);
  }

 private:
  [[nodiscard]] bool source_left() const { return at_ < source_.size(); }
  [[nodiscard]] bool text_left() const { return read_ < text_.size(); }

  [[nodiscard]] std::size_t end_of_line(std::size_t from) const {
    const auto end = source_.find_first_of("\r\n", from);
    return end == std::string_view::npos ? source_.size() : end;
  }

  void skip_break() {
    if (source_left() && source_[at_] == '\r') ++at_;
    if (source_left() && source_[at_] == '\n') ++at_;
  }

  void skip_indent(std::size_t width) {
    for (const auto end = at_ + width; at_ < end && source_left() && source_[at_] == ' ';) ++at_;
  }

  /// Folding leaves one space, or one line break for each empty line, in the text.
  void skip_fold() {
    if (text_left() && text_[read_] == ' ') {
      ++read_;
      return;
    }
    while (text_left() && text_[read_] == '\n') ++read_;
  }

  /// `length` equal bytes in source and text.
  void note(std::size_t length) {
    if (length == 0) return;
    if (!runs_.empty() && runs_.back().text + runs_.back().length == read_ &&
        runs_.back().source + runs_.back().length == at_) {
      runs_.back().length += length;
    } else {
      runs_.push_back({read_, at_, length});
    }
    at_ += length;
    read_ += length;
  }

  /// One line of content up to `end` of the source; false where the text says something else.
  bool take_line(std::size_t end) {
    const auto length = std::min(end - at_, text_.size() - read_);
    if (source_.substr(at_, length) != text_.substr(read_, length)) return false;
    note(length);
    return true;
  }

  void align_block() {
    at_ = end_of_line(at_);
    skip_break();
    const auto indent = block_indent();
    while (source_left() && text_left()) {
      skip_indent(indent);
      const auto end = end_of_line(at_);
      if (end > at_) {
        while (text_left() && text_[read_] == '\n') ++read_;
        if (!take_line(end)) return;
        if (text_left() && text_[read_] == ' ') ++read_;
      }
      at_ = end;
      skip_break();
    }
  }

  /// How far the first line of content stands further right in the source than in the text.
  [[nodiscard]] std::size_t block_indent() const {
    const auto first = text_.find_first_not_of('\n');
    if (first == std::string_view::npos) return 0;
    const auto in_text = std::min(text_.find_first_not_of(' ', first), text_.size()) - first;
    for (auto line = at_; line < source_.size();) {
      const auto end = end_of_line(line);
      const auto content = std::min(source_.find_first_not_of(' ', line), end);
      if (content < end) return content - line - std::min(in_text, content - line);
      line = end + 1;
    }
    return 0;
  }

  void align_plain() {
    while (source_left() && text_left()) {
      const auto line_end = end_of_line(at_);
      auto end = line_end;
      while (end > at_ && is_blank(source_[end - 1])) --end;
      if (end > at_) {
        if (!runs_.empty()) skip_fold();
        if (!take_line(end)) return;
      }
      at_ = line_end;
      skip_empty_lines();
    }
  }

  void align_quoted(char mark) {
    ++at_;
    while (source_left() && text_left()) {
      if (is_blank(source_[at_]) || is_break(source_[at_])) {
        if (!take_blanks()) return;
      } else if (mark == '\'' && source_[at_] == '\'') {
        take_written(2, 1);
      } else if (mark == '"' && source_[at_] == '\\') {
        if (!take_escape()) return;
      } else if (source_[at_] == text_[read_]) {
        note(1);
      } else {
        return;
      }
    }
  }

  void skip_empty_lines() {
    while (source_left() && (is_blank(source_[at_]) || is_break(source_[at_]))) ++at_;
  }

  /// Blanks inside a line are text, those around a line break are folded away.
  bool take_blanks() {
    const auto end = std::min(source_.find_first_not_of(" \t", at_), source_.size());
    if (end < source_.size() && !is_break(source_[end])) return take_line(end);
    skip_empty_lines();
    skip_fold();
    return true;
  }

  /// `written` bytes of the source stand for `meant` bytes of the text.
  void take_written(std::size_t written, std::size_t meant) {
    runs_.push_back({read_, at_, 1});
    at_ += written;
    read_ += meant;
  }

  bool take_escape() {
    if (at_ + 1 >= source_.size()) return false;
    const char code = source_[at_ + 1];
    if (is_break(code)) {
      ++at_;
      skip_empty_lines();
      while (text_left() && text_[read_] == '\n') ++read_;
      return true;
    }
    if (code == 'x') return take_code_point(2);
    if (code == 'u') return take_code_point(4);
    if (code == 'U') return take_code_point(8);
    // \N and \_ are two bytes of UTF-8, \L and \P three.
    const std::size_t meant = code == 'N' || code == '_' ? 2 : code == 'L' || code == 'P' ? 3 : 1;
    take_written(2, meant);
    return true;
  }

  bool take_code_point(std::size_t digits) {
    const auto hex = source_.substr(at_ + 2, digits);
    std::uint32_t code = 0;
    const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (hex.size() < digits || read.ptr != hex.data() + hex.size()) return false;
    take_written(2 + digits, code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
    return true;
  }

  std::string_view source_;
  std::string_view text_;
  std::size_t at_;
  std::size_t read_ = 0;
  std::vector<ScalarRun> runs_;
};

}  // namespace

std::vector<ScalarRun> align_scalar(std::string_view source, std::size_t start, std::string_view text) {
  return Aligner(source, start, text).align();
}

std::size_t source_offset(const std::vector<ScalarRun>& runs, std::size_t start, std::size_t offset) {
  const auto after = std::ranges::upper_bound(runs, offset, {}, &ScalarRun::text);
  if (after == runs.begin()) return runs.empty() ? start : runs.front().source;
  const auto& run = *(after - 1);
  return run.source + std::min(offset - run.text, run.length);
}

}  // namespace a2od
