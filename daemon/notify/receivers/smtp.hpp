// Sends mail by SMTP, with STARTTLS and authentication.
#pragma once

#include "config/secret.hpp"
#include "config/time.hpp"
#include "daemon/notify/delivery.hpp"
#include "daemon/notify/receivers/email_message.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace a2od {

/// The server that takes our mail. What is empty is not used.
struct SmtpServer {
  std::string host;  ///< a name, or an address without brackets
  std::uint16_t port = 587;
  std::string hello = "localhost";  ///< what EHLO names

  /// With a username: by PLAIN or LOGIN with the password, by CRAM-MD5 with its secret; if the server knows any of
  /// these. A password is sent over TLS only, except to this machine.
  std::string username{};
  std::string identity{};  ///< PLAIN's: as whom to act
  Secret password{};
  Secret cram_md5_secret{};

  bool require_tls = true;
  std::optional<bool> implicit_tls{};  ///< TLS from the first byte; unsaid: on port 465
  std::string ca_file{};               ///< trusted beside the system's authorities; PEM, as are the other files
  std::string cert_file{};
  std::string key_file{};
  std::string server_name{};  ///< whom the certificate must name, in place of host
  bool tls13_only = false;
  Milliseconds timeout = std::chrono::seconds(30);  ///< of the whole delivery
};

/// Blocks, for `timeout` at most and a second more: call it on a pool. A request to stop is seen within a second and
/// yields a retry. Several threads may call it at once.
///
/// A recipient that the server refuses for good is left out and the others get the mail: then `error` of the delivered
/// result names who did not. Errors name the server and the cause, never a secret.
[[nodiscard]] DeliveryResult send_email(const SmtpServer& server, const Email& email, std::stop_token stop);

}  // namespace a2od
