// Checks of UTF-8, as Go makes them: no surrogates, no overlong forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace a2od {

/// How many bytes the first character of a text that is not empty has; 0 where it is invalid.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// Appends a code point of at most 0x10ffff, also one that no valid text has: a surrogate.
void append_utf8(std::string& out, std::uint32_t rune);

}  // namespace a2od
