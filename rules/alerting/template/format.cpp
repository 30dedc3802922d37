#include "rules/alerting/template/format.hpp"

#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace a2od::templates {
namespace {

constexpr int kWidestField = 1000;

/// %v and %g without a precision: the shortest digits that read back, laid out by Go's rule.
std::string shortest(double value, bool upper) {
  char buffer[32];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(written.ptr - buffer));
  const std::size_t mark = text.find('e');
  const int exponent = std::atoi(std::string(text.substr(mark + 1)).c_str());
  const std::string sign = std::signbit(value) ? "-" : "";
  if (exponent < -4 || exponent >= 6) {
    std::string scientific = sign + std::string(text);
    if (upper) std::ranges::replace(scientific, 'e', 'E');
    return scientific;
  }
  const auto plain = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::fixed);
  return sign + std::string(buffer, plain.ptr);
}

std::string printed(double value, const Directive& directive) {
  std::string format = directive.sharp ? "%#.*" : "%.*";
  format += directive.verb == 'v' ? 'g' : directive.verb;
  char buffer[1400];
  const int written = std::snprintf(buffer, sizeof buffer, format.c_str(), directive.precision.value_or(6), value);
  return {buffer, static_cast<std::size_t>(std::clamp(written, 0, static_cast<int>(sizeof buffer) - 1))};
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string_view first_code_points(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  while (end < text.size() && count > 0) {
    ++end;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
    --count;
  }
  return text.substr(0, end);
}

std::string padded(std::string text, const Directive& directive, bool numeric) {
  const auto width = static_cast<std::size_t>(directive.width.value_or(0));
  const std::size_t length = code_points(text);
  if (length >= width) return text;
  const std::size_t missing = width - length;
  if (directive.minus) return text + std::string(missing, ' ');
  if (!directive.zero) return std::string(missing, ' ') + text;
  const bool has_sign = numeric && !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ');
  return text.insert(has_sign ? 1 : 0, missing, '0');
}

std::string with_sign(std::string text, const Directive& directive) {
  if (text.starts_with('-') || text.starts_with('+')) return text;
  if (directive.plus) return "+" + text;
  if (directive.space) return " " + text;
  return text;
}

std::string quoted(std::string_view text) {
  std::string quote = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') {
      (quote += '\\') += byte;
    } else if (byte == '\n') {
      quote += "\\n";
    } else if (byte == '\t') {
      quote += "\\t";
    } else if (byte == '\r') {
      quote += "\\r";
    } else if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) {
      quote += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      quote += byte;
    }
  }
  return quote + '"';
}

std::string hexadecimal(std::string_view text, bool upper) {
  std::string digits;
  for (const char byte : text) {
    digits += upper ? fmt::format("{:02X}", static_cast<unsigned char>(byte))
                    : fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return digits;
}

std::string utf8(std::int64_t code) {
  const bool valid = code >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code < 0xE000);
  std::string text;
  append_utf8(text, valid ? static_cast<std::uint32_t>(code) : 0xFFFD);
  return text;
}

/// Go's complaint inside the text: %!d(float64=1.5).
std::string wrong(const Directive& directive, const Value& value) {
  if (value.as<std::monostate>() != nullptr) return fmt::format("%!{}(<nil>)", directive.verb);
  return fmt::format("%!{}({}={})", directive.verb, type_name(value), to_text(value));
}

std::string integer(std::int64_t value, const Directive& directive) {
  switch (directive.verb) {
    case 'v':
    case 'd':
      return padded(with_sign(fmt::format("{}", value), directive), directive, true);
    case 'b':
      return padded(with_sign(fmt::format("{:b}", value), directive), directive, true);
    case 'o':
      return padded(with_sign(fmt::format("{:o}", value), directive), directive, true);
    case 'x':
      return padded(with_sign(fmt::format("{:x}", value), directive), directive, true);
    case 'X':
      return padded(with_sign(fmt::format("{:X}", value), directive), directive, true);
    case 'c':
      return padded(utf8(value), directive, false);
    default:
      return wrong(directive, {value});
  }
}

