// HTTP and HTTPS requests as plain values: connections kept and reused, every wait, size and certificate bounded.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/cloud/proxy.hpp"
#include "collectors/cloud/session.hpp"
#include "collectors/cloud/url.hpp"
#include "config/config.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::cloud {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of a header, compared without case; empty where there is none.
[[nodiscard]] std::string_view find_header(const Headers& headers, std::string_view name);

/// What one request may take. By default those of the client's TransportConfig.
struct HttpLimits {
  Milliseconds connect;     ///< lookup, connection and TLS handshake
  Milliseconds first_byte;  ///< from the request's first byte to the answer's
  Milliseconds total;
  std::uint64_t body_bytes;  ///< of the answer, after gzip
};

/// Of which answers the body is needed. Others count once their head is there: a body that is cut, dripping, broken or
/// larger than allowed is left off.
enum class BodyNeeded : std::uint8_t { always, with_status_200, never };

struct HttpRequest {
  std::string method = "GET";
  Url url;
  Headers headers;  ///< beside Host, Accept-Encoding, Connection and Content-Length
  std::string body;
  std::optional<HttpLimits> limits;
  TlsClientConfig tls;                        ///< a CA file takes the place of the client's own
  std::shared_ptr<const ProxyRules> proxies;  ///< in place of the client's own
  /// Safe to send twice though it is not a GET: then one that meets a connection closed while idle is repeated, too.
  bool repeatable = false;
  BodyNeeded body_needed = BodyNeeded::always;
  bool accepts_gzip = true;
  bool unpacks = true;            ///< false: a body in gzip stays so, and its Content-Encoding says it
  bool fresh_connection = false;  ///< leaves kept connections alone, so that Phases measures each step
};

struct HttpResponse {
  unsigned status = 0;
  Headers headers;
  std::string body;  ///< after gzip
  Phases phases;
};

/// Why there is no response. The message names host and cause, never path, query, headers or body.
struct HttpError {
  enum class Kind : std::uint8_t { lookup, connection, tls, timeout, too_large, malformed };
  Kind kind = Kind::connection;
  std::string message;
};
[[nodiscard]] Cause cause_of(HttpError::Kind kind);

/// Keeps idle connections up to a cap in total and resumes TLS sessions. All calls on the executor given at
/// construction; it outlives its calls.
class HttpClient {
 public:
  HttpClient(boost::asio::any_io_executor executor, TransportConfig config, const Clock& clock);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Any status is a response; redirects are not followed. A GET that fails on a kept connection before the first byte
  /// of an answer is sent once more on a new one. Throws only operation_aborted, when cancelled.
  boost::asio::awaitable<std::expected<HttpResponse, HttpError>> send(HttpRequest request);

  /// The limits of the configuration, to be changed in part for one request.
  [[nodiscard]] HttpLimits limits() const;
  [[nodiscard]] std::size_t idle_connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace a2od::cloud
