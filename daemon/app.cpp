#include "daemon/app.hpp"

#include "collectors/async/deadline.hpp"
#include "config/duration.hpp"
#include "daemon/engine/environments_seen.hpp"
#include "daemon/engine/parallel.hpp"
#include "daemon/log.hpp"
#include "daemon/state/keep_events.hpp"
#include "daemon/version.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace a2od {

namespace asio = boost::asio;

using asio::ip::tcp;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPoolThreads = 2;
constexpr std::size_t kQueryThreads = 2;
constexpr Milliseconds kBetweenSelfSamples = 1s;
constexpr Milliseconds kRulesAwaited = 2min;  // after the start
constexpr Milliseconds kStopWithin = 4s;      // all groups of tasks together

Database open_database(const StorageConfig& storage) {
  auto database = Database::open(storage.path);
  if (!database) throw std::runtime_error(database.error().message);
  return std::move(*database);
}

std::string_view collector_of(std::span<const Collector> collectors, std::string_view metric) {
  for (const auto& collector : collectors)
    if (std::ranges::find(collector.metrics, metric, &Metric::name) != collector.metrics.end()) return collector.name;
  return {};
}

EngineOptions engine_options(const Loaded& loaded, const asio::any_io_executor& pool) {
  const auto& rules = loaded.config.rules;
  return {.resolution = rules.resolution,
          .evaluation_interval = rules.evaluation_interval,
          .hold = rules.no_data == RulesConfig::NoData::hold,
          .evaluate_on_change = rules.evaluation == RulesConfig::Evaluation::on_change,
          .external_labels = rules.external_labels,
          .external_url = loaded.external_url,
          .instance = loaded.config.web.listen_address,
          .collector_of =
              [collectors = loaded.collectors](std::string_view metric) { return collector_of(*collectors, metric); },
          .in_parallel = [pool](std::size_t count,
                                const auto& task) { run_in_parallel(pool, kPoolThreads - 1, count, task); },
          .stopwatch = [] { return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()); }};
}

/// Each exporter's connection is kept.
TransportConfig for_exporters(TransportConfig transport) {
  transport.max_idle_connections = Scraping::kMostScrapes;
  return transport;
}

/// "127.0.0.1:9365", "[::1]:9365", ":9365".
tcp::endpoint listen_endpoint(const std::string& address) {
  const auto colon = address.rfind(':');
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code failure;
  const auto ip = host.empty()          ? asio::ip::address(asio::ip::address_v6::any())
                  : host == "localhost" ? asio::ip::address(asio::ip::address_v4::loopback())
                                        : asio::ip::make_address(host, failure);
  const auto port = colon == std::string::npos ? std::string() : address.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  if (failure || !digits || std::stoul(port) > 65535)
    throw std::runtime_error(
        fmt::format("listen address '{}': write an IP address and a port, such as 127.0.0.1:9365", address));
  return {ip, static_cast<std::uint16_t>(std::stoul(port))};
}

tcp::acceptor listen(asio::io_context& io, const std::string& address) {
  const auto endpoint = listen_endpoint(address);
  tcp::acceptor acceptor(io);
  boost::system::error_code failure;
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure)
    throw std::runtime_error(
        fmt::format("cannot listen on {}: {}; choose another with --web.listen-address", address, failure.message()));
  return acceptor;
}

/// Some of what a reload reads is in force only from the next start on.
void warn_of_restart(const Config& wanted, const Config& started_with) {
  std::string changed;
  const auto note = [&](bool differs, std::string_view key) {
    if (differs) changed += fmt::format("{}{}", changed.empty() ? "" : ", ", key);
  };
  note(wanted.transport != started_with.transport, "transport");
  note(wanted.storage != started_with.storage, "storage");
  note(wanted.web.listen_address != started_with.web.listen_address, "web.listen_address");
  if (!changed.empty()) spdlog::warn("in force only after a restart, as a2od started with other values: {}", changed);
}

/// "/a2od" of "https://ops.example/a2od".
std::string path_of(const std::string& url) {
  const auto parsed = cloud::parse_url(url);
  if (!parsed || parsed->target == "/") return {};
  return parsed->target;
}

