#include "tests/tenant/filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <utility>

namespace a2od::tenant {
namespace {

using Literal = decltype(Comparison::literal);

class FilterReader {
 public:
  explicit FilterReader(std::string_view text) : rest_(text) {}

  std::optional<std::vector<Comparison>> read() {
    std::vector<Comparison> comparisons;
    do {
      auto comparison = read_comparison();
      if (!comparison) return std::nullopt;
      comparisons.push_back(*std::move(comparison));
    } while (word() == "and");
    if (!rest_.empty() || !last_.empty()) return std::nullopt;
    return comparisons;
  }

 private:
  std::optional<Comparison> read_comparison() {
    static constexpr std::array<std::string_view, 6> kOps{"eq", "ne", "gt", "ge", "lt", "le"};
    Comparison comparison;
    comparison.name = word();
    const auto name_letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '/'; };
    if (comparison.name.empty() || !std::ranges::all_of(comparison.name, name_letter)) return std::nullopt;
    comparison.op = word();
    if (std::ranges::find(kOps, comparison.op) == kOps.end()) return std::nullopt;
    auto literal = read_literal();
    if (!literal) return std::nullopt;
    comparison.literal = *std::move(literal);
    return comparison;
  }

  std::optional<Literal> read_literal() {
    skip_spaces();
    if (rest_.starts_with('\'')) return read_text();
    const auto bare = word();
    if (bare == "true" || bare == "false") return Literal(bare == "true");
    if (bare == "null") return Literal(nullptr);
    double number = 0;
    const auto* end = bare.data() + bare.size();
    if (std::from_chars(bare.data(), end, number) == std::from_chars_result{end, {}}) return Literal(number);
    if (bare.size() == 36 && bare[8] == '-') return Literal(std::string(bare));  // a GUID stands without quotes
    return std::nullopt;
  }

  std::optional<Literal> read_text() {
    std::string text;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      const bool quote = rest_[at] == '\'';
      const bool doubled = quote && at + 1 < rest_.size() && rest_[at + 1] == '\'';
      if (quote && !doubled) {
        rest_.remove_prefix(at + 1);
        return Literal(std::move(text));
      }
      text += rest_[at];
      if (doubled) ++at;
    }
    return std::nullopt;
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  std::string_view word() {
    skip_spaces();
    last_ = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(last_.size());
    return last_;
  }

  std::string_view rest_;
  std::string_view last_;
};

template <class T>
bool compared(const T& left, std::string_view op, const T& right) {
  if (op == "eq") return left == right;
  if (op == "ne") return left != right;
  if (op == "gt") return left > right;
  if (op == "ge") return left >= right;
  if (op == "lt") return left < right;
  return left <= right;
}

bool satisfies(const boost::json::value& value, const Comparison& comparison) {
  if (const auto* text = std::get_if<std::string>(&comparison.literal))
    return value.is_string() && compared<std::string_view>(std::string_view(value.get_string()), comparison.op, *text);
  if (const auto* number = std::get_if<double>(&comparison.literal))
    return value.is_number() && compared(value.to_number<double>(), comparison.op, *number);
  if (const auto* flag = std::get_if<bool>(&comparison.literal))
    return value.is_bool() && compared(value.get_bool(), comparison.op, *flag);
  return value.is_null() == (comparison.op == "eq");
}

}  // namespace

std::optional<std::vector<Comparison>> parse_filter(std::string_view text) { return FilterReader(text).read(); }

bool satisfies(const boost::json::object& row, const std::vector<Comparison>& filter) {
  return std::ranges::all_of(filter, [&row](const Comparison& comparison) {
    const auto* value = row.if_contains(comparison.name);
    return value != nullptr && satisfies(*value, comparison);
  });
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

}  // namespace a2od::tenant
