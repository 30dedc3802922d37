#include "collectors/cloud/budget.hpp"

#include "config/duration.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace a2od::cloud {

namespace {

using namespace std::chrono_literals;

/// The window over which Dataverse counts requests and execution time of a user, and its limits. It allows 52 requests
/// at once, or more.
constexpr auto kWindow = 300s;
constexpr double kRequests = 6'000;
constexpr Milliseconds kExecutionTime = 1'200s;
constexpr double kInFlight = 52;
constexpr double kRounding = 1e-6;  // of 6,000 * 0.02 * 0.7
/// Fewer at once would make a run wait for no good.
constexpr unsigned kLeastInFlight = 4;
/// Where throttling came without Retry-After.
constexpr Milliseconds kDefaultPause = 15s;
constexpr Milliseconds kMaxPause = 24h;
constexpr double kLowestRate = 1.0 / 8;
constexpr double kRestoredPerAnswer = 1.0 / 500;

/// Requests that a host allows in a window. Services beside Dataverse publish no limit, or a far higher one; the admin
/// API is one host for all environments of a tenant.
double allowed_requests(Service service) {
  const bool one_for_all = service == Service::admin || service == Service::power_platform;
  return one_for_all ? 10 * kRequests : kRequests;
}

/// What is left to more important requests when a budget is thin.
double share_of_window(Priority priority) {
  switch (priority) {
    case Priority::health:
      return 1;
    case Priority::normal:
      return 0.9;
    case Priority::bulk:
      return 0.7;
  }
  return 1;
}

double share_of_day(Priority priority) {
  switch (priority) {
    case Priority::health:
      return 1;
    case Priority::normal:
      return 0.95;
    case Priority::bulk:
      return 0.8;
  }
  return 1;
}

Milliseconds rest(Budget::TimePoint now, Budget::TimePoint until) {
  return std::chrono::ceil<std::chrono::seconds>(until - now);
}

Budget::Decision wait(Cause cause, Budget::TimePoint now, Budget::TimePoint until, std::string why) {
  Budget::Decision decision{.verdict = Budget::Decision::Verdict::wait, .until = until, .reason = {}};
  decision.reason.cause = cause;
  decision.reason.stage = Stage::budget;
  decision.reason.message = std::move(why);
  if (until != Budget::TimePoint::max()) decision.reason.retry_after = rest(now, until);
  return decision;
}

}  // namespace

Budget::Decision Budget::decide(const std::string& host, Priority priority, TimePoint now, Timestamp wall) const {
  if (auto refused = decide_by_day(priority, now, wall)) return *refused;
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return {};
  const Host& state = found->second;
  if (now < state.not_before)
    return wait(Cause::throttled, now, state.not_before,
                fmt::format("{} asked us to wait: {} left", host, format_duration(rest(now, state.not_before))));
  if (state.throttled && state.in_flight > 0)
    return wait(Cause::throttled, now, TimePoint::max(),
                fmt::format("{} is asked whether it still throttles us", host));
  const auto most = std::max(kLeastInFlight, static_cast<unsigned>(kInFlight * share_));
  if (state.in_flight >= most)
    return wait(Cause::budget, now, TimePoint::max(), fmt::format("{} has {} requests under way", host, most));
  if (auto busy = decide_by_window(host, state, priority, now)) return *busy;
  return {};
}

std::optional<Budget::Decision> Budget::decide_by_window(const std::string& host, const Host& state, Priority priority,
                                                         TimePoint now) const {
  const double share = share_ * state.rate * share_of_window(priority);
  const auto requests = static_cast<std::ptrdiff_t>(std::max(1.0, allowed_requests(state.service) * share + kRounding));
  const auto oldest = std::ranges::upper_bound(state.sent, now - kWindow);
  if (state.sent.end() - oldest >= requests)
    return wait(Cause::budget, now, *(state.sent.end() - requests) + kWindow,
                fmt::format("a2od's own plan: {} had its {} requests of five minutes", host, requests));
  const auto time = std::chrono::floor<Milliseconds>(kExecutionTime * share);
  Milliseconds spent{};
  for (auto each = state.executed.rbegin(); each != state.executed.rend() && each->ended > now - kWindow; ++each) {
    spent += each->took;
    if (spent >= time)
      return wait(
          Cause::budget, now, each->ended + kWindow,
          fmt::format("a2od's own plan: {} had its {} of execution time of five minutes", host, format_duration(time)));
  }
  return std::nullopt;
}

