// Reading text as UTF-8 that may not be: label values and annotations come from other people's systems.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace a2od {

/// The character at the start of a text that is not empty.
struct Utf8Character {
  char32_t point = 0;
  std::size_t length = 1;  ///< in bytes
  bool valid = true;       ///< false: the first byte belongs to no character
};
[[nodiscard]] Utf8Character first_character(std::string_view text);

/// The text, with U+FFFD in place of each byte that belongs to no character.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace a2od
