#include "config/schema/checks.hpp"
#include "config/sections/receivers/receiver_keys.hpp"

namespace a2od::schema {

namespace {

struct ThreadingKeys {
  bool enabled = false;
  EmailConfig::Threading by_date = EmailConfig::Threading::daily;
};

Type<EmailConfig::Threading> threading() {
  using Threading = EmailConfig::Threading;
  auto keys = section<ThreadingKeys>({
      .keys = {key("enabled", &ThreadingKeys::enabled, boolean(), "whether they are"),
               key("thread_by_date", &ThreadingKeys::by_date,
                   choice<Threading>({{"daily", Threading::daily}, {"none", Threading::always}}),
                   "whether each day begins anew")},
  });
  return converted<Threading>(std::move(keys), [](Reader&, const Node&, ThreadingKeys read) {
    return std::optional(read.enabled ? read.by_date : Threading::off);
  });
}

}  // namespace

Type<EmailConfig> email() {
  return section<EmailConfig>({
      .keys = {key("to", &EmailConfig::to, template_text(), "addresses, divided by commas", Presence::required),
               key("from", &EmailConfig::from, template_text(), "in place of global.smtp_from"),
               key("smarthost", &EmailConfig::smarthost, text("a host and a port", is_host_and_maybe_port),
                   "in place of global.smtp_smarthost"),
               key("hello", &EmailConfig::hello, text(), "who we say we are"),
               key("auth_username", &EmailConfig::auth_username, template_text(), "the user"),
               key("auth_password", &EmailConfig::auth_password, inline_secret(), "for LOGIN and PLAIN"),
               key("auth_password_file", &EmailConfig::auth_password, secret_file(), "a file that holds it"),
               key("auth_secret", &EmailConfig::auth_secret, inline_secret(), "for CRAM-MD5"),
               key("auth_secret_file", &EmailConfig::auth_secret, secret_file(), "a file that holds it"),
               key("auth_identity", &EmailConfig::auth_identity, text(), "for PLAIN: on whose behalf"),
               send_resolved<EmailConfig>(), timeout<EmailConfig>(),
               key("require_tls", &EmailConfig::require_tls, boolean(), "whether nothing is sent without TLS"),
               key("force_implicit_tls", &EmailConfig::implicit_tls, boolean(),
                   "TLS from the first byte; by default on port 465"),
               key("tls_config", &EmailConfig::tls, tls_config(), "how the server's certificate is verified"),
               key("headers", &EmailConfig::headers, map_of(template_text()), "headers, such as Subject"),
               key("html", &EmailConfig::html, template_text(), "the text as HTML"),
               key("text", &EmailConfig::text, template_text(), "the plain text"),
               key("threading", &EmailConfig::threading, threading(), "whether readers show a group's mails together")},
      .check =
          [](Reader& reader, const Node& node, const EmailConfig&) {
            check_either(reader, node, "auth_password", "auth_password_file");
            check_either(reader, node, "auth_secret", "auth_secret_file");
          },
      .holds_secret = true,
  });
}

}  // namespace a2od::schema
