#include "daemon/notify/dispatcher.hpp"

#include "daemon/notify/dedup.hpp"
#include "daemon/notify/flapping.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <algorithm>
#include <ranges>
#include <string_view>
#include <utility>

namespace a2od {
namespace {

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
  alert.from_others = notice.from_others;
  return alert;
}

/// Whether a saved alert must be written again: a mere refresh need not, since nothing expires right after a restart.
bool differs_when_saved(const RoutedAlert& before, const RoutedAlert& after) {
  if (before.told_resolved() != after.told_resolved()) return true;
  if (after.told_resolved() && before.ends_at != after.ends_at) return true;
  return before.starts_at != after.starts_at || before.annotations != after.annotations ||
         before.generator_url != after.generator_url || before.timeout != after.timeout ||
         before.acknowledgement != after.acknowledgement || before.from_others != after.from_others;
}

Fingerprints shared(const Fingerprints& left, const Fingerprints& right) {
  Fingerprints out;
  std::ranges::set_intersection(left, right, std::back_inserter(out));
  return out;
}

Fingerprints joined(const Fingerprints& left, const Fingerprints& right) {
  Fingerprints out;
  std::ranges::set_union(left, right, std::back_inserter(out));
  return out;
}

Fingerprints without(const Fingerprints& all, const Fingerprints& some) {
  Fingerprints out;
  std::ranges::set_difference(all, some, std::back_inserter(out));
  return out;
}

/// By itself or by escalation.
bool may_tell(const RouteConfig& route, const std::string& receiver) {
  return receiver == route.receiver ||
         std::ranges::any_of(route.escalate, [&](const EscalationStep& step) { return step.receiver == receiver; });
}

}  // namespace

/// A group's alerts as one moment sees them; sorted for a body once one is needed.
struct Dispatcher::View {
  std::vector<ReportedAlert> alerts;
  Fingerprints firing;
  Fingerprints unattended;  ///< of those, the ones that are not acknowledged
  Fingerprints resolved;
  Fingerprints flapping;       ///< of those that fire
  Fingerprints hidden_firing;  ///< silenced, inhibited or waiting for rules
  Fingerprints hidden_resolved;
  bool waiting = false;  ///< some are
  bool sorted = false;

  void sort() {
    if (std::exchange(sorted, true)) return;
    std::ranges::sort(alerts, reported_before, [](const ReportedAlert& a) -> const Labels& { return a.alert->labels; });
  }
};

std::string GroupState::id() const { return group_key(route, labels); }

Timestamp next_on_grid(Timestamp point, Milliseconds step, Timestamp now) {
  if (point > now) return point;
  return point + ((now - point) / step + 1) * step;
}

Timestamp next_full_minute(Timestamp now) {
  return std::chrono::floor<std::chrono::minutes>(now) + std::chrono::minutes(1);
}

bool DispatcherChanges::empty() const {
  return alerts.empty() && removed_alerts.empty() && groups.empty() && removed_groups.empty() && messages.empty();
}

Dispatcher::Dispatcher(Routing routing, DispatcherOptions options)
    : routes_(std::move(routing.route)),
      receivers_(std::move(routing.receivers)),
      time_intervals_(std::move(routing.time_intervals)),
      inhibition_(std::move(routing.inhibit_rules)),
      options_(std::move(options)) {}

Timestamp Dispatcher::end_of(const RoutedAlert& alert) const {
  return is_held(alert) ? std::max(alert.ends_at, hold_until_) : alert.ends_at;
}

/// Others mean the end that they name, once they have named it to this process.
bool Dispatcher::is_held(const RoutedAlert& alert) {
  return !alert.told_resolved() && !(alert.from_others && alert.confirmed);
}

void Dispatcher::hold_until(Timestamp until) { hold_until_ = std::max(hold_until_, until); }

void Dispatcher::receive(std::span<const AlertNotice> notices, Timestamp now) {
  for (const auto& notice : notices) receive(routed(notice, now, options_.resolve_timeout), now);
}

