// What a page says of its metrics beside their samples: HELP, TYPE and UNIT.
#pragma once

#include "collectors/exposition/parser.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
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

/// Pages say the same again and again: what they said is kept once.
class MetadataReader {
 public:
  static constexpr std::size_t kMostBytes = 1 << 20;  ///< of a page's names and texts; what is beyond is not kept

  void begin();
  void take(ExpositionParser::Entry entry, const ExpositionParser& parser);
  /// The page is taken.
  void finish();

  /// Of the page that was taken last; never null, and not changed any more.
  [[nodiscard]] const std::shared_ptr<const PageMetadata>& taken() const { return taken_; }

 private:
  PageMetadata reading_;
  std::size_t bytes_ = 0;
  std::shared_ptr<const PageMetadata> taken_ = std::make_shared<const PageMetadata>();
};

}  // namespace a2od
