#include "collectors/scrape/metadata.hpp"

#include <utility>

namespace a2od {

void MetadataReader::take(ExpositionParser::Entry entry, const ExpositionParser& parser) {
  using enum ExpositionParser::Entry;
  if (entry != help && entry != type && entry != unit) return;
  auto name = parser.metric();
  std::string text;
  if (entry == help) text = parser.help();
  if (entry == unit) text = parser.unit();
  bytes_ += text.size();
  if (!metadata.contains(name)) bytes_ += sizeof(PageMetadata::value_type) + name.size();
  if (bytes_ > kMostBytes) return;
  auto& metric = metadata[std::move(name)];
  if (entry == type) metric.type = parser.type();
  if (entry == unit) metric.unit = std::move(text);
  if (entry == help) metric.help = std::move(text);
}

}  // namespace a2od
