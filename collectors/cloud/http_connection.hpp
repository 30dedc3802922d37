// One connection to a server, plain or TLS: opened step by step, then bytes in and out.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/async/resolver.hpp"
#include "collectors/cloud/http_client.hpp"
#include "collectors/cloud/proxy.hpp"
#include "collectors/cloud/tls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>

#include <expected>
#include <memory>
#include <string>

namespace a2od::cloud {

/// Whom to speak to, and where it is reached: the second differs from the first under a `connect:` override.
struct Destination {
  Origin origin;
  TlsClientConfig tls;
  std::string address;  ///< name or numeric
  std::uint16_t port = 443;
  const Proxy* proxy = nullptr;  ///< at that address; it is asked for a tunnel to the origin. Outlives the opening
};

/// `connect:` of the configuration applied to an origin: the first pattern that matches wins, and goes without a proxy.
/// Otherwise https goes through the proxy that the rules name; plain http never does.
[[nodiscard]] Destination destination_of(const Origin& origin, const std::vector<ConnectOverride>& overrides,
                                         const ProxyRules& proxies, TlsClientConfig tls);

/// "*.dynamics.com" matches every name below it, "*" all; else the whole name, without regard to case.
[[nodiscard]] bool matches_host(std::string_view pattern, std::string_view host);

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;

  /// At least one byte; throws eof at the end, and operation_aborted when cancelled.
  virtual boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer into) = 0;
  virtual boost::asio::awaitable<void> write(boost::asio::const_buffer bytes) = 0;

  /// Whether an idle connection is still open and silent. A server that closed it, or sent what no one asked for, has
  /// made it useless.
  [[nodiscard]] virtual bool is_usable() = 0;
};

using Opened = std::expected<std::unique_ptr<HttpConnection>, HttpError>;

/// Lookup, connection to the first address that answers, and TLS where the scheme asks for it, all within `limit`.
/// Fills in the phases it went through. Throws only operation_aborted, when cancelled.
boost::asio::awaitable<Opened> open_connection(Destination destination, Milliseconds limit, Resolver& resolver,
                                               TlsContexts& contexts, const Clock& clock, Phases& phases);

}  // namespace a2od::cloud
