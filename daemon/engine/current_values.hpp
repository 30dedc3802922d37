// The latest complete set of every part of every collector: what /metrics shows, and what each tick writes to the
// store.
#pragma once

#include "collectors/sample.hpp"
#include "config/time.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/store.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// Where series come from: a part of a collector's runs, by the labels that its series carry. The daemon's own metrics
/// are a source without tenant.
struct SourceKey {
  std::string collector;
  std::string tenant;
  std::string environment;
  std::string part;
  auto operator<=>(const SourceKey&) const = default;
};

/// A sample with all its labels, as it is published: `tenant` and `environment` included. A `job` or `instance` of its
/// own is stored as `exported_job` or `exported_instance`, as Prometheus does.
struct PublishedSample {
  const Metric* metric = nullptr;
  Labels labels;
  double value = 0;
};

/// What a run brought for one part. Without samples it failed to see: the last good values are kept for a while.
struct PartReport {
  SourceKey key;
  bool delivered = false;  ///< the samples are a complete set; an empty one is complete too
  std::optional<Milliseconds> interval = std::nullopt;  ///< absent: the set stays until the next one
  std::vector<PublishedSample> samples = {};
  std::vector<Detail> details = {};
};

/// Written by whoever owns the store. A part's values are repeated at every tick, until its next set replaces them, or
/// for two and a half of its intervals when no set comes; then its series end as stale.
class CurrentValues {
 public:
  /// What a scraping Prometheus adds, or takes from the metric's name: no part of what is exposed.
  [[nodiscard]] static bool is_added_label(std::string_view name) {
    return name == "job" || name == "instance" || name == kMetricName;
  }

  /// The labels that a Prometheus scraping this daemon would add, so that rules read the same series here and there.
  struct TargetLabels {
    std::string job = "a2od";
    std::string instance;
  };
  /// The collector that brings a metric, empty for the daemon's own and for recorded ones.
  using CollectorOf = std::function<std::string_view(std::string_view metric)>;
  CurrentValues(TargetLabels target, CollectorOf collector_of)
      : target_(std::move(target)), collector_of_(std::move(collector_of)) {}

  void set_collector_of(CollectorOf collector_of) { collector_of_ = std::move(collector_of); }

  /// Writes what changed to the store at `now`, and returns the names of the metrics that did.
  std::set<std::string_view> publish(Store& store, PartReport report, Timestamp now);

  /// A collector and the tenant that it runs for.
  using Running = std::set<std::pair<std::string, std::string>>;
  /// Ends what collectors brought that run no more: they were switched off, or their tenant left the configuration.
  void set_running(Store& store, Running running, Timestamp now);

  /// Ends everything of an environment that left the inventory.
  void forget_environment(Store& store, std::string_view tenant, std::string_view environment, Timestamp now);

  /// Repeats every value, and ends the parts whose time is over; returns the names of the metrics that ended.
  std::set<std::string_view> tick(Store& store, Timestamp now);

  /// Whether the part that brings this stored series delivered at its last run. For a series that was not seen since
  /// the start it is asked of all parts that may bring it. True for series that no collector brings.
  [[nodiscard]] bool source_ok(const Store& store, const Labels& series) const;

  struct Source {
    SourceKey key;
    bool delivered = false;  ///< at its last run
    Timestamp delivered_at;  ///< the last time that it did
  };
  /// Whether a part brought this series, be it ended or not.
  [[nodiscard]] bool brought(SeriesRef series) const;
  /// The part that brought this stored series last; nothing where none did since the start.
  [[nodiscard]] std::optional<Source> source_of(const Store& store, const Labels& series) const;

  /// The lines that the part's last set had for the metric of this stored series.
  [[nodiscard]] std::vector<std::string> details_of(const Store& store, const Labels& series) const;

  /// Every current sample with its labels as they are stored, those of one metric together, metrics by name.
  void visit(const std::function<void(const Metric&, const Labels&, double)>& visitor) const;

  /// The same of one collector alone, in no particular order.
  void visit(std::string_view collector,
             const std::function<void(const Metric&, const Labels&, double)>& visitor) const;
  /// The parts of a collector, and whether each delivered at its last run.
  void visit_parts(std::string_view collector,
                   const std::function<void(const SourceKey&, bool delivered)>& visitor) const;

  /// Grows whenever a value, a series or a set of series changes.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  struct Entry {
    const Metric* metric = nullptr;
    Labels labels;  ///< as they are stored
    double value = 0;
    SeriesRef series{};
    bool repeated = true;  ///< false: written between ticks, in place of the next one
  };
  struct PartState {
    std::vector<Entry> entries;
    std::vector<Detail> details;
    bool delivered = false;
    Timestamp delivered_at{};
    Timestamp valid_until{};
  };
  /// Which part brought the series of a slot last. It stays while the store has the series, ended or not: alerts may
  /// still rest on it.
  struct Origin {
    const PartState* part = nullptr;
    std::uint32_t incarnation = 0;
  };
  [[nodiscard]] Labels stored_labels(const PublishedSample& sample) const;
  [[nodiscard]] bool all_may_be_trusted(const Labels& series) const;
  [[nodiscard]] const PartState* origin(const Store& store, const Labels& series) const;
  [[nodiscard]] const PartState* origin(SeriesRef series) const;
  void forget_origins(const PartState& part);
  void end(Store& store, const Entry& entry, Timestamp now, std::set<std::string_view>& changed);

  TargetLabels target_;
  CollectorOf collector_of_;
  Running running_;
  std::map<SourceKey, PartState> parts_;
  boost::unordered_flat_map<std::uint32_t, Origin> origins_;  ///< by the series' slot in the store
  std::uint64_t generation_ = 0;
};

}  // namespace a2od