void Dispatcher::receive(RoutedAlert alert, Timestamp now) {
  const auto found = alerts_.find(alert.fingerprint);
  if (found == alerts_.end()) {
    // What ended before anyone heard of it is nobody's news; rules repeat resolved notices for a while.
    if (alert.told_resolved()) return;
    changed_alerts_.insert(alert.fingerprint);
    inhibition_.add(alert.fingerprint, alert.labels);
    auto& known = alerts_.emplace(alert.fingerprint, Known{}).first->second;
    known.alert = std::move(alert);
    known.places = places_of(known.alert.labels);
    place(known, known.places, now);
    return;
  }
  auto& known = found->second;
  alert = merge_updates(known.alert, std::move(alert));
  if (end_of(known.alert) > now && !alert.told_resolved()) alert.acknowledgement = known.alert.acknowledgement;
  if (!known.alert.confirmed) look_again(known, now);
  if (differs_when_saved(known.alert, alert)) changed_alerts_.insert(alert.fingerprint);
  known.alert = std::move(alert);
  if (!known.alert.told_resolved()) place(known, known.places, now);
}

std::vector<Dispatcher::Place> Dispatcher::places_of(const Labels& labels) const {
  std::vector<Place> places;
  for (const auto* route : routes_.taken_by(labels))
    places.push_back({route, group_key(route->id, group_labels(labels, route->config.group_by))});
  return places;
}

/// Into its group on each route, made where there is none. One that has not been flushed does not wait for alerts that
/// are older than its wait already.
void Dispatcher::place(Known& known, std::span<const Place> places, Timestamp now) {
  const auto& alert = known.alert;
  for (const auto& [route, id] : places) {
    const auto [position, added] = groups_.try_emplace(id);
    auto& group = position->second;
    if (added) {
      group.saved = {.route = route->id, .labels = group_labels(alert.labels, route->config.group_by)};
      group.saved.next_flush = now + route->config.group_wait;
      changed_groups_.insert(id);
    }
    group.route = route;
    const bool waited = alert.starts_at + route->config.group_wait < now;
    if (waited && !group.saved.flushed && group.saved.next_flush > now) {
      group.saved.next_flush = now;
      changed_groups_.insert(id);
    }
    group.confirmed = group.confirmed || alert.confirmed;
    group.alerts.insert(alert.fingerprint);
    known.groups.insert(id);
  }
}

void Dispatcher::delivered(const Integration& to, const std::string& group, Timestamp now) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  const auto entry = found->second.saved.ledger.find(to);
  if (entry == found->second.saved.ledger.end() || entry->second.time >= now) return;
  entry->second.time = now;
  changed_groups_.insert(group);
}

DispatcherChanges Dispatcher::advance(Timestamp now) {
  for (auto& [id, group] : groups_) {
    if (group.saved.next_flush <= now) {
      flush(group, now);
    } else if (group.debts_due && *group.debts_due <= now) {
      tell(group, now);
    } else if (const auto due = next_reminder(group); due && *due <= now) {
      remind(group, now);
    }
  }
  std::erase_if(groups_, [](const auto& item) { return item.second.alerts.empty(); });
  return take_changes();
}

DispatcherChanges Dispatcher::take_changes() {
  DispatcherChanges changes;
  for (const auto& id : std::exchange(changed_alerts_, {})) {
    const auto found = alerts_.find(id);
    found == alerts_.end() ? changes.removed_alerts.push_back(id) : changes.alerts.push_back(found->second.alert);
  }
  for (const auto& id : std::exchange(changed_groups_, {})) {
    const auto found = groups_.find(id);
    found == groups_.end() ? changes.removed_groups.push_back(id) : changes.groups.push_back(found->second.saved);
  }
  changes.messages = std::exchange(messages_, {});
  changes.escalations = std::exchange(escalations_, {});
  return changes;
}

void Dispatcher::flush(Group& group, Timestamp now) {
  if (!std::exchange(group.saved.flushed, true)) changed_groups_.insert(group.saved.id());
  group.saved.next_flush = next_on_grid(group.saved.next_flush, group.route->group_interval(), now);
  tell(group, now);
}

/// Decides for every integration.
void Dispatcher::tell(Group& group, Timestamp now) {
  auto view = look_at(group, now);
  const bool muted = !muted_by(*group.route, now).empty();
  if (!muted)
    for (const auto& target : targets(group, view, now)) consider(group, target, view, now);
  release(group, view, muted, now);
  hold_back(group, view);
  set_reminders(group, now);
}

