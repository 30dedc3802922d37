#include "collectors/async/file_limit.hpp"
#include "daemon/app.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/heap.hpp"
#include "daemon/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <exception>
#include <filesystem>

namespace a2od {

namespace asio = boost::asio;

namespace {

void explain_missing_configuration(const std::string& file) {
  fmt::print(stderr,
             "a2od: there is no configuration at {}\n"
             "\n"
             "To begin: copy minimal.yaml there (or name another file: a2od run FILE), fill in your tenant and\n"
             "application, and let `a2od check config FILE` tell what is still missing. It is in\n"
             "/usr/share/doc/a2od/examples where a2od is installed, and in config/examples of its source.\n"
             "To see a2od at work without a tenant, run deploy/quickstart in its source folder.\n",
             file);
}

/// Connections to Microsoft and exporters, those of scrapers and browsers, and the state database with its logs.
std::uint64_t needed_files(const Config& config) {
  constexpr std::uint64_t kRunning = 64;
  constexpr std::uint64_t kOurs = 64;
  std::uint64_t targets = 0;
  for (const auto& scrape : config.scrape_configs)
    for (const auto& group : scrape.static_configs) targets += group.targets.size();
  return config.transport.max_idle_connections + kRunning + targets + HttpServerOptions{}.max_connections + kOurs;
}

/// SIGHUP reloads; SIGTERM and SIGINT end. Returns when the daemon has stopped.
asio::awaitable<void> serve_signals(App& app, asio::io_context& io) {
  asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  for (;;) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal != SIGHUP) break;
    co_await app.reload();
  }
  co_await app.stop();
}

}  // namespace

int run_daemon(const std::string& config_file, const Overrides& overrides) {
  if (!std::filesystem::exists(config_file)) {
    explain_missing_configuration(config_file);
    return 1;
  }
  set_up_heap();
  auto loaded = load(config_file, overrides);
  if (!loaded) {
    print(loaded.error());
    return 1;
  }
  set_up_log(loaded->config.log);
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto warning = file_limit_warning(raise_file_limit(), needed_files(loaded->config)))
    spdlog::warn("{}", *warning);
  const auto& config = loaded->config;
  if (loaded->groups.empty() && !(config.tenants.empty() && config.scrape_configs.empty()))
    spdlog::warn("rule_files matches no file with rules: a2od collects and shows, but nothing will ever alert");
  asio::io_context io(1);
  try {
    App app(io, {config_file, overrides}, std::move(*loaded));
    app.start();
    std::exception_ptr failure;
    asio::co_spawn(io, serve_signals(app, io), [&](std::exception_ptr error) { failure = error; });
    io.run();
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return 1;
  }
  spdlog::info("stopped");
  return 0;
}

}  // namespace a2od
