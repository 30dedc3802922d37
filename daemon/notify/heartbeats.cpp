#include "daemon/notify/heartbeats.hpp"

#include "config/duration.hpp"
#include "config/quote.hpp"
#include "config/utf8.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace a2od {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kMissing = "HeartbeatMissing";
constexpr std::string_view kFailed = "HeartbeatFailed";
constexpr std::string_view kOwn = "Heartbeat";
constexpr Milliseconds kRefresh = 1min;
constexpr Milliseconds kHolds = 4min;           ///< without another notice
constexpr Milliseconds kListening = 1min;       ///< between two notes that it was listened
constexpr Milliseconds kEvaluationLate = 2min;  ///< so late it does not come any more

std::string seconds_of(Timestamp time) { return go_time(std::chrono::floor<std::chrono::seconds>(time)); }

std::optional<Timestamp> due_after(const IncomingHeartbeat& config, Timestamp from) {
  // Clocks differ: one that comes just before its time is that time's.
  constexpr Milliseconds kEarly = 1min;
  return config.every ? std::optional(from + *config.every) : config.schedule->next_after(from + kEarly);
}

std::string cut(std::string message) {
  message.resize(std::min(message.size(), kLongestBeatMessage));
  return valid_utf8(message);
}

/// Nothing has come later than now, whatever the clock said then.
HeartbeatState not_ahead(HeartbeatState state, Timestamp now) {
  state.counted_from = std::min(state.counted_from, now);
  for (auto* time : {&state.last, &state.missing_since, &state.failed_since})
    if (*time) *time = std::min(**time, now);
  return state;
}

}  // namespace

std::string_view to_string(Heartbeats::State state) {
  using enum Heartbeats::State;
  switch (state) {
    case waiting:
      return "waiting";
    case ok:
      return "ok";
    case late:
      return "late";
    case missing:
      return "missing";
    case failed:
      return "failed";
  }
  return "waiting";
}

Heartbeats::Heartbeats(HeartbeatOptions options, Timestamp now) : started_(now), vouched_until_(now) {
  set_options(std::move(options), now);
}

void Heartbeats::restore(SavedHeartbeats saved, Timestamp now) {
  for (auto& state : saved.states) {
    const auto* config = find(state.name);
    if (config == nullptr) {
      changed_.insert(state.name);
      continue;
    }
    auto& known = known_[state.name];
    changed_.erase(state.name);
    known.saved = not_ahead(std::move(state), now);
    known.due = due_after(*config, known.saved.counted_from);
    if (saved.listened_until && !known.saved.missing_since)
      excuse(*config, known, std::min(*saved.listened_until, now), now);
    end_alerts(*config, known, now);
  }
}

/// While it was down from `listened_until` to `now`, one may have come.
void Heartbeats::excuse(const IncomingHeartbeat& config, Known& known, Timestamp listened_until, Timestamp now) {
  if (!known.due || *known.due > now) return;
  const auto deadline = *known.due + config.grace;
  if (deadline <= listened_until) return;
  const auto missed = std::min(now, deadline) - std::max(listened_until, *known.due);
  if (listened_until <= *known.due || 2 * missed > config.grace)
    count_from(config, known, now);
  else
    known.not_before = now + config.grace;
}

void Heartbeats::set_options(HeartbeatOptions options, Timestamp now) {
  const auto before = std::exchange(options_, std::move(options));
  for (const auto& former : before.config.incoming) {
    const auto* config = find(former.name);
    const auto known = known_.find(former.name);
    const bool same =
        config != nullptr && config->labels == former.labels && before.external_labels == options_.external_labels;
    if (same) continue;
    const auto labels = std::exchange(options_.external_labels, before.external_labels);
    if (known->second.saved.missing_since) end(missing(former, known->second), now);
    if (known->second.saved.failed_since) end(failed(former, known->second), now);
    options_.external_labels = labels;
  }
  std::erase_if(known_, [&](const auto& item) {
    const bool gone = find(item.first) == nullptr;
    if (gone) changed_.insert(item.first);
    return gone;
  });
  for (const auto& config : options_.config.incoming) {
    const auto [place, added] = known_.try_emplace(config.name);
    auto& known = place->second;
    known.saved.name = config.name;
    if (added)
      count_from(config, known, now);
    else
      known.due = due_after(config, known.saved.counted_from);
  }
  const auto sendings = std::exchange(next_sendings_, {});
  for (const auto& config : options_.config.outgoing) {
    const auto former = sendings.find(config.receiver);
    next_sendings_[config.receiver] = former == sendings.end() ? now : std::min(former->second, now + config.every);
  }
  next_refresh_ = now;
}

