#include "daemon/engine/current_values.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <bit>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace a2od {

namespace {

bool same_value(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// As Prometheus does with a label that it adds itself: "exported_job", or with as many "exported_" as it takes.
std::string name_beside(const Labels& labels, std::string_view name) {
  std::string other = "exported_" + std::string(name);
  while (!labels.get(other).empty()) other.insert(0, "exported_");
  return other;
}

}  // namespace

Labels CurrentValues::stored_labels(const PublishedSample& sample) const {
  std::vector<Labels::Pair> pairs;
  std::vector<std::string> renamed;
  renamed.reserve(sample.labels.size());
  for (const auto& [name, value] : sample.labels.pairs())
    pairs.emplace_back(is_added_label(name) ? renamed.emplace_back(name_beside(sample.labels, name)) : name, value);
  pairs.emplace_back(kMetricName, sample.metric->name);
  pairs.emplace_back("job", target_.job);
  pairs.emplace_back("instance", target_.instance);
  return Labels::from(std::move(pairs));
}

void CurrentValues::end(Store& store, const Entry& entry, Timestamp now, std::set<std::string_view>& changed) {
  // A tick may have repeated it within this millisecond.
  if (store.mark_stale(entry.series, now) == Appended::same_time) store.mark_stale(entry.series, now + Milliseconds(1));
  changed.insert(entry.metric->name);
  ++generation_;
}

std::set<std::string_view> CurrentValues::publish(Store& store, PartReport report, Timestamp now) {
  std::set<std::string_view> changed;
  auto& part = parts_[report.key];
  part.delivered = report.delivered;
  if (!report.delivered) return changed;

  std::unordered_map<Labels, Entry> before;
  for (auto& entry : part.entries) before.emplace(entry.labels, std::move(entry));
  part.entries.clear();
  part.entries.reserve(report.samples.size());
  part.delivered_at = now;
  part.valid_until = report.interval ? now + *report.interval * 5 / 2 : Timestamp::max();
  part.details = std::move(report.details);
  for (const auto& sample : report.samples) {
    auto labels = stored_labels(sample);
    Entry entry{sample.metric, labels, sample.value, {}, false};
    if (auto known = before.extract(labels)) {
      // The store holds the labels of its series: this copy of them goes.
      entry.labels = known.key();
      entry.series = known.mapped().series;
      entry.repeated = known.mapped().repeated;
      if (!same_value(known.mapped().value, entry.value)) {
        entry.repeated = store.append(entry.series, now, entry.value) != Appended::stored;
        changed.insert(entry.metric->name);
      }
    } else {
      entry.series = store.append(labels, now, entry.value);
      changed.insert(entry.metric->name);
    }
    origins_.insert_or_assign(entry.series.slot, Origin{&part, entry.series.incarnation});
    part.entries.push_back(std::move(entry));
  }
  for (const auto& [labels, entry] : before) end(store, entry, now, changed);
  generation_ += changed.size();
  return changed;
}

void CurrentValues::set_running(Store& store, Running running, Timestamp now) {
  if (running == running_) return;
  running_ = std::move(running);
  std::set<std::string_view> changed;
  for (auto part = parts_.begin(); part != parts_.end();) {
    const auto& [key, state] = *part;
    if (key.tenant.empty() || running_.contains({key.collector, key.tenant})) {
      ++part;
      continue;
    }
    for (const auto& entry : state.entries) end(store, entry, now, changed);
    forget_origins(state);
    part = parts_.erase(part);
  }
}

void CurrentValues::forget_environment(Store& store, std::string_view tenant, std::string_view environment,
                                       Timestamp now) {
  std::set<std::string_view> changed;
  const auto of_environment = [&](const Labels& labels) {
    return labels.get("environment") == environment && labels.get("tenant") == tenant;
  };
  for (auto& [key, part] : parts_) {
    std::erase_if(part.entries, [&](const Entry& entry) {
      if (!of_environment(entry.labels)) return false;
      end(store, entry, now, changed);
      origins_.erase(entry.series.slot);
      return true;
    });
  }
  std::erase_if(parts_, [&](const auto& part) {
    if (part.first.environment != environment || part.first.tenant != tenant) return false;
    forget_origins(part.second);
    return true;
  });
}

std::set<std::string_view> CurrentValues::tick(Store& store, Timestamp now) {
  std::set<std::string_view> ended;
  for (auto& [key, part] : parts_) {
    if (now > part.valid_until) {
      // The origins stay: an alert that rested on these series is held until the part delivers again.
      for (const auto& entry : part.entries) end(store, entry, now, ended);
      part.entries.clear();
      part.delivered = false;
      continue;
    }
    for (auto& entry : part.entries) {
      if (std::exchange(entry.repeated, true)) store.append(entry.series, now, entry.value);
    }
  }
  return ended;
}

const CurrentValues::PartState* CurrentValues::origin(const Store& store, const Labels& series) const {
  const auto ref = store.find(series);
  return ref ? origin(*ref) : nullptr;
}

const CurrentValues::PartState* CurrentValues::origin(SeriesRef series) const {
  const auto known = origins_.find(series.slot);
  return known != origins_.end() && known->second.incarnation == series.incarnation ? known->second.part : nullptr;
}

bool CurrentValues::brought(SeriesRef series) const { return origin(series) != nullptr; }

void CurrentValues::forget_origins(const PartState& part) {
  boost::unordered::erase_if(origins_, [&](const auto& origin) { return origin.second.part == &part; });
}

bool CurrentValues::source_ok(const Store& store, const Labels& series) const {
  const auto* part = origin(store, series);
  return part == nullptr ? all_may_be_trusted(series) : part->delivered;
}

std::optional<CurrentValues::Source> CurrentValues::source_of(const Store& store, const Labels& series) const {
  const auto* part = origin(store, series);
  const auto found = std::ranges::find_if(parts_, [&](const auto& item) { return &item.second == part; });
  if (found == parts_.end()) return std::nullopt;
  return Source{found->first, part->delivered, part->delivered_at};
}

std::vector<std::string> CurrentValues::details_of(const Store& store, const Labels& series) const {
  std::vector<std::string> lines;
  const auto* part = origin(store, series);
  if (part == nullptr) return lines;
  for (const auto& detail : part->details)
    if (detail.metric->name == series.get(kMetricName)) lines.push_back(detail.text);
  return lines;
}

bool CurrentValues::all_may_be_trusted(const Labels& series) const {
  const std::string collector(collector_of_(series.get(kMetricName)));
  if (!running_.contains({collector, std::string(series.get("tenant"))})) return true;
  bool any = false;
  for (const auto& [key, part] : parts_) {
    const bool may_bring = key.collector == collector && key.tenant == series.get("tenant") &&
                           (key.environment.empty() || key.environment == series.get("environment"));
    if (may_bring && !part.delivered) return false;
    any = any || may_bring;
  }
  return any;
}

void CurrentValues::visit(const std::function<void(const Metric&, const Labels&, double)>& visitor) const {
  boost::unordered_flat_map<const Metric*, std::vector<const Entry*>> by_metric;
  for (const auto& [key, part] : parts_)
    for (const auto& entry : part.entries) by_metric[entry.metric].push_back(&entry);
  // A collector of the operator's own that was changed may have brought a metric of the same name before.
  std::vector<const Metric*> metrics;
  for (const auto& [metric, entries] : by_metric) metrics.push_back(metric);
  std::ranges::sort(metrics, {}, [](const Metric* metric) { return std::tie(metric->name, metric->help); });
  for (const auto* metric : metrics) {
    const auto& entries = by_metric[metric];
    // Each label set lies somewhere else: those that come next are fetched meanwhile.
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i + 2 * kAhead < entries.size()) __builtin_prefetch(entries[i + 2 * kAhead]);
      if (i + kAhead < entries.size()) entries[i + kAhead]->labels.prefetch();
      visitor(*metric, entries[i]->labels, entries[i]->value);
    }
  }
}

void CurrentValues::visit(std::string_view collector,
                          const std::function<void(const Metric&, const Labels&, double)>& visitor) const {
  for (auto part = parts_.lower_bound({.collector = std::string(collector)}); part != parts_.end(); ++part) {
    if (part->first.collector != collector) return;
    for (const auto& entry : part->second.entries) visitor(*entry.metric, entry.labels, entry.value);
  }
}

void CurrentValues::visit_parts(std::string_view collector,
                                const std::function<void(const SourceKey&, bool delivered)>& visitor) const {
  for (auto part = parts_.lower_bound({.collector = std::string(collector)}); part != parts_.end(); ++part) {
    if (part->first.collector != collector) return;
    visitor(part->first, part->second.delivered);
  }
}

}  // namespace a2od
