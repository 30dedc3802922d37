#include "daemon/notify/templates/truncate.hpp"

#include "config/utf8.hpp"

#include <limits>

namespace a2od {
namespace {

constexpr std::string_view kMarker = "…";

/// The longest start of the text within both limits that ends between two characters.
std::string_view start_of(std::string_view text, std::size_t most_characters, std::size_t most_bytes) {
  std::size_t end = 0;
  for (; end < text.size() && most_characters > 0; --most_characters) {
    const auto length = first_character(text.substr(end)).length;
    if (end + length > most_bytes) break;
    end += length;
  }
  return text.substr(0, end);
}

constexpr auto kNoLimit = std::numeric_limits<std::size_t>::max();

}  // namespace

Truncated truncate_runes(std::string_view text, std::size_t most) {
  constexpr std::size_t kTooFewForMarker = 3;
  const auto fitting = start_of(text, most, kNoLimit);
  if (fitting.size() == text.size()) return {std::string(text)};
  if (most <= kTooFewForMarker) return {valid_utf8(fitting), true};
  return {valid_utf8(start_of(fitting, most - 1, kNoLimit)).append(kMarker), true};
}

Truncated truncate_bytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return {std::string(text)};
  if (most < kMarker.size()) return {std::string(most, '.'), true};
  return {std::string(start_of(text, kNoLimit, most - kMarker.size())).append(kMarker), true};
}

}  // namespace a2od
