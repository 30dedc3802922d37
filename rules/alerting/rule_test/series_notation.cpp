#include "rules/alerting/rule_test/series_notation.hpp"

#include "config/quote.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/series.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace a2od {

namespace {

constexpr std::size_t kMostSamples = 10'000'000;
constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

/// Takes a number without a sign from the front: 1.5, 1e3, Inf, NaN.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.starts_with('-')) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Takes a sign from the front; where there is none, nothing and +1.
double take_sign(std::string_view& text) {
  const bool is_signed = text.starts_with('-') || text.starts_with('+');
  const double sign = text.starts_with('-') ? -1 : 1;
  if (is_signed) text.remove_prefix(1);
  return sign;
}

/// Takes `x4`.
std::optional<std::size_t> take_times(std::string_view& text) {
  if (!text.starts_with('x')) return std::nullopt;
  std::size_t times = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), times);
  if (error != std::errc{} || times > kMostSamples) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return times;
}

/// One item: the first value, what each further one adds, and how many of those there are.
struct Item {
  std::optional<double> first;
  double step = 0;
  std::size_t more = 0;
};

std::optional<Item> parse_item(std::string_view text) {
  Item item;
  if (text.starts_with('_')) {
    text.remove_prefix(1);
    const auto times = take_times(text);
    item.more = times.value_or(1) - (times == 0U ? 0 : 1);  // _x4 is four without a sample
    return text.empty() && times != 0U ? std::optional(item) : std::nullopt;
  }
  if (text.starts_with("stale")) {
    text.remove_prefix(5);
    item.first = stale_marker();
  } else {
    const double sign = take_sign(text);
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    item.first = sign * *number;
  }
  if (text.empty()) return item;
  const bool steps = text.starts_with('-') || text.starts_with('+');
  if (steps) {
    const double sign = take_sign(text);
    const auto step = take_number(text);
    if (!step) return std::nullopt;
    item.step = sign * *step;
  }
  const auto times = take_times(text);
  if (!times || !text.empty()) return std::nullopt;
  item.more = *times;
  return item;
}

}  // namespace

Result<Labels> parse_series(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text == "{}") return Labels{};
  const auto matchers = promql::parse_selector(text);
  if (!matchers) return failure(quote(text) + ": " + matchers.error().message);
  std::vector<Labels::Pair> pairs;
  for (const auto& matcher : *matchers) {
    if (matcher.type() != MatchType::equal) return failure(quote(text) + ": a series has its labels with '=' alone");
    pairs.emplace_back(matcher.name(), matcher.value());
  }
  return Labels::from(std::move(pairs));
}

Result<std::vector<std::optional<double>>> parse_samples(std::string_view text) {
  std::vector<std::optional<double>> samples;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const auto word = text.substr(0, text.find_first_of(kSpace));
    text.remove_prefix(word.size());
    if (word.starts_with("{{")) return failure("native histograms are not supported");
    const auto item = parse_item(word);
    if (!item) return failure(quote(word) + " is no item such as 1, 1+2x3, 5x4, _x2 or stale");
    if (samples.size() + item->more + 1 > kMostSamples) return failure("a series has over 10 million samples");
    for (std::size_t i = 0; i <= item->more; ++i)
      samples.push_back(item->step == 0 || !item->first ? item->first
                                                        : *item->first + item->step * static_cast<double>(i));
  }
  return samples;
}

}  // namespace a2od
