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

}  // namespace

void Dispatcher::restore(DispatcherState state, Timestamp now) {
  hold_until(now + options_.restart_grace);
  for (auto& alert : state.alerts) {
    alert.confirmed = false;
    auto id = alert.fingerprint;
    alerts_.insert_or_assign(std::move(id), std::move(alert));
  }
  for (auto& group : state.groups) groups_[group_key(group.labels)].saved = std::move(group);
  forget_removed_receivers();
  regroup(now);
  for (auto& [key, group] : groups_) catch_up(group);
}

void Dispatcher::set_route(RouteConfig route, std::vector<ReceiverConfig> receivers, std::string external_url,
                           Timestamp now) {
  route_ = std::move(route);
  receivers_ = std::move(receivers);
  options_.external_url = std::move(external_url);
  forget_removed_receivers();
  regroup(now);
  for (auto& [key, group] : groups_) {
    const bool waited = std::ranges::any_of(
        group.alerts, [&](const std::string& id) { return alerts_.at(id).starts_at + route_.group_wait < now; });
    group.saved.flushed = false;
    group.saved.next_flush = waited ? now : now + route_.group_wait;
    changed_groups_.insert(key);
  }
}

void Dispatcher::forget_removed_receivers() {
  for (auto& [key, group] : groups_) {
    const auto erased = std::erase_if(
        group.saved.ledger, [&](const auto& entry) { return find_webhook(receivers_, entry.first) == nullptr; });
    if (erased != 0) changed_groups_.insert(key);
  }
}

/// Puts every alert into the group that the route wants; groups whose labels stay equal are kept as they are.
void Dispatcher::regroup(Timestamp now) {
  auto vanished = std::exchange(groups_, {});
  for (auto& [key, group] : vanished) {
    group.alerts.clear();
    group.confirmed = false;
  }
  for (const auto& [id, alert] : alerts_) {
    if (auto kept = vanished.extract(key_of(alert))) groups_.insert(std::move(kept));
    auto& group = place(alert, now);
    group.confirmed = group.confirmed || alert.confirmed;
  }
  for (const auto& [key, group] : vanished) {
    changed_groups_.insert(key);
    inherit(group);
  }
}

/// What a group told of alerts that are in other groups now is known there: it need not be told again, and its end is
/// still owed.
void Dispatcher::inherit(const Group& vanished) {
  for (const auto& [to, told] : vanished.saved.ledger) {
    for (const auto& id : told.firing) {
      const auto alert = alerts_.find(id);
      if (alert == alerts_.end()) continue;
      const auto key = key_of(alert->second);
      auto& entry = groups_.at(key).saved.ledger.try_emplace(to, LedgerEntry{told.time, {}, {}}).first->second;
      entry.time = std::min(entry.time, told.time);
      insert_sorted(entry.firing, id);
      changed_groups_.insert(key);
    }
  }
}

/// The flush that follows the last change, even if it passed while no one was there to do it.
void Dispatcher::catch_up(Group& group) {
  if (!group.saved.flushed) return;
  Timestamp newest{};
  for (const auto& id : group.alerts) newest = std::max(newest, alerts_.at(id).updated_at);
  group.saved.next_flush = next_on_grid(group.saved.next_flush, group_interval(), newest);
}

DispatcherState Dispatcher::state() const {
  DispatcherState state;
  for (const auto& [id, alert] : alerts_) state.alerts.push_back(alert);
  for (const auto& [key, group] : groups_) state.groups.push_back(group.saved);
  return state;
}

}  // namespace a2od
