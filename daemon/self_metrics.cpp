#include "daemon/self_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace a2od {

namespace {

using enum MetricType;

constexpr Metric kDeclarations[] = {
    {"a2od_build_info", info, "", "The version of this daemon."},
    {"a2od_sight", gauge, "", "1 while a2od can see the tenant, 0 when most probes or the sign-in fail alike."},
    {"a2od_sign_in_ok", gauge, "", "1 while the tenant's identity gets tokens, 0 since it was last refused one."},
    {"a2od_sign_in_failures_total", counter, "", "Refused or failed token requests by code."},
    {"a2od_collector_outcome", gauge, "", "1, with how the last run of a collector ended as a label."},
    {"a2od_collector_duration_seconds", gauge, "seconds", "How long the last run of a collector took."},
    {"a2od_collector_last_success_timestamp_seconds", gauge, "seconds",
     "When a run of a collector last ended ok or degraded."},
    {"a2od_collector_runs_missed_total", counter, "", "Runs skipped because the one before still ran."},
    {"a2od_collector_part_ok", gauge, "", "1 when the last run of this part was complete or has nothing to collect."},
    {"a2od_rights_lost", gauge, "", "1 while a part that was read before is denied now; no series else."},
    {"a2od_requests_total", counter, "", "Requests sent to Microsoft's services."},
    {"a2od_budget_day_requests", gauge, "", "Requests sent for the tenant since midnight UTC."},
    {"a2od_budget_day_limit", gauge, "", "Requests that a2od allows itself for the tenant in a day."},
    {"a2od_budget_hosts_throttled", gauge, "",
     "Hosts of the tenant that asked us to wait, or have not answered well since."},
    {"a2od_budget_lowest_rate_ratio", gauge, "ratio",
     "How much of its planned rate the most throttled host of the tenant is asked with."},
    {"a2od_budget_busiest_host_ratio", gauge, "ratio",
     "The largest used share of a host's plan of five minutes, by facet."},
    {"a2od_service_protection_remaining_requests", gauge, "",
     "The fewest requests that a Dataverse host of the tenant said are left to us; for the eye, not steered by."},
    {"a2od_service_protection_remaining_seconds", gauge, "seconds",
     "The least execution time that a Dataverse host of the tenant said is left to us; for the eye, not steered by."},
    {"a2od_collector_interval_stretch_ratio", gauge, "ratio",
     "How many times as long as configured intervals are, so that the tenant's share of the day suffices."},
    {"a2od_notifications_total", counter, "", "Messages that a receiver has accepted."},
    {"a2od_notifications_failed_total", counter, "", "Attempts to deliver a message that failed."},
    {"a2od_notifications_dropped_total", counter, "", "Messages given up: refused for good, too old or too many."},
    {"a2od_notification_outbox_messages", gauge, "", "Messages that wait for their receiver."},
    {"a2od_notification_outbox_oldest_timestamp_seconds", gauge, "seconds",
     "When the oldest message that waits for this receiver was made."},
    {"a2od_learning", gauge, "", "1 while alerts are logged instead of sent, as a fresh installation may."},
    {"a2od_alerts_flapping", gauge, "", "Alerts that begin and end so often that they are held in one message."},
    {"a2od_heartbeat_missing", gauge, "", "1 while an incoming heartbeat stays away for longer than it may."},
    {"a2od_heartbeat_failed", gauge, "", "1 since an incoming heartbeat last said that its work has failed."},
    {"a2od_heartbeat_last_timestamp_seconds", gauge, "seconds", "When an incoming heartbeat last came."},
    {"a2od_heartbeat_due_timestamp_seconds", gauge, "seconds",
     "When the next incoming heartbeat is due, before its grace."},
    {"a2od_receiver_misconfigured", gauge, "", "1 while a receiver refuses us with 401, 403, 404 or 410."},
    {"a2od_alertmanager_alerts_sent_total", counter, "", "Alerts that an Alertmanager has accepted, repeats counted."},
    {"a2od_alertmanager_alerts_failed_total", counter, "", "Alerts in requests to an Alertmanager that failed."},
    {"a2od_alertmanager_alerts_dropped_total", counter, "",
     "Alerts that an Alertmanager was not told: refused, too many, or over before it could be reached."},
    {"a2od_alertmanager_queue_alerts", gauge, "", "Alerts that wait for an Alertmanager or are on their way to it."},
    {"a2od_alertmanager_misconfigured", gauge, "", "1 while an Alertmanager refuses us with 401, 403, 404 or 410."},
    {"a2od_rule_group_last_duration_seconds", gauge, "seconds", "How long the last evaluation of a group took."},
    {"a2od_rule_group_iterations_missed_total", counter, "", "Evaluations of a group that came too late to be made."},
    {"a2od_rule_evaluation_failures_total", counter, "", "Rules that failed to evaluate."},
    {"a2od_series", gauge, "", "Series held in memory."},
    {"a2od_state_writing", gauge, "",
     "1 while alerts, messages and collectors' memories are written to the disk, 0 while they go on in memory alone."},
    {"a2od_events_total", counter, "", "Events recorded: what happened to alerts, silences and messages."},
    {"a2od_events_lost_total", counter, "", "Events that never came to the disk, as it could not be written for long."},
    {"a2od_events_waiting", gauge, "", "Events that are not on the disk yet."},
    {"a2od_history_writing", gauge, "",
     "1 while what is collected is written to the disk, 0 while it waits in memory."},
    {"a2od_history_bytes", gauge, "bytes", "What the files of the history take on the disk."},
    {"a2od_history_failures_total", counter, "", "Attempts to write the history that failed."},
    {"a2od_history_samples_total", counter, "", "Samples for the history, each repetition of a value counted."},
    {"a2od_history_samples_lost_total", counter, "", "Samples that never came to the disk."},
    {"a2od_history_upkeep_cpu_seconds_total", counter, "seconds",
     "CPU time of sealing and closing days of the history, which is seldom and heavy."},
    {"a2od_history_damaged_files", gauge, "",
     "Days of the history that were damaged and set aside, and lie there still."},
    {"a2od_clock_steps_total", counter, "", "Times that the system clock was stepped by more than one resolution."},
    {"a2od_config_last_reload_successful", gauge, "", "1 when the configuration was last read without errors."},
};

bool includes(const Labels& labels, const SelfMetrics::LabelMap& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& label) { return labels.get(label.first) == label.second; });
}

