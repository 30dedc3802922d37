// Prometheus' text format 0.0.4, read: what programs print and exporters answer.
#pragma once

#include "collectors/sample.hpp"
#include "config/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

struct ExposedSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

struct ExposedMetric {
  std::string name;
  MetricType type = MetricType::gauge;  ///< also where the text says summary, histogram, untyped or nothing
  std::string help;
};

struct Exposition {
  std::vector<ExposedMetric> metrics;  ///< of which the text says something
  std::vector<ExposedSample> samples;
};

/// Timestamps are read and left out: what counts is when it was read. An error names line and fault. Refused too: over
/// `most` samples, and the same series twice.
[[nodiscard]] Result<Exposition> parse_exposition(std::string_view text, std::size_t most);

}  // namespace a2od