void log_warnings(const Problems& warnings) {
  for (const auto& warning : warnings) spdlog::warn("{}", to_string(warning));
}

TaskGroup::OnFailure log_failure() {
  return [](const std::string& name, const std::exception& error) { spdlog::error("{}: {}", name, error.what()); };
}

std::string joined(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) text += to_string(problem) + "\n";
  return text;
}

}  // namespace

App::App(asio::io_context& io, AppOptions options, Loaded loaded)
    : options_(std::move(options)),
      evaluation_clock_(loaded.config.rules.resolution),
      config_(std::make_shared<const Config>(loaded.config)),
      started_with_(config_),
      path_prefix_(path_of(loaded.external_url)),
      started_(read_clock()),
      last_reload_(started_),
      database_(open_database(loaded.config.storage)),
      pool_(kPoolThreads),
      query_pool_(kQueryThreads),
      state_pool_(1),
      message_pool_(1),
      history_pool_(1),
      state_(database_, state_pool_.get_executor(), journal_),
      http_(io.get_executor(), loaded.config.transport, clock_),
      scrape_http_(io.get_executor(), for_exporters(loaded.config.transport), clock_),
      refreshes_(io.get_executor(), log_failure()),
      history_(io.get_executor(), history_pool_.get_executor(),
               {.folder = std::filesystem::path(loaded.config.storage.path) / "history",
                .retention = loaded.config.storage.retention}),
      engine_(pool_, engine_options(loaded, pool_.get_executor()), std::move(loaded.groups),
              load_rule_alerts(database_)),
      notifier_(io.get_executor(), loaded.config, loaded.templates, loaded.external_url,
                {.http = http_,
                 .database = database_,
                 .state = state_,
                 .journal = journal_,
                 .pool = message_pool_.get_executor(),
                 .metrics = metrics_,
                 .now = [this] { return read_clock(); },
                 .pass_on =
                     [this](std::span<const AlertNotice> notices) {
                       if (!notifier_.learning_until()) alertmanagers_.receive(notices);
                     }}),
      alertmanagers_(io.get_executor(), loaded.config,
                     {.http = http_,
                      .database = database_,
                      .state = state_,
                      .pool = message_pool_.get_executor(),
                      .metrics = metrics_,
                      .now = [this] { return read_clock(); }}),
      collecting_(io.get_executor(), config_, loaded.collectors,
                  {.clock = clock_,
                   .now = [this] { return read_clock(); },
                   .http = http_,
                   .refreshes = refreshes_,
                   .engine = engine_,
                   .history = history_,
                   .database = database_,
                   .state = state_,
                   .pool = pool_.get_executor(),
                   .metrics = metrics_,
                   .engine_changed = [this] { engine_changed_.call(); }}),
      scraping_(io.get_executor(), *config_,
                {.clock = clock_,
                 .now = [this] { return read_clock(); },
                 .http = scrape_http_,
                 .engine = engine_,
                 .files = pool_.get_executor(),
                 .started = [this] { engine_changed_.call(); }}),
      web_({.engine = engine_,
            .history = history_,
            .notifier = notifier_,
            .pool = pool_.get_executor(),
            .queries = query_pool_.get_executor(),
            .now = [this] { return read_clock(); },
            .wall = [this] { return clock_.wall(); },
            .when = [this](Timestamp wall) { return evaluation_clock_.when(wall); },
            .ready = [this] { return ready_; },
            .page = [this] { return page(); },
            .reload = [this] { return reload(); },
            .status = [this] { return status(); },
            .metrics = [this] { return declared_metrics(collecting_.collectors()); },
            .external_labels = [this] { return config_->rules.external_labels; },
            .path_prefix = [this] { return path_prefix_; },
            .runbook_folders = [this] { return runbook_folders(*config_); },
            .state_file = database_.file()}),
      server_([this](HttpRequest request) { return web_.handle(std::move(request)); }, {}),
      acceptor_(listen(io, loaded.config.web.listen_address)),
      engine_changed_(io.get_executor()),
      loops_(io.get_executor(), log_failure()),
      runs_(io.get_executor(), log_failure()),
      deliveries_(io.get_executor(), log_failure()),
      sessions_(io.get_executor(), [](const std::string& name, const std::exception& error) {
        spdlog::debug("{}: {}", name, error.what());
      }) {
  log_warnings(loaded.warnings);
  set_up_web(loaded.web);
  metrics_.set("a2od_build_info", {{"version", std::string(kVersion)}}, 1);
  metrics_.set("a2od_config_last_reload_successful", {}, 1);
  restore_series();
  collecting_.restore();
  rule_transitions_.restore(load_rule_alerts(database_));
  // Alerts that fired before the restart do not expire while their rules still wait to be evaluated.
  notifier_.restore(started_ + kRulesAwaited);
  notifier_.await_rules(engine_.unevaluated(), started_ + kRulesAwaited);
  alertmanagers_.restore();
}

