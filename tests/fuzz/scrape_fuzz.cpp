// Two pages of one target, one after the other, divided by a zero byte: what is read with the memory of the first page
// is what is read without it.
#include "collectors/scrape/page.hpp"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace a2od;

ScrapeTarget target() {
  ScrapeConfig config{.job_name = "fuzz", .interval = std::chrono::seconds(15), .timeout = std::chrono::seconds(10)};
  config.static_configs.push_back({{"host:1"}, {}});
  config.metric_relabel_configs = {
      {.action = RelabelConfig::Action::drop, .source_labels = {"__name__"}, .regex = "drop.*"}};
  return targets_of(config)->active.front();
}

using Read = std::vector<std::pair<ExposedLabels, std::uint64_t>>;

/// Nothing where the page is refused. Series get their place in `known` as their handles.
std::optional<Read> read(PageReader& reader, std::string_view page, ExpositionSyntax syntax,
                         std::vector<ExposedLabels>& known) {
  std::map<std::size_t, ExposedLabels> found;
  const auto report =
      reader.read(page, syntax, [&](std::size_t line, const ExposedLabels& labels) { found[line] = labels; });
  if (report.error) return std::nullopt;
  for (auto& [line, labels] : found) {
    reader.lines()[line].handle = known.size();
    known.push_back(std::move(labels));
  }
  if (reader.lines().size() != report.scraped || reader.values().size() != report.scraped) std::abort();
  for (const auto handle : reader.vanished())
    if (handle >= known.size()) std::abort();
  Read samples;
  for (std::size_t i = 0; i < reader.lines().size(); ++i) {
    const auto& line = reader.lines()[i];
    if (line.handle == PageReader::kNew) std::abort();
    if (line.handle != PageReader::kDropped)
      samples.emplace_back(known.at(line.handle), std::bit_cast<std::uint64_t>(reader.values()[i]));
  }
  return samples;
}

void compare(std::string_view first, std::string_view second, ExpositionSyntax syntax) {
  static const auto of = target();
  PageReader with_memory(of);
  PageReader without(of);
  std::vector<ExposedLabels> known;
  std::vector<ExposedLabels> fresh;
  (void)read(with_memory, first, syntax, known);
  const auto remembered = read(with_memory, second, syntax, known);
  if (remembered != read(without, second, syntax, fresh)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto middle = text.find('\0');
  const auto first = text.substr(0, middle);
  const auto second = middle == std::string_view::npos ? first : text.substr(middle + 1);
  compare(first, second, ExpositionSyntax::text);
  compare(first, second, ExpositionSyntax::open_metrics);
  return 0;
}