/// What waits for rules is decided on when they were evaluated, or the time for that is over.
void Dispatcher::hold_back(Group& group, const View& view) const {
  if (!view.waiting) return;
  group.held_back = true;
  group.debts_due = std::min(group.debts_due.value_or(await_until_), await_until_);
}

/// Lets go of the resolved alerts: each has been told whom it concerns, unless the route is muted. Then those stay
/// whose end is owed.
void Dispatcher::release(Group& group, const View& view, bool muted, Timestamp now) {
  group.debts_due.reset();
  const auto id = group.saved.id();
  for (const auto& alert : joined(view.resolved, view.hidden_resolved)) {
    if (muted && owes_end_of(group, alert)) {
      group.debts_due = next_full_minute(now);
      continue;
    }
    group.alerts.erase(alert);
    group.saved.told.erase(alert);
    const auto known = alerts_.find(alert);
    known->second.groups.erase(id);
    if (!known->second.groups.empty()) continue;
    inhibition_.remove(alert, known->second.alert.labels);
    alerts_.erase(known);
    changed_alerts_.insert(alert);
  }
  if (group.alerts.empty()) changed_groups_.insert(id);
  group.confirmed =
      std::ranges::any_of(group.alerts, [&](const std::string& alert) { return alerts_.at(alert).alert.confirmed; });
}

bool Dispatcher::owes_end_of(const Group& group, const std::string& alert) const {
  return std::ranges::any_of(group.saved.ledger, [&](const auto& item) {
    const auto& [to, told] = item;
    const auto* config = find_integration(receivers_, to);
    return config != nullptr && sends_resolved(*config) && std::ranges::binary_search(told.firing, alert);
  });
}

/// Between flushes: only those integrations whose repeat is due, or to whom it is escalated now.
void Dispatcher::remind(Group& group, Timestamp now) {
  if (muted_by(*group.route, now).empty()) {
    auto view = look_at(group, now);
    for (const auto& target : targets(group, view, now))
      if (is_reminded(group, target, now)) consider(group, target, view, now);
    hold_back(group, view);
  }
  set_reminders(group, now);
}

bool Dispatcher::is_reminded(const Group& group, const Target& target, Timestamp now) {
  if (!target.routed) return false;
  const auto last = group.saved.ledger.find(target.to);
  if (last == group.saved.ledger.end()) return !target.overdue.empty();
  const auto& told = last->second;
  if (!std::ranges::includes(told.firing, target.overdue)) return true;
  return !told.firing.empty() && told.time + group.route->repeat_interval() <= now;
}

/// A repeat that is due and was not told now, since all is muted, silenced or acknowledged, waits for the next flush or
/// the end of an acknowledgement.
void Dispatcher::set_reminders(Group& group, Timestamp now) const {
  if (const auto due = next_repeat(group); due && *due <= now)
    group.no_repeat_before = std::min(group.saved.next_flush, next_expiry(group, now));
  group.escalation_due = next_escalation(group, now);
}

/// Ids of silences, and of maintenance.
std::vector<std::string> Dispatcher::silenced_by(const Labels& labels, Timestamp now, Silences::Known& silences,
                                                 Maintenance::Known& maintenance) const {
  std::vector<std::string> ids;
  if (options_.silences != nullptr) ids = options_.silences->silencing(labels, now, silences);
  if (options_.maintenance != nullptr)
    std::ranges::move(options_.maintenance->suppressing(labels, now, maintenance), std::back_inserter(ids));
  return ids;
}

Suppression Dispatcher::suppression(const Known& known, Timestamp now) const {
  Suppression found;
  found.silenced_by = silenced_by(known.alert.labels, now, known.silences, known.maintenance);
  const auto source = inhibition_.inhibiting(known.alert.fingerprint, [&](const std::string& id) {
    const auto other = alerts_.find(id);
    return other != alerts_.end() && end_of(other->second.alert) > now;
  });
  if (source) found.inhibited_by.push_back(*source);
  return found;
}