const IncomingHeartbeat* Heartbeats::find(std::string_view name) const {
  const auto& all = options_.config.incoming;
  const auto found = std::ranges::find(all, name, &IncomingHeartbeat::name);
  return found == all.end() ? nullptr : &*found;
}

void Heartbeats::count_from(const IncomingHeartbeat& config, Known& known, Timestamp from) {
  known.saved.counted_from = from;
  known.due = due_after(config, from);
  known.not_before = {};
  changed_.insert(config.name);
}

Result<void> Heartbeats::receive(std::string_view name, Beat beat, Timestamp now) {
  const auto* config = find(name);
  if (config == nullptr) return failure(fmt::format("there is no heartbeat {}", quote(std::string(name))));
  auto& known = known_.find(name)->second;
  auto& state = known.saved;
  const auto before = state;
  state.last = now;
  state.message = cut(std::move(beat.message));
  state.missing_since.reset();
  state.failed_since = beat.failed ? std::optional(state.failed_since.value_or(now)) : std::nullopt;
  count_from(*config, known, now);
  if (before.missing_since || (before.failed_since && !beat.failed)) end_alerts(*config, known, now);
  if (beat.failed) next_refresh_ = now;
  return {};
}

/// Of those that do not fire: whoever was told of them hears it, others ignore it.
void Heartbeats::end_alerts(const IncomingHeartbeat& config, const Known& known, Timestamp now) {
  const auto when = known.saved.last.value_or(now);
  if (!known.saved.missing_since) end(missing(config, known), when);
  if (!known.saved.failed_since) end(failed(config, known), when);
}

void Heartbeats::end(AlertNotice notice, Timestamp when) {
  if (notice.starts_at == Timestamp{}) notice.starts_at = when;
  notice.ends_at = when;
  ended_.push_back(std::move(notice));
}

std::optional<Timestamp> Heartbeats::missing_at(const IncomingHeartbeat& config, const Known& known) {
  if (known.saved.missing_since) return known.saved.missing_since;
  if (!known.due) return std::nullopt;
  return std::max(*known.due + config.grace, known.not_before);
}

std::vector<AlertNotice> Heartbeats::advance(Timestamp now) {
  auto notices = std::exchange(ended_, {});
  for (const auto& config : options_.config.incoming) {
    auto& known = known_.find(config.name)->second;
    const auto missing = missing_at(config, known);
    if (known.saved.missing_since || !missing || *missing > now) continue;
    known.saved.missing_since = missing;
    changed_.insert(config.name);
    next_refresh_ = now;
  }
  if (next_refresh_ > now) return notices;
  next_refresh_ = now + kRefresh;
  const auto fire = [&](AlertNotice notice) {
    notice.ends_at = now + kHolds;
    notices.push_back(std::move(notice));
  };
  for (const auto& config : options_.config.incoming) {
    const auto& known = known_.find(config.name)->second;
    if (known.saved.missing_since) fire(missing(config, known));
    if (known.saved.failed_since) fire(failed(config, known));
  }
  return notices;
}

AlertNotice Heartbeats::notice(const IncomingHeartbeat& config, std::string_view alert) const {
  auto labels = options_.external_labels;
  for (const auto& [name, value] : config.labels) labels.insert_or_assign(name, value);
  labels.insert_or_assign("alertname", std::string(alert));
  labels.insert_or_assign("heartbeat", config.name);
  return {.labels = Labels::from(std::vector<Labels::Pair>(labels.begin(), labels.end())),
          .annotations = config.annotations,
          .starts_at = {},
          .ends_at = {},
          .generator_url = options_.external_url.empty() ? std::string() : options_.external_url + "/",
          .value = 1,
          .from_others = true};
}

AlertNotice Heartbeats::missing(const IncomingHeartbeat& config, const Known& known) const {
  auto alert = notice(config, kMissing);
  alert.starts_at = known.saved.missing_since.value_or(Timestamp{});
  alert.annotations.emplace("summary", fmt::format("Heartbeat {} stays away", config.name));
  const auto last = known.saved.last ? "It last came at " + seconds_of(*known.saved.last) : "It has never come";
  const auto due = known.due ? fmt::format(", and was due at {} with {} of grace", seconds_of(*known.due),
                                           format_duration(config.grace))
                             : std::string();
  alert.annotations.emplace(
      "description", fmt::format("{}{}. What gives it does not run, does not end, or cannot reach a2od.", last, due));
  return alert;
}

AlertNotice Heartbeats::failed(const IncomingHeartbeat& config, const Known& known) const {
  auto alert = notice(config, kFailed);
  alert.starts_at = known.saved.failed_since.value_or(Timestamp{});
  alert.annotations.emplace("summary", fmt::format("{} says that it has failed", config.name));
  const auto& message = known.saved.message;
  alert.annotations.emplace("description", fmt::format("It has said so since {}.{}{}", seconds_of(alert.starts_at),
                                                       message.empty() ? "" : " It says: ", message));
  return alert;
}

