#include "daemon/collect/collecting.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/settings.hpp"
#include "config/duration.hpp"
#include "daemon/collect/run_report.hpp"
#include "daemon/state/environments.hpp"
#include "daemon/state/memory.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxRunning = 64;
constexpr Clock::duration kBetweenSavings = std::chrono::seconds(5);
constexpr std::string_view kInventory = "inventory";

RunResult failed_run(const Collector& collector, Outcome outcome, const std::string& why) {
  RunResult result;
  for (const auto& part : collector.parts)
    result.parts.push_back({.name = part.name, .outcome = outcome, .error = why});
  return result;
}

bool succeeded(Outcome outcome) { return outcome == Outcome::ok || outcome == Outcome::degraded; }

/// The parts' errors for people, each once.
std::string joined_errors(std::span<const Part> parts) {
  std::string all;
  for (const auto& part : parts)
    if (!part.error.empty() && all.find(part.error) == std::string::npos) all += (all.empty() ? "" : "; ") + part.error;
  return all;
}

/// Why no token is granted at all; empty also where only one resource refuses (unknown or not consented there).
std::string sign_in_failure(const cloud::SignInState& state) {
  constexpr std::string_view kOfOneResource[] = {"AADSTS500011", "AADSTS70011", "AADSTS65001"};
  if (state.ok.value_or(true) || std::ranges::find(kOfOneResource, state.last_reason) != std::end(kOfOneResource))
    return {};
  return state.last_message.empty() ? state.last_reason : state.last_message;
}

}  // namespace

Collecting::Collecting(asio::any_io_executor loop, std::shared_ptr<const Config> config, Collectors collectors,
                       CollectingCollaborators collaborators)
    : loop_(loop),
      with_(std::move(collaborators)),
      config_(std::move(config)),
      collectors_(std::move(collectors)),
      scheduler_(kMaxRunning),
      wake_(loop) {
  for (const auto& tenant : config_->tenants) tenants_.emplace(tenant.name, open(tenant));
}

Collecting::Tenant Collecting::open(const TenantConfig& config) const {
  auto shared = std::make_shared<const TenantConfig>(config);
  return {.config = shared,
          .session = std::make_shared<cloud::TenantSession>(*shared, with_.http, with_.clock, with_.refreshes, loop_)};
}

void Collecting::restore() {
  std::vector<RightState> rights;
  for (auto& part : load_parts(with_.database)) {
    if (part.right_held)
      rights.push_back({.key = {part.collector, part.tenant, part.environment_id, part.part}, .was_ok = true});
  }
  rights_.restore(std::move(rights));
  names_ = load_environment_names(with_.database);
  for (auto& saved : load_memories(with_.database))
    memories_.emplace(Job{saved.collector, saved.tenant, saved.environment_id}, std::move(saved.memory));
  plan();
}

void Collecting::reload(std::shared_ptr<const Config> config, Collectors collectors) {
  const bool same_transport = config->transport == config_->transport;
  if (config->odata != config_->odata || config->exec != config_->exec) {
    retired_.push_back(std::exchange(collectors_, std::move(collectors)));
  }
  config_ = std::move(config);
  std::map<std::string, Tenant> tenants;
  for (const auto& tenant : config_->tenants) {
    const auto known = tenants_.find(tenant.name);
    if (known != tenants_.end() && same_transport && *known->second.config == tenant) {
      tenants.insert(tenants_.extract(known));
    } else {
      auto opened = open(tenant);
      if (known != tenants_.end()) {
        opened.inventory = known->second.inventory;
        opened.session->restore_day(known->second.session->day_usage());
      }
      tenants.emplace(tenant.name, std::move(opened));
    }
  }
  for (const auto& [name, tenant] : tenants_) {
    if (tenants.contains(name)) continue;
    sight_.forget(name);
    with_.metrics.remove({{"tenant", name}});
  }
  tenants_ = std::move(tenants);
  plan();
  wake_.call();
}