/// Empty where messages are sent: names of mute intervals that it is, and of the active ones if it is in none of them.
std::vector<std::string> Dispatcher::muted_by(const Route& route, Timestamp now) const {
  const auto contains = [&](const std::string& name) {
    const auto interval = std::ranges::find(time_intervals_, name, &NamedTimeInterval::name);
    return interval != time_intervals_.end() && interval->contains(now);
  };
  const auto& active = route.config.active_time_intervals;
  std::vector<std::string> names;
  if (!active.empty() && std::ranges::none_of(active, contains)) names = active;
  for (const auto& name : route.config.mute_time_intervals)
    if (contains(name)) names.push_back(name);
  return names;
}

Dispatcher::View Dispatcher::look_at(const Group& group, Timestamp now) const {
  View view;
  for (const auto& id : group.alerts) {
    const auto& known = alerts_.at(id);
    const auto& alert = known.alert;
    const bool resolved = end_of(alert) <= now;
    const bool waiting = !resolved && waits(alert, now);
    const bool hidden = waiting || suppression(known, now).any();
    view.waiting = view.waiting || waiting;
    if (resolved)
      (hidden ? view.hidden_resolved : view.resolved).push_back(id);
    else
      (hidden ? view.hidden_firing : view.firing).push_back(id);
    if (!resolved && !hidden && alert.annotations.contains(kFlapping)) view.flapping.push_back(id);
    view.alerts.push_back({&alert, resolved ? std::optional(end_of(alert)) : std::nullopt});
  }
  view.unattended = unattended(view.firing, now);
  return view;
}

/// The route's receiver, those to whom it is escalated, and all others that were told before.
std::vector<Dispatcher::Target> Dispatcher::targets(const Group& group, const View& view, Timestamp now) const {
  std::vector<Target> targets;
  const auto add = [&](const std::string& name, const Fingerprints& overdue, std::size_t step) {
    const auto receiver = std::ranges::find(receivers_, name, &ReceiverConfig::name);
    if (receiver == receivers_.end()) return;
    for (auto& to : integrations_of(*receiver))
      targets.push_back({to, find_integration(receivers_, to), true, overdue, std::exchange(step, 0)});
  };
  const auto& route = group.route->config;
  add(route.receiver, {}, 0);
  for (std::size_t i = 0; i < route.escalate.size(); ++i) {
    const auto& step = route.escalate[i];
    const auto overdue_now = overdue(group, view.unattended, step.after, now);
    if (!overdue_now.empty() && step.receiver != route.receiver) add(step.receiver, overdue_now, i + 1);
  }
  for (const auto& [to, told] : group.saved.ledger) {
    const auto* config = find_integration(receivers_, to);
    const bool listed = std::ranges::find(targets, to, &Target::to) != targets.end();
    if (listed || told.firing.empty() || config == nullptr) continue;
    targets.push_back({to, config, false});
  }
  return targets;
}

std::vector<Dispatcher::Target> Dispatcher::targets(const Group& group, Timestamp now) const {
  return targets(group, look_at(group, now), now);
}

std::optional<Timestamp> Dispatcher::next_repeat(const Group& group) {
  std::optional<Timestamp> next;
  if (!group.confirmed) return next;
  for (const auto& [to, told] : group.saved.ledger) {
    if (!may_tell(group.route->config, to.receiver) || told.firing.empty()) continue;
    const auto due = std::max(told.time + group.route->repeat_interval(), group.no_repeat_before);
    next = std::min(next.value_or(due), due);
  }
  return next;
}

std::optional<Timestamp> Dispatcher::next_reminder(const Group& group) {
  const auto repeat = next_repeat(group);
  if (!repeat || !group.escalation_due) return repeat ? repeat : group.escalation_due;
  return std::min(repeat, group.escalation_due);
}

Timestamp Dispatcher::next_due(const Group& group) {
  auto due = group.saved.next_flush;
  if (const auto reminder = next_reminder(group)) due = std::min(due, *reminder);
  return std::min(due, group.debts_due.value_or(due));
}

std::optional<Timestamp> Dispatcher::next_wake() const {
  std::optional<Timestamp> next;
  for (const auto& [id, group] : groups_) {
    const auto due = next_due(group);
    next = std::min(next.value_or(due), due);
  }
  return next;
}

