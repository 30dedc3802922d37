#include "collectors/own/exposition.hpp"

#include "collectors/exposition/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kMostLabels = 64;
constexpr std::size_t kLongestHelp = 512;

struct Fault {
  std::string what;
};

/// Names in UTF-8 are for others: what is shown on /metrics can be read by every Prometheus.
void check_name(std::string_view name, bool metric) {
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (metric && c == ':');
  };
  const bool good = !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, fits);
  if (!good) throw Fault{fmt::format("'{}' is no name for a {}", name, metric ? "metric" : "label")};
}

class Reader {
 public:
  explicit Reader(std::size_t most) : most_(most) {}

  void take(const ExpositionParser& parser, ExpositionParser::Entry entry) {
    if (entry == ExpositionParser::Entry::series) return take_sample(parser);
    if (entry != ExpositionParser::Entry::help && entry != ExpositionParser::Entry::type) return;
    if (exposition.metrics.size() >= most_) throw Fault{"too many metrics"};
    auto& described = metric(parser.metric());
    if (entry == ExpositionParser::Entry::help) described.help = parser.help().substr(0, kLongestHelp);
    if (entry == ExpositionParser::Entry::type && parser.type() == MetricFamilyType::counter)
      described.type = MetricType::counter;
  }

  Exposition exposition;

 private:
  ExposedMetric& metric(const std::string& name) {
    const auto known = std::ranges::find(exposition.metrics, name, &ExposedMetric::name);
    if (known != exposition.metrics.end()) return *known;
    return exposition.metrics.emplace_back(ExposedMetric{.name = name, .help = {}});
  }

  void take_sample(const ExpositionParser& parser) {
    if (exposition.samples.size() >= most_) throw Fault{fmt::format("over {} samples", most_)};
    ExposedSample found{.labels = parser.labels(), .value = parser.value()};
    found.name = std::move(found.labels.front().second);
    found.labels.erase(found.labels.begin());
    check_name(found.name, true);
    if (found.labels.size() > kMostLabels) throw Fault{fmt::format("over {} labels", kMostLabels)};
    std::ranges::sort(found.labels);
    for (std::size_t i = 0; i < found.labels.size(); ++i) {
      const auto& name = found.labels[i].first;
      check_name(name, false);
      if (name.starts_with("__")) throw Fault{fmt::format("'{}' is no name for a label", name)};
      if (i > 0 && name == found.labels[i - 1].first) throw Fault{fmt::format("label '{}' twice", name)};
    }
    std::erase_if(found.labels, [](const auto& label) { return label.second.empty(); });  // as good as none
    if (!seen_.emplace(found.name, found.labels).second) throw Fault{"a series that was there already"};
    exposition.samples.push_back(std::move(found));
  }

  std::size_t most_;
  std::set<std::pair<std::string, ExposedLabels>> seen_;
};

}  // namespace

Result<Exposition> parse_exposition(std::string_view text, std::size_t most) {
  std::string lines(text);
  std::erase(lines, '\r');  // of programs for Windows
  ExpositionParser parser(lines, ExpositionSyntax::text);
  Reader reader(most);
  for (;;) {
    const auto entry = parser.next();
    if (!entry) return std::unexpected(entry.error());
    if (*entry == ExpositionParser::Entry::end) return std::move(reader.exposition);
    try {
      reader.take(parser, *entry);
    } catch (const Fault& fault) {
      return failure(fmt::format("line {}: {}", parser.line(), fault.what));
    }
  }
}

}  // namespace a2od
