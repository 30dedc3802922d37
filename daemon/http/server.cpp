#include "daemon/http/server.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/async/task_group.hpp"
#include "config/text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <exception>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace a2od {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;

namespace {

using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;
using PlainStream = tcp::socket;
using TlsStream = ssl::stream<tcp::socket>;
using Parser = http::request_parser<http::string_body>;
using std::chrono::milliseconds;

/// For the other side to take note of the end of a connection.
constexpr auto kFarewellLimit = std::chrono::seconds(2);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr std::size_t kReadSize = 4096;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\n"
    "Retry-After: 1\r\nConnection: close\r\n\r\ntoo many connections\n";

/// What every session of a server shares.
struct Service {
  HttpHandler handler;
  HttpServerOptions options;
};

/// Of a large body, so that the peer that reads it as fast as it comes does not keep all others waiting.
constexpr std::size_t kWrittenAtOnce = 256U << 10U;

struct Peer {
  std::string address;
  std::string server_name;
};

HttpReply plain_text(unsigned status) {
  HttpReply reply;
  reply.status = status;
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  reply.body = std::make_shared<const std::string>(std::string(reason) + "\n");
  return reply;
}

/// What to answer to a request that could not be read; nothing where no one would hear it.
std::optional<HttpReply> refusal(const error_code& error) {
  static const auto& http_errors = http::make_error_code(http::error::bad_method).category();
  if (error == asio::error::timed_out) return plain_text(408);
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return plain_text(431);
  if (error == http::error::body_limit) return plain_text(413);
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == http_errors) return plain_text(400);
  return std::nullopt;
}

std::string http_date(std::time_t now) {
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

HttpRequest to_request(http::request<http::string_body> message, const Peer& peer) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.peer = peer.address;
  request.server_name = peer.server_name;
  return request;
}

tcp::socket& socket_of(PlainStream& stream) { return stream; }
tcp::socket& socket_of(TlsStream& stream) { return stream.next_layer(); }

template <class Stream>
class StreamSink final : public ByteSink {
 public:
  StreamSink(Stream& stream, milliseconds limit) : stream_(stream), limit_(limit) {}

  asio::awaitable<void> write(std::string bytes) override { co_await within(limit_, send(std::move(bytes))); }

  void cut() override {
    error_code ignored;
    socket_of(stream_).set_option(tcp::socket::linger(true, 0), ignored);
    socket_of(stream_).close(ignored);
  }

 private:
  asio::awaitable<void> send(std::string bytes) {
    co_await asio::async_write(stream_, asio::buffer(bytes), asio::use_awaitable);
  }

  Stream& stream_;
  milliseconds limit_;
};

template <class Stream>
asio::awaitable<void> read_part(Stream& stream, beast::flat_buffer& buffer) {
  const auto size = co_await stream.async_read_some(buffer.prepare(kReadSize), asio::use_awaitable);
  buffer.commit(size);
}

template <class Stream>
asio::awaitable<void> read_request(Stream& stream, beast::flat_buffer& buffer, Parser& parser) {
  co_await http::async_read_header(stream, buffer, parser, asio::use_awaitable);
  const auto& head = parser.get();
  if (head.version() >= 11 && beast::iequals(head[http::field::expect], "100-continue"))
    co_await asio::async_write(stream, asio::buffer(kContinue), asio::use_awaitable);
  if (!parser.is_done()) co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
}

/// The error that ended the reading of a request, or none. Cancellation is thrown.
template <class Stream>
asio::awaitable<error_code> receive(Stream& stream, beast::flat_buffer& buffer, Parser& parser, milliseconds limit) {
  error_code failure;
  try {
    co_await within(limit, read_request(stream, buffer, parser));
  } catch (const system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.code();
  }
  co_return failure;
}

template <class Stream, class Serializer>
asio::awaitable<void> write_part(Stream& stream, Serializer& serializer) {
  co_await http::async_write_some(stream, serializer, asio::use_awaitable);
}

struct Framing {
  unsigned version = 11;
  bool keep_alive = false;
  bool head_only = false;
};

