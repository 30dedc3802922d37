#include "tests/tenant/tenant_server.hpp"

#include <cstdio>
#include <exception>
#include <utility>

namespace a2od::tenant {
namespace {

namespace asio = boost::asio;

asio::awaitable<HttpReply> answer(SimulatedTenant& tenant, const Clock& clock, HttpRequest request) {
  co_return tenant.answer(request, clock.wall());
}

HttpHandler handler_of(SimulatedTenant& tenant, const Clock& clock) {
  return [&tenant, &clock](HttpRequest request) { return answer(tenant, clock, std::move(request)); };
}

HttpServerOptions options() {
  HttpServerOptions options;
  options.max_connections = 20'000;
  return options;
}

void report(const std::string& task, const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", task.c_str(), error.what());
}

}  // namespace

TenantServer::TenantServer(const asio::any_io_executor& executor, SimulatedTenant& tenant, const Clock& clock,
                           const TlsIdentity& identity, const asio::ip::tcp::endpoint& endpoint)
    : server_(handler_of(tenant, clock), options()), acceptor_(executor, endpoint), sessions_(executor, report) {
  server_.set_tls(identity);
}

void TenantServer::start() { sessions_.spawn("accept connections", server_.serve(acceptor_, sessions_)); }

asio::awaitable<void> TenantServer::stop() { return sessions_.stop(); }

}  // namespace a2od::tenant