std::string text(const std::string& value, const Directive& directive) {
  std::string_view shown = value;
  if (directive.precision) shown = first_code_points(shown, static_cast<std::size_t>(*directive.precision));
  switch (directive.verb) {
    case 'v':
    case 's':
      return padded(std::string(shown), directive, false);
    case 'q':
      return padded(quoted(shown), directive, false);
    case 'x':
    case 'X':
      return padded(hexadecimal(shown, directive.verb == 'X'), directive, false);
    default:
      return wrong(directive, {value});
  }
}

std::string formatted(const Value& value, const Directive& directive) {
  if (const auto* boolean = value.as<bool>()) {
    if (directive.verb != 'v' && directive.verb != 't') return wrong(directive, value);
    return padded(*boolean ? "true" : "false", directive, false);
  }
  if (const auto* number = value.as<std::int64_t>()) return integer(*number, directive);
  if (const auto* number = value.as<double>()) {
    if (std::string_view("vgGeEfF").find(directive.verb) == std::string_view::npos) return wrong(directive, value);
    Directive unpadded = directive;
    unpadded.zero = directive.zero && std::isfinite(*number);
    return padded(with_sign(format_float(*number, directive), directive), unpadded, true);
  }
  if (const auto* string = value.as<std::string>()) return text(*string, directive);
  if (directive.verb != 'v' && directive.verb != 's') return wrong(directive, value);
  if (value.as<std::monostate>() != nullptr && directive.verb == 's') return "%!s(<nil>)";
  return padded(to_text(value), directive, false);
}

/// Reads the directive behind a %; `position` ends behind it. False where the format ends too early.
bool read_directive(std::string_view format, std::size_t& position, Directive& directive) {
  for (; position < format.size(); ++position) {
    switch (format[position]) {
      case '+':
        directive.plus = true;
        continue;
      case '-':
        directive.minus = true;
        continue;
      case '#':
        directive.sharp = true;
        continue;
      case ' ':
        directive.space = true;
        continue;
      case '0':
        directive.zero = true;
        continue;
      default:
        break;
    }
    break;
  }
  const auto read_number = [&]() -> std::optional<int> {
    int number = 0;
    const auto read = std::from_chars(format.data() + position, format.data() + format.size(), number);
    if (read.ptr == format.data() + position) return std::nullopt;
    position = static_cast<std::size_t>(read.ptr - format.data());
    return read.ec == std::errc() ? number : kWidestField + 1;
  };
  const auto is_digit = [&] { return position < format.size() && format[position] >= '0' && format[position] <= '9'; };
  if (is_digit()) directive.width = read_number();
  if (position < format.size() && format[position] == '.') {
    ++position;
    directive.precision = is_digit() ? read_number() : 0;
  }
  if (position >= format.size()) return false;
  directive.verb = format[position++];
  return true;
}

std::string extra(std::span<const Value> arguments) {
  std::string listed;
  for (const Value& argument : arguments) {
    if (!listed.empty()) listed += ", ";
    listed += fmt::format("{}={}", type_name(argument), to_text(argument));
  }
  return "%!(EXTRA " + listed + ")";
}

}  // namespace

std::string format_float(double value, const Directive& directive) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const bool general = directive.verb == 'v' || directive.verb == 'g' || directive.verb == 'G';
  if (general && !directive.precision && !directive.sharp) return shortest(value, directive.verb == 'G');
  return printed(value, directive);
}

std::string sprintf(std::string_view format, std::span<const Value> arguments) {
  std::string written;
  std::size_t used = 0;
  std::size_t position = 0;
  while (position < format.size()) {
    const std::size_t percent = std::min(format.find('%', position), format.size());
    written += format.substr(position, percent - position);
    if (percent == format.size()) break;
    position = percent + 1;
    Directive directive;
    if (!read_directive(format, position, directive)) return written + "%!(NOVERB)";
    if (directive.verb == '%') {
      written += '%';
    } else if (directive.width.value_or(0) > kWidestField) {
      written += "%!(BADWIDTH)";
    } else if (directive.precision.value_or(0) > kWidestField) {
      written += "%!(BADPREC)";
    } else if (used == arguments.size()) {
      written += fmt::format("%!{}(MISSING)", directive.verb);
    } else {
      written += formatted(arguments[used++], directive);
    }
  }
  if (used < arguments.size()) written += extra(arguments.subspan(used));
  return written;
}

}  // namespace a2od::templates
