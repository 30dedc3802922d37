// The dispatcher's acknowledgements, and who else is told of what nobody takes care of.
#include "daemon/notify/dispatcher.hpp"

#include <algorithm>

namespace a2od {
namespace {

bool is_acknowledged(const RoutedAlert& alert, Timestamp now) {
  return alert.acknowledgement && alert.acknowledgement->expires_at > now;
}

bool selects(const AlertSelection& selection, const RoutedAlert& alert) {
  return selection.fingerprint.empty() ? matches_all(selection.matchers, alert.labels)
                                       : selection.fingerprint == alert.fingerprint;
}

}  // namespace

std::vector<AcknowledgedAlert> Dispatcher::acknowledge(const AlertSelection& selection,
                                                       const Acknowledgement& acknowledgement, Timestamp now) {
  std::vector<AcknowledgedAlert> taken;
  for (auto& [id, known] : alerts_) {
    if (!selects(selection, known.alert) || end_of(known.alert) <= now) continue;
    known.alert.acknowledgement = acknowledgement;
    changed_alerts_.insert(id);
    look_again(known, now);
    taken.push_back({id, known.alert.labels, acknowledgement});
  }
  std::ranges::sort(taken, {}, &AcknowledgedAlert::labels);
  return taken;
}

bool Dispatcher::withdraw_acknowledgement(const std::string& fingerprint, Timestamp now) {
  const auto found = alerts_.find(fingerprint);
  if (found == alerts_.end() || !is_acknowledged(found->second.alert, now)) return false;
  found->second.alert.acknowledgement.reset();
  changed_alerts_.insert(fingerprint);
  look_again(found->second, now);
  return true;
}

std::vector<AcknowledgedAlert> Dispatcher::acknowledged(Timestamp now) const {
  std::vector<AcknowledgedAlert> found;
  for (const auto& [id, known] : alerts_) {
    const auto& alert = known.alert;
    if (is_acknowledged(alert, now) && end_of(alert) > now) found.push_back({id, alert.labels, *alert.acknowledgement});
  }
  std::ranges::sort(found, {}, &AcknowledgedAlert::labels);
  return found;
}

/// What an acknowledgement held back may be due, and what is due may be held back.
void Dispatcher::look_again(const Known& known, Timestamp now) {
  for (const auto& id : known.groups) {
    auto& group = groups_.at(id);
    group.no_repeat_before = {};
    group.escalation_due = now;
  }
}

Fingerprints Dispatcher::unattended(const Fingerprints& firing, Timestamp now) const {
  Fingerprints out;
  std::ranges::copy_if(firing, std::back_inserter(out),
                       [&](const std::string& id) { return !is_acknowledged(alerts_.at(id).alert, now); });
  return out;
}

/// Since when receivers know that it fires: not of an earlier time that it did, nor before its sender has confirmed,
/// after a restart, that it still does.
std::optional<Timestamp> Dispatcher::told_since(const Group& group, const std::string& alert) const {
  const auto told = group.saved.told.find(alert);
  const auto known = alerts_.find(alert);
  if (told == group.saved.told.end() || known == alerts_.end() || !known->second.alert.confirmed) return std::nullopt;
  return std::max(told->second, known->second.alert.starts_at);
}

Fingerprints Dispatcher::overdue(const Group& group, const Fingerprints& unattended, Milliseconds after,
                                 Timestamp now) const {
  Fingerprints out;
  std::ranges::copy_if(unattended, std::back_inserter(out), [&](const std::string& id) {
    const auto since = told_since(group, id);
    return since && *since + after <= now;
  });
  return out;
}

/// When the next step of its escalation may have to be taken. One that is due already is kept back by what silences,
/// inhibits or mutes the alert, and is looked at again when that may have ended.
std::optional<Timestamp> Dispatcher::next_escalation(const Group& group, Timestamp now) const {
  std::optional<Timestamp> next;
  if (group.route->config.escalate.empty()) return next;
  for (const auto& id : group.alerts) {
    const auto since = told_since(group, id);
    const auto& known = alerts_.at(id);
    if (!since || end_of(known.alert) <= now) continue;
    const auto& acknowledgement = known.alert.acknowledgement;
    for (const auto& step : group.route->config.escalate) {
      auto due = std::max(*since + step.after, acknowledgement ? acknowledgement->expires_at : Timestamp{});
      if (due <= now) {
        if (was_told(group, step.receiver, id)) continue;
        due = next_release(known, now);
      }
      next = std::min(next.value_or(due), due);
    }
  }
  return next;
}

/// Of this alert, by each of its integrations.
bool Dispatcher::was_told(const Group& group, const std::string& receiver, const std::string& alert) const {
  const auto config = std::ranges::find(receivers_, receiver, &ReceiverConfig::name);
  if (config == receivers_.end()) return true;
  return std::ranges::all_of(integrations_of(*config), [&](const Integration& to) {
    const auto told = group.saved.ledger.find(to);
    return told != group.saved.ledger.end() && std::ranges::binary_search(told->second.firing, alert);
  });
}

/// When what keeps an alert back may have ended: with the minute, as time intervals do, or with a silence.
Timestamp Dispatcher::next_release(const Known& known, Timestamp now) const {
  auto next = next_full_minute(now);
  if (options_.silences == nullptr) return next;
  for (const auto& id : options_.silences->silencing(known.alert.labels, now, known.silences))
    next = std::min(next, options_.silences->find(id)->ends_at);
  return next;
}

/// Of each alert that its receiver did not know of.
void Dispatcher::note_escalation(const Group& group, const Target& target, const LedgerEntry* last) {
  const auto& step = group.route->config.escalate.at(target.step - 1);
  for (const auto& id : target.overdue) {
    if (last != nullptr && std::ranges::binary_search(last->firing, id)) continue;
    escalations_.push_back({alerts_.at(id).alert.labels, target.step, step.after, step.receiver, group.saved.id()});
  }
}

/// When an acknowledgement in the group ends next.
Timestamp Dispatcher::next_expiry(const Group& group, Timestamp now) const {
  auto next = Timestamp::max();
  for (const auto& id : group.alerts) {
    const auto& alert = alerts_.at(id).alert;
    if (is_acknowledged(alert, now)) next = std::min(next, alert.acknowledgement->expires_at);
  }
  return next;
}

}  // namespace a2od
