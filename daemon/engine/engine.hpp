// The daemon's memory and judgement: current values, the series store and the rule groups, on given times.
#pragma once

#include "config/config.hpp"
#include "daemon/engine/current_values.hpp"
#include "daemon/engine/memory_windows.hpp"
#include "daemon/explain/explained.hpp"
#include "daemon/state/rule_alerts.hpp"
#include "rules/alerting/group.hpp"
#include "rules/series/store.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// Stands for all exporters among the collectors that groups wait for.
inline constexpr std::string_view kExporters = "exporters";

struct EngineOptions {
  Milliseconds resolution = std::chrono::minutes(1);
  Milliseconds evaluation_interval = std::chrono::minutes(1);
  bool hold = true;
  bool evaluate_on_change = true;
  std::map<std::string, std::string> external_labels;
  std::string external_url;
  std::string instance;
  /// The collector that brings a metric, empty for the daemon's own and for recorded ones.
  std::function<std::string_view(std::string_view metric)> collector_of;
  /// Calls task(0) … task(count - 1) and returns when all are done, on several threads perhaps; empty: one by one.
  std::function<void(std::size_t count, const std::function<void(std::size_t)>& task)> in_parallel;
  /// How long evaluations take is measured with this; it only ever goes forward. From any thread.
  std::function<std::chrono::nanoseconds()> stopwatch;
};

/// What a step asks of the rest of the daemon.
struct EngineStep {
  std::vector<AlertNotice> notices;
  std::vector<GroupAlerts> changed;  ///< to be written down before the notices are acted on
  Timestamp next;                    ///< when step() should be called again, at the latest
};

/// An exporter: what its series say of it, and where it is. Several may say the same.
struct Exporter {
  std::string job;
  std::string instance;
  std::string address = {};
  auto operator<=>(const Exporter&) const = default;
};

/// Its pointers are good until the engine is called again.
struct GroupReport {
  const GroupDefinition* definition = nullptr;
  std::string file;
  std::string name;
  Milliseconds interval{};
  std::vector<RuleStatus> rules;
  Timestamp last_evaluation{};
  std::chrono::nanoseconds last_duration{};
  std::uint64_t iterations_missed = 0;
  std::uint64_t failures = 0;
  bool waiting = false;  ///< for the first runs of the collectors whose metrics it names, or of exporters
};

/// Belongs to one strand. A tick every resolution repeats the current values; groups are evaluated at their interval,
/// and soon after values that they read have changed.
class Engine {
 public:
  Engine(EngineOptions options, std::vector<GroupDefinition> groups, std::span<const SavedAlert> saved);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Equal groups go on untouched; changed ones take over the state of the alerts that they still have. Series that no
  /// rule writes any more end after two intervals of the group that wrote them. `older` has what missing() asked for.
  void reload(EngineOptions options, std::vector<GroupDefinition> groups, const Snapshot& older = {});

  /// What the rules may ask for at `now`: read from the history into the store that restore() hands out, before
  /// anything else.
  void restore(Timestamp now, const std::function<void(std::span<const promql::SeriesWindow>, Store&)>& read);
  /// What these rules may ask for and memory does not have, as no rule did so far.
  [[nodiscard]] std::vector<promql::SeriesWindow> missing(const EngineOptions& options,
                                                          std::span<const GroupDefinition> groups, Timestamp now) const;

  /// From now on take_samples() has what the store takes in.
  void keep_log() { store_.set_log(&log_); }
  [[nodiscard]] std::vector<LoggedSamples> take_samples() { return log_.take(); }

  void publish(PartReport report, Timestamp now);

  /// Runs `write(store)`: for samples that have times of their own and are not repeated, as those that are scraped.
  /// Groups that read them are evaluated at their interval.
  template <class Write>
  void write(Write&& write) {
    write(store_);
  }

  /// Of exporters: alerts that rest on their series are held while one of that `job` and `instance` is down.
  void set_scraped(const Exporter& exporter, bool up);

  /// The environments that a tenant has now: what belongs to others ends.
  void set_environments(const std::string& tenant, std::set<std::string> names, Timestamp now);

  /// Which collectors run for which tenants: what others brought ends, and no alert is held for its sake.
  void set_running(CurrentValues::Running running, Timestamp now) {
    values_.set_running(store_, std::move(running), now);
  }

  /// Groups that name metrics of these collectors wait: their first runs have not ended yet. With kExporters those do
  /// that name metrics of neither a collector nor the daemon itself, or none.
  void set_waiting_for(std::set<std::string> collectors) { waiting_for_ = std::move(collectors); }

  [[nodiscard]] EngineStep step(Timestamp now);

  /// Of groups that were not evaluated since the start: the labels that all alerts of a rule have, for each rule.
  [[nodiscard]] std::vector<Labels> unevaluated() const;

  [[nodiscard]] Snapshot snapshot() { return store_.snapshot(); }
  [[nodiscard]] const CurrentValues& values() const { return values_; }
  [[nodiscard]] std::vector<GroupReport> report() const;
  [[nodiscard]] std::size_t series() const { return store_.series_count(); }

  /// What the rules know of the alerts that are wanted; of those that have ended too, for as long as they are told of.
  [[nodiscard]] std::vector<ExplainedRule> explain(const AlertChoice& choice) const;

 private:
  struct Scheduled {
    Group group;
    std::set<std::string> metrics;
    std::set<std::string> collectors;
    Timestamp next{};
    Timestamp last{};
    Timestamp changed_since = kUnchanged;
    Timestamp no_change_before{};
    std::chrono::nanoseconds duration{};
    std::uint64_t missed = 0;
    std::uint64_t failures = 0;
  };
  static constexpr Timestamp kUnchanged = Timestamp::max();
  /// Of a group that a reload has changed or removed.
  struct AbandonedSeries {
    std::vector<Labels> series;
    Milliseconds query_offset{};
    Timestamp due{};
  };

  [[nodiscard]] GroupOptions group_options();
  [[nodiscard]] Scheduled schedule(Group group) const;
  [[nodiscard]] bool source_ok(const Labels& series) const;
  [[nodiscard]] bool waits(const Scheduled& scheduled) const;
  void explain(const Scheduled& scheduled, const AlertChoice& choice, std::vector<ExplainedRule>& found) const;
  [[nodiscard]] ExplainedInput explained(const Labels& input) const;
  [[nodiscard]] Timestamp due(const Scheduled& scheduled) const;
  [[nodiscard]] Timestamp time_of(const Scheduled& scheduled, Timestamp now) const;
  void set_windows();
  void put_in_front(const Snapshot& older);
  void abandon_series(const Scheduled& former);
  void end_abandoned(Timestamp now);
  void mark_changed(const std::set<std::string_view>& metrics, Timestamp now);
  void tick(Timestamp now);
  void evaluate(std::span<Scheduled* const> due, Timestamp now, EngineStep& step);
  void take(Scheduled& scheduled, Evaluation evaluation, std::chrono::nanoseconds duration, Timestamp now,
            EngineStep& step) const;

  EngineOptions options_;
  Store store_;
  std::mutex store_mutex_;  ///< while groups are evaluated beside each other
  SampleLog log_;
  std::shared_ptr<const MemoryWindows> windows_;
  CurrentValues values_;
  std::set<Exporter> down_;
  std::map<std::string, std::set<std::string>> environments_;
  std::set<std::string> waiting_for_;
  std::vector<Scheduled> groups_;
  std::vector<AbandonedSeries> abandoned_;
  Timestamp next_tick_{};
  Timestamp next_truncation_{};
};

}  // namespace a2od
