#include "daemon/commands/examination.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/async/task_group.hpp"
#include "collectors/settings.hpp"
#include "config/document.hpp"
#include "config/duration.hpp"
#include "config/text.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>

namespace a2od {

namespace asio = boost::asio;

namespace {

using Work = std::function<asio::awaitable<bool>(Examined&)>;

struct Tools {
  asio::io_context io{1};
  SystemClock clock;
  TaskGroup refreshes{io.get_executor(), [](const std::string&, const std::exception&) {}};
  cloud::HttpClient http;
  const Config& config;
  const std::vector<Collector>& collectors;

  Tools(const Config& from, const std::vector<Collector>& all)
      : http(io.get_executor(), from.transport, clock), config(from), collectors(all) {}
  explicit Tools(const Loaded& loaded) : Tools(loaded.config, *loaded.collectors) {}
};

const Environment* find_environment(const std::vector<Environment>& environments, const std::string& wanted) {
  const auto found = std::ranges::find_if(environments, [&](const Environment& environment) {
    return same_text(environment.id, wanted) || same_text(environment.name, wanted) ||
           same_text(environment.display_name, wanted);
  });
  return found == environments.end() ? nullptr : &*found;
}

/// Nothing: this tenant does not have the environment; its names are added to `seen`.
asio::awaitable<std::optional<bool>> examine_tenant(Tools& with, const TenantConfig& tenant, const std::string& wanted,
                                                    const Work& work, std::vector<std::string>& seen) {
  cloud::TenantSession session(tenant, with.http, with.clock, with.refreshes, with.io.get_executor());
  std::vector<Environment> environments;
  const Environment none;
  Examined before{with.config, with.collectors, tenant, with.clock, session, environments, none};
  const auto inventory = co_await examine(before, *find_collector("inventory"));
  if (!inventory.result.inventory) {
    print_finding(inventory);
    co_return false;
  }
  environments = *inventory.result.inventory;
  for (auto& environment : environments)
    if (environment.name.empty()) environment.name = environment.display_name;
  const auto* environment = find_environment(environments, wanted);
  if (environment == nullptr) {
    for (const auto& each : environments) seen.push_back(each.display_name);
    co_return std::nullopt;
  }
  Examined of{with.config, with.collectors, tenant, with.clock, session, environments, *environment};
  co_return co_await work(of);
}

asio::awaitable<int> examine_all(Tools& with, const std::string& wanted, const Work& work) {
  std::vector<std::string> seen;
  for (const auto& tenant : with.config.tenants) {
    const auto good = co_await examine_tenant(with, tenant, wanted, work, seen);
    if (good) co_return *good ? 0 : 1;
  }
  const std::vector<std::string_view> names(seen.begin(), seen.end());
  const auto meant = nearest(wanted, names);
  fmt::print(stderr, "a2od: no tenant has an environment '{}' (by name or id){}\n", wanted,
             meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant));
  co_return 1;
}

asio::awaitable<int> examine_each_tenant(Tools& with, const Work& work) {
  const std::vector<Environment> no_environments;
  const Environment none;
  for (const auto& tenant : with.config.tenants) {
    cloud::TenantSession session(tenant, with.http, with.clock, with.refreshes, with.io.get_executor());
    Examined of{with.config, with.collectors, tenant, with.clock, session, no_environments, none};
    const bool good = co_await work(of);
    if (!good) co_return 1;
  }
  co_return 0;
}

/// Runs the work to its end. What it throws is thrown here.
int result_of(Tools& with, asio::awaitable<int> work) {
  set_up_log({.level = "warn"});
  int code = 1;
  std::exception_ptr failure;
  const auto done = [&](std::exception_ptr error, int result) {
    failure = error;
    code = result;
    with.io.stop();
  };
  asio::co_spawn(with.io, std::move(work), done);
  with.io.run();
  if (failure) std::rethrow_exception(failure);
  return code;
}

}  // namespace

Run run_of(Examined& of, cloud::Session& session, const Environment* environment) {
  return {.session = session,
          .clock = of.clock,
          .tenant = of.tenant,
          .schemas = of.schemas,
          .environment = environment,
          .environments = of.environments,
          .memory = {}};
}

asio::awaitable<Finding> examine(Examined& of, const Collector& collector) {
  const bool of_environment = collector.scope == Scope::environment;
  const auto* environment = of_environment ? &of.environment : nullptr;
  const auto settings = effective_settings(collector, of.config, of.tenant.name, environment);
  cloud::RunSession session(of.session, of.clock.now(), settings.timeout);
  auto run = run_of(of, session, environment);
  const auto started = of.clock.now();
  Finding finding{.collector = &collector};
  try {
    finding.result = co_await within(settings.timeout, collector.collect(run));
  } catch (const boost::system::system_error& error) {
    for (const auto& part : collector.parts)
      finding.result.parts.push_back({.name = part.name,
                                      .outcome = Outcome::unreachable,
                                      .error = error.code() == asio::error::timed_out
                                                   ? "no end within " + format_duration(settings.timeout)
                                                   : error.code().message()});
  }
  finding.requests = session.requests();
  finding.duration = std::chrono::floor<Milliseconds>(of.clock.now() - started);
  co_return finding;
}

void print_finding(const Finding& finding) {
  fmt::print("# collector {}: {}, {} request{}, {}\n", finding.collector->name,
             to_string(combine(finding.result.parts)), finding.requests, finding.requests == 1 ? "" : "s",
             format_duration(finding.duration));
  for (const auto& part : finding.result.parts) {
    fmt::print("#   {}: {}{}{}\n", part.name, to_string(part.outcome), part.error.empty() ? "" : ": ", part.error);
    for (const auto& detail : part.details) fmt::print("#     {}: {}\n", detail.metric->name, detail.text);
    if (!part.missing_right.empty()) fmt::print("#     missing right: {}\n", part.missing_right);
  }
}

int examine_environment(const std::string& config_file, const std::string& environment, const std::string& collector,
                        const Work& work) {
  const auto loaded = load(config_file, {});
  if (!loaded) {
    print(loaded.error());
    return 1;
  }
  if (!collector.empty() && find_collector(*loaded->collectors, collector) == nullptr) {
    fmt::print(stderr, "a2od: there is no collector '{}'; there are:", collector);
    for (const auto& each : *loaded->collectors) fmt::print(stderr, " {}", each.name);
    fmt::print(stderr, "\n");
    return 2;
  }
  Tools with(*loaded);
  return result_of(with, examine_all(with, environment, work));
}

int examine_tenants(const Config& config, const std::vector<Collector>& collectors, const Work& work) {
  Tools with(config, collectors);
  return result_of(with, examine_each_tenant(with, work));
}

}  // namespace a2od
