// From a message and an e-mail integration to the mail and the server that it is given to.
#pragma once

#include "config/receiver_config.hpp"
#include "daemon/notify/notify.hpp"
#include "daemon/notify/receivers/smtp.hpp"
#include "daemon/notify/receivers/texts.hpp"

#include <string>
#include <vector>

namespace a2od {

/// Of one message: the same at each try, however often it is made.
[[nodiscard]] Email email_of(const EmailConfig& config, const Message& message, Texts& texts);

/// What is wrong with addresses that are written out: those that templates make are known when a mail is sent.
[[nodiscard]] std::vector<std::string> check_addresses(const EmailConfig& config);

struct OutgoingEmail {
  SmtpServer server;
  Email email;
  std::vector<std::string> failures;  ///< of templates: the mail says so where the text would be
};

/// Reads secrets: call it where blocking is allowed. Errors as make_requests().
[[nodiscard]] Result<OutgoingEmail> make_email(const Message& message, const EmailConfig& config,
                                               const NotificationTemplates& templates, Timestamp now);

}  // namespace a2od
