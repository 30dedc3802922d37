// What a2od makes of an estate, as a page to read: from the declarations of collectors.
#include "collectors/collector.hpp"
#include "config/text.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/self_metrics.hpp"

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>

namespace a2od {
namespace {

constexpr std::string_view kHead =
    "# Metrics\n"
    "What `/metrics` has, by the collector that makes it: `a2od metrics` prints this page. Each has the labels "
    "`tenant`\n"
    "and, where it is about one, `environment`. What could not be seen is absent, never 0: `a2od_collector_outcome` "
    "says\n"
    "why.\n";

void append_table(std::string& page, std::span<const Metric> metrics) {
  page += "\n| metric | type | meaning |\n|---|---|---|\n";
  for (const auto& metric : metrics)
    page += fmt::format("| `{}` | {} | {} |\n", metric.name, to_string(metric.type), markdown_cell(metric.help));
}

}  // namespace

std::string metrics_reference() {
  std::string page(kHead);
  for (const auto& collector : all_collectors()) {
    if (collector.metrics.empty()) continue;
    page += fmt::format("\n## {}\n{}\n", collector.name, collector.about);
    append_table(page, collector.metrics);
  }
  page += "\n## a2od itself\nWhat it does, what it may not see, and what it owes.\n";
  append_table(page, self_metrics());
  return page;
}

}  // namespace a2od
