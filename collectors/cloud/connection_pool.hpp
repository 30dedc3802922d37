// Connections that wait for their next request: few, young, and found by whom they lead to.
#pragma once

#include "collectors/cloud/http_connection.hpp"

#include <list>
#include <memory>
#include <string>
#include <utility>

namespace a2od::cloud {

class ConnectionPool {
 public:
  /// Who is at the other end, how that was checked, and through which proxy, "host:port", it is reached.
  struct Key {
    Origin origin;
    TlsClientConfig tls;
    std::string proxy;
    bool operator==(const Key&) const = default;
  };

  ConnectionPool(std::size_t max_idle, Clock::duration max_age) : max_idle_(max_idle), max_age_(max_age) {}

  /// The connection of `key` that was used last and is still usable, nullptr where there is none.
  [[nodiscard]] std::unique_ptr<HttpConnection> take(const Key& key, Clock::time_point now);

  /// Keeps a connection; beyond the cap the one that is idle longest is closed.
  void put(Key key, std::unique_ptr<HttpConnection> connection, Clock::time_point now);

  [[nodiscard]] std::size_t size() const { return idle_.size(); }

 private:
  struct Idle {
    Key key;
    std::unique_ptr<HttpConnection> connection;
    Clock::time_point since;
  };

  std::size_t max_idle_;
  Clock::duration max_age_;
  std::list<Idle> idle_;  ///< the one used last in front
};

}  // namespace a2od::cloud
