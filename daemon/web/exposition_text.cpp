#include "daemon/web/exposition_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace a2od {

namespace {

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text, true);
  out += '"';
}

}  // namespace

void append_sample_value(std::string& out, double value) {
  constexpr std::size_t kLongest = 32;
  std::array<char, kLongest> digits{};
  out.append(digits.data(), write_sample_value(digits.data(), digits.data() + digits.size(), value));
}

char* write_sample_value(char* to, char* end, double value) {
  if (std::isnan(value)) return std::ranges::copy(std::string_view("NaN"), to).out;
  if (std::isinf(value)) return std::ranges::copy(std::string_view(value > 0 ? "+Inf" : "-Inf"), to).out;
  constexpr double kMostWhole = 1e15;  // whole numbers are told exactly, and quickly, up to here
  const bool whole = std::abs(value) < kMostWhole && value == std::trunc(value) && !std::signbit(value);
  return whole ? std::to_chars(to, end, static_cast<std::int64_t>(value)).ptr : std::to_chars(to, end, value).ptr;
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  const auto special = [](char c) { return c == '\\' || c == '\n' || c == '"'; };
  if (std::ranges::none_of(text, special)) {
    out += text;
    return;
  }
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_type(std::string& out, std::string_view metric, std::string_view type) {
  out += "# TYPE ";
  if (is_classic_metric_name(metric)) {
    out += metric;
  } else {
    append_quoted(out, metric);
  }
  out.append(" ").append(type).append("\n");
}

void append_series(std::string& out, const Labels& labels, const std::map<std::string, std::string>& others) {
  const auto metric = labels.get(kMetricName);
  const bool in_front = is_classic_metric_name(metric);
  if (in_front) out += metric;
  char separator = '{';
  if (!in_front) {
    out += std::exchange(separator, ',');
    append_quoted(out, metric);
  }
  const auto append = [&](std::string_view name, std::string_view value) {
    out += std::exchange(separator, ',');
    if (is_classic_label_name(name)) {
      out += name;
    } else {
      append_quoted(out, name);
    }
    out += '=';
    append_quoted(out, value);
  };
  for (const auto& [name, value] : labels.pairs())
    if (name != kMetricName) append(name, value);
  for (const auto& [name, value] : others)
    if (labels.get(name).empty()) append(name, value);
  if (separator == ',') out += '}';
}

}  // namespace a2od
