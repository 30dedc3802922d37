// Runs the collectors when the scheduler says so, and hands what they bring to the engine.
#pragma once

#include "collectors/async/task_group.hpp"
#include "collectors/cloud/tenant_session.hpp"
#include "collectors/collector.hpp"
#include "collectors/settings.hpp"
#include "collectors/sight/rights.hpp"
#include "collectors/sight/sight.hpp"
#include "daemon/collect/inventory.hpp"
#include "daemon/collect/scheduler.hpp"
#include "daemon/engine/engine_strand.hpp"
#include "daemon/history/history.hpp"
#include "daemon/self_metrics.hpp"
#include "daemon/state/environments.hpp"
#include "daemon/state/memory.hpp"
#include "daemon/state/state_writer.hpp"
#include "daemon/wake.hpp"
#include "daemon/web/status_page.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace a2od {

struct CollectingCollaborators {
  Clock& clock;
  std::function<Timestamp()> now;  ///< evaluation time
  cloud::HttpClient& http;
  TaskGroup& refreshes;  ///< token requests that outlive the run that asked
  EngineStrand& engine;
  History& history;
  Database& database;  ///< until run()
  StateWriter& state;
  boost::asio::any_io_executor pool;
  SelfMetrics& metrics;
  std::function<void()> engine_changed;  ///< something was published: the evaluating loop should look
};

/// On the event loop.
class Collecting {
 public:
  Collecting(boost::asio::any_io_executor loop, std::shared_ptr<const Config> config, Collectors collectors,
             CollectingCollaborators collaborators);

  /// What an earlier process remembered; blocks, before the loop runs.
  void restore();

  /// Unchanged tenants keep their tokens, their inventory and their schedule.
  void reload(std::shared_ptr<const Config> config, Collectors collectors);

  /// Starts what is due until cancelled; runs are tasks of `runs`.
  boost::asio::awaitable<void> run(TaskGroup& runs);

  /// The collectors whose first runs have not all ended: rule groups that name their metrics wait.
  [[nodiscard]] std::set<std::string> waiting_for() const;

  [[nodiscard]] CurrentValues::Running running() const;

  /// Built-in and own, as the configuration in force has them.
  [[nodiscard]] std::span<const Collector> collectors() const { return *collectors_; }

  [[nodiscard]] std::vector<TargetRow> rows() const;
  /// Why each of the tenants that cannot be seen cannot.
  [[nodiscard]] std::map<std::string, std::string> blind_tenants() const;

 private:
  struct Tenant {
    std::shared_ptr<const TenantConfig> config;
    std::shared_ptr<cloud::TenantSession> session;
    std::shared_ptr<const Inventory> inventory = std::make_shared<const Inventory>();
    Stretch stretch;
    std::shared_ptr<Schemas> schemas = std::make_shared<Schemas>();
  };
  struct Record {
    Outcome outcome = Outcome::ok;
    std::string error;
    Timestamp finished;
    std::optional<Timestamp> last_success;
  };

  /// What is not on the disk yet.
  struct Unsaved {
    std::set<std::string> names;  ///< tenants
    std::set<Job> memories;
    std::vector<PartMemory> parts;
    [[nodiscard]] bool empty() const { return names.empty() && memories.empty() && parts.empty(); }
  };

  void plan();
  void stretch(const std::string& name, Tenant& tenant);
  [[nodiscard]] std::map<Job, JobSettings> wanted_jobs() const;
  [[nodiscard]] Tenant open(const TenantConfig& config) const;
  boost::asio::awaitable<void> collect(Job job);
  boost::asio::awaitable<RunResult> run_within(const Job& job, const Collector& collector, Milliseconds limit,
                                               Tenant tenant, std::optional<Environment> environment);
  boost::asio::awaitable<void> take_in(const Job& job, const Collector& collector, Milliseconds interval,
                                       RunResult result, Milliseconds duration);
  boost::asio::awaitable<void> take_inventory(const std::string& tenant, std::vector<Environment> found);
  void forget(const std::string& tenant, const Environment& environment);
  /// Says once in the log when a tenant gets out of sight, and when it can be seen again.
  void tell_sight();
  void look_around(const Job& job, const RunResult& result);
  boost::asio::awaitable<void> publish(const Job& job, Milliseconds interval, Collection collection);
  boost::asio::awaitable<void> publish(std::vector<PartReport> reports);
  boost::asio::awaitable<void> mark_unknown(const std::string& tenant);
  [[nodiscard]] std::vector<PublishedSample> published(const Tenant& tenant, std::vector<Sample> samples) const;
  boost::asio::awaitable<void> remember(const Job& job, boost::json::value memory);
  [[nodiscard]] boost::json::value memory_of(const Job& job) const;
  boost::asio::awaitable<void> remember(const Job& job, const Collection& collection);
  /// Writes what is not on the disk yet; what cannot be is kept for the next time.
  boost::asio::awaitable<void> save_unsaved();
  [[nodiscard]] PartReport report_of(const Job& job, const Collection& collection) const;
  void publish_tenant_metrics(const std::string& tenant);
  void publish_budgets();
  [[nodiscard]] const Environment* find_environment(const Job& job) const;
  [[nodiscard]] std::string environment_name(const Job& job) const;
  [[nodiscard]] std::string describe(const Job& job) const;

  boost::asio::any_io_executor loop_;
  CollectingCollaborators with_;
  std::shared_ptr<const Config> config_;
  Collectors collectors_;
  std::vector<Collectors> retired_;  ///< metrics that are shown still may be theirs
  std::map<std::string, Tenant> tenants_;
  std::map<Job, Record> records_;
  std::map<Job, std::string> memories_;            ///< as JSON
  std::map<std::string, EnvironmentNames> names_;  ///< by tenant
  Unsaved unsaved_;
  std::vector<PartReport> ended_;  ///< what was told of jobs that run no more is to end
  Scheduler scheduler_;
  Sight sight_;
  std::set<std::string> told_blind_;
  Clock::time_point next_budgets_{};
  Clock::time_point next_saving_{};
  Rights rights_;
  std::map<std::string, std::set<SourceKey>> failing_probes_;  ///< by tenant: whose health samples say that they failed
  Wake wake_;
};

}  // namespace a2od
