// The dispatcher over restarts and reloads: grouping anew without forgetting what was told.
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

void insert_sorted(Fingerprints& into, const std::string& id) {
  const auto position = std::ranges::lower_bound(into, id);
  if (position == into.end() || *position != id) into.insert(position, id);
}

/// By how much the clock was set back since the state was saved: nothing in it that has happened is ahead of now.
Milliseconds set_back(const DispatcherState& state, Timestamp now) {
  auto latest = now;
  for (const auto& alert : state.alerts) latest = std::max(latest, alert.updated_at);
  for (const auto& group : state.groups)
    for (const auto& [to, told] : group.ledger) latest = std::max(latest, told.time);
  return latest - now;
}

/// As if it had been saved that much earlier.
void shift(DispatcherState& state, Milliseconds by) {
  for (auto& alert : state.alerts)
    for (auto* time : {&alert.starts_at, &alert.ends_at, &alert.updated_at}) *time -= by;
  for (auto& group : state.groups) {
    group.next_flush -= by;
    for (auto& [to, told] : group.ledger) told.time -= by;
    for (auto& [alert, since] : group.told) since -= by;
  }
}

}  // namespace

Milliseconds Dispatcher::restore(DispatcherState state, Timestamp now) {
  hold_until(now + options_.restart_grace);
  const auto by = set_back(state, now);
  if (by > Milliseconds(0)) {
    shift(state, by);
    for (const auto& alert : state.alerts) changed_alerts_.insert(alert.fingerprint);
    for (const auto& group : state.groups) changed_groups_.insert(group.id());
  }
  for (auto& alert : state.alerts) {
    alert.confirmed = false;
    inhibition_.add(alert.fingerprint, alert.labels);
    auto id = alert.fingerprint;
    alerts_.insert_or_assign(std::move(id), Known{.alert = std::move(alert), .groups = {}});
  }
  for (auto& group : state.groups) {
    auto id = group.id();
    groups_[std::move(id)].saved = std::move(group);
  }
  forget_removed_receivers();
  regroup(now);
  for (auto& [id, group] : groups_) catch_up(group);
  return by;
}

void Dispatcher::await_rules(std::vector<Labels> rules, Timestamp until, Timestamp now) {
  await_until_ = until;
  if (rules == awaited_) return;
  awaited_ = std::move(rules);
  inhibition_.expect(awaited_);
  for (auto& [id, group] : groups_) {
    if (!std::exchange(group.held_back, false)) continue;
    group.debts_due = now;
    group.no_repeat_before = {};
  }
}

bool Dispatcher::waits(const RoutedAlert& alert, Timestamp now) const {
  if (now >= await_until_ || awaited_.empty() || alert.from_others) return false;
  const auto may_make = [&](const Labels& rule) {
    return std::ranges::all_of(
        rule.pairs(), [&](const Labels::Pair& label) { return alert.labels.get(label.first) == label.second; });
  };
  return (!alert.confirmed && std::ranges::any_of(awaited_, may_make)) || inhibition_.may_inhibit(alert.fingerprint);
}

void Dispatcher::set_routing(Routing routing, Milliseconds resolve_timeout, std::string external_url, Timestamp now) {
  routes_ = Routes(std::move(routing.route));
  receivers_ = std::move(routing.receivers);
  time_intervals_ = std::move(routing.time_intervals);
  inhibition_ = Inhibition(std::move(routing.inhibit_rules));
  for (const auto& [id, known] : alerts_) inhibition_.add(id, known.alert.labels);
  inhibition_.expect(awaited_);
  options_.resolve_timeout = resolve_timeout;
  options_.external_url = std::move(external_url);
  forget_removed_receivers();
  regroup(now);
  for (auto& [id, group] : groups_) {
    const auto wait = group.route->config.group_wait;
    const bool waited = std::ranges::any_of(
        group.alerts, [&](const std::string& alert) { return alerts_.at(alert).alert.starts_at + wait < now; });
    group.saved.flushed = false;
    group.saved.next_flush = waited ? now : now + wait;
    group.escalation_due = now;
    changed_groups_.insert(id);
  }
}

