#include "daemon/notify/flapping.hpp"

#include "config/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kRefresh = 1min;
constexpr Milliseconds kRestartGrace = 10min;
constexpr Milliseconds kHolds = 4min;  ///< without another notice

bool fires(const AlertNotice& notice, Timestamp now) { return notice.ends_at == Timestamp{} || notice.ends_at > now; }

}  // namespace

void Flapping::restore(std::vector<FlappingState> saved, Timestamp now) {
  for (auto& state : saved) {
    // Nothing has changed later than now, whatever the clock said then.
    for (auto& change : state.changes) change = std::min(change, now);
    if (state.since) state.since = std::min(*state.since, now);
    auto& latest = state.latest;
    latest.starts_at = std::min(latest.starts_at, now);
    latest.ends_at = state.fires ? std::max(latest.ends_at, now + kRestartGrace) : std::min(latest.ends_at, now);
    auto id = state.latest.fingerprint;
    if (state.since) flapping_.insert(id);
    states_.insert_or_assign(std::move(id), std::move(state));
  }
}

void Flapping::set_config(std::optional<FlappingConfig> config, Milliseconds resolve_timeout) {
  config_ = config;
  resolve_timeout_ = resolve_timeout;
  next_refresh_ = {};
}

std::vector<AlertNotice> Flapping::receive(std::span<const AlertNotice> notices, Timestamp now) {
  if (!config_) return {notices.begin(), notices.end()};
  std::vector<AlertNotice> told;
  told.reserve(notices.size());
  for (const auto& notice : notices) told.push_back(receive(notice, now));
  return told;
}

AlertNotice Flapping::receive(const AlertNotice& notice, Timestamp now) {
  if (!fires(notice, now) && !states_.contains(fingerprint(notice.labels))) return notice;
  auto& state = take_in(notice, now);
  if (!state.since && begins_to_flap(state, now)) {
    state.since = state.changes.front();
    flapping_.insert(state.latest.fingerprint);
    changed_.insert(state.latest.fingerprint);
    next_refresh_ = std::min(next_refresh_, now + kRefresh);
  }
  return state.since ? held(state, now) : notice;
}

FlappingState& Flapping::take_in(const AlertNotice& notice, Timestamp now) {
  auto id = fingerprint(notice.labels);
  const auto [place, added] = states_.try_emplace(id);
  auto& state = place->second;
  const bool fires_now = fires(notice, now);
  const bool expired = state.fires && state.latest.ends_at <= now;
  if (expired && fires_now && notice.starts_at > state.latest.ends_at) {
    note_change(state, state.latest.ends_at);
    state.fires = false;
  }
  const bool changed = state.fires != fires_now;
  state.latest.fingerprint = id;
  state.latest.labels = notice.labels;
  state.latest.annotations = notice.annotations;
  state.latest.timeout = notice.ends_at == Timestamp{};
  state.latest.starts_at = notice.starts_at == Timestamp{} ? now : notice.starts_at;
  state.latest.ends_at = state.latest.timeout ? now + resolve_timeout_ : notice.ends_at;
  state.latest.updated_at = now;
  state.latest.generator_url = notice.generator_url;
  state.latest.from_others = notice.from_others;
  state.fires = fires_now;
  // One that is heard of for the first time may have begun long ago.
  if (changed) note_change(state, added ? std::min(now, state.latest.starts_at) : now);
  if (changed || added) changed_.insert(std::move(id));
  return state;
}

void Flapping::note_change(FlappingState& state, Timestamp when) {
  state.changes.push_back(when);
  const auto most = static_cast<std::ptrdiff_t>(config_->changes);
  if (std::ssize(state.changes) > most) state.changes.erase(state.changes.begin(), state.changes.end() - most);
}

bool Flapping::begins_to_flap(const FlappingState& state, Timestamp now) const {
  return state.changes.size() >= config_->changes && state.changes.front() > now - config_->within;
}

AlertNotice Flapping::held(const FlappingState& state, Timestamp now) const {
  auto notice = as_it_is(state, now);
  notice.starts_at = *state.since;
  notice.ends_at = now + kHolds;
  notice.annotations.insert_or_assign(
      kFlapping,
      fmt::format("It has begun and ended {} times within {} or less. How it is will be told when it has not "
                  "changed for {}.",
                  config_->changes, format_duration(config_->within), format_duration(config_->quiet)));
  return notice;
}

AlertNotice Flapping::as_it_is(const FlappingState& state, Timestamp now) {
  const auto& latest = state.latest;
  const bool refreshed = state.fires && latest.timeout && latest.ends_at > now;
  return {.labels = latest.labels,
          .annotations = latest.annotations,
          .starts_at = latest.starts_at,
          .ends_at = refreshed ? Timestamp{} : std::max(latest.ends_at, latest.starts_at),
          .generator_url = latest.generator_url,
          .value = 0,
          .from_others = latest.from_others};
}

/// One that expires in silence has changed then.
Timestamp Flapping::quiet_at(const FlappingState& state) const {
  if (!config_ || state.changes.empty()) return {};
  const auto quiet = state.changes.back() + config_->quiet;
  const bool expires = state.fires && state.latest.ends_at <= quiet;
  return expires ? state.latest.ends_at + config_->quiet : quiet;
}

std::vector<AlertNotice> Flapping::advance(Timestamp now) {
  std::vector<AlertNotice> told;
  const bool refresh = next_refresh_ <= now;
  if (refresh) next_refresh_ = now + kRefresh;
  std::erase_if(flapping_, [&](const std::string& id) {
    auto& state = states_.at(id);
    const bool quiet = quiet_at(state) <= now;
    if (quiet) {
      state.since.reset();
      state.changes.clear();
      changed_.insert(id);
      told.push_back(as_it_is(state, now));
    } else if (refresh) {
      told.push_back(held(state, now));
    }
    return quiet;
  });
  if (refresh) forget_what_is_over(now);
  return told;
}

/// Those that fire are kept, or a refresh would be taken for a beginning.
void Flapping::forget_what_is_over(Timestamp now) {
  std::erase_if(states_, [&](const auto& item) {
    const auto& [id, state] = item;
    const bool over = !config_ || (!state.since && state.latest.ends_at <= now &&
                                   (state.changes.empty() || state.changes.back() + config_->within <= now));
    if (over) changed_.insert(id);
    return over;
  });
}

std::optional<Timestamp> Flapping::next_wake() const {
  if (flapping_.empty()) return !config_ && !states_.empty() ? std::optional(next_refresh_) : std::nullopt;
  auto next = next_refresh_;
  for (const auto& id : flapping_) next = std::min(next, quiet_at(states_.at(id)));
  return next;
}

FlappingChanges Flapping::take_changes() {
  FlappingChanges changes;
  for (const auto& id : std::exchange(changed_, {})) {
    const auto found = states_.find(id);
    found == states_.end() ? changes.removed.push_back(id) : changes.states.push_back(found->second);
  }
  return changes;
}

void Flapping::put_back(const FlappingChanges& changes) {
  for (const auto& state : changes.states) changed_.insert(state.latest.fingerprint);
  changed_.insert(changes.removed.begin(), changes.removed.end());
}

}  // namespace a2od
