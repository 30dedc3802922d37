#include "config/source_text.hpp"

#include "config/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace a2od {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
}

bool is_continuation(std::uint8_t byte) { return (byte & 0xC0U) == 0x80U; }

bool is_control(std::uint8_t byte) {
  return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
}

}  // namespace

std::optional<Unreadable> find_unreadable(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_control(byte_at(text, at))) {
      return Unreadable{at, "control character " + std::to_string(byte_at(text, at)) +
                                ", expected text; write it as \"\\x..\" in double quotes"};
    }
    const auto length = utf8_length(text.substr(at));
    if (length == 0) return Unreadable{at, "byte that is not UTF-8, expected the file to be UTF-8 text"};
    at += length;
  }
  return std::nullopt;
}

Position position_after(std::string_view text, std::size_t known_offset, Position known, std::size_t offset) {
  const auto end = std::min(offset, text.size());
  auto position = known;
  for (auto at = known_offset; at < end; ++at) {
    if (text[at] == '\n') {
      ++position.line;
      position.column = 1;
    } else if (!is_continuation(byte_at(text, at))) {
      ++position.column;
    }
  }
  return position;
}

}  // namespace a2od
