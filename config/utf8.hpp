// UTF-8 as Go reads it: no surrogates, no overlong forms. Texts come from other people's systems, and may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace a2od {

/// How many bytes the first character of a text that is not empty has; 0 where it is invalid.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// The character at the start of a text that is not empty.
struct Utf8Character {
  char32_t point = 0;
  std::size_t length = 1;  ///< in bytes
  bool valid = true;       ///< false: the first byte, which is the point then, belongs to no character
};
[[nodiscard]] Utf8Character first_character(std::string_view text);

/// The text, with U+FFFD in place of each byte that belongs to no character.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// Appends a code point of at most 0x10ffff, also one that no valid text has: a surrogate.
void append_utf8(std::string& out, std::uint32_t rune);

}  // namespace a2od
