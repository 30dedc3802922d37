// Any bytes as a page of metrics, in each syntax: entries have labels, lines go forward, and families can be linted.
#include "collectors/exposition/families.hpp"
#include "collectors/own/exposition.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void read(std::string_view text, a2od::ExpositionSyntax syntax) {
  using Entry = a2od::ExpositionParser::Entry;
  a2od::ExpositionParser parser(text, syntax);
  std::size_t line = 0;
  for (;;) {
    const auto entry = parser.next();
    if (!entry || *entry == Entry::end) return;
    if (parser.line() < line) std::abort();
    line = parser.line();
    if (*entry == Entry::help) (void)parser.help();
    if (*entry != Entry::series) continue;
    const auto labels = parser.labels();
    if (labels.empty() || labels.front().first != "__name__" || parser.series().empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text, a2od::ExpositionSyntax::text);
  read(text, a2od::ExpositionSyntax::open_metrics);
  if (const auto families = a2od::parse_families(text)) (void)a2od::lint(*families);
  (void)a2od::parse_exposition(text, 100);
  return 0;
}
