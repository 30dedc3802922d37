#include "collectors/cloud/budget.hpp"

#include "config/duration.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace a2od::cloud {

namespace {

using namespace std::chrono_literals;

/// The window over which Dataverse counts the requests of a user.
constexpr auto kWindow = 300s;
/// Of 52 or more that Dataverse allows.
constexpr unsigned kMaxInFlight = 4;
/// Where throttling came without Retry-After.
constexpr Milliseconds kDefaultPause = 15s;
constexpr Milliseconds kMaxPause = 24h;
constexpr double kLowestRate = 1.0 / 8;
constexpr double kRestoredPerAnswer = 1.0 / 500;

/// Requests planned with in a window. Dataverse: 2 % of its 6,000. The others publish no limit, or a far higher one;
/// the admin API is one host for all environments of a tenant.
double planned(Service service) {
  switch (service) {
    case Service::dataverse:
    case Service::finance_operations:
    case Service::graph:
      return 120;
    case Service::admin:
    case Service::power_platform:
      return 1200;
  }
  return 120;
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

Budget::Decision Budget::decide(const std::string& host, Service service, Priority priority, TimePoint now,
                                Timestamp wall) const {
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
  if (state.in_flight >= kMaxInFlight)
    return wait(Cause::budget, now, TimePoint::max(), fmt::format("{} has {} requests under way", host, kMaxInFlight));

  const double allowed_share = planned(service) * state.rate * share_of_window(priority);
  const auto allowed = static_cast<std::ptrdiff_t>(std::max(1.0, allowed_share));
  const auto oldest = std::ranges::upper_bound(state.sent, now - kWindow);
  if (state.sent.end() - oldest < allowed) return {};
  const TimePoint until = *(state.sent.end() - allowed) + kWindow;
  return wait(Cause::budget, now, until, fmt::format("{} had the {} requests planned for five minutes", host, allowed));
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

void Budget::started(const std::string& host, TimePoint now, Timestamp wall) {
  sweep(now);
  day_ = day(wall);
  ++day_.used;
  Host& state = hosts_[host];
  while (!state.sent.empty() && state.sent.front() <= now - kWindow) state.sent.pop_front();
  state.sent.push_back(now);
  ++state.in_flight;
}

void Budget::ended(const std::string& host, const Ending& ending, TimePoint now) {
  Host& state = hosts_[host];
  if (state.in_flight > 0) --state.in_flight;
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
    const bool silent = host.sent.empty() || host.sent.back() <= now - kWindow;
    return silent && host.in_flight == 0 && host.rate >= 1 && !host.throttled && host.not_before <= now;
  });
}

}  // namespace a2od::cloud
