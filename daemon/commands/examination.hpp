// One environment looked at from the command line, as a doctor would: collectors run once, in the open.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/cloud/tenant_session.hpp"
#include "collectors/collector.hpp"
#include "collectors/tables/schema.hpp"
#include "config/config.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace a2od {

/// The environment that was asked for, and what it takes to ask it. Outlives the examination.
struct Examined {
  const Config& config;
  const std::vector<Collector>& collectors;  ///< built-in and own
  const TenantConfig& tenant;
  const Clock& clock;
  cloud::TenantSession& session;
  const std::vector<Environment>& environments;  ///< of the tenant
  const Environment& environment;
  Schemas schemas = {};
};

struct Finding {
  const Collector* collector = nullptr;
  RunResult result;
  std::uint64_t requests = 0;
  Milliseconds duration{};
};

/// What a run is given; `environment` is nullptr for tenant-wide ones. The session and `of` must outlive it.
[[nodiscard]] Run run_of(Examined& of, cloud::Session& session, const Environment* environment);

/// One run, within its time limit.
boost::asio::awaitable<Finding> examine(Examined& of, const Collector& collector);

/// Outcomes, requests, errors, missing rights and details, as comments of an exposition.
void print_finding(const Finding& finding);

/// Finds the environment, by name or id, in the tenants of the configuration, and lets `work` say whether all is well.
/// The exit code of the process; what is wrong is said on standard error.
/// A `collector` that is named, but is none, is wrong usage: 2.
int examine_environment(const std::string& config_file, const std::string& environment, const std::string& collector,
                        const std::function<boost::asio::awaitable<bool>(Examined&)>& work);

/// Lets `work` look at one tenant after the other, without an environment, until it says of one that it is not well.
/// The exit code of the process.
int examine_tenants(const Config& config, const std::vector<Collector>& collectors,
                    const std::function<boost::asio::awaitable<bool>(Examined&)>& work);

}  // namespace a2od
