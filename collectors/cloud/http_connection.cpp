#include "collectors/cloud/http_connection.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/cloud/assertion.hpp"
#include "config/duration.hpp"
#include "config/text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

namespace a2od::cloud {

using asio::ip::tcp;

namespace {

using Kind = HttpError::Kind;

void throw_if_aborted(const boost::system::error_code& error) {
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
}

/// A closed connection is readable, and so is one with bytes that no one asked for.
bool is_open_and_silent(tcp::socket& socket) {
  char byte = 0;
  const auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

class PlainConnection final : public HttpConnection {
 public:
  explicit PlainConnection(tcp::socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) override {
    return socket_.async_read_some(into, asio::use_awaitable);
  }
  asio::awaitable<void> write(asio::const_buffer bytes) override {
    co_await asio::async_write(socket_, bytes, asio::use_awaitable);
  }
  bool is_usable() override { return is_open_and_silent(socket_); }

 private:
  tcp::socket socket_;
};

class TlsConnection final : public HttpConnection {
 public:
  TlsConnection(tcp::socket socket, std::shared_ptr<TlsContext> context, const Destination& to)
      : context_(std::move(context)), peer_(to.origin.authority()), stream_(std::move(socket), context_->context()) {
    context_->prepare(stream_.native_handle(), to.tls.server_name.empty() ? to.origin.host : to.tls.server_name, peer_);
  }

  /// OpenSSL never resumes the session of a connection that ended without a farewell. HTTP tells complete answers by
  /// itself, so the farewell is only noted, not sent.
  ~TlsConnection() override { SSL_set_shutdown(stream_.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  asio::awaitable<boost::system::error_code> handshake() {
    const auto [error] =
        co_await stream_.async_handshake(asio::ssl::stream_base::client, asio::as_tuple(asio::use_awaitable));
    throw_if_aborted(error);
    co_return error;
  }

  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) override {
    return stream_.async_read_some(into, asio::use_awaitable);
  }
  asio::awaitable<void> write(asio::const_buffer bytes) override {
    co_await asio::async_write(stream_, bytes, asio::use_awaitable);
  }
  bool is_usable() override { return is_open_and_silent(stream_.next_layer()); }

  [[nodiscard]] std::string certificate_problem() { return cloud::certificate_problem(stream_.native_handle()); }

 private:
  std::shared_ptr<TlsContext> context_;
  std::string peer_;
  asio::ssl::stream<tcp::socket> stream_;
};

/// The steps of opening one connection; `step_` says which was under way when the time ran out.
class Opening {
 public:
  Opening(Destination destination, Resolver& resolver, TlsContexts& contexts, const Clock& clock, Phases& phases)
      : destination_(std::move(destination)),
        resolver_(resolver),
        contexts_(contexts),
        clock_(clock),
        phases_(phases) {}

  asio::awaitable<Opened> run(Milliseconds limit) {
    deadline_ = std::chrono::steady_clock::now() + limit;
    try {
      co_return co_await within(limit, steps());
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::timed_out) throw;
    }
    co_return fail(Kind::timeout, fmt::format("no end within {}", format_duration(limit)));
  }

 private:
  asio::awaitable<Opened> steps() {
    step_ = "lookup";
    auto started = clock_.now();
    auto addresses = co_await resolver_.resolve(destination_.address);
    phases_.lookup = since(started);
    if (!addresses) co_return fail(Kind::lookup, addresses.error());

    step_ = "connection";
    started = clock_.now();
    const auto executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor);
    const auto refused = co_await connect(socket, std::move(*addresses));
    phases_.connect = since(started);
    if (refused)
      co_return fail(refused == asio::error::timed_out ? Kind::timeout : Kind::connection, refused.message());
    if (destination_.proxy != nullptr) {
      step_ = "tunnel";
      const auto refusal = co_await open_tunnel(socket);
      if (!refusal.empty()) co_return fail(Kind::connection, refusal);
    }
    if (destination_.origin.scheme == Origin::Scheme::http)
      co_return std::make_unique<PlainConnection>(std::move(socket));

    step_ = "TLS handshake";
    started = clock_.now();
    auto secured = co_await secure(std::move(socket));
    phases_.tls = since(started);
    co_return secured;
  }

  /// Why the proxy gives no tunnel; empty when it does.
  asio::awaitable<std::string> open_tunnel(tcp::socket& socket) {
    constexpr std::size_t kMostHead = 16U << 10U;
    const auto& origin = destination_.origin;
    const bool bracketed = origin.host.contains(':');
    const auto peer = fmt::format("{}{}{}:{}", bracketed ? "[" : "", origin.host, bracketed ? "]" : "", origin.port);
    std::string asked = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", peer);
    if (const auto& credentials = destination_.proxy->credentials; !credentials.empty())
      asked += fmt::format("Proxy-Authorization: Basic {}\r\n", base64(credentials.reveal()));
    asked += "\r\n";
    co_await asio::async_write(socket, asio::buffer(asked), asio::use_awaitable);
    std::string head;
    const auto [error, size] = co_await asio::async_read_until(socket, asio::dynamic_buffer(head, kMostHead),
                                                               "\r\n\r\n", asio::as_tuple(asio::use_awaitable));
    throw_if_aborted(error);
    if (error) co_return "the proxy closed the connection";
    if (head.size() < 12 || !head.starts_with("HTTP/1.")) co_return "the proxy does not speak HTTP";
    const auto status = std::string_view(head).substr(9, 3);
    if (status == "200") co_return std::string();
    co_return status == "407" ? "the proxy wants user and password, or others (407)"
                              : fmt::format("the proxy answered {}", status);
  }

  /// Every address but the last gets its share of the time that is left, so that a dead one does not use it up.
  asio::awaitable<boost::system::error_code> connect(tcp::socket& socket, Resolver::Addresses addresses) {
    boost::system::error_code last;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const auto left = deadline_ - std::chrono::steady_clock::now();
      const auto share = left / static_cast<std::int64_t>(addresses.size() - i);
      last = co_await connect_one(socket, tcp::endpoint(addresses[i], destination_.port), share);
      if (!last) break;
    }
    boost::system::error_code only_slower;
    if (!last) socket.set_option(tcp::no_delay(true), only_slower);
    co_return last;
  }

