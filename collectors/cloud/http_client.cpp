#include "collectors/cloud/http_client.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/cloud/connection_pool.hpp"
#include "collectors/cloud/http_message.hpp"
#include "config/duration.hpp"
#include "config/text.hpp"

#include <boost/asio/ssl/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace a2od::cloud {

namespace {

using Kind = HttpError::Kind;
using Sent = std::expected<HttpResponse, HttpError>;

/// Shorter than any front end of Microsoft's keeps a silent connection.
constexpr auto kMaxIdleAge = 90s;
constexpr std::size_t kPiece = 32U << 10U;
/// For a body that nobody waits for: one that is there by then lets the connection be kept.
constexpr auto kForTheRest = 1s;

std::string name_of(const Proxy* proxy) {
  return proxy == nullptr ? std::string() : fmt::format("{}:{}", proxy->host, proxy->port);
}

bool is_end(const boost::system::error_code& error) { return error == asio::error::eof; }

/// A response, or an error and whether not a single byte of an answer had come by then.
struct Exchanged {
  Sent result;
  bool unanswered = false;
};

/// One request and its response on an open connection.
class Exchange {
 public:
  Exchange(HttpConnection& connection, const std::string& bytes, std::string peer, const HttpLimits& limits,
           Packed packed)
      : connection_(connection),
        bytes_(bytes),
        peer_(std::move(peer)),
        limits_(limits),
        reader_(peer_, limits.body_bytes, packed) {}

  /// `deadline`: of the request as a whole.
  asio::awaitable<Exchanged> run(const Clock& clock, Phases& phases, BodyNeeded needed, Clock::time_point deadline) {
    const auto started = clock.now();
    auto problem = co_await step(within(limits_.first_byte, ask()));
    phases.first_byte = std::chrono::round<Milliseconds>(clock.now() - started);
    const auto enough = [&] {
      const auto status = reader_.status();
      return status && needed != BodyNeeded::always && (needed == BodyNeeded::never || *status != 200);
    };
    while (!problem && !reader_.done() && !ended_ && !enough())
      problem = co_await step(connection_.read_some(asio::buffer(piece_)));
    if (enough()) {
      if (problem) ended_ = true;
      co_await try_to_read_the_rest(std::min<Clock::duration>(kForTheRest, (deadline - clock.now()) / 2));
      co_return Exchanged{reader_.take(), false};
    }
    if (problem) co_return Exchanged{std::unexpected(std::move(*problem)), !answered_};
    co_return Exchanged{reader_.take(), false};
  }

  [[nodiscard]] bool keeps_connection() const { return !ended_ && !unwritten_ && reader_.keeps_connection(); }

 private:
  /// Ends with the first bytes of the answer. One that came before the request was read to its end is an answer, too.
  asio::awaitable<std::size_t> ask() {
    try {
      co_await connection_.write(asio::buffer(bytes_));
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      unwritten_ = error.code();
    }
    try {
      co_return co_await connection_.read_some(asio::buffer(piece_));
    } catch (const boost::system::system_error& error) {
      if (!unwritten_ || error.code() == asio::error::operation_aborted) throw;
    }
    throw boost::system::system_error(unwritten_);
  }

  /// So that the connection can be kept.
  asio::awaitable<void> try_to_read_the_rest(Clock::duration limit) {
    if (reader_.done() || ended_) co_return;
    try {
      co_await within(limit, read_the_rest());
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      ended_ = true;
    }
  }

  asio::awaitable<void> read_the_rest() {
    while (!reader_.done() && !ended_) {
      const auto problem = co_await step(connection_.read_some(asio::buffer(piece_)));
      if (problem) ended_ = true;
    }
  }

  asio::awaitable<std::optional<HttpError>> step(asio::awaitable<std::size_t> reading) {
    boost::system::error_code failed;
    std::size_t got = 0;
    try {
      got = co_await std::move(reading);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      failed = error.code();
    }
    if (!failed) {
      answered_ = true;
      co_return reader_.write(std::string_view(piece_.data(), got));
    }
    if (is_end(failed) && answered_) {
      ended_ = true;
      co_return reader_.write_end();
    }
    co_return error_of(failed);
  }

  [[nodiscard]] HttpError error_of(const boost::system::error_code& failed) const {
    if (failed == asio::error::timed_out)
      return {Kind::timeout, fmt::format("{}: no answer within {}", peer_, format_duration(limits_.first_byte))};
    const bool cut = is_end(failed) || failed == asio::ssl::error::stream_truncated;
    const std::string what = cut ? "the connection was closed" : failed.message();
    return {Kind::connection,
            fmt::format("{}: {} {}", peer_, what, answered_ ? "within the answer" : "before an answer")};
  }

