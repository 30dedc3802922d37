// A server of scripted bytes on a loopback port: it answers each request with what the test says, well-formed or not.
#pragma once

#include "tests/collectors/cloud/certificates.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace a2od::test {

struct Received {
  std::string head;  ///< up to the empty line
  std::string body;
  std::string server_name;  ///< what SNI asked for
  int connection = 0;       ///< counted from 1
  bool resumed = false;     ///< whether the TLS session was
  [[nodiscard]] std::string target() const;
};

struct Scripted {
  enum class Then { keep, close, reset, stay_silent } then = Then::keep;
  std::string bytes;
};

/// A complete response with Content-Length.
[[nodiscard]] std::string response(const std::string& status, const std::string& body,
                                   const std::string& headers = "Content-Type: application/json\r\n");

class ScriptedServer {
 public:
  using Script = std::function<Scripted(const Received&)>;

  /// Listens at once on 127.0.0.1; TLS where `identity` is given.
  ScriptedServer(boost::asio::io_context& io, Script script, std::optional<Identity> identity = std::nullopt);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] const std::vector<Received>& received() const;
  [[nodiscard]] int connections() const;
  /// Of TLS: refuses whoever shows none that this authority (PEM) has signed.
  void require_client_certificate(const std::string& authority);
  /// Accepts and then says nothing, not even a TLS greeting.
  void stay_silent_on_accept();
  /// Closes all connections that are open now.
  void drop_connections();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace a2od::test
