#include "daemon/notify/templates/to_json.hpp"

#include "config/utf8.hpp"
#include "rules/alerting/template/go_time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

namespace a2od {
namespace {

using namespace templates;

void write_character(std::string& out, char32_t point) {
  static constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
  static constexpr std::string_view kLetters = "\"\\bfnrt";
  const auto known = point < 0x80 ? kEscaped.find(static_cast<char>(point)) : std::string_view::npos;
  constexpr char32_t kLineSeparator = 0x2028;
  constexpr char32_t kParagraphSeparator = 0x2029;
  if (known != std::string_view::npos) {
    (out += '\\') += kLetters[known];
  } else if (point < 0x20 || point == '<' || point == '>' || point == '&' || point == kLineSeparator ||
             point == kParagraphSeparator) {
    out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(point));
  } else {
    append_utf8(out, static_cast<std::uint32_t>(point));
  }
}

void write_text(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto [point, length, valid] = first_character(text);
    if (valid) {
      write_character(out, point);
    } else {
      out += "\\ufffd";
    }
    text.remove_prefix(length);
  }
  out += '"';
}

/// The shortest digits that read back; with an exponent below 1e-6 and from 1e21 on, which has no leading zero.
std::string number_text(double number) {
  const double magnitude = std::abs(number);
  const bool plain = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21);
  char buffer[64];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, number,
                                     plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(buffer, written.ptr);
  if (const auto exponent = text.find("e-0"); exponent != std::string::npos) text.erase(exponent + 2, 1);
  return text;
}

/// Writes as long as no value has failed. Values nest only as deep as templates may build them.
class Writer {
 public:
  void write(const Value& value);

  std::string out;
  std::string fault;

 private:
  void write_list(const List& items);
  void write_record(const Value& value);
  /// In braces; `write_each` writes the value of an entry.
  void write_entries(const auto& entries, const auto& write_each);
  void write_key(std::string_view key) {
    if (!out.ends_with('{')) out += ',';
    write_text(out, key);
    out += ':';
  }
  [[nodiscard]] bool is_nil(const Value& value) const {
    const auto* strings = value.as<std::shared_ptr<const Strings>>();
    return value.as<std::monostate>() != nullptr || (strings != nullptr && *strings == nullptr);
  }
};

void Writer::write_list(const List& items) {
  out += '[';
  for (std::size_t position = 0; position < items.size(); ++position) {
    if (position > 0) out += ',';
    write(items[position]);
  }
  out += ']';
}

void Writer::write_entries(const auto& entries, const auto& write_each) {
  out += '{';
  for (const auto& [key, value] : entries) {
    write_key(key);
    write_each(value);
  }
  out += '}';
}

void Writer::write_record(const Value& value) {
  const auto& fields = *value.as_record();
  if (value.type == nullptr) return write_entries(fields, [&](const Value& field) { write(field); });
  out += '{';
  for (const auto& [name, json] : value.type->fields) {
    write_key(json);
    write(fields.find(name)->second);
  }
  out += '}';
}

void Writer::write(const Value& value) {
  if (is_nil(value)) {
    out += "null";
  } else if (const auto* text = value.as<std::string>()) {
    write_text(out, *text);
  } else if (const auto* number = value.as<double>()) {
    if (!std::isfinite(*number)) fault = fmt::format("{} is no number of JSON", to_text(*number));
    out += number_text(*number);
  } else if (const auto* time = value.as<GoTime>()) {
    write_text(out, to_rfc3339(*time));
  } else if (const auto* duration = value.as<GoDuration>()) {
    out += std::to_string(duration->count());
  } else if (const auto* list = value.as_list()) {
    write_list(*list);
  } else if (const auto* strings = value.as_strings()) {
    write_entries(*strings, [&](const std::string& entry) { write_text(out, entry); });
  } else if (const auto* map = value.as_map()) {
    write_entries(map->entries, [&](const Value& entry) { write(entry); });
  } else if (value.as_record() != nullptr) {
    write_record(value);
  } else {
    out += to_text(value);  // a truth or an integer
  }
}

}  // namespace

Result<std::string> to_json(const Value& value) {
  constexpr std::size_t kMost = 16UL << 20U;
  if (value.bytes > kMost) return failure(fmt::format("a value of more than {} bytes", kMost));
  Writer writer;
  writer.write(value);
  if (!writer.fault.empty()) return failure(std::move(writer.fault));
  return std::move(writer.out);
}

}  // namespace a2od