/// An estate that is too large for its share of the day is read less often, and says so.
void Collecting::stretch(const std::string& name, Tenant& tenant) {
  const auto before =
      std::exchange(tenant.stretch, stretch_to_fit(*config_, *tenant.config, tenant.inventory->all(), *collectors_));
  if (tenant.stretch.any() && before != tenant.stretch)
    spdlog::warn(
        "tenant '{}': {} environments need {:.0f} requests a day, over the {:.0f} that a2od may use: intervals are "
        "{:.1f} times as long as configured, those of probes {:.1f} times (requests_per_day is the tenant's "
        "entitlement)",
        name, tenant.inventory->all().size(),
        planned_requests_per_day(*config_, *tenant.config, tenant.inventory->all(), *collectors_),
        plannable_requests_per_day(*tenant.config), tenant.stretch.normal, tenant.stretch.health);
  for (const auto& collector : *collectors_) {
    const SelfMetrics::LabelMap labels{{"collector", std::string(collector.name)}, {"tenant", name}};
    with_.metrics.set("a2od_collector_interval_stretch_ratio", labels, tenant.stretch.of(collector.priority));
  }
}

void Collecting::plan() {
  for (auto& [name, tenant] : tenants_) stretch(name, tenant);
  scheduler_.set_jobs(wanted_jobs(), with_.clock.now());
  std::erase_if(records_, [this](const auto& record) {
    const auto& job = record.first;
    if (scheduler_.settings(job)) return false;
    auto environment = environment_name(job);
    if (job.environment_id.empty() || !environment.empty())
      ended_.push_back(no_more_runs(job.collector, job.tenant, std::move(environment)));
    return true;
  });
}

std::map<Job, JobSettings> Collecting::wanted_jobs() const {
  std::map<Job, JobSettings> jobs;
  const auto add = [&](const Collector& collector, const std::string& tenant, const Environment* environment) {
    const auto settings = effective_settings(collector, *config_, tenant, environment);
    if (!settings.enabled) return;
    const auto interval =
        std::chrono::ceil<std::chrono::seconds>(settings.interval * tenants_.at(tenant).stretch.of(collector.priority));
    jobs.emplace(Job{std::string(collector.name), tenant, environment == nullptr ? "" : environment->id},
                 JobSettings{interval, settings.timeout});
  };
  for (const auto& [name, tenant] : tenants_) {
    for (const auto& collector : *collectors_) {
      if (collector.scope == Scope::tenant) {
        add(collector, name, nullptr);
        continue;
      }
      for (const auto& environment : tenant.inventory->all())
        if (collector.applies_to(environment)) add(collector, name, &environment);
    }
  }
  return jobs;
}

std::set<std::string> Collecting::waiting_for() const {
  auto waiting = scheduler_.unsettled_collectors(with_.clock.now());
  if (!waiting.contains(std::string(kInventory))) return waiting;
  for (const auto& collector : *collectors_)
    if (collector.scope == Scope::environment) waiting.emplace(collector.name);
  return waiting;
}

CurrentValues::Running Collecting::running() const {
  CurrentValues::Running running;
  for (const auto& [name, tenant] : tenants_) {
    running.emplace(kSelf, name);
    for (const auto& collector : *collectors_) {
      const bool anywhere = collector.scope == Scope::tenant
                                ? effective_settings(collector, *config_, name).enabled
                                : tenant.inventory->all().empty() ||
                                      std::ranges::any_of(tenant.inventory->all(), [&](const auto& environment) {
                                        return effective_settings(collector, *config_, name, &environment).enabled;
                                      });
      if (anywhere) running.emplace(collector.name, name);
    }
  }
  return running;
}

asio::awaitable<void> Collecting::run(TaskGroup& runs) {
  for (;;) {
    const auto now = with_.clock.now();
    for (auto& job : scheduler_.start_due(now)) {
      auto name = describe(job);
      runs.spawn(std::move(name), collect(std::move(job)));
    }
    sight_.advance(with_.now());
    tell_sight();
    publish_budgets();
    co_await publish(std::exchange(ended_, {}));
    std::optional<Clock::duration> pause;
    if (const auto next = scheduler_.next_wake()) pause = std::max(Clock::duration::zero(), *next - with_.clock.now());
    if (!unsaved_.empty()) {
      if (now >= next_saving_) {
        next_saving_ = now + kBetweenSavings;
        runs.spawn("saving what collectors remember", save_unsaved());
      }
      pause = std::min(pause.value_or(kBetweenSavings), kBetweenSavings);
    }
    co_await wake_.sleep(pause);
  }
}