App::~App() {
  query_pool_.stop();
  query_pool_.join();
  pool_.stop();
  pool_.join();
  message_pool_.stop();
  message_pool_.join();
  state_pool_.stop();
  state_pool_.join();
  history_pool_.stop();
  history_pool_.join();
  history_.finish();
}

void App::restore_series() {
  const auto begun = clock_.now();
  std::size_t series = 0;
  engine_.restore(started_, [&](auto windows, Store& store) {
    history_.restore(windows, store);
    series = store.series_count();
  });
  const auto took = std::chrono::floor<Milliseconds>(clock_.now() - begun);
  if (series > 0) spdlog::info("{} series were read from the history in {} ms", series, took.count());
  engine_.on_samples([this](std::vector<LoggedSamples> samples) { history_.add(std::move(samples)); });
}

void App::start() {
  loops_.spawn("web server", server_.serve(acceptor_, sessions_));
  loops_.spawn("collecting", collecting_.run(runs_));
  loops_.spawn("scraping", scraping_.run(runs_));
  loops_.spawn("evaluating", evaluate());
  loops_.spawn("history", history_.run([this] { return read_clock(); }));
  loops_.spawn("notifying", notifier_.run(deliveries_));
  loops_.spawn("telling Alertmanagers", alertmanagers_.run(deliveries_));
  loops_.spawn("keeping events",
               keep_events({.journal = journal_,
                            .state = state_,
                            .metrics = metrics_,
                            .now = [this] { return read_clock(); },
                            .retention = {config_->storage.events_retention, config_->storage.max_events}}));
  loops_.spawn("signs of life", service_manager_.give_signs_of_life());
  journal_.record({read_clock(), "daemon.started", {}, {{"version", kVersion}}});
  spdlog::info("a2od {} is listening on {}", kVersion, config_->web.listen_address);
  if (const auto until = notifier_.learning_until())
    spdlog::info("learning until {:%F %R} UTC: alerts are logged and shown, and not sent",
                 std::chrono::floor<std::chrono::minutes>(*until));
  service_manager_.ready(fmt::format("listening on {}", config_->web.listen_address));
}

asio::awaitable<void> App::stop() {
  spdlog::info("stopping");
  service_manager_.stopping();
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  web_.cancel_queries();
  notifier_.cut_off();
  const std::array groups{&loops_, &runs_, &refreshes_, &deliveries_, &sessions_};
  for (auto* group : groups) {
    try {
      co_await within(kStopWithin / groups.size(), group->stop());
    } catch (const boost::system::system_error& error) {
      spdlog::warn("{} tasks did not end in time: {}", group->running(), error.what());
    }
  }
  journal_.record({read_clock(), "daemon.stopped"});
  co_await write_events(state_);
}

Timestamp App::read_clock() const { return evaluation_clock_.read(clock_.now(), clock_.wall()); }