Labels labels_of(const SelfMetrics::LabelMap& map) {
  return Labels::from(std::vector<Labels::Pair>(map.begin(), map.end()));
}

}  // namespace

std::span<const Metric> self_metrics() { return kDeclarations; }

std::vector<Metric> declared_metrics(std::span<const Collector> collectors) {
  std::vector<Metric> metrics(std::begin(kDeclarations), std::end(kDeclarations));
  for (const auto& collector : collectors)
    metrics.insert(metrics.end(), collector.metrics.begin(), collector.metrics.end());
  return metrics;
}

const Metric& self_metric(std::string_view name) {
  const auto* const found = std::ranges::find(kDeclarations, name, &Metric::name);
  if (found == std::end(kDeclarations)) throw std::out_of_range(std::string(name));
  return *found;
}

struct SelfMetrics::Impl {
  /// A metric with its children by their labels: these are shared by all who hold them, while prometheus-cpp copies its
  /// own whenever it is asked for them.
  template <class Type>
  struct Known {
    prometheus::Family<Type>* family = nullptr;
    std::unordered_map<Labels, Type*> children;

    Type& at(const LabelMap& labels) {
      auto& child = children[labels_of(labels)];
      if (child == nullptr) child = &family->Add(labels);
      return *child;
    }

    void remove(const LabelMap& wanted) {
      std::erase_if(children, [&](const auto& child) {
        if (!includes(child.first, wanted)) return false;
        family->Remove(child.second);
        return true;
      });
    }

    void append_to(std::vector<PublishedSample>& samples, const Metric& metric) const {
      for (const auto& [labels, child] : children) samples.push_back({&metric, labels, child->Value()});
    }
  };

  prometheus::Registry registry;
  std::mutex mutex;
  std::map<std::string_view, Known<prometheus::Gauge>> gauges;
  std::map<std::string_view, Known<prometheus::Counter>> counters;

  Impl() {
    for (const auto& metric : kDeclarations) {
      const std::string name(metric.name);
      const std::string help(metric.help);
      if (metric.type == counter) {
        counters[metric.name].family = &prometheus::BuildCounter().Name(name).Help(help).Register(registry);
      } else {
        gauges[metric.name].family = &prometheus::BuildGauge().Name(name).Help(help).Register(registry);
      }
    }
  }

  prometheus::Gauge& gauge_of(std::string_view name, const LabelMap& labels) {
    const std::lock_guard lock(mutex);
    return gauges.at(name).at(labels);
  }

  prometheus::Counter& counter_of(std::string_view name, const LabelMap& labels) {
    const std::lock_guard lock(mutex);
    return counters.at(name).at(labels);
  }

  std::vector<PublishedSample> samples() {
    std::vector<PublishedSample> samples;
    for (const auto& metric : kDeclarations) {
      const std::lock_guard lock(mutex);
      if (metric.type == counter) {
        counters.at(metric.name).append_to(samples, metric);
      } else {
        gauges.at(metric.name).append_to(samples, metric);
      }
    }
    return samples;
  }
};

SelfMetrics::SelfMetrics() : impl_(std::make_unique<Impl>()) {}
SelfMetrics::~SelfMetrics() = default;

void SelfMetrics::set(std::string_view gauge, const LabelMap& labels, double value) {
  impl_->gauge_of(gauge, labels).Set(value);
}

void SelfMetrics::count_to(std::string_view counter, const LabelMap& labels, std::uint64_t total) {
  auto& child = impl_->counter_of(counter, labels);
  child.Increment(static_cast<double>(total) - child.Value());
}

void SelfMetrics::count_to(std::string_view counter, const LabelMap& labels, std::chrono::duration<double> total) {
  auto& child = impl_->counter_of(counter, labels);
  child.Increment(total.count() - child.Value());
}

void SelfMetrics::increment(std::string_view counter, const LabelMap& labels, double by) {
  impl_->counter_of(counter, labels).Increment(by);
}

void SelfMetrics::remove(const LabelMap& labels) {
  const std::lock_guard lock(impl_->mutex);
  for (auto& [name, gauge] : impl_->gauges) gauge.remove(labels);
  for (auto& [name, counter] : impl_->counters) counter.remove(labels);
}

std::vector<PublishedSample> SelfMetrics::samples() const { return impl_->samples(); }

}  // namespace a2od