asio::awaitable<void> Collecting::collect(Job job) {
  const auto collectors = collectors_;  // a reload may replace them while the run is under way
  const auto* collector = find_collector(*collectors, job.collector);
  const auto settings = scheduler_.settings(job);
  const auto tenant = tenants_.find(job.tenant);
  std::optional<Environment> environment;
  if (const auto* found = find_environment(job)) environment = *found;
  if (collector != nullptr && settings && tenant != tenants_.end() && (job.environment_id.empty() || environment)) {
    const auto started = with_.clock.now();
    auto result = co_await run_within(job, *collector, settings->timeout, tenant->second, std::move(environment));
    const auto duration = std::chrono::floor<Milliseconds>(with_.clock.now() - started);
    try {
      co_await take_in(job, *collector, settings->interval, std::move(result), duration);
    } catch (const boost::system::system_error&) {
      throw;  // cancelled: the daemon stops
    } catch (const std::exception& error) {
      spdlog::error("{}: what it brought is lost: {}", describe(job), error.what());
    }
  }
  scheduler_.finished(job);
  wake_.call();
  with_.engine_changed();
}

asio::awaitable<RunResult> Collecting::run_within(const Job& job, const Collector& collector, Milliseconds limit,
                                                  Tenant tenant, std::optional<Environment> environment) {
  cloud::RunSession session(*tenant.session, with_.clock.now(), limit);
  Run run{.session = session,
          .clock = with_.clock,
          .tenant = *tenant.config,
          .schemas = *tenant.schemas,
          .environment = environment ? &*environment : nullptr,
          .environments = tenant.inventory->all(),
          .memory = memory_of(job)};
  RunResult result;
  try {
    result = co_await within(limit, collector.collect(run));
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    result = error.code() == asio::error::timed_out
                 ? failed_run(collector, Outcome::unreachable, "no end within " + format_duration(limit))
                 : failed_run(collector, Outcome::unreachable, error.code().message());
  } catch (const std::exception& error) {
    result = failed_run(collector, Outcome::broken, error.what());
  }
  co_return result;
}

asio::awaitable<void> Collecting::take_in(const Job& job, const Collector& collector, Milliseconds interval,
                                          RunResult result, Milliseconds duration) {
  if (result.inventory) co_await take_inventory(job.tenant, std::move(*result.inventory));
  if (!tenants_.contains(job.tenant)) co_return;
  look_around(job, result);
  if (result.memory) co_await remember(job, std::move(*result.memory));
  Collection collection{.collector = collector.name,
                        .tenant = job.tenant,
                        .environment_id = job.environment_id,
                        .finished = with_.now(),
                        .duration = duration,
                        .outcome = combine(result.parts),
                        .parts = std::move(result.parts)};
  co_await remember(job, collection);
  if (!scheduler_.settings(job)) co_return;
  publish_tenant_metrics(job.tenant);
  co_await publish(job, interval, std::move(collection));
  co_await mark_unknown(job.tenant);
  co_await with_.history.committed();
}

asio::awaitable<void> Collecting::take_inventory(const std::string& tenant, std::vector<Environment> found) {
  std::vector<SeenEnvironment> seen;
  for (const auto& environment : found) seen.push_back({environment.id, environment.display_name});
  if (add_names(names_[tenant], seen)) unsaved_.names.insert(tenant);
  co_await save_unsaved();
  const auto& names = names_[tenant];
  const auto owner = tenants_.find(tenant);
  if (owner == tenants_.end()) co_return;
  std::set<std::string> present;
  for (auto& environment : found) {
    if (environment.name.empty()) environment.name = names.at(environment.id);
    present.insert(environment.name);
  }
  const auto before = owner->second.inventory;
  if (before->all() == found) co_return;
  if (before->all().size() != found.size()) spdlog::info("tenant '{}' has {} environments", tenant, found.size());
  owner->second.inventory = std::make_shared<const Inventory>(std::move(found));
  for (const auto& environment : before->all())
    if (owner->second.inventory->find(environment.id) == nullptr) forget(tenant, environment);
  plan();
  const auto now = with_.now();
  co_await with_.engine.with([&](Engine& engine) { engine.set_environments(tenant, present, now); });
}

