#include "collectors/exposition/families.hpp"
#include "config/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace a2od {
namespace {

using Problems = std::set<LintProblem>;

constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kUnits{{
    {"amperes", "amperes"}, {"bytes", "bytes"},     {"celsius", "celsius"}, {"grams", "grams"},
    {"joules", "joules"},   {"kelvin", "kelvin"},   {"meters", "meters"},   {"metres", "metres"},
    {"seconds", "seconds"}, {"volts", "volts"},     {"minutes", "seconds"}, {"hours", "seconds"},
    {"days", "seconds"},    {"weeks", "seconds"},   {"kelvins", "kelvin"},  {"fahrenheit", "celsius"},
    {"rankine", "celsius"}, {"inches", "meters"},   {"yards", "meters"},    {"miles", "meters"},
    {"bits", "bytes"},      {"calories", "joules"}, {"pounds", "grams"},    {"ounces", "grams"},
}};
constexpr std::array<std::string_view, 18> kPrefixes{"pico", "nano",  "micro", "milli", "centi", "deci",
                                                     "deca", "hecto", "kilo",  "kibi",  "mega",  "mibi",
                                                     "giga", "gibi",  "tera",  "tebi",  "peta",  "pebi"};
constexpr std::array<std::string_view, 14> kAbbreviations{"s",  "ms", "us", "ns", "sec", "b", "kb",
                                                          "mb", "gb", "tb", "pb", "m",   "h", "d"};

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto end = name.find('_');
    words.push_back(name.substr(0, end));
    if (end == std::string_view::npos) return words;
    name.remove_prefix(end + 1);
  }
}

/// The base unit of a word that is a unit, or empty.
std::string_view base_unit(std::string_view word) {
  const auto plain = [](std::string_view unit) -> std::string_view {
    const auto* found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, std::string_view>::first);
    return found == kUnits.end() ? std::string_view() : found->second;
  };
  if (const auto base = plain(word); !base.empty()) return base;
  for (const auto prefix : kPrefixes)
    if (word.starts_with(prefix))
      if (const auto base = plain(word.substr(prefix.size())); !base.empty()) return base;
  return {};
}

bool is_camel_case(std::string_view name) {
  for (std::size_t i = 1; i < name.size(); ++i)
    if (std::islower(static_cast<unsigned char>(name[i - 1])) != 0 &&
        std::isupper(static_cast<unsigned char>(name[i])) != 0)
      return true;
  return false;
}

class Linter {
 public:
  explicit Linter(const MetricFamily& family, Problems& problems) : family_(family), problems_(problems) {}

  void run() {
    if (family_.help.empty()) add("no help text");
    check_units();
    check_type_in_name();
    check_suffixes();
    check_labels();
    if (is_camel_case(family_.name)) add("metric names should be written in 'snake_case' not 'camelCase'");
    check_repeated();
  }

 private:
  void add(std::string text) { problems_.insert({family_.name, std::move(text)}); }
  [[nodiscard]] bool is(MetricFamilyType type) const { return family_.type == type; }
  [[nodiscard]] bool is_histogram() const {
    return is(MetricFamilyType::histogram) || is(MetricFamilyType::gauge_histogram);
  }

  void check_units() {
    for (const auto word : words_of(family_.name)) {
      const auto base = base_unit(word);
      if (base.empty()) continue;
      if (base != word) add(fmt::format("use base unit \"{}\" instead of \"{}\"", base, word));
      break;
    }
    for (const auto word : words_of(lower_case(family_.name)))
      if (std::ranges::find(kAbbreviations, word) != kAbbreviations.end())
        add("metric names should not contain abbreviated units");
  }

  void check_type_in_name() {
    const auto name = lower_case(family_.name);
    for (const auto* type : {"counter", "gauge", "summary", "histogram"}) {
      const auto word = fmt::format("_{}", type);
      if (name.ends_with(word) || name.contains(word + "_"))
        add(fmt::format("metric name should not include type '{}'", type));
    }
  }

  void check_suffixes() {
    const std::string_view name = family_.name;
    const bool total = name.ends_with("_total");
    if (is(MetricFamilyType::counter) && !total) add("counter metrics should have \"_total\" suffix");
    if (is(MetricFamilyType::unknown)) return;
    if (!is(MetricFamilyType::counter) && total) add("non-counter metrics should not have \"_total\" suffix");
    if (!is_histogram() && name.ends_with("_bucket")) add("non-histogram metrics should not have \"_bucket\" suffix");
    for (const auto* suffix : {"_count", "_sum"})
      if (!is_histogram() && !is(MetricFamilyType::summary) && name.ends_with(suffix))
        add(fmt::format("non-histogram and non-summary metrics should not have \"{}\" suffix", suffix));
  }

  void check_labels() {
    for (const auto& metric : family_.metrics) {
      for (const auto& [label, value] : metric.labels) {
        if (is_camel_case(label)) add("label names should be written in 'snake_case' not 'camelCase'");
        if (is(MetricFamilyType::unknown)) continue;
        if (label == "le" && !is_histogram()) add("non-histogram metrics should not have \"le\" label");
        if (label == "quantile" && !is(MetricFamilyType::summary))
          add("non-summary metrics should not have \"quantile\" label");
      }
    }
  }

  void check_repeated() {
    std::set<ExposedLabels> seen;
    for (const auto& metric : family_.metrics) {
      auto labels = metric.labels;
      std::ranges::sort(labels);
      if (!seen.insert(std::move(labels)).second) add("metric not unique");
    }
  }

  const MetricFamily& family_;
  Problems& problems_;
};

}  // namespace

std::vector<LintProblem> lint(const std::vector<MetricFamily>& families) {
  Problems problems;
  for (const auto& family : families) Linter(family, problems).run();
  return {problems.begin(), problems.end()};
}

}  // namespace a2od
