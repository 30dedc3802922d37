// The daemon's own metrics: kept by prometheus-cpp, published like those of a collector, so that rules can read them.
#pragma once

#include "collectors/collector.hpp"
#include "daemon/engine/current_values.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// The source of the daemon's own metrics, in place of a collector; the name of none, as it has a space.
inline constexpr std::string_view kSelf = "a2od itself";

/// All metrics that begin with `a2od_`.
[[nodiscard]] std::span<const Metric> self_metrics();
/// The same, and what the collectors declare. The views live as long as the collectors.
[[nodiscard]] std::vector<Metric> declared_metrics(std::span<const Collector> collectors);
/// One of the daemon's own. For a name that is not declared std::out_of_range is thrown, here and below.
[[nodiscard]] const Metric& self_metric(std::string_view name);

/// What is told of the daemon as a whole, and of tenants, receivers and rule groups: see daemon/collect/run_report.hpp
/// for the many series about collectors' runs. Used on the event loop only, but for samples().
class SelfMetrics {
 public:
  using LabelMap = std::map<std::string, std::string>;

  SelfMetrics();
  ~SelfMetrics();
  SelfMetrics(const SelfMetrics&) = delete;
  SelfMetrics& operator=(const SelfMetrics&) = delete;

  void set(std::string_view gauge, const LabelMap& labels, double value);
  /// Counters that others count: raised to `total`, never lowered.
  void count_to(std::string_view counter, const LabelMap& labels, std::uint64_t total);
  void count_to(std::string_view counter, const LabelMap& labels, std::chrono::duration<double> total);
  void increment(std::string_view counter, const LabelMap& labels, double by = 1);
  /// Ends every series whose labels include all of these.
  void remove(const LabelMap& labels);

  /// From any thread. Their labels are shared with this object's own.
  [[nodiscard]] std::vector<PublishedSample> samples() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace a2od
