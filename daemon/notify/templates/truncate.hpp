// Texts cut to what a receiver takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace a2od {

struct Truncated {
  std::string text;
  bool cut = false;
};

/// To at most `most` characters; "…" stands for what is missing, where more than three are allowed. Bytes that belong
/// to no character count as one each.
[[nodiscard]] Truncated truncate_runes(std::string_view text, std::size_t most);

/// To at most `most` bytes, never inside of a character; "…" (three bytes) stands for what is missing, or dots where it
/// does not fit.
[[nodiscard]] Truncated truncate_bytes(std::string_view text, std::size_t most);

}  // namespace a2od
