#include "tests/tenant/filter.hpp"

#include "collectors/cloud/json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <utility>

namespace a2od::tenant {
namespace {

using Literal = decltype(Comparison::literal);

constexpr int kDeepest = 20;

class FilterReader {
 public:
  explicit FilterReader(std::string_view text) : rest_(text) {}

  std::optional<Filter> read() {
    auto filter = read_joined(Filter::Join::any, 0);
    skip_spaces();
    return rest_.empty() ? filter : std::nullopt;
  }

 private:
  /// `or` binds weaker than `and`.
  std::optional<Filter> read_joined(Filter::Join join, int depth) {
    const bool any = join == Filter::Join::any;
    Filter filter{.join = join};
    do {
      auto part = any ? read_joined(Filter::Join::all, depth) : read_part(depth);
      if (!part) return std::nullopt;
      filter.parts.push_back(*std::move(part));
    } while (skip_word(any ? "or" : "and"));
    if (filter.parts.size() > 1) return filter;
    auto only = std::move(filter.parts.front());
    return only;
  }

  std::optional<Filter> read_part(int depth) {
    skip_spaces();
    if (!rest_.starts_with('(')) return read_comparison();
    if (depth >= kDeepest) return std::nullopt;
    rest_.remove_prefix(1);
    auto inner = read_joined(Filter::Join::any, depth + 1);
    skip_spaces();
    if (!inner || !rest_.starts_with(')')) return std::nullopt;
    rest_.remove_prefix(1);
    return inner;
  }

  std::optional<Filter> read_comparison() {
    static constexpr std::array<std::string_view, 6> kOps{"eq", "ne", "gt", "ge", "lt", "le"};
    Filter filter;
    filter.comparison.name = word();
    const auto name_letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '/'; };
    const auto& name = filter.comparison.name;
    if (name.empty() || !std::ranges::all_of(name, name_letter)) return std::nullopt;
    filter.comparison.op = word();
    if (std::ranges::find(kOps, filter.comparison.op) == kOps.end()) return std::nullopt;
    auto literal = read_literal();
    if (!literal) return std::nullopt;
    filter.comparison.literal = *std::move(literal);
    return filter;
  }

  std::optional<Literal> read_literal() {
    skip_spaces();
    const auto quote = rest_.find('\'');
    const bool member = quote != 0 && rest_.substr(0, quote).starts_with("Microsoft.") &&
                        !rest_.substr(0, quote).contains(' ');  // of an enumeration: its name stands before the quote
    if (member) rest_.remove_prefix(quote);
    if (rest_.starts_with('\'')) return read_text();
    const auto bare = word();
    if (bare == "true" || bare == "false") return Literal(bare == "true");
    if (bare == "null") return Literal(nullptr);
    double number = 0;
    const auto* end = bare.data() + bare.size();
    if (std::from_chars(bare.data(), end, number) == std::from_chars_result{end, {}}) return Literal(number);
    if (bare.size() == 36 && bare[8] == '-') return Literal(std::string(bare));  // a GUID stands without quotes
    if (const auto time = cloud::parse_time(bare); time && bare.ends_with('Z')) return Literal(*time);
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
    const auto found = rest_.substr(0, rest_.find_first_of(" ()"));
    rest_.remove_prefix(found.size());
    return found;
  }

  bool skip_word(std::string_view wanted) {
    const auto before = rest_;
    if (word() == wanted) return true;
    rest_ = before;
    return false;
  }

  std::string_view rest_;
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
  if (const auto* time = std::get_if<Timestamp>(&comparison.literal)) {
    const auto own = cloud::as_time(&value);
    return own && compared(*own, comparison.op, *time);
  }
  return value.is_null() == (comparison.op == "eq");
}

void collect_names(const Filter& filter, std::vector<std::string>& names) {
  if (filter.join == Filter::Join::none) names.push_back(filter.comparison.name);
  for (const auto& part : filter.parts) collect_names(part, names);
}

}  // namespace

std::optional<Filter> parse_filter(std::string_view text) { return FilterReader(text).read(); }

bool satisfies(const boost::json::object& row, const Filter& filter) {
  const auto holds = [&row](const Filter& part) { return satisfies(row, part); };
  if (filter.join == Filter::Join::any) return std::ranges::any_of(filter.parts, holds);
  if (filter.join == Filter::Join::all) return std::ranges::all_of(filter.parts, holds);
  const auto* value = row.if_contains(filter.comparison.name);
  return satisfies(value == nullptr ? boost::json::value() : *value, filter.comparison);
}

std::vector<std::string> names_of(const Filter& filter) {
  std::vector<std::string> names;
  collect_names(filter, names);
  return names;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::size_t end = 0;
    for (int open = 0; end < text.size() && (open > 0 || text[end] != ','); ++end)
      open += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

}  // namespace a2od::tenant
