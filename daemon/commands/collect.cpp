#include "collectors/collector.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/examination.hpp"
#include "daemon/web/exposition.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>

namespace a2od {

namespace asio = boost::asio;

namespace {

/// The samples of one environment, and those of the tenant as a whole, as Prometheus would read them.
void print_samples(const Finding& finding, const TenantConfig& tenant, const Environment& environment) {
  CurrentValues values({}, [](std::string_view) { return std::string_view(); });
  Store store;
  std::vector<PublishedSample> samples;
  for (const auto& part : finding.result.parts) {
    for (const auto& sample : part.samples) {
      if (!sample.environment_id.empty() && sample.environment_id != environment.id) continue;
      std::vector<Labels::Pair> labels(sample.labels.begin(), sample.labels.end());
      labels.emplace_back("tenant", tenant.name);
      if (!sample.environment_id.empty()) labels.emplace_back("environment", environment.name);
      samples.push_back({sample.metric, Labels::from(std::move(labels)), sample.value});
    }
  }
  values.publish(store, {.delivered = true, .interval = std::chrono::hours(1), .samples = std::move(samples)}, {});
  fmt::print("{}", render(values, ExpositionFormat::text));
}

/// Whether all went well.
asio::awaitable<bool> collect_from(Examined& of, const std::string& only) {
  std::map<Outcome, std::size_t> outcomes;
  for (const auto& collector : of.collectors) {
    if (!only.empty() && collector.name != only) continue;
    if (!collector.applies_to(of.environment)) {
      fmt::print("# collector {}: does not apply to this environment\n\n", collector.name);
      continue;
    }
    const auto finding = co_await examine(of, collector);
    print_finding(finding);
    print_samples(finding, of.tenant, of.environment);
    fmt::print("\n");
    ++outcomes[combine(finding.result.parts)];
  }
  std::string summary;
  for (const auto& [outcome, count] : outcomes)
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, to_string(outcome));
  fmt::print("# summary of '{}': {}\n", of.environment.name,
             summary.empty() ? "no collector applies to this environment" : summary);
  co_return outcomes.size() == outcomes.count(Outcome::ok);
}

}  // namespace

int collect_once(const std::string& config_file, const std::string& environment, const std::string& collector) {
  return examine_environment(config_file, environment, collector,
                             [&collector](Examined& of) { return collect_from(of, collector); });
}

}  // namespace a2od
