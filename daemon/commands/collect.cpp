#include "collectors/async/deadline.hpp"
#include "collectors/async/task_group.hpp"
#include "collectors/cloud/tenant_session.hpp"
#include "collectors/collector.hpp"
#include "collectors/settings.hpp"
#include "collectors/text.hpp"
#include "config/document.hpp"
#include "config/duration.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/log.hpp"
#include "daemon/web/exposition.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>

namespace a2od {

namespace asio = boost::asio;

namespace {

/// Everything that one examination of a tenant needs.
struct Examination {
  asio::io_context io{1};
  SystemClock clock;
  TaskGroup refreshes{io.get_executor(), [](const std::string&, const std::exception&) {}};
  cloud::HttpClient http;
  const Config& config;

  explicit Examination(const Config& configuration)
      : http(io.get_executor(), configuration.transport, clock), config(configuration) {}
};

struct Finding {
  const Collector* collector = nullptr;
  RunResult result;
  std::uint64_t requests = 0;
  Milliseconds duration{};
};

asio::awaitable<Finding> examine(Examination& with, cloud::TenantSession& tenant_session, const Collector& collector,
                                 const TenantConfig& tenant, const Environment* environment,
                                 const std::vector<Environment>& environments) {
  const auto settings = effective_settings(collector, with.config, tenant.name, environment);
  cloud::RunSession session(tenant_session, with.clock.now(), settings.timeout);
  Schemas schemas;
  Run run{.session = session,
          .clock = with.clock,
          .tenant = tenant,
          .schemas = schemas,
          .environment = environment,
          .environments = environments,
          .memory = {}};
  const auto started = with.clock.now();
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
  finding.duration = std::chrono::floor<Milliseconds>(with.clock.now() - started);
  co_return finding;
}

const Environment* find_environment(const std::vector<Environment>& environments, const std::string& wanted) {
  const auto found = std::ranges::find_if(environments, [&](const Environment& environment) {
    return same_text(environment.id, wanted) || same_text(environment.name, wanted) ||
           same_text(environment.display_name, wanted);
  });
  return found == environments.end() ? nullptr : &*found;
}

/// The samples of one environment, and those of the tenant as a whole, as Prometheus would read them.
void print_samples(const Finding& finding, const TenantConfig& tenant, const Environment& environment) {
  CurrentValues values({}, [](std::string_view) { return std::string_view(); });
  Store store;
  std::vector<PublishedSample> samples;
  for (const auto& part : finding.result.parts) {
    for (const auto& sample : part.samples) {
      if (!sample.environment_id.empty() && sample.environment_id != environment.id) continue;
      std::vector<Labels::Pair> labels(sample.labels.begin(), sample.labels.end());
      labels.emplace_back("tenant", tenant.name);
      if (!sample.environment_id.empty()) labels.emplace_back("environment", environment.name);
      samples.push_back({sample.metric, Labels::from(std::move(labels)), sample.value});
    }
  }
  values.publish(store, {.delivered = true, .interval = std::chrono::hours(1), .samples = std::move(samples)}, {});
  fmt::print("{}", render(values, ExpositionFormat::text));
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

/// Nothing: this tenant does not have the environment.
asio::awaitable<std::optional<bool>> examine_tenant(Examination& with, const TenantConfig& tenant,
                                                    const std::string& wanted, const std::string& only,
                                                    std::vector<std::string>& seen) {
  cloud::TenantSession session(tenant, with.http, with.clock, with.refreshes, with.io.get_executor());
  const auto& inventory = *find_collector("inventory");
  auto finding = co_await examine(with, session, inventory, tenant, nullptr, {});
  if (!finding.result.inventory) {
    print_finding(finding);
    co_return false;
  }
  auto environments = *finding.result.inventory;
  for (auto& environment : environments)
    if (environment.name.empty()) environment.name = environment.display_name;
  const auto* environment = find_environment(environments, wanted);
  if (environment == nullptr) {
    for (const auto& each : environments) seen.push_back(each.display_name);
    co_return std::nullopt;
  }
  std::map<Outcome, std::size_t> outcomes;
  for (const auto& collector : all_collectors()) {
    if (!only.empty() && collector.name != only) continue;
    const bool of_environment = collector.scope == Scope::environment;
    if (of_environment && collector.applies != nullptr && !collector.applies(*environment)) {
      fmt::print("# collector {}: does not apply to this environment\n\n", collector.name);
      continue;
    }
    if (&collector != &inventory)
      finding =
          co_await examine(with, session, collector, tenant, of_environment ? environment : nullptr, environments);
    print_finding(finding);
    print_samples(finding, tenant, *environment);
    fmt::print("\n");
    ++outcomes[combine(finding.result.parts)];
  }
  std::string summary;
  for (const auto& [outcome, count] : outcomes)
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, to_string(outcome));
  fmt::print("# summary of '{}': {}\n", environment->name,
             summary.empty() ? "no collector applies to this environment" : summary);
  co_return outcomes.size() == outcomes.count(Outcome::ok);
}

asio::awaitable<int> examine_all(Examination& with, const std::string& wanted, const std::string& only) {
  std::vector<std::string> seen;
  for (const auto& tenant : with.config.tenants) {
    const auto good = co_await examine_tenant(with, tenant, wanted, only, seen);
    if (good) co_return *good ? 0 : 1;
  }
  const std::vector<std::string_view> names(seen.begin(), seen.end());
  const auto meant = nearest(wanted, names);
  fmt::print(stderr, "a2od: no tenant has an environment '{}' (by name or id){}\n", wanted,
             meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant));
  co_return 1;
}

}  // namespace

int collect_once(const std::string& config_file, const std::string& environment, const std::string& collector) {
  if (!collector.empty() && find_collector(collector) == nullptr) {
    fmt::print(stderr, "a2od: there is no collector '{}'; there are:", collector);
    for (const auto& each : all_collectors()) fmt::print(stderr, " {}", each.name);
    fmt::print(stderr, "\n");
    return 2;
  }
  const auto loaded = load(config_file, {});
  if (!loaded) {
    print(loaded.error());
    return 1;
  }
  set_up_log({.level = "warn"});
  Examination with(loaded->config);
  int code = 1;
  std::exception_ptr failure;
  const auto work = [&](std::exception_ptr error, int result) {
    failure = error;
    code = result;
    with.io.stop();
  };
  asio::co_spawn(with.io, examine_all(with, environment, collector), work);
  with.io.run();
  if (failure) std::rethrow_exception(failure);
  return code;
}

}  // namespace a2od