void Collecting::forget(const std::string& tenant, const Environment& environment) {
  spdlog::info("environment '{}' left the inventory of tenant '{}'", environment.name, tenant);
  sight_.forget(tenant, environment.id);
  rights_.forget(tenant, environment.id);
}

void Collecting::look_around(const Job& job, const RunResult& result) {
  const auto now = with_.now();
  if (result.probe) sight_.probed(job.tenant, job.environment_id, *result.probe, now);
  sight_.signed_in(job.tenant, sign_in_failure(tenants_.at(job.tenant).session->sign_in()), now);
  tell_sight();
}

void Collecting::tell_sight() {
  for (const auto& [name, tenant] : tenants_) {
    const bool told = told_blind_.contains(name);
    if (sight_.sees(name) != told) continue;
    if (told) {
      told_blind_.erase(name);
      spdlog::info("tenant '{}' can be seen again", name);
    } else {
      told_blind_.insert(name);
      spdlog::error("cannot see tenant '{}': {}", name, sight_.reason(name));
    }
    publish_tenant_metrics(name);
  }
}

std::vector<PublishedSample> Collecting::published(const Tenant& tenant, std::vector<Sample> samples) const {
  std::vector<PublishedSample> all;
  all.reserve(samples.size());
  for (const auto& sample : samples) {
    std::vector<Labels::Pair> labels(sample.labels.begin(), sample.labels.end());
    labels.emplace_back("tenant", tenant.config->name);
    if (!sample.environment_id.empty()) {
      const auto* environment = tenant.inventory->find(sample.environment_id);
      if (environment == nullptr) continue;  // filtered out, or gone
      labels.emplace_back("environment", environment->name);
    }
    all.push_back({sample.metric, Labels::from(std::move(labels)), sample.value});
  }
  return all;
}

asio::awaitable<void> Collecting::publish(const Job& job, Milliseconds interval, Collection collection) {
  const auto& tenant = tenants_.at(job.tenant);
  const bool sees = sight_.sees(job.tenant);
  auto& failing = failing_probes_[job.tenant];
  std::vector<PartReport> reports{report_of(job, collection)};
  for (auto& part : collection.parts) {
    const bool complete = part.outcome == Outcome::ok || part.outcome == Outcome::absent;
    const bool health = !complete && !part.samples.empty() && sees;
    PartReport report{.key = {job.collector, job.tenant, environment_name(job), std::string(part.name)},
                      .delivered = complete || health,
                      .interval = interval};
    if (report.delivered) {
      report.samples = published(tenant, std::move(part.samples));
      report.details = std::move(part.details);
    }
    if (health) {
      failing.insert(report.key);
    } else {
      failing.erase(report.key);
    }
    reports.push_back(std::move(report));
  }
  co_await publish(std::move(reports));
}

asio::awaitable<void> Collecting::publish(std::vector<PartReport> reports) {
  if (reports.empty()) co_return;
  const auto now = with_.now();
  co_await with_.engine.with([&](Engine& engine) {
    for (auto& report : reports) engine.publish(std::move(report), now);
  });
}

asio::awaitable<void> Collecting::mark_unknown(const std::string& tenant) {
  if (sight_.sees(tenant)) co_return;
  const auto owner = tenants_.find(tenant);
  if (owner == tenants_.end()) co_return;
  std::set<std::string> unknown;
  for (const auto& id : sight_.unknown_environments(tenant)) {
    if (const auto* environment = owner->second.inventory->find(id)) unknown.insert(environment->name);
  }
  std::vector<PartReport> reports;
  std::erase_if(failing_probes_[tenant], [&](const SourceKey& key) {
    if (!unknown.contains(key.environment)) return false;
    reports.push_back({.key = key, .delivered = false});
    return true;
  });
  co_await publish(std::move(reports));
}

