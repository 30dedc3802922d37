// From a message and its webhook's configuration to the HTTP request, secrets read at the time of sending.
#pragma once

#include "collectors/cloud/url.hpp"
#include "config/config.hpp"
#include "daemon/notify/notify.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// A POST. Holds secrets in url and headers: never log it; say `safe_address` instead.
struct WebhookRequest {
  cloud::Url url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string safe_address;  ///< "https://hooks.contoso.com", without path and query
};

/// Reads files: call it where blocking is allowed. Errors name the receiver and the setting, never a secret nor more of
/// an address than scheme and host; they mean DeliveryResult::unusable.
[[nodiscard]] Result<WebhookRequest> make_webhook_request(const Message& message, const WebhookConfig& webhook,
                                                          std::string_view version);

/// "sha256=<64 hex digits>": HMAC-SHA256 of the body.
[[nodiscard]] std::string hmac_signature(const Secret& key, std::string_view body);

}  // namespace a2od