  HttpConnection& connection_;
  const std::string& bytes_;
  std::string peer_;
  HttpLimits limits_;
  ResponseReader reader_;
  std::array<char, kPiece> piece_;
  bool answered_ = false;
  bool ended_ = false;
  boost::system::error_code unwritten_;  ///< why the request was not written to its end
};

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) {
  const auto same = [&](const auto& header) { return same_text(header.first, name); };
  const auto found = std::ranges::find_if(headers, same);
  return found != headers.end() ? std::string_view(found->second) : std::string_view();
}

Cause cause_of(HttpError::Kind kind) {
  switch (kind) {
    case Kind::lookup:
      return Cause::lookup;
    case Kind::connection:
      return Cause::connection;
    case Kind::tls:
      return Cause::tls;
    case Kind::timeout:
      return Cause::timeout;
    case Kind::too_large:
    case Kind::malformed:
      return Cause::malformed;
  }
  return Cause::malformed;
}

struct HttpClient::Impl {
  Impl(asio::any_io_executor executor, TransportConfig given, const Clock& on)
      : config(std::move(given)),
        proxies(ProxyRules::read(config, environment_variable).value_or(ProxyRules())),
        clock(on),
        resolver(std::move(executor)),
        pool(config.max_idle_connections, kMaxIdleAge) {}

  asio::awaitable<Sent> send(HttpRequest request, std::string bytes, HttpLimits limits) {
    const auto started = clock.now();
    Phases phases;
    Exchanged exchanged = co_await attempt(request, bytes, limits, phases, started + limits.total);
    if (exchanged.result) {
      exchanged.result->phases = phases;
      exchanged.result->phases.total = std::chrono::round<Milliseconds>(clock.now() - started);
    }
    co_return std::move(exchanged.result);
  }

  asio::awaitable<Exchanged> attempt(const HttpRequest& request, const std::string& bytes, const HttpLimits& limits,
                                     Phases& phases, Clock::time_point deadline) {
    const auto& through = request.proxies ? *request.proxies : proxies;
    auto tls = request.tls;
    if (tls.ca_file.empty()) tls.ca_file = config.ca_file;
    auto destination = destination_of(request.url.origin, config.connect, through, std::move(tls));
    const ConnectionPool::Key key{request.url.origin, destination.tls, name_of(destination.proxy)};
    auto kept = request.fresh_connection ? nullptr : pool.take(key, clock.now());
    if (kept) {
      Exchanged exchanged = co_await exchange(request, key, std::move(kept), bytes, limits, phases, deadline);
      const bool stale = !exchanged.result && exchanged.unanswered && exchanged.result.error().kind == Kind::connection;
      if (!stale || (request.method != "GET" && !request.repeatable)) co_return exchanged;
    }
    auto opened = co_await open_connection(std::move(destination), limits.connect, resolver, contexts, clock, phases);
    if (!opened) co_return Exchanged{std::unexpected(std::move(opened.error())), true};
    co_return co_await exchange(request, key, std::move(*opened), bytes, limits, phases, deadline);
  }

  asio::awaitable<Exchanged> exchange(const HttpRequest& request, const ConnectionPool::Key& key,
                                      std::unique_ptr<HttpConnection> connection, const std::string& bytes,
                                      const HttpLimits& limits, Phases& phases, Clock::time_point deadline) {
    Exchange exchange(*connection, bytes, key.origin.authority(), limits,
                      request.unpacks ? Packed::unpacked : Packed::kept);
    Exchanged exchanged = co_await exchange.run(clock, phases, request.body_needed, deadline);
    if (exchanged.result && exchange.keeps_connection()) pool.put(key, std::move(connection), clock.now());
    co_return exchanged;
  }

  TransportConfig config;
  ProxyRules proxies;
  const Clock& clock;
  Resolver resolver;
  TlsContexts contexts;
  ConnectionPool pool;
};

HttpClient::HttpClient(asio::any_io_executor executor, TransportConfig config, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(config), clock)) {}
HttpClient::~HttpClient() = default;

asio::awaitable<Sent> HttpClient::send(HttpRequest request) {
  const HttpLimits given = request.limits.value_or(limits());
  const std::string peer = request.url.origin.authority();
  auto bytes = render(request);
  if (!bytes) co_return std::unexpected(std::move(bytes.error()));
  request.body.clear();
  boost::system::error_code failed;
  try {
    auto task = impl_->send(std::move(request), std::move(*bytes), given);
    co_return co_await within(given.total, std::move(task));
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failed = error.code();
  }
  if (failed != asio::error::timed_out)
    co_return std::unexpected(HttpError{Kind::connection, fmt::format("{}: {}", peer, failed.message())});
  co_return std::unexpected(
      HttpError{Kind::timeout, fmt::format("{}: no complete answer within {}", peer, format_duration(given.total))});
}

HttpLimits HttpClient::limits() const {
  const TransportConfig& config = impl_->config;
  return {config.connect_timeout, config.first_byte_timeout, config.total_timeout, config.max_body_bytes};
}

std::size_t HttpClient::idle_connections() const { return impl_->pool.size(); }

}  // namespace a2od::cloud
