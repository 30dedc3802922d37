#include "tests/collectors/cloud/scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <list>

namespace a2od::test {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

}  // namespace

std::string Received::target() const {
  const auto from = head.find(' ') + 1;
  return head.substr(from, head.find(' ', from) - from);
}

std::string response(const std::string& status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct ScriptedServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, Script given, const std::optional<Identity>& identity)
      : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), script(std::move(given)) {
    if (!identity) return;
    tls.emplace(asio::ssl::context::tls_server);
    tls->use_certificate_chain(asio::buffer(identity->certificate));
    tls->use_private_key(asio::buffer(identity->key), asio::ssl::context::pem);
    const std::string id = "a2od";
    SSL_CTX_set_session_id_context(tls->native_handle(), reinterpret_cast<const unsigned char*>(id.data()), 4);
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kTuple);
      if (error) co_return;
      sockets.push_back(std::make_shared<tcp::socket>(std::move(socket)));
      ++connections;
      if (silent) continue;
      asio::co_spawn(acceptor.get_executor(), serve(shared_from_this(), sockets.back(), connections), asio::detached);
    }
  }

  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, std::shared_ptr<tcp::socket> socket, int connection) {
    Received received;
    received.connection = connection;
    if (!self->tls) {
      co_await talk(self, *socket, *socket, received);
      co_return;
    }
    asio::ssl::stream<tcp::socket&> stream(*socket, *self->tls);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kTuple);
    if (error) co_return;
    received.resumed = SSL_session_reused(stream.native_handle()) == 1;
    const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    received.server_name = name != nullptr ? name : "";
    co_await talk(self, stream, *socket, received);
  }

  template <class Stream>
  static asio::awaitable<void> talk(std::shared_ptr<Impl> self, Stream& stream, tcp::socket& socket,
                                    Received received) {
    std::string buffer;
    for (;;) {
      const auto [error, size] =
          co_await asio::async_read_until(stream, asio::dynamic_buffer(buffer), "\r\n\r\n", kTuple);
      if (error) co_return;
      received.head = buffer.substr(0, size);
      buffer.erase(0, size);
      const std::size_t length = content_length(received.head);
      if (buffer.size() < length) {
        const auto missing = asio::transfer_exactly(length - buffer.size());
        const auto [cut, ignored] = co_await asio::async_read(stream, asio::dynamic_buffer(buffer), missing, kTuple);
        if (cut) co_return;
      }
      received.body = buffer.substr(0, length);
      buffer.erase(0, length);
      self->received.push_back(received);
      const Scripted scripted = self->script(received);
      const auto [unwritten, count] = co_await asio::async_write(stream, asio::buffer(scripted.bytes), kTuple);
      if (unwritten) co_return;
      if (scripted.then == Scripted::Then::keep) continue;
      if (scripted.then == Scripted::Then::reset) socket.set_option(asio::socket_base::linger(true, 0));
      if (scripted.then != Scripted::Then::stay_silent) {
        boost::system::error_code ignored;
        socket.close(ignored);
        co_return;
      }
    }
  }

  tcp::acceptor acceptor;
  Script script;
  std::optional<asio::ssl::context> tls;
  std::list<std::shared_ptr<tcp::socket>> sockets;
  std::vector<Received> received;
  int connections = 0;
  bool silent = false;
};

ScriptedServer::ScriptedServer(asio::io_context& io, Script script, std::optional<Identity> identity)
    : impl_(std::make_shared<Impl>(io, std::move(script), identity)) {
  auto accept = [](std::shared_ptr<Impl> impl) -> asio::awaitable<void> { co_await impl->accept(); };
  asio::co_spawn(io, accept(impl_), asio::detached);
}

ScriptedServer::~ScriptedServer() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  drop_connections();
}

std::uint16_t ScriptedServer::port() const { return impl_->acceptor.local_endpoint().port(); }
const std::vector<Received>& ScriptedServer::received() const { return impl_->received; }
int ScriptedServer::connections() const { return impl_->connections; }
void ScriptedServer::require_client_certificate(const std::string& authority) {
  impl_->tls->add_certificate_authority(asio::buffer(authority));
  impl_->tls->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
}
void ScriptedServer::stay_silent_on_accept() { impl_->silent = true; }

void ScriptedServer::drop_connections() {
  boost::system::error_code ignored;
  for (const auto& socket : impl_->sockets) socket->close(ignored);
  impl_->sockets.clear();
}

}  // namespace a2od::test
