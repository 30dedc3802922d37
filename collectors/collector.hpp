// What a collector is, and the table of all there are.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/cloud/session.hpp"
#include "collectors/sample.hpp"
#include "collectors/tables/schema.hpp"
#include "config/config.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

enum class Scope { tenant, environment };

/// A part that a collector's runs have, and what it costs and needs.
struct PartDescription {
  std::string_view name;
  std::string_view right;       ///< the least right that it needs, as an administrator would look for it
  double requests_per_run = 1;  ///< planned with; for tenant-wide parts per tenant, else per environment
  std::string_view table = {};  ///< of Dataverse that it reads, by logical name; empty: none, or several endpoints
};

/// What a run is given. All references outlive the run.
struct Run {
  cloud::Session& session;  ///< requests as the tenant's identity
  const Clock& clock;
  const TenantConfig& tenant;
  Schemas& schemas;                           ///< what is known of the tables of the tenant's environments
  const Environment* environment = nullptr;   ///< of an environment-wide run, else nullptr
  std::span<const Environment> environments;  ///< the tenant's inventory as last seen, for tenant-wide runs
  /// What the last run of this collector on this tenant or environment handed back to be remembered; null before.
  boost::json::value memory;
};

/// How a probe of a host ended: what Sight (collectors/sight/sight.hpp) decides by.
struct Probe {
  std::string host;                     ///< "contoso.crm4.dynamics.com"
  std::optional<cloud::Cause> failure;  ///< nothing: it answered as it should
};

/// What a run hands back: every part that the collector describes, each complete or failed; the inventory, from the one
/// collector that reads it; and the probe, from those that probe a host.
struct RunResult {
  std::vector<Part> parts;
  /// Names are empty, except for environments that the operator named. Absent when it could not be read.
  std::optional<std::vector<Environment>> inventory;
  std::optional<Probe> probe;
  /// What the next run needs to know: counters and how far they were read. Kept in the state database, durably before
  /// the parts are published; absent: what was remembered stays.
  std::optional<boost::json::value> memory;
};

/// Views point to what lives as long as the program, or as `collect` and `applies`.
struct Collector {
  std::string_view name;
  std::string_view about;  ///< one sentence for --help and the documentation
  Scope scope = Scope::environment;
  std::chrono::seconds interval;
  std::chrono::seconds timeout;
  /// Whose intervals are lengthened last where a tenant is too large for its day, and whose requests go first.
  cloud::Priority priority = cloud::Priority::normal;
  std::span<const Metric> metrics;
  std::span<const PartDescription> parts;
  /// Only for environments that have what it reads; nullptr: for all.
  std::function<bool(const Environment& environment)> applies = nullptr;
  /// Failures of the world are parts with an outcome. Exceptions mean a cancelled run or a fault of ours.
  std::function<boost::asio::awaitable<RunResult>(Run& run)> collect = nullptr;

  /// Whether it has anything to do with the environment, or runs for its tenant as a whole.
  [[nodiscard]] bool applies_to(const Environment& environment) const {
    return scope == Scope::tenant || applies == nullptr || applies(environment);
  }
};

/// Every built-in collector, in the order of the documentation: a new one is a folder and a line here.
[[nodiscard]] std::span<const Collector> all_collectors();

/// nullptr where there is none of this name.
[[nodiscard]] const Collector* find_collector(std::string_view name);
[[nodiscard]] const Collector* find_collector(std::span<const Collector> collectors, std::string_view name);

/// The built-in collectors and, behind them, the operator's own. Whoever keeps samples of them keeps this, too.
using Collectors = std::shared_ptr<const std::vector<Collector>>;
[[nodiscard]] Collectors collectors_of(const Config& config);

}  // namespace a2od
