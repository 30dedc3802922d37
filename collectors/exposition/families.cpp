#include "collectors/exposition/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <ranges>
#include <set>
#include <utility>

namespace a2od {
namespace {

struct Fault {
  std::string what;
};

bool is_histogram(MetricFamilyType type) {
  return type == MetricFamilyType::histogram || type == MetricFamilyType::gauge_histogram;
}

double bound_of(const std::string& label, const std::string& text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw Fault{fmt::format("expected a number as the value of label '{}', found '{}'", label, text)};
  return value;
}

class Families {
 public:
  void take(const ExpositionParser& parser, ExpositionParser::Entry entry) {
    if (entry == ExpositionParser::Entry::help) take_help(parser);
    if (entry == ExpositionParser::Entry::type) take_type(parser);
    if (entry == ExpositionParser::Entry::series) take_series(parser);
  }

  std::vector<MetricFamily> finish() {
    std::vector<MetricFamily> all;
    for (auto& [name, family] : families_)
      if (!family.metrics.empty()) all.push_back(std::move(family));
    return all;
  }

 private:
  MetricFamily& family(const std::string& name) {
    const auto [known, is_new] = families_.try_emplace(name);
    if (is_new) known->second.name = name;
    return known->second;
  }

  void take_help(const ExpositionParser& parser) {
    auto help = parser.help();
    help.erase(0, std::min(help.find_first_not_of(" \t"), help.size()));
    if (help.empty()) return;
    auto& described = family(checked(parser.metric()));
    if (!described.help.empty()) throw Fault{fmt::format("a second HELP for '{}'", described.name)};
    described.help = std::move(help);
  }

  void take_type(const ExpositionParser& parser) {
    auto& described = family(checked(parser.metric()));
    if (!typed_.insert(described.name).second || !described.metrics.empty())
      throw Fault{fmt::format("a second TYPE for '{}', or one behind its samples", described.name)};
    described.type = parser.type();
  }

  /// The family that a series belongs to, and which part of it the series is: "", "_sum", "_count" or "_bucket".
  std::pair<MetricFamily*, std::string_view> family_of(const std::string& name) {
    for (const std::string_view suffix : {"_sum", "_count", "_bucket"}) {
      if (!name.ends_with(suffix)) continue;
      const auto known = families_.find(name.substr(0, name.size() - suffix.size()));
      if (known == families_.end()) continue;
      const auto type = known->second.type;
      if (is_histogram(type) || (type == MetricFamilyType::summary && suffix != "_bucket"))
        return {&known->second, suffix};
    }
    return {&family(name), ""};
  }

  void take_series(const ExpositionParser& parser) {
    auto labels = parser.labels();
    const auto name = checked(labels.front().second);
    labels.erase(labels.begin());
    for (const auto& [label, value] : labels) {
      if (label == "__name__") throw Fault{"the label '__name__' is reserved"};
      if (value.contains('\n') && parser.series().contains('\n'))
        throw Fault{fmt::format("the value of label '{}' has a line break that is not escaped", label)};
    }
    const auto [owner, suffix] = family_of(name);
    const bool in_parts = is_histogram(owner->type) || owner->type == MetricFamilyType::summary;
    std::optional<double> bound;
    if (in_parts) {
      const std::string own = owner->type == MetricFamilyType::summary ? "quantile" : "le";
      const auto found = std::ranges::find(labels, own, &std::pair<std::string, std::string>::first);
      if (found != labels.end()) {
        bound = bound_of(own, found->second);
        labels.erase(found);
      }
    }
    auto& metric = in_parts ? metric_of(*owner, labels) : owner->metrics.emplace_back(FamilyMetric{.labels = labels});
    if (parser.timestamp()) metric.at = parser.timestamp();
    const double value = parser.value();
    if (!in_parts) {
      metric.value = value;
    } else if (suffix == "_sum") {
      metric.sum = value;
    } else if (suffix == "_count") {
      if (value < 0) throw Fault{fmt::format("the count of '{}' is negative", owner->name)};
      metric.count = value;
    } else if (bound) {
      if (value < 0 && is_histogram(owner->type)) throw Fault{fmt::format("a bucket of '{}' is negative", owner->name)};
      metric.parts[*bound] = value;
    }
  }

  FamilyMetric& metric_of(MetricFamily& family, const ExposedLabels& labels) {
    // The parts of a metric stand together: it is most often the last one.
    for (auto& metric : family.metrics | std::views::reverse)
      if (std::ranges::is_permutation(metric.labels, labels)) return metric;
    return family.metrics.emplace_back(FamilyMetric{.labels = labels});
  }

  static std::string checked(std::string name) {
    if (name.contains('\n')) throw Fault{"a metric's name has a line break"};
    return name;
  }

  std::map<std::string, MetricFamily> families_;
  std::set<std::string> typed_;
};

}  // namespace

Result<std::vector<MetricFamily>> parse_families(std::string_view text) {
  const auto last = text.find_last_not_of(" \t");
  if (last != std::string_view::npos && text[last] != '\n') return failure("the last line does not end");
  ExpositionParser parser(text, ExpositionSyntax::text);
  Families families;
  for (;;) {
    const auto entry = parser.next();
    if (!entry) return std::unexpected(entry.error());
    if (*entry == ExpositionParser::Entry::end) return families.finish();
    try {
      families.take(parser, *entry);
    } catch (const Fault& fault) {
      return failure(fmt::format("line {}: {}", parser.line(), fault.what));
    }
  }
}

}  // namespace a2od
