// An hour of a large estate on virtual time: what the scheduler starts and the budget lets through stays within its
// shares, and a storm of 429 never becomes a storm of retries.
#include "collectors/cloud/budget.hpp"
#include "collectors/collector.hpp"
#include "collectors/settings.hpp"
#include "daemon/collect/scheduler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using cloud::Budget;
using Verdict = Budget::Decision::Verdict;

constexpr Milliseconds kWindow = 300s;

/// One tenant: each environment has a host of its own. Requests are answered one step after they were sent.
class Estate {
 public:
  explicit Estate(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Environment environment;
      environment.id = "e" + std::to_string(i);
      environment.url = "https://" + environment.id + ".crm4.dynamics.com";
      environments_.push_back(std::move(environment));
    }
    stretch_ = stretch_to_fit(config_, tenant_, environments_);
    std::map<Job, JobSettings> jobs;
    for (const auto& collector : all_collectors()) {
      const auto add = [&](const std::string& id) {
        const auto interval =
            std::chrono::ceil<std::chrono::seconds>(collector.interval * stretch_.of(collector.priority));
        jobs.emplace(Job{std::string(collector.name), "contoso", id}, JobSettings{interval, collector.timeout});
      };
      if (collector.scope == Scope::tenant) {
        add("");
        continue;
      }
      for (const auto& environment : environments_)
        if (collector.applies == nullptr || collector.applies(environment)) add(environment.id);
    }
    scheduler_.set_jobs(jobs, now_);
  }

  /// Every answer is a 429 of this Retry-After, from now on.
  void throttle(std::optional<Milliseconds> retry_after) {
    throttling_ = true;
    retry_after_ = retry_after;
  }

  void pass(Milliseconds time, Milliseconds step = 1s) {
    for (const auto end = now_ + time; now_ < end; now_ += step) advance();
  }

  /// The most that any host was sent within any five minutes.
  [[nodiscard]] std::size_t busiest_window() const {
    std::size_t most = 0;
    for (const auto& [host, sent] : sent_) {
      for (auto first = sent.begin(), last = sent.begin(); last != sent.end(); ++last) {
        while (*last - *first >= kWindow) ++first;
        most = std::max(most, static_cast<std::size_t>(last - first) + 1);
      }
    }
    return most;
  }
  [[nodiscard]] std::size_t total() const {
    std::size_t all = 0;
    for (const auto& [host, sent] : sent_) all += sent.size();
    return all;
  }
  [[nodiscard]] std::size_t sent_to(const std::string& host) const {
    const auto found = sent_.find(host);
    return found == sent_.end() ? 0 : found->second.size();
  }
  void forget() { sent_.clear(); }

 private:
  struct Pending {
    std::string host;
    cloud::Service service{};
    cloud::Priority priority{};
    Budget::TimePoint give_up;
  };

  void advance() {
    for (auto& host : std::exchange(under_way_, {}))
      budget_.ended(
          host, {.answered = !throttling_, .throttled = throttling_, .retry_after = retry_after_, .execution = 200ms},
          now_);
    for (const auto& job : scheduler_.start_due(now_)) {
      const auto& collector = *find_collector(job.collector);
      const bool admin = job.environment_id.empty() || collector.name == "operations";
      for (const auto& part : collector.parts)
        for (double n = 0; n < part.requests_per_run; ++n)
          pending_.push_back({admin ? "api.bap.microsoft.com" : job.environment_id + ".crm4.dynamics.com",
                              admin ? cloud::Service::admin : cloud::Service::dataverse, collector.priority,
                              now_ + collector.timeout});
      scheduler_.finished(job);
    }
    std::erase_if(pending_, [&](const Pending& request) { return send(request) || now_ >= request.give_up; });
  }

  /// Whether there is nothing more to do: sent, or refused for today.
  bool send(const Pending& request) {
    const auto wall = kMorning + std::chrono::duration_cast<Milliseconds>(now_.time_since_epoch());
    const auto decision = budget_.decide(request.host, request.priority, now_, wall);
    if (decision.verdict == Verdict::wait) return false;
    if (decision.verdict == Verdict::refuse) return true;
    budget_.started(request.host, request.service, now_, wall);
    sent_[request.host].push_back(now_);
    under_way_.push_back(request.host);
    return true;
  }

  static constexpr Timestamp kMorning = std::chrono::sys_days(std::chrono::year(2026) / 5 / 6);
  Config config_;
  TenantConfig tenant_{.name = "contoso"};
  std::vector<Environment> environments_;
  Stretch stretch_;
  Budget::TimePoint now_{1h};
  Scheduler scheduler_{1'000'000};
  Budget budget_{500'000};
  bool throttling_ = false;
  std::optional<Milliseconds> retry_after_;
  std::vector<Pending> pending_;
  std::vector<std::string> under_way_;
  std::map<std::string, std::vector<Budget::TimePoint>> sent_;
};

TEST(ThrottlingBudget, AThousandEnvironmentsStayWithinTwoPercentAndTenPercent) {
  Estate estate(1000);
  estate.pass(1h);
  estate.forget();  // the first runs of all
  estate.pass(1h);
  EXPECT_LE(estate.busiest_window(), 1200U);  // of the admin API, one host for all
  EXPECT_LE(estate.total() * 24, 50'000U);    // a tenth of the day
}

TEST(ThrottlingBudget, MostOfWhatIsAllowedIsUsed) {
  Estate estate(100);
  estate.pass(12h, 10s);
  estate.forget();
  estate.pass(12h, 10s);
  EXPECT_LE(estate.total() * 2, 50'000U);
  EXPECT_GE(estate.total() * 2, 35'000U);
}

TEST(ThrottlingBudget, AHostIsNeverSentMoreThanItsShare) {
  Estate estate(10);
  estate.pass(3h);
  for (int i = 0; i < 10; ++i) EXPECT_GT(estate.sent_to("e" + std::to_string(i) + ".crm4.dynamics.com"), 100U);
  EXPECT_LE(estate.busiest_window(), 120U);
}

TEST(ThrottlingBudget, AStormOf429IsOneProbeInARetryAfterAtMost) {
  Estate estate(1000);
  estate.pass(1h);
  estate.throttle(2min);
  estate.pass(5min);  // what was under way
  estate.forget();
  estate.pass(1h);
  for (int i = 0; i < 1000; ++i) {
    const auto host = "e" + std::to_string(i) + ".crm4.dynamics.com";
    EXPECT_LE(estate.sent_to(host), 30U) << host;
  }
  EXPECT_LE(estate.sent_to("api.bap.microsoft.com"), 30U);
}

TEST(ThrottlingBudget, AStormWithoutRetryAfterIsNoneEither) {
  Estate estate(100);
  estate.pass(30min);
  estate.throttle(std::nullopt);
  estate.pass(5min);
  estate.forget();
  estate.pass(1h);
  for (int i = 0; i < 100; ++i) EXPECT_LE(estate.sent_to("e" + std::to_string(i) + ".crm4.dynamics.com"), 240U);
}

}  // namespace
}  // namespace a2od
