#include "daemon/notify/dispatcher.hpp"

#include "daemon/notify/dedup.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <algorithm>
#include <ranges>
#include <string_view>
#include <utility>

namespace a2od {
namespace {

/// For route settings that are not above zero, which the configuration refuses.
constexpr Milliseconds kShortest = std::chrono::seconds(1);

constexpr Milliseconds kNever = Milliseconds::max() / 4;

RoutedAlert routed(const AlertNotice& notice, Timestamp now, Milliseconds resolve_timeout) {
  RoutedAlert alert;
  alert.fingerprint = fingerprint(notice.labels);
  alert.labels = notice.labels;
  alert.annotations = notice.annotations;
  alert.timeout = notice.ends_at == Timestamp{};
  alert.ends_at = alert.timeout ? now + resolve_timeout : notice.ends_at;
  alert.starts_at = notice.starts_at == Timestamp{} ? std::min(now, alert.ends_at) : notice.starts_at;
  alert.updated_at = now;
  alert.generator_url = notice.generator_url;
  alert.confirmed = true;
  return alert;
}

/// Whether a saved alert must be written again: a mere refresh need not, since nothing expires right after a restart.
bool differs_when_saved(const RoutedAlert& before, const RoutedAlert& after) {
  if (before.told_resolved() != after.told_resolved()) return true;
  if (after.told_resolved() && before.ends_at != after.ends_at) return true;
  return before.starts_at != after.starts_at || before.annotations != after.annotations ||
         before.generator_url != after.generator_url || before.timeout != after.timeout;
}

Fingerprints shared(const Fingerprints& left, const Fingerprints& right) {
  Fingerprints out;
  std::ranges::set_intersection(left, right, std::back_inserter(out));
  return out;
}

}  // namespace

/// A group's alerts as one moment sees them; sorted for a body once one is needed.
struct Dispatcher::View {
  std::vector<ReportedAlert> alerts;
  Fingerprints firing;
  Fingerprints resolved;
  bool sorted = false;