  static asio::awaitable<boost::system::error_code> connect_one(tcp::socket& socket, tcp::endpoint to,
                                                                std::chrono::steady_clock::duration limit) {
    boost::system::error_code failed;
    socket.close(failed);
    try {
      co_await within(limit, socket.async_connect(to, asio::use_awaitable));
    } catch (const boost::system::system_error& error) {
      throw_if_aborted(error.code());
      failed = error.code();
    }
    co_return failed;
  }

  asio::awaitable<Opened> secure(tcp::socket socket) {
    auto context = contexts_.get(destination_.tls);
    if (!context) co_return fail(Kind::tls, context.error().message);
    auto connection = std::make_unique<TlsConnection>(std::move(socket), std::move(*context), destination_);
    const auto error = co_await connection->handshake();
    if (!error) co_return connection;
    const std::string problem = connection->certificate_problem();
    if (!problem.empty()) co_return fail(Kind::tls, "the certificate is refused: " + problem);
    const bool cut =
        error == asio::ssl::error::stream_truncated || error.category() == asio::error::get_system_category();
    co_return fail(cut ? Kind::connection : Kind::tls, cut ? "the connection was closed" : error.message());
  }

  [[nodiscard]] std::unexpected<HttpError> fail(Kind kind, std::string_view what) const {
    const std::string named = destination_.origin.authority();
    const std::string reached = fmt::format("{}:{}", destination_.address, destination_.port);
    const bool overridden = destination_.address != destination_.origin.host;
    return std::unexpected(
        HttpError{kind, fmt::format("{}: {}{}: {}", named, step_, overridden ? " by way of " + reached : "", what)});
  }

  [[nodiscard]] Milliseconds since(Clock::time_point then) const {
    return std::chrono::round<Milliseconds>(clock_.now() - then);
  }

  Destination destination_;
  Resolver& resolver_;
  TlsContexts& contexts_;
  const Clock& clock_;
  Phases& phases_;
  std::string_view step_ = "lookup";
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace

bool matches_host(std::string_view pattern, std::string_view host) {
  if (pattern == "*") return true;
  if (pattern.starts_with("*.")) {
    pattern.remove_prefix(1);
    if (host.size() <= pattern.size()) return false;
    host.remove_prefix(host.size() - pattern.size());
  }
  return same_text(pattern, host);
}

Destination destination_of(const Origin& origin, const std::vector<ConnectOverride>& overrides,
                           const ProxyRules& proxies, TlsClientConfig tls) {
  const auto found = std::ranges::find_if(
      overrides, [&](const auto& candidate) { return matches_host(candidate.hosts, origin.host); });
  if (found != overrides.end()) return {origin, std::move(tls), found->address, found->port};
  const auto* proxy = origin.scheme == Origin::Scheme::https ? proxies.proxy_for(origin.host) : nullptr;
  if (proxy != nullptr) return {origin, std::move(tls), proxy->host, proxy->port, proxy};
  return {origin, std::move(tls), origin.host, origin.port};
}

asio::awaitable<Opened> open_connection(Destination destination, Milliseconds limit, Resolver& resolver,
                                        TlsContexts& contexts, const Clock& clock, Phases& phases) {
  Opening opening(std::move(destination), resolver, contexts, clock, phases);
  co_return co_await opening.run(limit);
}

}  // namespace a2od::cloud
