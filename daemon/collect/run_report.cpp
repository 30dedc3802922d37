#include "daemon/collect/run_report.hpp"

#include "daemon/self_metrics.hpp"

#include <chrono>
#include <utility>

namespace a2od {

namespace {

using Pairs = std::vector<Labels::Pair>;

Labels with(Pairs labels, std::string_view name, std::string_view value) {
  labels.emplace_back(name, value);
  return Labels::from(std::move(labels));
}

SourceKey key_of(std::string collector, std::string tenant, std::string environment) {
  return {std::string(kSelf), std::move(tenant), std::move(environment), std::move(collector)};
}

}  // namespace

PartReport run_report(const RunSummary& run) {
  static const Metric& outcome = self_metric("a2od_collector_outcome");
  static const Metric& duration = self_metric("a2od_collector_duration_seconds");
  static const Metric& missed = self_metric("a2od_collector_runs_missed_total");
  static const Metric& last_success = self_metric("a2od_collector_last_success_timestamp_seconds");
  static const Metric& part_ok = self_metric("a2od_collector_part_ok");
  static const Metric& rights_lost = self_metric("a2od_rights_lost");

  const Pairs pairs{{"collector", run.collector}, {"tenant", run.tenant}, {"environment", run.environment}};
  const auto labels = Labels::from(pairs);
  using Seconds = std::chrono::duration<double>;
  PartReport report{.key = key_of(run.collector, run.tenant, run.environment), .delivered = true};
  report.samples = {{&outcome, with(pairs, "outcome", to_string(run.outcome)), 1},
                    {&duration, labels, Seconds(run.duration).count()},
                    {&missed, labels, static_cast<double>(run.missed)}};
  if (run.last_success)
    report.samples.push_back({&last_success, labels, Seconds(run.last_success->time_since_epoch()).count()});
  for (const auto& part : run.parts) {
    report.samples.push_back({&part_ok, with(pairs, "part", part.name), part.complete ? 1.0 : 0.0});
    if (part.right_lost) report.samples.push_back({&rights_lost, with(pairs, "part", part.name), 1});
  }
  return report;
}

PartReport no_more_runs(std::string collector, std::string tenant, std::string environment) {
  return {.key = key_of(std::move(collector), std::move(tenant), std::move(environment)), .delivered = true};
}

}  // namespace a2od