asio::awaitable<void> App::evaluate() {
  auto next_sampling = clock_.now();
  for (;;) {
    const auto now = read_clock();
    metrics_.count_to("a2od_clock_steps_total", {}, evaluation_clock_.steps());
    auto waiting = collecting_.waiting_for();
    if (scraping_.is_starting()) waiting.emplace(kExporters);
    auto running = collecting_.running();
    const bool sample = clock_.now() >= next_sampling;
    if (sample) next_sampling = clock_.now() + kBetweenSelfSamples;
    std::vector<GroupReport> reports;
    std::vector<Labels> unevaluated;
    std::size_t series = 0;
    EnvironmentsSeen environments;
    auto step = co_await engine_.with([&](Engine& engine) {
      engine.set_waiting_for(std::move(waiting));
      engine.set_running(std::move(running), now);
      if (sample)
        engine.publish({.key = {std::string(kSelf), "", "", "self"}, .delivered = true, .samples = metrics_.samples()},
                       now);
      auto done = engine.step(now);
      reports = engine.report();
      unevaluated = engine.unevaluated();
      environments = environments_seen(engine.values());
      series = engine.series();
      return done;
    });
    ready_ = std::ranges::none_of(reports, &GroupReport::waiting);
    metrics_.set("a2od_series", {}, static_cast<double>(series));
    publish_group_metrics(reports);
    publish_history_metrics();
    co_await save(std::move(step.changed));
    metrics_.set("a2od_state_writing", {}, state_.fault().empty() ? 1 : 0);
    notifier_.see_environments(environments);
    notifier_.receive(step.notices);
    if (now < started_ + kRulesAwaited) notifier_.await_rules(std::move(unevaluated), started_ + kRulesAwaited);
    if (!notifier_.learning_until()) alertmanagers_.receive(step.notices);
    notifier_.vouch_until(step.next);
    co_await engine_changed_.sleep(std::max(Milliseconds{1}, step.next - read_clock()));
  }
}

asio::awaitable<void> App::save(std::vector<GroupAlerts> changed) {
  journal_.record(rule_transitions_.update(changed, read_clock()));
  for (auto& group : changed) {
    std::pair key(group.file, group.group);
    unsaved_alerts_.insert_or_assign(std::move(key), std::move(group));
  }
  if (unsaved_alerts_.empty()) co_return;
  std::vector<GroupAlerts> all;
  for (const auto& [key, group] : unsaved_alerts_) all.push_back(group);
  if (co_await state_.write("alerts of rules", [&](Database& database) { save_rule_alerts(database, all); }))
    unsaved_alerts_.clear();
}

void App::publish_group_metrics(const std::vector<GroupReport>& reports) {
  for (const auto& report : reports) {
    const SelfMetrics::LabelMap labels{{"group", report.name}, {"file", report.file}};
    metrics_.set("a2od_rule_group_last_duration_seconds", labels,
                 std::chrono::duration<double>(report.last_duration).count());
    metrics_.count_to("a2od_rule_group_iterations_missed_total", labels, report.iterations_missed);
    metrics_.count_to("a2od_rule_evaluation_failures_total", labels, report.failures);
  }
}

void App::publish_history_metrics() {
  const auto& status = history_.status();
  metrics_.set("a2od_history_writing", {}, status.writing ? 1 : 0);
  metrics_.set("a2od_history_bytes", {}, static_cast<double>(status.bytes));
  metrics_.count_to("a2od_history_failures_total", {}, status.failures);
  metrics_.count_to("a2od_history_samples_total", {}, status.samples);
  metrics_.count_to("a2od_history_samples_lost_total", {}, status.samples_lost);
  metrics_.count_to("a2od_history_upkeep_cpu_seconds_total", {}, status.upkeep_cpu);
  metrics_.set("a2od_history_damaged_files", {}, static_cast<double>(status.damaged_files));
}

StatusPage App::page() const {
  StatusPage page{.version = std::string(kVersion),
                  .started = started_,
                  .blind_tenants = collecting_.blind_tenants(),
                  .learning_until = notifier_.learning_until(),
                  .targets = collecting_.rows(),
                  .scraped = scraping_.rows(),
                  .history_bytes = history_.status().bytes,
                  .history_fault = history_.status().writing ? std::string() : history_.status().last_error,
                  .state_fault = state_.fault()};
  for (const auto& reason : notifier_.maintenance().active(read_clock()))
    page.maintenance.push_back({.what = reason.id.substr(reason.id.find('/') + 1),
                                .why = reason.tenant.empty() ? reason.comment : "tenant " + reason.tenant});
  for (const auto& heartbeat : notifier_.heartbeats().incoming(read_clock()))
    page.heartbeats.push_back({.name = heartbeat.config->name,
                               .state = std::string(to_string(heartbeat.summary)),
                               .last = heartbeat.state->last,
                               .due = heartbeat.due,
                               .message = heartbeat.state->message});
  for (const auto& status : notifier_.status()) {
    page.receivers.push_back(
        {.receiver = fmt::format("{} ({})", status.integration.receiver, describe(status.integration)),
         .waiting = status.messages,
         .misconfigured = status.misconfigured,
         .last_error = status.last_error});
  }
  for (const auto& status : alertmanagers_.status())
    page.receivers.push_back({.receiver = status.address,
                              .waiting = status.waiting,
                              .misconfigured = status.misconfigured,
                              .last_error = status.last_error});
  return page;
}

