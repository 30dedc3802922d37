// Name lookups by c-ares on the event loop: they run side by side and can be abandoned, unlike Asio's own.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace a2od {

/// Reads /etc/hosts first, then asks the servers of /etc/resolv.conf, which is read again after it changed.
/// All calls on the executor given at construction.
class Resolver {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;

  explicit Resolver(boost::asio::any_io_executor executor);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// At least one address in the order to try them, or the reason as c-ares words it. A numeric address is its own
  /// answer. Throws operation_aborted when cancelled; the lookup then ends unseen.
  boost::asio::awaitable<std::expected<Addresses, std::string>> resolve(std::string host);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace a2od