asio::awaitable<void> Collecting::remember(const Job& job, boost::json::value memory) {
  auto text = boost::json::serialize(memory);
  text.shrink_to_fit();
  memories_.insert_or_assign(job, std::move(text));
  unsaved_.memories.insert(job);
  co_await save_unsaved();
}

boost::json::value Collecting::memory_of(const Job& job) const {
  const auto known = memories_.find(job);
  if (known == memories_.end()) return {};
  boost::system::error_code unreadable;
  auto memory = boost::json::parse(known->second, unreadable);
  return unreadable ? boost::json::value() : memory;
}

asio::awaitable<void> Collecting::remember(const Job& job, const Collection& collection) {
  auto& record = records_[job];
  const auto before = std::exchange(record.outcome, collection.outcome);
  const bool first = record.finished == Timestamp{};
  record.error = joined_errors(collection.parts);
  record.finished = collection.finished;
  if (succeeded(collection.outcome)) record.last_success = collection.finished;
  const bool changed_outcome = before != collection.outcome || (first && collection.outcome != Outcome::ok);
  const auto level = collection.outcome == Outcome::ok ? spdlog::level::info : spdlog::level::warn;
  // While the tenant cannot be seen, one line has said so for all that fails alike.
  spdlog::log(changed_outcome && sight_.sees(job.tenant) ? level : spdlog::level::debug, "{}: {} in {}{}{}",
              describe(job), to_string(collection.outcome), format_duration(collection.duration),
              record.error.empty() ? "" : ": ", record.error);
  for (const auto& part : collection.parts) {
    const PartKey key{job.collector, job.tenant, job.environment_id, std::string(part.name)};
    const bool rights_changed = rights_.observe(key, part);
    if (rights_changed && rights_.lost(key))
      spdlog::warn("{}: a right was lost: {}", describe(job), part.missing_right);
    if (rights_changed && (part.outcome == Outcome::ok || rights_.lost(key)))
      unsaved_.parts.push_back({.collector = key.collector,
                                .tenant = key.tenant,
                                .environment_id = key.environment_id,
                                .part = key.part,
                                .last_success = collection.finished,
                                .right_held = true});
  }
  co_await save_unsaved();
}

asio::awaitable<void> Collecting::save_unsaved() {
  auto taken = std::exchange(unsaved_, {});
  if (taken.empty()) co_return;
  std::map<std::string, EnvironmentNames> names;
  for (const auto& tenant : taken.names) names.emplace(tenant, names_[tenant]);
  std::vector<CollectorMemory> memories;
  for (const auto& job : taken.memories)
    memories.push_back({job.collector, job.tenant, job.environment_id, memories_.at(job)});
  const bool written = co_await with_.state.write("what collectors remember", [&](Database& database) {
    for (const auto& [tenant, known] : names) save_environment_names(database, tenant, known);
    for (const auto& memory : memories) save_memory(database, memory);
    if (!taken.parts.empty()) save_parts(database, taken.parts);
  });
  if (written) co_return;
  unsaved_.names.merge(taken.names);
  unsaved_.memories.merge(taken.memories);
  unsaved_.parts.insert(unsaved_.parts.begin(), taken.parts.begin(), taken.parts.end());
}

PartReport Collecting::report_of(const Job& job, const Collection& collection) const {
  RunSummary run{.collector = job.collector,
                 .tenant = job.tenant,
                 .environment = environment_name(job),
                 .outcome = collection.outcome,
                 .duration = collection.duration,
                 .missed = scheduler_.missed(job),
                 .last_success = records_.at(job).last_success};
  for (const auto& part : collection.parts)
    run.parts.push_back(
        {.name = part.name,
         .complete = part.outcome == Outcome::ok || part.outcome == Outcome::absent,
         .right_lost = rights_.lost({job.collector, job.tenant, job.environment_id, std::string(part.name)})});
  return run_report(run);
}

