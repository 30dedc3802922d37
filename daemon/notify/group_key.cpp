#include "config/utf8.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace a2od {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// What Go's %q escapes beyond ASCII: control, format, private use and space characters. Points that Unicode has not
/// assigned are escaped by Go too, and left as they are here: no table of them is worth its upkeep.
constexpr Range kUnprintable[] = {
    {0x7F, 0xA0},     {0xAD, 0xAD},     {0x600, 0x605},   {0x61C, 0x61C},     {0x6DD, 0x6DD},
    {0x70F, 0x70F},   {0x890, 0x891},   {0x8E2, 0x8E2},   {0x1680, 0x1680},   {0x180E, 0x180E},
    {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000},   {0xD800, 0xF8FF},
    {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE00FF}, {0xE01F0, 0x10FFFF},
};

bool printable(char32_t point) {
  return point >= 0x20 &&
         std::ranges::none_of(kUnprintable, [&](const Range& r) { return r.first <= point && point <= r.last; });
}

/// The letter after the backslash, for what has one.
char short_escape(char32_t point) {
  switch (point) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\v':
      return 'v';
    default:
      return '\0';
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto [point, length, valid] = first_character(text);
    const auto number = static_cast<std::uint32_t>(point);
    if (const char letter = short_escape(point); letter != '\0') {
      out += {'\\', letter};
    } else if (valid && printable(point)) {
      out += text.substr(0, length);
    } else if (!valid || point < 0x80) {
      out += fmt::format("\\x{:02x}", number);
    } else {
      out += number < 0x10000 ? fmt::format("\\u{:04x}", number) : fmt::format("\\U{:08x}", number);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

/// Whether one side's label of this name decides the order; nothing where they agree.
std::optional<bool> before_by(std::string_view name, const Labels& left, const Labels& right) {
  const auto l = left.get(name);
  const auto r = right.get(name);
  if (l == r) return std::nullopt;
  if (l.empty() || r.empty()) return r.empty();
  return l < r;
}

}  // namespace

std::string group_key(std::string_view route_key, const Labels& group_labels) {
  std::string out(route_key);
  out += ":{";
  std::string_view separator;
  for (const auto& [name, value] : group_labels.pairs()) {
    out += separator;
    out += name;
    out += '=';
    append_quoted(out, value);
    separator = ", ";
  }
  return out += '}';
}

bool reported_before(const Labels& left, const Labels& right) {
  if (const auto decided = before_by("job", left, right)) return *decided;
  if (const auto decided = before_by("instance", left, right)) return *decided;
  if (left.size() != right.size()) return left.size() < right.size();
  return left < right;
}

}  // namespace a2od