http::response<http::span_body<const char>> framed(const HttpReply& reply, const Framing& framing) {
  http::response<http::span_body<const char>> response(static_cast<http::status>(reply.status), framing.version);
  response.set(http::field::server, "a2od");
  response.set(http::field::date, http_date(std::time(nullptr)));
  // A line break in a header value would begin a header of the attacker's choice.
  if (!reply.content_type.empty()) response.set(http::field::content_type, one_line(reply.content_type));
  for (const auto& [name, value] : reply.headers)
    if (beast::iequals(name, "Date"))
      response.set(http::field::date, one_line(value));
    else
      response.insert(one_line(name), one_line(value));
  const bool bodiless = reply.status < 200 || reply.status == 204 || reply.status == 304;
  if (!bodiless && reply.body) response.body() = {reply.body->data(), reply.body->size()};
  response.prepare_payload();
  response.keep_alive(framing.keep_alive);
  return response;
}

/// The body is written from where it lies; a reader that takes nothing for `limit` ends the connection.
template <class Stream>
asio::awaitable<void> send(Stream& stream, HttpReply reply, Framing framing, milliseconds limit) {
  const auto response = framed(reply, framing);
  http::serializer<false, http::span_body<const char>> serializer(response);
  serializer.split(framing.head_only);
  serializer.limit(kWrittenAtOnce);
  while (!(framing.head_only ? serializer.is_header_done() : serializer.is_done()))
    co_await within(limit, write_part(stream, serializer));
}

struct Handled {
  HttpReply reply;
  std::string failure;  ///< what the handler threw, empty for none
};

asio::awaitable<Handled> handle(const Service& service, HttpRequest request) {
  Handled handled;
  const std::string name = request.method + ' ' + request.target.substr(0, request.target.find('?')) + ": ";
  try {
    handled.reply = co_await service.handler(std::move(request));
  } catch (const std::exception& error) {
    handled.failure = name + error.what();
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw system_error(asio::error::operation_aborted);
  if (!handled.failure.empty()) handled.reply = plain_text(500);
  co_return handled;
}

void set_limits(Parser& parser, const HttpServerOptions& options) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  parser.header_limit(static_cast<std::uint32_t>(std::min(options.max_header_bytes, most)));
  parser.body_limit(options.max_body_bytes);
}

/// One request and its reply. Returns whether the connection goes on.
template <class Stream>
asio::awaitable<bool> exchange(Stream& stream, beast::flat_buffer& buffer, const Service& service, const Peer& peer) {
  const auto& options = service.options;
  Parser parser;
  set_limits(parser, options);
  const auto error = co_await receive(stream, buffer, parser, options.request_timeout);
  auto refused = error ? refusal(error) : std::nullopt;
  if (error && !refused) throw system_error(error);
  const auto& head = parser.get();
  if (!error && head.version() >= 11 && head.count(http::field::host) != 1) refused = plain_text(400);
  if (refused) {
    co_await send(stream, *std::move(refused), {}, options.idle_timeout);
    co_return false;
  }

  Framing framing{head.version(), head.keep_alive(), head.method() == http::verb::head};
  auto handled = co_await handle(service, to_request(parser.release(), peer));
  if (handled.reply.raw) {
    StreamSink<Stream> sink(stream, options.idle_timeout);
    co_await handled.reply.raw(sink);
    co_return false;
  }
  if (!handled.failure.empty()) framing.keep_alive = false;
  co_await send(stream, std::move(handled.reply), framing, options.idle_timeout);
  if (!handled.failure.empty()) throw std::runtime_error(handled.failure);
  co_return framing.keep_alive;
}

asio::awaitable<void> say_goodbye(PlainStream&) { co_return; }
asio::awaitable<void> say_goodbye(TlsStream& stream) { co_await stream.async_shutdown(asio::use_awaitable); }

asio::awaitable<void> drain(tcp::socket& socket) {
  std::array<char, kReadSize> dropped{};
  for (;;) co_await socket.async_read_some(asio::buffer(dropped), asio::use_awaitable);
}

asio::awaitable<void> ignoring_errors(asio::awaitable<void> task) {
  try {
    co_await within(kFarewellLimit, std::move(task));
  } catch (const system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
  }
}

/// Closing a socket with unread bytes resets it, and the last reply may be lost with that: the rest is read first.
template <class Stream>
asio::awaitable<void> close(Stream& stream) {
  if (!socket_of(stream).is_open()) co_return;
  co_await ignoring_errors(say_goodbye(stream));
  error_code ignored;
  socket_of(stream).shutdown(tcp::socket::shutdown_send, ignored);
  co_await ignoring_errors(drain(socket_of(stream)));
}

