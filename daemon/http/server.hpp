// HTTP/1.1 over TCP or TLS for the daemon and for the simulated tenant: plain values in and out, Beast out of sight.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

class TaskGroup;

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string target;  ///< as received: path and query, still percent-encoded
  Headers headers;
  std::string body;
  std::string peer;         ///< address of the other side
  std::string server_name;  ///< the host that TLS SNI asked for, empty without
  /// The first value of a header, compared without case; empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Writes raw bytes to the connection that a reply took over.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual boost::asio::awaitable<void> write(std::string bytes) = 0;
  /// Resets the connection at once, without TLS or TCP farewell.
  virtual void cut() = 0;
};

struct HttpReply {
  unsigned status = 200;
  Headers headers;  ///< beside Content-Length, Date and Server
  std::string content_type = "text/plain; charset=utf-8";
  /// Shared, so that one rendering serves all readers.
  std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
  /// Set: the reply is this coroutine's bytes alone, head included, and the connection is closed after it.
  std::function<boost::asio::awaitable<void>(ByteSink&)> raw;
};

using HttpHandler = std::function<boost::asio::awaitable<HttpReply>(HttpRequest)>;

struct HttpServerOptions {
  std::uint64_t max_body_bytes = 1U << 20U;
  std::uint64_t max_header_bytes = 32U << 10U;
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(2);
  std::chrono::milliseconds request_timeout = std::chrono::seconds(30);  ///< to read one request
  std::size_t max_connections = 512;
};

/// Certificate chain and key as PEM text, replaceable while serving.
struct TlsIdentity {
  std::string certificate_chain;
  std::string key;
  std::string client_ca;  ///< PEM; with it, client certificates are verified
  bool require_client_certificate = false;
  bool tls13_only = false;
};

/// Accepts connections on `acceptor` until cancelled; each becomes a task of `sessions`. A handler that throws answers
/// 500 without details. `tls` null: plain HTTP.
class HttpServer {
 public:
  HttpServer(HttpHandler handler, HttpServerOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Throws std::runtime_error that names what is wrong with the certificate or key. New connections use it.
  void set_tls(const TlsIdentity& identity);

  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::acceptor& acceptor, TaskGroup& sessions);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace a2od
