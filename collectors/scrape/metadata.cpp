#include "collectors/scrape/metadata.hpp"

#include <utility>

namespace a2od {

void MetadataReader::begin() {
  reading_.clear();
  bytes_ = 0;
}

void MetadataReader::take(ExpositionParser::Entry entry, const ExpositionParser& parser) {
  using enum ExpositionParser::Entry;
  if (entry != help && entry != type && entry != unit) return;
  auto name = parser.metric();
  std::string text;
  if (entry == help) text = parser.help();
  if (entry == unit) text = parser.unit();
  bytes_ += name.size() + text.size();
  if (bytes_ > kMostBytes) return;
  auto& metadata = reading_[std::move(name)];
  if (entry == type) metadata.type = parser.type();
  if (entry == unit) metadata.unit = std::move(text);
  if (entry == help) metadata.help = std::move(text);
}

void MetadataReader::finish() {
  if (reading_ != *taken_) taken_ = std::make_shared<const PageMetadata>(std::move(reading_));
  begin();
}

}  // namespace a2od
