// What a page says of its metrics beside their samples: HELP, TYPE and UNIT.
#pragma once

#include "collectors/exposition/parser.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace a2od {

struct MetricMetadata {
  MetricFamilyType type = MetricFamilyType::unknown;
  std::string unit;
  std::string help;
  bool operator==(const MetricMetadata&) const = default;
};
/// By the metric as the page names it: in OpenMetrics a counter is without its `_total`.
using PageMetadata = std::map<std::string, MetricMetadata, std::less<>>;

/// Of one page.
class MetadataReader {
 public:
  static constexpr std::size_t kMostBytes = 1 << 20;  ///< of memory for a page; what is beyond is not kept

  void take(ExpositionParser::Entry entry, const ExpositionParser& parser);

  PageMetadata metadata;

 private:
  std::size_t bytes_ = 0;
};

}  // namespace a2od
