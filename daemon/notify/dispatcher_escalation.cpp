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

/// When the next step of its escalation may have to be taken. What silences or mutes an alert now is looked at again
/// when the group is flushed.
std::optional<Timestamp> Dispatcher::next_escalation(const Group& group, Timestamp now) const {
  std::optional<Timestamp> next;
  if (group.route->config.escalate.empty()) return next;
  for (const auto& id : group.alerts) {
    const auto since = told_since(group, id);
    if (!since) continue;
    const auto& acknowledgement = alerts_.at(id).alert.acknowledgement;
    for (const auto& step : group.route->config.escalate) {
      const auto due = std::max(*since + step.after, acknowledgement ? acknowledgement->expires_at : Timestamp{});
      if (due > now) next = std::min(next.value_or(due), due);
    }
  }
  return next;
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