ServerStatus App::status() const {
  const auto& config = *config_;
  return {.version = std::string(kVersion),
          .started = started_,
          .now = read_clock(),
          .last_reload = last_reload_,
          .reload_successful = reload_successful_,
          .configuration = config.printed,
          .for_alertmanager = config.printed_for_alertmanager,
          .retention = format_duration(config.storage.retention),
          .flags = {{"config.file", options_.config_file},
                    {"log.format", config.log.format == LogConfig::Format::json ? "json" : "text"},
                    {"log.level", config.log.level},
                    {"storage.path", config.storage.path},
                    {"storage.retention", format_duration(config.storage.retention)},
                    {"web.config.file", config.web.config_file},
                    {"web.external-url", config.web.external_url},
                    {"web.listen-address", config.web.listen_address}}};
}

void App::set_up_web(const WebServerConfig& web) {
  std::map<std::string, std::string> hashes;
  for (const auto& [user, hash] : web.basic_auth_users) hashes.emplace(user, hash.reveal());
  web_.set_users(BasicAuth(std::move(hashes)));
  if (web.tls) server_.set_tls(tls_identity(*web.tls));
}

asio::awaitable<std::string> App::reload() {
  service_manager_.reloading();
  auto problems = co_await read_anew();
  service_manager_.ready(problems.empty() ? fmt::format("listening on {}", started_with_->web.listen_address)
                                          : "the configuration is as before, because the new one has problems");
  co_return problems;
}

asio::awaitable<std::string> App::read_anew() {
  auto loaded =
      co_await offload(pool_.get_executor(), [this] { return load(options_.config_file, options_.overrides); });
  std::string problems;
  if (!loaded) {
    problems = joined(loaded.error());
  } else {
    try {
      set_up_web(loaded->web);
    } catch (const std::exception& error) {
      problems = fmt::format("{}: {}\n", loaded->config.web.config_file, error.what());
    }
  }
  reload_successful_ = problems.empty();
  last_reload_ = read_clock();
  metrics_.set("a2od_config_last_reload_successful", {}, problems.empty() ? 1 : 0);
  engine_changed_.call();
  if (!problems.empty()) {
    spdlog::error("the configuration is as before, because the new one has problems:\n{}", problems);
    journal_.record({last_reload_, "config.refused", {}, {{"problems", problems}}});
    co_return problems;
  }
  log_warnings(loaded->warnings);
  const auto& config = loaded->config;
  warn_of_restart(config, *started_with_);
  set_up_log(config.log);
  config_ = std::make_shared<const Config>(config);
  collecting_.reload(config_, loaded->collectors);
  scraping_.reload(config);
  notifier_.reload(config, loaded->templates, loaded->external_url);
  alertmanagers_.reload(config);
  path_prefix_ = path_of(loaded->external_url);
  journal_.record({last_reload_, "config.reloaded"});
  journal_.record(rule_transitions_.keep_groups(loaded->groups, last_reload_));
  auto options = engine_options(*loaded, pool_.get_executor());
  // New rules see the past as old ones do: what they ask for is read before they are evaluated.
  const auto now = read_clock();
  const auto missing =
      co_await engine_.with([&](Engine& engine) { return engine.missing(options, loaded->groups, now); });
  const auto older = missing.empty()
                         ? Snapshot()
                         : co_await offload(query_pool_.get_executor(), [&] { return history_.older(missing); });
  co_await engine_.with([&](Engine& engine) { engine.reload(std::move(options), std::move(loaded->groups), older); });
  engine_changed_.call();
  spdlog::info("the configuration was read anew");
  co_return problems;
}

}  // namespace a2od
