#include "rules/alerting/alert_states.hpp"

#include <algorithm>

namespace a2od {
namespace {

/// A pending alert's time is written down this often, so that a crash costs no more of it.
constexpr Milliseconds kPendingTimeKept = std::chrono::minutes(5);

/// Time that does not count: as if the alert had become active, and had begun to be kept firing, so much later.
void postpone(ActiveAlert& alert, Milliseconds by) {
  if (alert.state == AlertState::pending) alert.active_at += by;
  if (alert.keep_firing_since) *alert.keep_firing_since += by;
}

/// What passed since the alert's time was counted last, where that is known.
Milliseconds uncounted(const ActiveAlert& alert, Timestamp at) {
  return alert.counted_until == Timestamp{} ? Milliseconds(0) : at - alert.counted_until;
}

/// After a restart the time of the outage does not count; that of an ordinary interval, as at a reload, does.
bool follows_an_outage(const TrackedAlert& tracked, Timestamp at, const AlertTiming& timing) {
  return tracked.restored && uncounted(tracked.alert, at) > 2 * timing.interval;
}

bool needs_sending(const ActiveAlert& alert, Timestamp at, Milliseconds resend_delay) {
  if (alert.state == AlertState::pending) return false;
  if (alert.resolved_at && *alert.resolved_at > alert.last_sent_at) return true;
  const bool clock_was_set_back = alert.last_sent_at > at;
  return clock_was_set_back || alert.last_sent_at + resend_delay < at;
}

}  // namespace

bool is_active(const ActiveAlert& alert) { return alert.state != AlertState::inactive; }

AlertStates::Presence AlertStates::merge(const Labels& labels, const AlertRow& row, Timestamp at) {
  const auto known = alerts_.find(labels);
  if (known != alerts_.end() && is_active(known->second.alert)) {
    TrackedAlert& tracked = known->second;
    tracked.alert.value = row.value;
    tracked.alert.annotations = row.annotations;
    tracked.output = row.output;
    tracked.seen_at = at;
    return Presence::known;
  }
  TrackedAlert fresh;
  fresh.alert.labels = labels;
  fresh.alert.annotations = row.annotations;
  fresh.alert.value = row.value;
  fresh.alert.active_at = at;
  fresh.output = row.output;
  fresh.seen_at = at;
  alerts_.insert_or_assign(labels, std::move(fresh));
  changed_ = true;
  return Presence::fresh;
}

void AlertStates::update(const AlertRows& rows, Timestamp at, const AlertTiming& timing, const Judge& judge) {
  std::map<Labels, Presence> present;
  for (const auto& [labels, row] : rows) present.emplace(labels, merge(labels, row, at));
  for (auto next = alerts_.begin(); next != alerts_.end();) {
    const auto current = next++;
    TrackedAlert& tracked = current->second;
    ActiveAlert& alert = tracked.alert;
    const auto found = present.find(current->first);
    const Presence presence = found == present.end() ? Presence::absent : found->second;
    const bool was_active = is_active(alert) && presence != Presence::fresh;
    const bool skips = was_active && follows_an_outage(tracked, at, timing);
    const bool is_held = was_active && judge(tracked, presence == Presence::known) == Judgement::held;
    const bool clock_was_set_back = uncounted(alert, at) < Milliseconds(0);
    if (skips || is_held || clock_was_set_back) postpone(alert, uncounted(alert, at));
    set_held(alert, is_held);
    if (presence != Presence::absent) {
      alert.keep_firing_since.reset();
    } else if (!is_held && leave(tracked, at, timing)) {
      alerts_.erase(current);
      changed_ = true;
      continue;
    }
    if (!is_active(alert)) continue;
    if (!is_held) advance(alert, at, timing);
    alert.counted_until = at;
  }
}

void AlertStates::hold_all(Timestamp at) {
  for (auto& [labels, tracked] : alerts_) {
    if (!is_active(tracked.alert)) continue;
    postpone(tracked.alert, uncounted(tracked.alert, at));
    set_held(tracked.alert, true);
    tracked.alert.counted_until = at;
  }
}

void AlertStates::set_held(ActiveAlert& alert, bool held) {
  if (alert.held == held) return;
  alert.held = held;
  changed_ = true;
}

void AlertStates::advance(ActiveAlert& alert, Timestamp at, const AlertTiming& timing) {
  if (alert.state != AlertState::pending || at - alert.active_at < timing.hold_for) return;
  alert.state = AlertState::firing;
  alert.fired_at = at;
  changed_ = true;
}

/// The expression no longer yields the alert. Returns whether it can be forgotten.
bool AlertStates::leave(TrackedAlert& tracked, Timestamp at, const AlertTiming& timing) {
  ActiveAlert& alert = tracked.alert;
  if (alert.state == AlertState::firing && timing.keep_firing_for > Milliseconds(0)) {
    if (!alert.keep_firing_since) {
      alert.keep_firing_since = at;
      changed_ = true;
    }
    if (at - *alert.keep_firing_since < timing.keep_firing_for) return false;
  }
  if (alert.state == AlertState::pending) return true;
  if (alert.resolved_at && at - *alert.resolved_at > kResolvedRetention) return true;
  if (!is_active(alert)) return false;
  alert.state = AlertState::inactive;
  alert.resolved_at = at;
  tracked.restored = false;
  changed_ = true;
  return false;
}

void AlertStates::restore(TrackedAlert alert) {
  alert.restored = is_active(alert.alert);
  const Labels labels = alert.alert.labels;
  alerts_.insert_or_assign(labels, std::move(alert));
}

std::size_t AlertStates::active_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(alerts_, [](const auto& entry) { return is_active(entry.second.alert); }));
}

bool AlertStates::take_changed(Timestamp at) {
  const bool pending =
      std::ranges::any_of(alerts_, [](const auto& entry) { return entry.second.alert.state == AlertState::pending; });
  if (!changed_ && !(pending && at - reported_at_ >= kPendingTimeKept)) return false;
  changed_ = false;
  reported_at_ = at;
  return true;
}

std::vector<AlertNotice> AlertStates::take_notices(Timestamp at, const Sending& sending) {
  std::vector<AlertNotice> notices;
  for (auto& [labels, tracked] : alerts_) {
    ActiveAlert& alert = tracked.alert;
    if (!needs_sending(alert, at, sending.resend_delay)) continue;
    alert.last_sent_at = at;
    alert.valid_until = at + 4 * std::max(sending.interval, sending.resend_delay);
    notices.push_back({.labels = alert.labels,
                       .annotations = alert.annotations,
                       .starts_at = alert.fired_at.value_or(alert.active_at),
                       .ends_at = alert.resolved_at.value_or(alert.valid_until),
                       .generator_url = sending.generator_url,
                       .value = alert.value});
  }
  return notices;
}

}  // namespace a2od
