#include "tests/end_to_end/http.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <exception>
#include <mutex>
#include <random>
#include <set>

namespace a2od::end_to_end {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string unchunked(const std::string& body) {
  std::string out;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = body.find("\r\n", at);
    std::size_t size = 0;
    std::from_chars(body.data() + at, body.data() + body.size(), size, 16);
    if (end == std::string::npos || size == 0) break;
    out += body.substr(end + 2, size);
    at = end + 2 + size + 2;
  }
  return out;
}

Reply parse(const std::string& text) {
  Reply reply;
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos || text.size() < 12) return reply;
  std::from_chars(text.data() + 9, text.data() + 12, reply.status);
  reply.head = text.substr(0, end);
  reply.body = text.substr(end + 4);
  if (reply.head.find("chunked") != std::string::npos) reply.body = unchunked(reply.body);
  return reply;
}

template <class Stream>
Reply exchange(Stream& stream, const std::string& host, const std::string& method, const std::string& target,
               const std::string& body, const std::string& headers) {
  const std::string text = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" +
                           headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  asio::write(stream, asio::buffer(text));
  std::string reply;
  boost::system::error_code ended;
  asio::read(stream, asio::dynamic_buffer(reply), ended);
  return parse(reply);
}

tcp::endpoint local(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

}  // namespace

Reply request(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body,
              const std::string& headers) {
  try {
    asio::io_context io;
    tcp::socket socket(io);
    socket.connect(local(port));
    return exchange(socket, "127.0.0.1:" + std::to_string(port), method, target, body, headers);
  } catch (const std::exception&) {
    return {};
  }
}

Reply control(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body) {
  try {
    asio::io_context io;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    asio::ssl::stream<tcp::socket> stream(io, tls);
    stream.next_layer().connect(local(port));
    stream.handshake(asio::ssl::stream_base::client);
    return exchange(stream, "control.simulated", method, target, body, "Content-Type: application/json\r\n");
  } catch (const std::exception&) {
    return {};
  }
}

/// Below those that the system gives to connections: else one of them may have it before the test does.
std::uint16_t free_port() {
  static std::mutex mutex;  // threads start daemons beside each other
  const std::scoped_lock lock(mutex);
  static std::mt19937 random(std::random_device{}());
  static std::set<std::uint16_t> given;
  std::uniform_int_distribution<std::uint16_t> ports(10'000, 32'000);
  asio::io_context io;
  for (;;) {
    const auto port = ports(random);
    tcp::acceptor acceptor(io, tcp::v4());
    boost::system::error_code taken;
    acceptor.bind(local(port), taken);
    if (!taken && given.insert(port).second) return port;
  }
}

}  // namespace a2od::end_to_end
