// The simulated tenant on a socket: the shell around SimulatedTenant.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/async/task_group.hpp"
#include "daemon/http/server.hpp"
#include "tests/tenant/tenant.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace a2od::tenant {

/// Binds at construction, serves from start() to stop(). Tenant and clock must outlive it; one thread or a strand.
class TenantServer {
 public:
  TenantServer(const boost::asio::any_io_executor& executor, SimulatedTenant& tenant, const Clock& clock,
               const TlsIdentity& identity, const boost::asio::ip::tcp::endpoint& endpoint);

  void start();
  boost::asio::awaitable<void> stop();
  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  HttpServer server_;
  boost::asio::ip::tcp::acceptor acceptor_;
  TaskGroup sessions_;
};

}  // namespace a2od::tenant
