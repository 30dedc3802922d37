// A page of metrics as families, read as strictly as promtool's check of metrics does: what a scrape lets pass, but
// whoever writes an exporter should know.
#pragma once

#include "collectors/exposition/parser.hpp"
#include "config/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// One label set of a family.
struct FamilyMetric {
  ExposedLabels labels;  ///< without `__name__`, and without `le` and `quantile` where they are the family's
  std::optional<double> value = std::nullopt;  ///< of all but histograms and summaries
  std::optional<double> sum = std::nullopt;    ///< of these
  std::optional<double> count = std::nullopt;
  std::map<double, double> parts = {};  ///< buckets by `le`, or quantiles
  std::optional<Timestamp> at = std::nullopt;
};

struct MetricFamily {
  std::string name;
  std::string help;
  MetricFamilyType type = MetricFamilyType::unknown;
  std::vector<FamilyMetric> metrics;
};

/// Those with samples, by name. The error names line and fault.
[[nodiscard]] Result<std::vector<MetricFamily>> parse_families(std::string_view text);

struct LintProblem {
  std::string metric;
  std::string text;
  auto operator<=>(const LintProblem&) const = default;
};

/// What Prometheus' conventions would have otherwise, in promtool's words: sorted.
[[nodiscard]] std::vector<LintProblem> lint(const std::vector<MetricFamily>& families);

}  // namespace a2od
