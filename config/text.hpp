// Letter case of ASCII text: the enumerations, ids and hosts of Microsoft's APIs, and keywords, are compared without
// it.
#pragma once

#include <algorithm>
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
  return std::ranges::equal(a, b, {}, [](char c) { return lower_case(c); }, [](char c) { return lower_case(c); });
}

}  // namespace a2od