void Dispatcher::forget_removed_receivers() {
  for (auto& [id, group] : groups_) {
    const auto erased = std::erase_if(
        group.saved.ledger, [&](const auto& entry) { return find_integration(receivers_, entry.first) == nullptr; });
    if (erased != 0) changed_groups_.insert(id);
  }
}

/// Puts every alert into the groups that its routes want; groups whose route and labels stay equal are kept as they
/// are.
void Dispatcher::regroup(Timestamp now) {
  auto vanished = std::exchange(groups_, {});
  for (auto& [id, group] : vanished) {
    group.alerts.clear();
    group.route = nullptr;
    group.confirmed = false;
  }
  for (auto& [id, known] : alerts_) {
    known.places = places_of(known.alert.labels);
    for (const auto& place : known.places)
      if (auto kept = vanished.extract(place.group)) groups_.insert(std::move(kept));
    known.groups.clear();
    place(known, places_that_owe(known, now), now);
  }
  for (const auto& [id, group] : vanished) {
    changed_groups_.insert(id);
    inherit(group);
  }
  std::erase_if(groups_, [&](const auto& item) {
    const bool left = item.second.alerts.empty();
    if (left) changed_groups_.insert(item.first);
    return left;
  });
}

/// An alert that has ended is only in groups that have still to tell its end: others may have told it. Where none is
/// known, what a vanished group owes is inherited by any.
std::vector<Dispatcher::Place> Dispatcher::places_that_owe(const Known& known, Timestamp now) const {
  if (end_of(known.alert) > now) return known.places;
  auto places = known.places;
  std::erase_if(places, [&](const Place& place) {
    const auto group = groups_.find(place.group);
    return group == groups_.end() || std::ranges::none_of(group->second.saved.ledger, [&](const auto& entry) {
             return std::ranges::binary_search(entry.second.firing, known.alert.fingerprint);
           });
  });
  return places.empty() ? known.places : places;
}

/// What a group told of alerts that are in other groups now is known there: it need not be told again, and its end is
/// still owed. The group whose route leads to the same receiver takes it over, else any.
void Dispatcher::inherit(const Group& vanished) {
  for (const auto& [to, told] : vanished.saved.ledger) {
    for (const auto& alert : told.firing) {
      const auto known = alerts_.find(alert);
      if (known == alerts_.end() || known->second.groups.empty()) continue;
      const auto& groups = known->second.groups;
      const auto same_receiver = std::ranges::find_if(
          groups, [&](const std::string& id) { return groups_.at(id).route->config.receiver == to.receiver; });
      const auto& heir = same_receiver == groups.end() ? *groups.begin() : *same_receiver;
      auto& entry = groups_.at(heir).saved.ledger.try_emplace(to, LedgerEntry{told.time, {}, {}}).first->second;
      entry.time = std::min(entry.time, told.time);
      insert_sorted(entry.firing, alert);
      const auto since = vanished.saved.told.find(alert);
      groups_.at(heir).saved.told.try_emplace(alert, since == vanished.saved.told.end() ? told.time : since->second);
      if (std::ranges::binary_search(told.flapping, alert)) insert_sorted(entry.flapping, alert);
      changed_groups_.insert(heir);
    }
  }
}

/// The flush that follows the last change, even if it passed while no one was there to do it.
void Dispatcher::catch_up(Group& group) {
  if (!group.saved.flushed) return;
  Timestamp newest{};
  for (const auto& alert : group.alerts) newest = std::max(newest, alerts_.at(alert).alert.updated_at);
  group.saved.next_flush = next_on_grid(group.saved.next_flush, group.route->group_interval(), newest);
}

DispatcherState Dispatcher::state() const {
  DispatcherState state;
  for (const auto& [id, known] : alerts_) state.alerts.push_back(known.alert);
  for (const auto& [id, group] : groups_) state.groups.push_back(group.saved);
  return state;
}

}  // namespace a2od