template <class Stream>
asio::awaitable<void> converse(Stream& stream, const Service& service, const Peer& peer) {
  beast::flat_buffer buffer;
  for (bool goes_on = true; goes_on;) {
    if (buffer.size() == 0) co_await within(service.options.idle_timeout, read_part(stream, buffer));
    goes_on = co_await exchange(stream, buffer, service, peer);
  }
  co_await close(stream);
}

asio::awaitable<void> accept_tls(TlsStream& stream) {
  co_await stream.async_handshake(ssl::stream_base::server, asio::use_awaitable);
}

asio::awaitable<void> converse_over_tls(tcp::socket socket, ssl::context& context, const Service& service, Peer peer) {
  TlsStream stream(std::move(socket), context);
  co_await within(service.options.request_timeout, accept_tls(stream));
  const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) peer.server_name = name;
  co_await converse(stream, service, peer);
}

/// A peer that goes away, or is silent, is no failure of ours; a handler that threw is, and is let through.
asio::awaitable<void> session(tcp::socket socket, std::shared_ptr<ssl::context> tls, const Service& service,
                              [[maybe_unused]] std::shared_ptr<const void> slot) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  Peer peer{socket.remote_endpoint(ignored).address().to_string(), {}};
  try {
    if (tls)
      co_await converse_over_tls(std::move(socket), *tls, service, std::move(peer));
    else
      co_await converse(socket, service, peer);
  } catch (const system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
  }
}

void turn_away(tcp::socket socket, bool tls) {
  if (tls) return;
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kFull), ignored);
}

void check(const error_code& error, std::string_view what) {
  if (error) throw std::runtime_error(std::string(what) + ": " + error.message());
}

std::shared_ptr<ssl::context> make_context(const TlsIdentity& identity) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, identity.tls13_only ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  error_code error;
  context->use_certificate_chain(asio::buffer(identity.certificate_chain), error);
  check(error, "server certificate is not a PEM certificate chain");
  // Without a callback OpenSSL asks the terminal for the password of an encrypted key.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  context->use_private_key(asio::buffer(identity.key), ssl::context::pem, error);
  check(error, "server key is not the unencrypted PEM key of the server certificate");
  if (identity.client_ca.empty()) return context;
  context->add_certificate_authority(asio::buffer(identity.client_ca), error);
  check(error, "client CA is not a PEM certificate");
  const auto mode = ssl::verify_peer | (identity.require_client_certificate ? ssl::verify_fail_if_no_peer_cert : 0);
  context->set_verify_mode(mode);
  constexpr std::array<unsigned char, 4> id{'a', '2', 'o', 'd'};
  SSL_CTX_set_session_id_context(native, id.data(), id.size());
  return context;
}

bool lasting(const error_code& error) {
  return error == asio::error::operation_aborted || error == asio::error::bad_descriptor ||
         error == asio::error::invalid_argument;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [name](const auto& h) { return beast::iequals(h.first, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

struct HttpServer::Impl {
  Service service;
  std::shared_ptr<ssl::context> tls;
  std::shared_ptr<const void> slots = std::make_shared<const int>();  ///< each session holds a share
};

HttpServer::HttpServer(HttpHandler handler, HttpServerOptions options)
    : impl_(std::make_unique<Impl>(Service{std::move(handler), options})) {}

HttpServer::~HttpServer() = default;

void HttpServer::set_tls(const TlsIdentity& identity) { impl_->tls = make_context(identity); }

asio::awaitable<void> HttpServer::serve(tcp::acceptor& acceptor, TaskGroup& sessions) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (lasting(error)) throw system_error(error);
    if (error) {  // out of descriptors or memory: what sessions hold comes back
      asio::steady_timer pause(acceptor.get_executor(), kAcceptPause);
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    const auto open = static_cast<std::size_t>(impl_->slots.use_count() - 1);
    if (open >= impl_->service.options.max_connections)
      turn_away(std::move(socket), impl_->tls != nullptr);
    else
      sessions.spawn("http session", session(std::move(socket), impl_->tls, impl_->service, impl_->slots));
  }
}

}  // namespace a2od
