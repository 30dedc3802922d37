// When each collector runs against each target: a plan on given times, without a clock.
#pragma once

#include "collectors/async/clock.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace a2od {

/// A collector against one target: a tenant as a whole, or one of its environments.
struct Job {
  std::string collector;
  std::string tenant;
  std::string environment_id;  ///< empty: the tenant as a whole
  auto operator<=>(const Job&) const = default;
};

struct JobSettings {
  Milliseconds interval{};
  Milliseconds timeout{};
  bool operator==(const JobSettings&) const = default;
};

/// Every job first runs within seconds of being added, then once in each interval at a moment of its own, so that an
/// estate's requests are spread evenly. A run that is due while the one before it still runs is skipped and counted.
class Scheduler {
 public:
  using time_point = Clock::time_point;

  /// At most `max_running` jobs at once; those that wait start in the order in which they were due.
  explicit Scheduler(std::size_t max_running) : max_running_(max_running) {}

  /// Replaces the set of jobs. Those that are there already with equal settings keep their schedule, changed ones keep
  /// their moment within the new interval; running ones that are gone are forgotten when they finish.
  void set_jobs(const std::map<Job, JobSettings>& wanted, time_point now);

  /// The jobs to start now: the caller must report each as finished() later.
  [[nodiscard]] std::vector<Job> start_due(time_point now);
  void finished(const Job& job);

  /// When start_due() should be asked again; nothing while all wait for a free place, or there are no jobs.
  [[nodiscard]] std::optional<time_point> next_wake() const;

  [[nodiscard]] std::optional<JobSettings> settings(const Job& job) const;
  [[nodiscard]] std::uint64_t missed(const Job& job) const;
  /// Whether the job has ended a run, or has missed two and a half intervals without one.
  [[nodiscard]] bool settled(const Job& job, time_point now) const;
  [[nodiscard]] bool all_settled(time_point now) const;
  /// The collectors of which some job has not settled.
  [[nodiscard]] std::set<std::string> unsettled_collectors(time_point now) const;
  [[nodiscard]] std::size_t size() const { return jobs_.size(); }
  [[nodiscard]] std::vector<Job> jobs() const;

 private:
  struct State {
    JobSettings settings;
    time_point added;
    time_point next;
    bool running = false;
    bool ended_once = false;
    std::uint64_t missed = 0;
  };
  [[nodiscard]] static bool has_settled(const State& state, time_point now);
  std::size_t max_running_;
  std::size_t running_ = 0;
  std::map<Job, State> jobs_;
  std::map<Job, std::size_t> running_orphans_;
};

}  // namespace a2od
