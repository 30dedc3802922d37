// simulated_tenant: Microsoft's side of a2od on one port of this machine, for tests and demonstrations.
#include "collectors/async/clock.hpp"
#include "tests/tenant/identity.hpp"
#include "tests/tenant/listen.hpp"
#include "tests/tenant/tenant_server.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>

namespace {

namespace asio = boost::asio;
using namespace a2od;
using namespace a2od::tenant;

struct Arguments {
  std::string scenario;
  std::string listen = "127.0.0.1:8443";
  std::string directory;
  std::optional<std::uint64_t> environments;
  std::optional<std::uint64_t> seed;
};

asio::awaitable<void> run(TenantServer& server) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT);
  server.start();
  announce(server.endpoint());
  co_await signals.async_wait(asio::use_awaitable);
  co_await server.stop();
}

void serve(Scenario scenario, const Arguments& arguments) {
  const auto files = prepare_directory(arguments.directory);
  const SystemClock clock;
  asio::io_context io(1);
  SimulatedTenant tenant(std::move(scenario), files.registration, clock.wall());
  TenantServer server(io.get_executor(), tenant, clock, files.server, parse_endpoint(arguments.listen));
  std::exception_ptr failure;
  asio::co_spawn(io, run(server), [&failure](std::exception_ptr error) { failure = std::move(error); });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

/// `--environments` counts all of them: those that the scenario lists, and as many made from the seed as are missing.
void apply(const Arguments& arguments, Scenario& scenario) {
  if (arguments.seed) scenario.seed = *arguments.seed;
  if (!arguments.environments) return;
  const auto listed = scenario.environments.size();
  scenario.generate = *arguments.environments > listed ? *arguments.environments - listed : 0;
}

int simulate(const Arguments& arguments) {
  auto scenario = read_scenario(arguments.scenario);
  if (!scenario) {
    for (const auto& problem : scenario.error()) std::fprintf(stderr, "%s\n", to_string(problem).c_str());
    return 1;
  }
  apply(arguments, *scenario);
  try {
    serve(*std::move(scenario), arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "simulated_tenant: %s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Plays a Microsoft tenant on one port: sign-in, admin API, Dataverse, finance and operations, Graph"};
  app.add_option("--scenario", arguments.scenario, "what the tenant consists of (tests/tenant/scenarios)")->required();
  app.add_option("--listen", arguments.listen, "address and port; port 0 takes a free one")->capture_default_str();
  app.add_option("--directory", arguments.directory, "where ca.pem, client-secret and client.pem are kept")->required();
  app.add_option("--environments", arguments.environments, "how many environments in all");
  app.add_option("--seed", arguments.seed, "another estate of the same shape");
  CLI11_PARSE(app, argc, argv);
  return simulate(arguments);
}
