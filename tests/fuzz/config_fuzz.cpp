// Whatever bytes an operator's file holds: documents, configurations and durations are read or refused, never crash.
#include "config/document.hpp"
#include "config/duration.hpp"
#include "config/read.hpp"
#include "config/web_config.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::array<std::string_view, 2> kCollectors = {"capacity", "inventory"};

void require(bool holds) {
  if (!holds) std::abort();
}

/// Follows every node, and asks where each byte of the scalars stands. Positions are real, and never go backwards.
void walk(const a2od::Node& node, int& budget) {
  if (--budget < 0) return;
  require(node.position().line >= 1 && node.position().column >= 1);
  auto last = node.position();
  for (std::size_t offset = 0; offset <= node.text().size() && offset < 64; ++offset) {
    const auto position = node.position_of(offset);
    require(position >= last);
    last = position;
  }
  for (const auto& item : node.items()) walk(item, budget);
  for (const auto& entry : node.entries()) walk(entry.value, budget);
}

void require_positions(const a2od::Problems& problems) {
  require(!problems.empty());
  for (const auto& problem : problems) require(problem.where.line >= 0 && problem.where.column >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = a2od::parse_document("fuzz.yaml", text);
  int budget = 1'000;
  if (document) {
    if (!document->problems.empty()) require_positions(document->problems);
    if (document->root.kind() != a2od::Node::Kind::null) walk(document->root, budget);
  } else {
    require_positions(document.error());
  }
  const auto config = a2od::parse_config("fuzz.yaml", text, {.collectors = kCollectors, .check_files = false});
  if (!config) require_positions(config.error());
  const auto web = a2od::parse_web_config("fuzz.yaml", text, a2od::CheckFiles::no);
  if (!web) require_positions(web.error());
  const auto duration = a2od::parse_duration(text);
  if (duration) require(a2od::parse_duration(a2od::format_duration(*duration)) == duration);
  return 0;
}
