// What a message is sent as, for people to look at: without addresses, keys and whatever else is secret.
#pragma once

#include "config/receiver_config.hpp"
#include "daemon/notify/notify.hpp"
#include "daemon/notify/templates/notification_templates.hpp"

#include <string>
#include <vector>

namespace a2od {

struct ShownRequest {
  std::string to;                      ///< "POST https://hooks.slack.com", "mail by smtp.contoso.com:587": never a path
  std::vector<std::string> headers{};  ///< the names of those that are secret, too
  std::string body{};                  ///< cut where it is long
};

struct ShownMessage {
  std::vector<ShownRequest> requests{};
  std::vector<std::string> failures{};  ///< of templates: the message says so where the text would be
  std::string error{};                  ///< why it cannot be sent at all
};

/// Reads secrets to see whether they are there: call it where blocking is allowed.
[[nodiscard]] ShownMessage show_message(const Message& message, const IntegrationConfig& integration,
                                        const NotificationTemplates& templates, Timestamp now);

}  // namespace a2od
