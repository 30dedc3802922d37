#include "daemon/notify/utf8.hpp"

namespace a2od {
namespace {

struct Form {
  std::size_t length;
  char32_t first_bits;
  char32_t least;  ///< smaller points have a shorter form
};

Form form_of(unsigned char lead) {
  if (lead < 0x80) return {1, lead, 0};
  if (lead >= 0xC2 && lead < 0xE0) return {2, lead & 0x1FU, 0x80};
  if (lead >= 0xE0 && lead < 0xF0) return {3, lead & 0x0FU, 0x800};
  if (lead >= 0xF0 && lead < 0xF5) return {4, lead & 0x07U, 0x10000};
  return {0, 0, 0};
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const Utf8Character invalid{lead, 1, false};
  const auto form = form_of(lead);
  if (form.length == 0 || text.size() < form.length) return invalid;
  char32_t point = form.first_bits;
  for (const char c : text.substr(1, form.length - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) return invalid;
    point = point << 6U | (byte & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  if (point < form.least || point > 0x10FFFF || surrogate) return invalid;
  return {point, form.length, true};
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    out += character.valid ? text.substr(0, character.length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(character.length);
  }
  return out;
}

}  // namespace a2od