std::optional<Budget::Decision> Budget::decide_by_day(Priority priority, TimePoint now, Timestamp wall) const {
  const DayUsage today = day(wall);
  if (static_cast<double>(today.used) < static_cast<double>(today.limit) * share_of_day(priority)) return std::nullopt;
  const auto midnight = now + (Timestamp(today.day + std::chrono::days(1)) - wall);
  auto decision =
      wait(Cause::budget, now, midnight,
           fmt::format("{} of the {} requests planned for today are used: the next day begins at midnight UTC",
                       today.used, today.limit));
  decision.verdict = Decision::Verdict::refuse;
  return decision;
}

void Budget::started(const std::string& host, Service service, TimePoint now, Timestamp wall) {
  sweep(now);
  day_ = day(wall);
  ++day_.used;
  Host& state = hosts_[host];
  state.service = service;
  while (!state.sent.empty() && state.sent.front() <= now - kWindow) state.sent.pop_front();
  state.sent.push_back(now);
  ++state.in_flight;
}

void Budget::ended(const std::string& host, const Ending& ending, TimePoint now) {
  Host& state = hosts_[host];
  if (state.in_flight > 0) --state.in_flight;
  while (!state.executed.empty() && state.executed.front().ended <= now - kWindow) state.executed.pop_front();
  if (ending.execution > Milliseconds{}) state.executed.push_back({now, ending.execution});
  if (ending.allowance) state.allowance = ending.allowance;
  if (ending.throttled) state.rate = std::max(state.rate / 2, kLowestRate);
  if (ending.answered) state.rate = std::min(state.rate + kRestoredPerAnswer, 1.0);
  if (ending.throttled || ending.answered) state.throttled = ending.throttled;
  if (!ending.throttled && !ending.retry_after) return;
  const Milliseconds pause = std::clamp(ending.retry_after.value_or(kDefaultPause), Milliseconds(0), kMaxPause);
  state.not_before = std::max(state.not_before, now + pause);
}

DayUsage Budget::day(Timestamp wall) const {
  const auto today = std::chrono::floor<std::chrono::days>(wall);
  return {.day = today, .used = today == day_.day ? day_.used : 0, .limit = day_.limit};
}

BudgetSummary Budget::summary(TimePoint now) const {
  BudgetSummary summary{.hosts = hosts_.size()};
  for (const auto& [name, host] : hosts_) {
    if (host.throttled || now < host.not_before) ++summary.throttled_hosts;
    summary.lowest_rate = std::min(summary.lowest_rate, host.rate);
    const auto sent = host.sent.end() - std::ranges::upper_bound(host.sent, now - kWindow);
    summary.busiest_requests =
        std::max(summary.busiest_requests, static_cast<double>(sent) / (allowed_requests(host.service) * share_));
    if (sent > 0 && host.allowance) {
      auto& least = summary.allowance;
      if (!least) least = host.allowance;
      least->requests = std::min(least->requests, host.allowance->requests);
      least->execution_seconds = std::min(least->execution_seconds, host.allowance->execution_seconds);
    }
    Milliseconds spent{};
    for (const auto& each : host.executed)
      if (each.ended > now - kWindow) spent += each.took;
    summary.busiest_execution_time = std::max(summary.busiest_execution_time, spent / (kExecutionTime * share_));
  }
  return summary;
}

void Budget::restore(const DayUsage& earlier, Timestamp wall) {
  day_ = day(wall);
  if (earlier.day == day_.day) day_.used += earlier.used;
}

/// Forgets hosts of which nothing is left to remember, such as those of deleted environments.
void Budget::sweep(TimePoint now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kWindow;
  std::erase_if(hosts_, [&](const auto& entry) {
    const Host& host = entry.second;
    const bool silent = (host.sent.empty() || host.sent.back() <= now - kWindow) &&
                        (host.executed.empty() || host.executed.back().ended <= now - kWindow);
    return silent && host.in_flight == 0 && host.rate >= 1 && !host.throttled && host.not_before <= now;
  });
}

}  // namespace a2od::cloud
