// Requests to Microsoft's APIs as one tenant's identity: tokens, budget, connections and errors are behind it.
#pragma once

#include "collectors/sample.hpp"
#include "config/time.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::cloud {

/// Which service a request goes to: decides host, token scope, error shape and budget facet.
enum class Service : std::uint8_t { admin, power_platform, dataverse, finance_operations, graph };
[[nodiscard]] std::string_view to_string(Service service);

/// What went wrong, finer than an Outcome: collectors tell disabled, admin mode, network, sign-in and throttling apart.
enum class Cause : std::uint8_t {
  lookup,      ///< the name does not resolve
  connection,  ///< refused, reset, cut
  tls,         ///< handshake or certificate
  timeout,     ///< connecting, first byte or the whole took too long
  sign_in,     ///< no token, or it was refused (401)
  denied,      ///< 403
  not_a_user,  ///< 403 0x80072560: the application user was not created in this environment
  admin_mode,  ///< 403: the environment is in administration mode
  disabled,    ///< 0x8004a104: the environment is disabled
  absent,      ///< 404 of a table, a row or an endpoint
  throttled,   ///< 429, or 503 that Dataverse uses so
  budget,      ///< our own budget would be exceeded
  server,      ///< other 5xx
  refused,     ///< other 4xx: a request that the service does not understand
  malformed,   ///< an answer that is not what it should be: JSON, type, size, depth, endless paging
};
[[nodiscard]] std::string_view to_string(Cause cause);
[[nodiscard]] Outcome outcome_of(Cause cause);

/// How far a request came. What failed before it was sent says nothing of the host that it was for.
enum class Stage : std::uint8_t {
  token,    ///< the token endpoint gave none: the cause is that of asking it
  budget,   ///< held back, by our own plan or because the host had asked us to wait
  request,  ///< sent
};

struct Failure {
  Cause cause = Cause::connection;
  Stage stage = Stage::request;
  unsigned status = 0;  ///< HTTP status, 0 without an answer
  std::string code;     ///< the service's own: "0x80072560", "EnvironmentNotFound", "AADSTS7000222"
  std::string message;  ///< a plain sentence for an operator, naming host and cause, never a secret
  std::optional<Milliseconds> retry_after;
};

/// How long each phase of a request took; zero for those that a reused connection skipped.
struct Phases {
  Milliseconds lookup{};
  Milliseconds connect{};
  Milliseconds tls{};
  Milliseconds first_byte{};
  Milliseconds total{};
};

struct Answer {
  unsigned status = 200;
  boost::json::value body;
  Phases phases;
};

template <class T>
using Reply = std::expected<T, Failure>;

/// Lower goes first when the budget is thin.
enum class Priority : std::uint8_t { health, normal, bulk };

struct Request {
  Service service = Service::dataverse;
  std::string base;  ///< "https://org.crm4.dynamics.com" for dataverse and finance_operations; empty: the tenant's host
  std::string target;  ///< path and query, percent-encoded: "/api/data/v9.2/WhoAmI"
  std::string method = "GET";
  std::string body;                                          ///< JSON, for POST
  std::vector<std::pair<std::string, std::string>> headers;  ///< beside those that every request of the service carries
  Priority priority = Priority::normal;
  /// A new connection, so that Phases measure each step.
  bool fresh_connection = false;
  /// When the budget holds the request back beyond this moment, it fails with the budget's reason at once.
  std::optional<std::chrono::steady_clock::time_point> start_by;
  /// When it is to have ended, so that a hanging host is a failure with a name and not a run without a result.
  std::optional<std::chrono::steady_clock::time_point> end_by;
};

class Session {
 public:
  virtual ~Session() = default;

  /// One request. 2xx with a JSON body (or an empty one: null) is an Answer, all else a Failure; throws only when
  /// cancelled.
  virtual boost::asio::awaitable<Reply<Answer>> send(Request request) = 0;

  /// All pages: the items of `value` (or `collection`, `objectResult`) of each, following whichever next-page spelling
  /// the service uses, byte for byte after a check of its host. Any failed page fails the whole.
  virtual boost::asio::awaitable<Reply<std::vector<boost::json::value>>> send_paged(Request request) = 0;

  /// Requests sent so far by this session.
  [[nodiscard]] virtual std::uint64_t requests() const = 0;
};

/// A part that failed with `failure`.
[[nodiscard]] Part failed_part(std::string_view name, const Failure& failure, std::string_view right);

}  // namespace a2od::cloud
