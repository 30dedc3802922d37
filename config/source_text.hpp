// What the bytes of a file must be before YAML is read from them, and positions in them.
#pragma once

#include "config/problem.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace a2od {

struct Unreadable {
  std::size_t offset = 0;
  std::string message;
};

/// The first byte that is not part of UTF-8 text, or a control character other than tab and line breaks.
[[nodiscard]] std::optional<Unreadable> find_unreadable(std::string_view text);

/// Where byte `offset` stands, given that byte `known_offset`, which is not behind it, stands at `known`. Columns count
/// characters, not bytes.
[[nodiscard]] Position position_after(std::string_view text, std::size_t known_offset, Position known,
                                      std::size_t offset);

}  // namespace a2od
