#include "config/quote.hpp"

#include "config/text.hpp"
#include "config/utf8.hpp"

namespace a2od {
namespace {

constexpr std::size_t kLongest = 80;

/// Not in the middle of a UTF-8 character.
std::string_view cut(std::string_view text) {
  if (text.size() <= kLongest) return text;
  auto end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (is_control(c)) {
    out += {'\\', 'x', kHex[byte >> 4U], kHex[byte & 0xFU]};
  } else {
    out += c;
  }
}

void append_character(std::string& out, std::string_view character, bool valid) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (character.front()) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(character.front());
  if (valid && byte >= 0x20 && byte != 0x7f) {
    out += character;
    return;
  }
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 0xf];
}

/// Controls, line breaks that YAML knows beside ours, zero-width and directional characters, byte order marks, what is
/// no character.
bool is_unseen(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad || (point >= 0x200b && point <= 0x200f) ||
         (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
         (point & 0xfffeU) == 0xfffe;
}

std::string yaml_escape(char32_t point) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = point > 0xffff ? "\\U" : "\\u";
  for (int shift = point > 0xffff ? 28 : 12; shift >= 0; shift -= 4) out += kHex[(point >> shift) & 0xfU];
  return out;
}

}  // namespace

std::string quote(std::string_view text) {
  const auto kept = cut(text);
  std::string out = "'";
  for (const char c : kept) append_escaped(out, c);
  if (kept.size() < text.size()) out += "…";
  return out + "'";
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    append_character(out, text.substr(0, length == 0 ? 1 : length), length > 0);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + '"';
}

std::string yaml_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!character.valid)
      out += "\xef\xbf\xbd";
    else if (character.point == '"' || character.point == '\\')
      out += {'\\', text.front()};
    else if (is_unseen(character.point))
      out += yaml_escape(character.point);
    else
      out += text.substr(0, character.length);
    text.remove_prefix(character.length);
  }
  return out + '"';
}

}  // namespace a2od