bool Heartbeats::vouched(Timestamp now) const { return now <= vouched_until_ + kEvaluationLate; }

std::vector<Message> Heartbeats::take_due(std::span<const ReceiverConfig> receivers, Timestamp now) {
  std::vector<Message> messages;
  if (!vouched(now)) return messages;
  for (const auto& config : options_.config.outgoing) {
    auto& next = next_sendings_.at(config.receiver);
    if (next > now) continue;
    next = next_on_grid(next, config.every, now);
    const auto receiver = std::ranges::find(receivers, config.receiver, &ReceiverConfig::name);
    if (receiver == receivers.end()) continue;
    for (const auto& to : integrations_of(*receiver)) messages.push_back(message_to(to, config, next, now));
  }
  return messages;
}

Message Heartbeats::message_to(const Integration& to, const OutgoingHeartbeat& config, Timestamp next,
                               Timestamp now) const {
  auto texts = options_.external_labels;
  texts.insert_or_assign("alertname", std::string(kOwn));
  const auto labels = Labels::from(std::vector<Labels::Pair>(texts.begin(), texts.end()));
  RoutedAlert alert;
  alert.fingerprint = fingerprint(labels);
  alert.labels = labels;
  alert.annotations = {
      {"summary", "a2od is alive"},
      {"description", fmt::format("a2od collects, evaluates its rules and sends. It says so every {}: if this does not "
                                  "come again soon after {}, nobody watches.",
                                  format_duration(config.every), seconds_of(next))},
      {"next_due", seconds_of(next)}};
  alert.starts_at = started_;
  alert.generator_url = options_.external_url.empty() ? std::string() : options_.external_url + "/";
  const auto key = group_key("{}/{heartbeat}", labels);
  const Notification notification{.receiver = to.receiver,
                                  .group_key = key,
                                  .group_labels = labels,
                                  .external_url = options_.external_url,
                                  .alerts = {{&alert, std::nullopt}}};
  return {
      .to = to, .group_key = key, .body = render_body(notification), .created = now, .decided = now, .next_try = now};
}

std::optional<Timestamp> Heartbeats::next_wake(Timestamp now) const {
  std::optional<Timestamp> next;
  const auto at = [&](Timestamp time) { next = std::min(next.value_or(time), time); };
  if (!ended_.empty()) at(now);
  for (const auto& config : options_.config.incoming) {
    const auto& known = known_.find(config.name)->second;
    if (known.saved.missing_since || known.saved.failed_since) at(next_refresh_);
    const auto missing = missing_at(config, known);
    if (missing && !known.saved.missing_since) at(*missing);
  }
  if (!known_.empty()) at(next_listening_);
  for (const auto& [receiver, sending] : next_sendings_)
    if (sending > now || vouched(now)) at(sending);
  return next;
}

HeartbeatChanges Heartbeats::take_changes(Timestamp now) {
  HeartbeatChanges changes;
  for (const auto& name : std::exchange(changed_, {})) {
    const auto known = known_.find(name);
    known == known_.end() ? changes.removed.push_back(name) : changes.states.push_back(known->second.saved);
  }
  if (known_.empty() || next_listening_ > now) return changes;
  next_listening_ = now + kListening;
  changes.listened_until = now;
  return changes;
}

SavedHeartbeats Heartbeats::saved(Timestamp now) const {
  SavedHeartbeats all{{}, now};
  for (const auto& known : std::views::values(known_)) all.states.push_back(known.saved);
  return all;
}

Heartbeats::State Heartbeats::state_of(const Known& known, Timestamp now) {
  if (known.saved.missing_since) return State::missing;
  if (known.saved.failed_since) return State::failed;
  if (known.due && *known.due <= now) return State::late;
  return known.saved.last ? State::ok : State::waiting;
}

std::vector<Heartbeats::Incoming> Heartbeats::incoming(Timestamp now) const {
  std::vector<Incoming> all;
  for (const auto& config : options_.config.incoming) {
    const auto& known = known_.find(config.name)->second;
    all.push_back({&config, &known.saved, state_of(known, now), known.due, missing_at(config, known)});
  }
  return all;
}

std::vector<Heartbeats::Outgoing> Heartbeats::outgoing(Timestamp now) const {
  std::vector<Outgoing> all;
  for (const auto& config : options_.config.outgoing) {
    const auto next = next_sendings_.at(config.receiver);
    all.push_back({&config, next, next <= now && !vouched(now)});
  }
  return all;
}

}  // namespace a2od
