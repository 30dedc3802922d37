// ASCII text: its letter case, without which the enumerations, ids and hosts of Microsoft's APIs, and keywords, are
// compared, characters that are not for reading, and those that are markup.
#pragma once

#include "config/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace a2od {

[[nodiscard]] constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return lower_case(c); });
  return lower;
}

[[nodiscard]] constexpr bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return lower_case(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

[[nodiscard]] constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// Line breaks and other control characters become spaces.
[[nodiscard]] inline std::string one_line(std::string text) {
  std::ranges::replace_if(text, is_control, ' ');
  return text;
}

/// Of bytes from outside, as much as an error repeats of them: the beginning, one line of valid UTF-8.
[[nodiscard]] inline std::string quotable(std::string_view bytes) {
  constexpr std::size_t kMost = 100;
  auto text = one_line(valid_utf8(bytes.substr(0, kMost)));
  if (bytes.size() > kMost) text += "…";
  return text;
}

/// In a table's cell, without what Markdown would take for a column or for markup.
[[nodiscard]] inline std::string markdown_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*') cell += '\\';
    cell += c;
  }
  return cell;
}

}  // namespace a2od
