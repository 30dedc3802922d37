#include "daemon/collect/scheduler.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <tuple>

namespace a2od {

namespace {

using time_point = Scheduler::time_point;

constexpr Milliseconds kFirstRunsWithin{5000};

std::uint64_t hash(const Job& job) {
  std::uint64_t value = 14695981039346656037U;
  for (const std::string_view part :
       {std::string_view(job.collector), std::string_view(job.tenant), std::string_view(job.environment_id)}) {
    for (const char c : part) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211U;
    value = (value ^ 0xFFU) * 1099511628211U;
  }
  return value ^ (value >> 32U);
}

Milliseconds spread(const Job& job, Milliseconds over) {
  return Milliseconds(
      static_cast<std::int64_t>(hash(job) % static_cast<std::uint64_t>(std::max<std::int64_t>(1, over.count()))));
}

time_point first_run(const Job& job, const JobSettings& settings, time_point now) {
  // What others wait for goes first: a run for the whole tenant may bring the inventory.
  if (job.environment_id.empty()) return now;
  return now + spread(job, std::min(settings.interval, kFirstRunsWithin));
}

/// The job's own moment in the interval that is at least half an interval after `now`.
time_point regular_run(const Job& job, const JobSettings& settings, time_point now) {
  const auto interval = std::chrono::duration_cast<Clock::duration>(settings.interval);
  const auto earliest = now + interval / 2;
  const auto phase = std::chrono::duration_cast<Clock::duration>(spread(job, settings.interval));
  const auto since_phase = (earliest.time_since_epoch() - phase) % interval;
  return since_phase == Clock::duration::zero() ? earliest : earliest + (interval - since_phase);
}

}  // namespace

void Scheduler::set_jobs(const std::map<Job, JobSettings>& wanted, time_point now) {
  for (auto it = jobs_.begin(); it != jobs_.end();) {
    if (wanted.contains(it->first)) {
      ++it;
      continue;
    }
    if (it->second.running) ++running_orphans_[it->first];
    it = jobs_.erase(it);
  }
  for (const auto& [job, settings] : wanted) {
    const auto [it, added] = jobs_.try_emplace(job);
    auto& state = it->second;
    if (added) {
      state = {.settings = settings, .added = now, .next = first_run(job, settings, now)};
    } else if (state.settings != settings) {
      state.settings = settings;
      state.next = std::min(state.next, regular_run(job, settings, now));
    }
  }
}

std::vector<Job> Scheduler::start_due(time_point now) {
  std::vector<std::map<Job, State>::iterator> due;
  for (auto it = jobs_.begin(); it != jobs_.end(); ++it) {
    auto& state = it->second;
    if (state.next > now) continue;
    if (!state.running) {
      due.push_back(it);
      continue;
    }
    ++state.missed;
    state.next += state.settings.interval;
  }
  std::ranges::sort(
      due, [](auto a, auto b) { return std::tie(a->second.next, a->first) < std::tie(b->second.next, b->first); });
  std::vector<Job> started;
  for (const auto it : due) {
    if (running_ >= max_running_) break;
    auto& [job, state] = *it;
    const auto late = now - state.next;
    state.missed += static_cast<std::uint64_t>(late / state.settings.interval);
    state.next = state.ended_once ? state.next + state.settings.interval * (late / state.settings.interval + 1)
                                  : regular_run(job, state.settings, now);
    state.running = true;
    ++running_;
    started.push_back(job);
  }
  return started;
}

void Scheduler::finished(const Job& job) {
  if (const auto orphan = running_orphans_.find(job); orphan != running_orphans_.end()) {
    if (--orphan->second == 0) running_orphans_.erase(orphan);
    --running_;
    return;
  }
  const auto it = jobs_.find(job);
  if (it == jobs_.end() || !it->second.running) return;
  it->second.running = false;
  it->second.ended_once = true;
  --running_;
}

std::optional<time_point> Scheduler::next_wake() const {
  if (jobs_.empty()) return std::nullopt;
  const auto full = running_ >= max_running_;
  std::optional<time_point> wake;
  for (const auto& [job, state] : jobs_)
    if (!full || state.running) wake = wake ? std::min(*wake, state.next) : state.next;
  return wake;
}

std::optional<JobSettings> Scheduler::settings(const Job& job) const {
  const auto it = jobs_.find(job);
  return it == jobs_.end() ? std::nullopt : std::optional(it->second.settings);
}

std::uint64_t Scheduler::missed(const Job& job) const {
  const auto it = jobs_.find(job);
  return it == jobs_.end() ? 0 : it->second.missed;
}

bool Scheduler::settled(const Job& job, time_point now) const {
  const auto it = jobs_.find(job);
  return it == jobs_.end() || has_settled(it->second, now);
}

bool Scheduler::has_settled(const State& state, time_point now) {
  return state.ended_once || now - state.added > state.settings.interval * 5 / 2;
}

bool Scheduler::all_settled(time_point now) const {
  return std::ranges::all_of(jobs_, [now](const auto& job) { return has_settled(job.second, now); });
}

std::set<std::string> Scheduler::unsettled_collectors(time_point now) const {
  std::set<std::string> collectors;
  for (const auto& [job, state] : jobs_)
    if (!has_settled(state, now)) collectors.insert(job.collector);
  return collectors;
}

std::vector<Job> Scheduler::jobs() const {
  std::vector<Job> all;
  all.reserve(jobs_.size());
  for (const auto& [job, state] : jobs_) all.push_back(job);
  return all;
}

}  // namespace a2od