  void sort() {
    if (std::exchange(sorted, true)) return;
    std::ranges::sort(alerts, reported_before, [](const ReportedAlert& a) -> const Labels& { return a.alert->labels; });
  }
};

Labels group_labels(const Labels& labels, std::span<const std::string> group_by) {
  if (std::ranges::find(group_by, "...") != group_by.end()) return labels;
  std::vector<std::string_view> names(group_by.begin(), group_by.end());
  return labels.only(names);
}

Timestamp next_on_grid(Timestamp point, Milliseconds step, Timestamp now) {
  if (point > now) return point;
  return point + ((now - point) / step + 1) * step;
}

bool DispatcherChanges::empty() const {
  return alerts.empty() && removed_alerts.empty() && groups.empty() && removed_groups.empty() && messages.empty();
}

Dispatcher::Dispatcher(RouteConfig route, std::vector<ReceiverConfig> receivers, DispatcherOptions options)
    : route_(std::move(route)), receivers_(std::move(receivers)), options_(std::move(options)) {}

Milliseconds Dispatcher::group_interval() const { return std::max(route_.group_interval, kShortest); }

Milliseconds Dispatcher::repeat_interval() const { return std::max(route_.repeat_interval, group_interval()); }

Timestamp Dispatcher::end_of(const RoutedAlert& alert) const {
  return alert.told_resolved() ? alert.ends_at : std::max(alert.ends_at, hold_until_);
}

std::string Dispatcher::key_of(const RoutedAlert& alert) const {
  return group_key(group_labels(alert.labels, route_.group_by));
}

void Dispatcher::hold_until(Timestamp until) { hold_until_ = std::max(hold_until_, until); }

void Dispatcher::receive(std::span<const AlertNotice> notices, Timestamp now) {
  for (const auto& notice : notices) receive(routed(notice, now, options_.resolve_timeout), now);
}

void Dispatcher::receive(RoutedAlert alert, Timestamp now) {
  const auto known = alerts_.find(alert.fingerprint);
  if (known == alerts_.end()) {
    // What ended before anyone heard of it is nobody's news; rules repeat resolved notices for a while.
    if (alert.told_resolved()) return;
    changed_alerts_.insert(alert.fingerprint);
    auto& group = place(alert, now);
    group.confirmed = true;
    alerts_.emplace(alert.fingerprint, std::move(alert));
    return;
  }
  alert = merge_updates(known->second, std::move(alert));
  if (differs_when_saved(known->second, alert)) changed_alerts_.insert(alert.fingerprint);
  if (!alert.told_resolved()) place(alert, now).confirmed = true;
  known->second = std::move(alert);
}

/// The group of an alert, made where there is none. One that has not been flushed does not wait for alerts that are
/// older than its wait already.
Dispatcher::Group& Dispatcher::place(const RoutedAlert& alert, Timestamp now) {
  const auto labels = group_labels(alert.labels, route_.group_by);
  const auto [position, added] = groups_.try_emplace(group_key(labels));
  auto& [key, group] = *position;
  if (added) {
    group.saved.labels = labels;
    group.saved.next_flush = now + route_.group_wait;
    changed_groups_.insert(key);
  }
  const bool waited = alert.starts_at + route_.group_wait < now;
  if (waited && !group.saved.flushed && group.saved.next_flush > now) {
    group.saved.next_flush = now;
    changed_groups_.insert(key);
  }
  group.alerts.insert(alert.fingerprint);
  return group;
}

DispatcherChanges Dispatcher::advance(Timestamp now) {
  for (auto& [key, group] : groups_) {
    if (group.saved.next_flush <= now) {
      flush(group, now);
    } else if (const auto due = next_repeat(group); due && *due <= now) {
      repeat(group, now);
    }
  }
  std::erase_if(groups_, [](const auto& item) { return item.second.alerts.empty(); });

  return take_changes();
}

DispatcherChanges Dispatcher::take_changes() {
  DispatcherChanges changes;
  for (const auto& id : std::exchange(changed_alerts_, {})) {
    const auto found = alerts_.find(id);
    found == alerts_.end() ? changes.removed_alerts.push_back(id) : changes.alerts.push_back(found->second);
  }
  for (const auto& key : std::exchange(changed_groups_, {})) {
    const auto found = groups_.find(key);
    found == groups_.end() ? changes.removed_groups.push_back(key) : changes.groups.push_back(found->second.saved);
  }
  changes.messages = std::exchange(messages_, {});
  return changes;
}

/// Decides for every integration, and lets go of the resolved alerts: each has been told whom it concerns.
void Dispatcher::flush(Group& group, Timestamp now) {
  if (!std::exchange(group.saved.flushed, true)) changed_groups_.insert(group_key(group.saved.labels));
  group.saved.next_flush = next_on_grid(group.saved.next_flush, group_interval(), now);
  auto view = look_at(group, now);
  for (const auto& target : targets(group)) consider(group, target, view, now);
  for (const auto& id : view.resolved) {
    group.alerts.erase(id);
    alerts_.erase(id);
    changed_alerts_.insert(id);
  }
  if (group.alerts.empty()) changed_groups_.insert(group_key(group.saved.labels));
  group.confirmed = std::ranges::any_of(group.alerts, [&](const std::string& id) { return alerts_.at(id).confirmed; });
}

/// Between flushes: only those integrations whose repeat is due.
void Dispatcher::repeat(Group& group, Timestamp now) {
  auto view = look_at(group, now);
  for (const auto& target : targets(group)) {
    const auto last = group.saved.ledger.find(target.to);
    if (!target.routed || last == group.saved.ledger.end() || last->second.firing.empty()) continue;
    if (last->second.time + repeat_interval() <= now) consider(group, target, view, now);
  }
}

Dispatcher::View Dispatcher::look_at(const Group& group, Timestamp now) const {
  View view;
  for (const auto& id : group.alerts) {
    const auto& alert = alerts_.at(id);
    const bool resolved = end_of(alert) <= now;
    (resolved ? view.resolved : view.firing).push_back(id);
    view.alerts.push_back({&alert, resolved ? std::optional(end_of(alert)) : std::nullopt});
  }
  return view;
}

std::vector<Dispatcher::Target> Dispatcher::targets(const Group& group) const {
  std::vector<Target> targets;
  for (Integration to{route_.receiver, 0}; const auto* webhook = find_webhook(receivers_, to); ++to.index) {
    targets.push_back({to, webhook, true});
  }
  for (const auto& [to, told] : group.saved.ledger) {
    const auto* webhook = find_webhook(receivers_, to);
    if (to.receiver == route_.receiver || told.firing.empty() || webhook == nullptr) continue;
    targets.push_back({to, webhook, false});
  }
  return targets;
}

std::optional<Timestamp> Dispatcher::next_repeat(const Group& group) const {
  std::optional<Timestamp> next;
  if (!group.confirmed) return next;
  for (const auto& [to, told] : group.saved.ledger) {
    if (to.receiver != route_.receiver || told.firing.empty()) continue;
    const auto due = told.time + repeat_interval();
    next = std::min(next.value_or(due), due);
  }
  return next;
}

std::optional<Timestamp> Dispatcher::next_wake() const {
  std::optional<Timestamp> next;
  for (const auto& [key, group] : groups_) {
    auto due = group.saved.next_flush;
    if (const auto repeat = next_repeat(group)) due = std::min(due, *repeat);
    next = std::min(next.value_or(due), due);
  }
  return next;
}

void Dispatcher::consider(Group& group, const Target& target, View& view, Timestamp now) {
  const auto& ledger = group.saved.ledger;
  const auto found = ledger.find(target.to);
  const auto* last = found == ledger.end() ? nullptr : &found->second;
  const auto& webhook = *target.webhook;
  auto firing = view.firing;
  auto resolved = view.resolved;
  auto repeat = repeat_interval();
  if (!target.routed) {
    firing = shared(firing, last->firing);
    resolved = shared(resolved, last->firing);
    repeat = kNever;
  }
  if (!group.confirmed && !firing.empty()) repeat = kNever;
  if (!has_news(last, firing, resolved, webhook, repeat, now)) return;

  Notification notification{target.to.receiver, group.saved.labels, options_.external_url, {}, webhook.max_alerts};
  view.sort();
  for (const auto& reported : view.alerts) {
    const auto& mentioned = reported.ended ? resolved : firing;
    const bool wanted = !reported.ended || webhook.send_resolved;
    if (wanted && std::ranges::binary_search(mentioned, reported.alert->fingerprint)) {
      notification.alerts.push_back(reported);
    }
  }
  auto key = group_key(group.saved.labels);
  changed_groups_.insert(key);
  if (!notification.alerts.empty()) {
    messages_.push_back({.to = target.to,
                         .group_key = std::move(key),
                         .body = render_body(notification),
                         .created = now,
                         .decided = now,
                         .next_try = now});
  }
  group.saved.ledger.insert_or_assign(target.to, LedgerEntry{now, std::move(firing), std::move(resolved)});
}

}  // namespace a2od
