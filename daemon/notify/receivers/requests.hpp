// From a message and an integration's configuration to HTTP requests, secrets read at the time of sending; and what the
// receivers' answers say.
#pragma once

#include "collectors/cloud/http_client.hpp"
#include "config/config.hpp"
#include "daemon/notify/delivery.hpp"
#include "daemon/notify/notify.hpp"
#include "daemon/notify/templates/notification_templates.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Holds secrets in url, headers and perhaps body: never log it.
struct ReceiverRequest {
  std::string method = "POST";
  cloud::Url url;
  cloud::Headers headers;
  /// Those that only this host may see: credentials, signatures, what the operator added.
  cloud::Headers private_headers;
  std::string body;
  bool private_body = false;  ///< holds a secret, too
};

struct ReceiverRequests {
  std::vector<ReceiverRequest> requests;  ///< in this order, each after the one before it was taken
  std::vector<std::string> failures;      ///< of templates: the message says so where the text would be
};

/// Reads files: call it where blocking is allowed. Not for e-mail. Errors name the receiver and the setting, never a
/// secret nor more of an address than scheme and host; they mean DeliveryResult::unusable.
[[nodiscard]] Result<ReceiverRequests> make_requests(const Message& message, const IntegrationConfig& integration,
                                                     const NotificationTemplates& templates, Timestamp now);

/// What an answer means to this kind of receiver; some refuse with the status 200.
[[nodiscard]] DeliveryResult judge(const IntegrationConfig& integration, const cloud::HttpResponse& response,
                                   Timestamp now);

/// "sha256=<64 hex digits>": HMAC-SHA256 of the body.
[[nodiscard]] std::string hmac_signature(const Secret& key, std::string_view body);

/// What receivers know a group by: 64 hex digits, SHA-256 of its key, as Alertmanager has it.
[[nodiscard]] std::string hash_of_group(std::string_view group_key);

}  // namespace a2od