void Dispatcher::consider(Group& group, const Target& target, View& view, Timestamp now) {
  const auto& ledger = group.saved.ledger;
  const auto found = ledger.find(target.to);
  const auto* last = found == ledger.end() ? nullptr : &found->second;
  const bool send_resolved = sends_resolved(*target.config);
  auto firing = view.firing;
  auto resolved = view.resolved;
  auto repeat = group.route->repeat_interval();
  // What was told before and is silenced or inhibited now: it is not mentioned, but its end is.
  Fingerprints kept;
  LedgerEntry told;
  auto flapping = view.flapping;
  bool flaps_otherwise = false;
  if (last != nullptr) {
    // Of those that fire still, to say that one flaps, or flaps no more, is news.
    const auto still = shared(last->firing, firing);
    flaps_otherwise = target.routed && shared(flapping, still) != shared(last->flapping, still);
    resolved = joined(resolved, shared(view.hidden_resolved, last->firing));
    kept = shared(view.hidden_firing, last->firing);
    flapping = joined(flapping, shared(last->flapping, kept));
    told = {last->time, without(last->firing, kept), last->resolved};
  }
  if (!target.routed) {
    firing = shared(firing, told.firing);
    resolved = shared(resolved, told.firing);
    repeat = kNever;
  }
  if (!group.confirmed && !firing.empty()) repeat = kNever;
  if (shared(firing, view.unattended).empty()) repeat = kNever;
  if (!flaps_otherwise && !has_news(last == nullptr ? nullptr : &told, firing, resolved, send_resolved, repeat, now))
    return;

  Notification notification{.receiver = target.to.receiver,
                            .group_key = group_key(group.route->key, group.saved.labels),
                            .group_labels = group.saved.labels,
                            .external_url = options_.external_url,
                            .alerts = {},
                            .max_alerts = most_alerts(*target.config),
                            .route_labels = group.route->config.labels};
  view.sort();
  for (const auto& reported : view.alerts) {
    const auto& mentioned = reported.ended ? resolved : firing;
    const bool wanted = !reported.ended || send_resolved;
    if (wanted && std::ranges::binary_search(mentioned, reported.alert->fingerprint)) {
      notification.alerts.push_back(reported);
    }
  }
  auto id = group.saved.id();
  changed_groups_.insert(id);
  if (!notification.alerts.empty()) {
    messages_.push_back({.to = target.to,
                         .group_key = std::move(id),
                         .body = render_body(notification),
                         .created = now,
                         .decided = now,
                         .next_try = now});
  }
  for (const auto& alert : firing) group.saved.told.try_emplace(alert, now);
  if (target.step != 0) note_escalation(group, target, last);
  group.saved.ledger.insert_or_assign(target.to,
                                      LedgerEntry{now, joined(firing, kept), std::move(resolved), std::move(flapping)});
}

const DispatcherView::Alert* DispatcherView::find(std::string_view fingerprint) const {
  const auto by_fingerprint = [](const Alert& shown) -> std::string_view { return shown.alert->fingerprint; };
  const auto found = std::ranges::lower_bound(alerts, fingerprint, {}, by_fingerprint);
  return found == alerts.end() || found->alert->fingerprint != fingerprint ? nullptr : &*found;
}

DispatcherView Dispatcher::view(Timestamp now) const {
  DispatcherView view{.receivers = receivers_};
  std::vector<const Known*> sorted;
  sorted.reserve(alerts_.size());
  for (const auto& [id, known] : alerts_) sorted.push_back(&known);
  std::ranges::sort(sorted, {}, [](const Known* known) -> const std::string& { return known->alert.fingerprint; });
  view.alerts.reserve(sorted.size());
  for (const auto* known : sorted) {
    auto& shown = view.alerts.emplace_back(&known->alert, end_of(known->alert));
    shown.suppression = suppression(*known, now);
    shown.receivers.reserve(known->places.size());
    for (const auto& place : known->places) shown.receivers.push_back(place.route->config.receiver);
  }
  for (const auto& [id, group] : groups_)
    view.groups.push_back({.id = id,
                           .receiver = group.route->config.receiver,
                           .labels = group.saved.labels,
                           .route_labels = group.route->config.labels,
                           .muted_by = muted_by(*group.route, now),
                           .alerts = {group.alerts.begin(), group.alerts.end()}});
  return view;
}

}  // namespace a2od
