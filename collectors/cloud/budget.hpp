// What a tenant's identity may ask of each host, and of all together in a day: decided on given times, without I/O.
#pragma once

#include "collectors/cloud/session.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace a2od::cloud {

/// Requests sent today by UTC, and how many are planned with: a tenth of the entitlement.
struct DayUsage {
  std::chrono::sys_days day;
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
};

/// What a host says is left of its own limits. Shown, and never steered by: another server behind the same name counts
/// for itself.
struct Allowance {
  double requests = 0;
  double execution_seconds = 0;
};

/// The facets of all hosts together, for the daemon's own metrics.
struct BudgetSummary {
  std::size_t hosts = 0;
  std::size_t throttled_hosts = 0;     ///< that asked us to wait, or have not answered well since
  double lowest_rate = 1;              ///< of the plan that a host is asked with
  double busiest_requests = 0;         ///< the largest used share of a host's planned requests
  double busiest_execution_time = 0;   ///< and of its planned execution time
  std::optional<Allowance> allowance;  ///< the smallest that a host has spoken of within the window
};

/// Three facets for each host: requests and execution time within five minutes, and requests under way; and one for the
/// tenant and day.
class Budget {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Whether to send now; `until` says when to ask again, TimePoint::max() as soon as another request has ended.
  struct Decision {
    enum class Verdict : std::uint8_t { go, wait, refuse } verdict = Verdict::go;
    TimePoint until{};
    Failure reason;  ///< why not to send now
  };

  /// How a request ended, as far as the budget is concerned.
  struct Ending {
    bool answered = false;   ///< with anything but throttling
    bool throttled = false;  ///< 429, or what the service uses in its place
    std::optional<Milliseconds> retry_after;
    Milliseconds execution{};  ///< how long the host took to answer
    std::optional<Allowance> allowance;
  };

  /// `share` is what is planned with of each host's service-protection limits.
  explicit Budget(std::uint64_t requests_per_day, double share = 0.02)
      : day_{.day = {}, .used = 0, .limit = requests_per_day / 10}, share_(share) {}

  [[nodiscard]] Decision decide(const std::string& host, Priority priority, TimePoint now, Timestamp wall) const;
  void started(const std::string& host, Service service, TimePoint now, Timestamp wall);
  void ended(const std::string& host, const Ending& ending, TimePoint now);

  [[nodiscard]] DayUsage day(Timestamp wall) const;
  [[nodiscard]] BudgetSummary summary(TimePoint now) const;
  /// Takes over what was used earlier, by a process before this one, if it was on the same day.
  void restore(const DayUsage& earlier, Timestamp wall);

 private:
  struct Execution {
    TimePoint ended;
    Milliseconds took;
  };
  struct Host {
    Service service{};
    std::deque<TimePoint> sent;      ///< within the window, ascending
    std::deque<Execution> executed;  ///< the same
    unsigned in_flight = 0;
    std::optional<Allowance> allowance;
    double rate = 1;         ///< the share of the plan that is used: halved by throttling, restored by answers
    TimePoint not_before{};  ///< what Retry-After asked for
    bool throttled = false;  ///< the last answer was throttling: the next request goes alone
  };

  [[nodiscard]] std::optional<Decision> decide_by_window(const std::string& host, const Host& state, Priority priority,
                                                         TimePoint now) const;
  [[nodiscard]] std::optional<Decision> decide_by_day(Priority priority, TimePoint now, Timestamp wall) const;
  void sweep(TimePoint now);

  DayUsage day_;
  double share_;
  std::map<std::string, Host> hosts_;
  TimePoint next_sweep_{};
};

}  // namespace a2od::cloud