void Collecting::publish_tenant_metrics(const std::string& tenant) {
  const auto& session = *tenants_.at(tenant).session;
  auto& metrics = with_.metrics;
  metrics.set("a2od_sight", {{"tenant", tenant}}, sight_.sees(tenant) ? 1 : 0);
  const auto& sign_in = session.sign_in();
  if (sign_in.ok) metrics.set("a2od_sign_in_ok", {{"tenant", tenant}}, *sign_in.ok ? 1 : 0);
  for (const auto& [code, count] : sign_in.failures)
    metrics.count_to("a2od_sign_in_failures_total", {{"tenant", tenant}, {"code", code}}, count);
  using enum cloud::Service;
  for (const auto service : {admin, power_platform, dataverse, finance_operations, graph})
    metrics.count_to("a2od_requests_total", {{"tenant", tenant}, {"service", std::string(to_string(service))}},
                     session.requests(service));
  const auto day = session.day_usage();
  metrics.set("a2od_budget_day_requests", {{"tenant", tenant}}, static_cast<double>(day.used));
  metrics.set("a2od_budget_day_limit", {{"tenant", tenant}}, static_cast<double>(day.limit));
}

void Collecting::publish_budgets() {
  constexpr auto kBetween = std::chrono::seconds(10);
  const auto now = with_.clock.now();
  if (now < next_budgets_) return;
  next_budgets_ = now + kBetween;
  auto& metrics = with_.metrics;
  for (const auto& [name, tenant] : tenants_) {
    const auto budget = tenant.session->budget();
    const auto set = [&](const char* metric, SelfMetrics::LabelMap labels, double value) {
      labels["tenant"] = name;
      metrics.set(metric, labels, value);
    };
    set("a2od_budget_hosts_throttled", {}, static_cast<double>(budget.throttled_hosts));
    set("a2od_budget_lowest_rate_ratio", {}, budget.lowest_rate);
    set("a2od_budget_busiest_host_ratio", {{"facet", "requests"}}, budget.busiest_requests);
    set("a2od_budget_busiest_host_ratio", {{"facet", "execution_time"}}, budget.busiest_execution_time);
    if (!budget.allowance) continue;
    set("a2od_service_protection_remaining_requests", {}, budget.allowance->requests);
    set("a2od_service_protection_remaining_seconds", {}, budget.allowance->execution_seconds);
  }
}

const Environment* Collecting::find_environment(const Job& job) const {
  const auto tenant = tenants_.find(job.tenant);
  if (tenant == tenants_.end() || job.environment_id.empty()) return nullptr;
  return tenant->second.inventory->find(job.environment_id);
}

std::string Collecting::describe(const Job& job) const {
  if (job.environment_id.empty()) return fmt::format("{} of tenant '{}'", job.collector, job.tenant);
  return fmt::format("{} of environment '{}' of tenant '{}'", job.collector, environment_name(job), job.tenant);
}

std::string Collecting::environment_name(const Job& job) const {
  const auto* environment = find_environment(job);
  return environment == nullptr ? std::string() : environment->name;
}

std::vector<TargetRow> Collecting::rows() const {
  std::map<std::pair<std::string, std::string>, TargetRow> rows;
  for (const auto& [name, tenant] : tenants_) {
    rows[{name, ""}] = {.tenant = name};
    for (const auto& each : tenant.inventory->all())
      rows[{name, each.id}] = {.tenant = name,
                               .environment = each.name,
                               .display_name = each.display_name,
                               .type = each.type,
                               .region = each.region,
                               .state = each.state};
  }
  for (const auto& job : scheduler_.jobs()) {
    const auto row = rows.find({job.tenant, job.environment_id});
    if (row == rows.end()) continue;
    CollectorCell cell{.collector = job.collector};
    if (const auto record = records_.find(job); record != records_.end()) {
      cell.outcome = to_string(record->second.outcome);
      cell.error = record->second.error;
      cell.finished = record->second.finished;
      cell.last_success = record->second.last_success;
    }
    row->second.cells.push_back(std::move(cell));
  }
  std::vector<TargetRow> all;
  for (auto& [key, row] : rows) all.push_back(std::move(row));
  std::ranges::sort(all, {}, [](const TargetRow& row) { return std::tie(row.tenant, row.environment); });
  return all;
}

std::map<std::string, std::string> Collecting::blind_tenants() const {
  std::map<std::string, std::string> blind;
  for (const auto& [name, tenant] : tenants_)
    if (!sight_.sees(name)) blind.emplace(name, sight_.reason(name));
  return blind;
}

}  // namespace a2od
