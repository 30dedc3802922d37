#include "daemon/web/json_text.hpp"

#include "config/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace a2od {

namespace json = boost::json;

namespace {

void append(const json::value& value, std::string& out);

void append(const json::array& array, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += ',';
    append(array[i], out);
  }
  out += ']';
}

void append(const json::object& object, std::string& out) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object) {
    if (!std::exchange(first, false)) out += ',';
    out += json::serialize(json::string_view(key));
    out += ':';
    append(value, out);
  }
  out += '}';
}

void append(const json::value& value, std::string& out) {
  if (const auto* number = value.if_double()) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else if (const auto* array = value.if_array()) {
    append(*array, out);
  } else if (const auto* object = value.if_object()) {
    append(*object, out);
  } else {
    out += json::serialize(value);
  }
}

/// Written as it is, whatever stands beside it.
bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  append(value, out);
  return out;
}

void append_json(std::string& out, std::string_view text) {
  if (std::ranges::all_of(text, is_plain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  if (!is_valid_utf8(text)) return append_json(out, valid_utf8(text));
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace a2od
