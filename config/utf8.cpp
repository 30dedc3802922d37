#include "config/utf8.hpp"

namespace a2od {

std::size_t utf8_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Utf8Character first_character(std::string_view text) {
  constexpr char32_t kLeadBits[] = {0x7f, 0x1f, 0x0f, 0x07};
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = utf8_length(text);
  if (length == 0) return {lead, 1, false};
  char32_t point = lead & kLeadBits[length - 1];
  for (const char c : text.substr(1, length - 1)) point = point << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  return {point, length, true};
}

std::string valid_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    out += character.valid ? text.substr(0, character.length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(character.length);
  }
  return out;
}

void append_utf8(std::string& out, std::uint32_t rune) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((rune >> shift) & 0x3f)); };
  if (rune < 0x80) {
    out += static_cast<char>(rune);
  } else if (rune < 0x800) {
    out += static_cast<char>(0xc0 | (rune >> 6));
    tail(0);
  } else if (rune < 0x10000) {
    out += static_cast<char>(0xe0 | (rune >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (rune >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace a2od
