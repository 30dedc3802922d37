#include "daemon/notify/receivers/email.hpp"

#include "collectors/cloud/json.hpp"
#include "config/schema/checks.hpp"
#include "config/text.hpp"
#include "daemon/notify/receivers/email_address.hpp"
#include "daemon/notify/receivers/requests.hpp"

#include <boost/json/object.hpp>
#include <fmt/chrono.h>

#include <algorithm>
#include <optional>

namespace a2od {
namespace {

constexpr std::string_view kSubject = R"({{ template "email.default.subject" . }})";

/// Shared by the mails of a group, of one day where the operator wants it so.
std::string thread_of(const EmailConfig& config, const Message& message) {
  if (config.threading == EmailConfig::Threading::off) return {};
  auto thread = hash_of_group(message.group_key);
  if (config.threading == EmailConfig::Threading::daily) thread += fmt::format("-{:%F}", message.created);
  return thread;
}

Result<Secret> optional_secret(std::string_view setting, const std::optional<InlineOrSource>& source) {
  if (!source) return Secret();
  auto secret = reveal(*source);
  if (!secret) return failure(std::string(setting) + ": " + secret.error().message);
  return secret;
}

Result<SmtpServer> server_of(const EmailConfig& config, Texts& texts) {
  const auto host = schema::split_host_and_port(config.smarthost);
  if (!host || host->host.empty()) return failure("smarthost: expected a host and a port");
  const auto password = optional_secret("auth_password", config.auth_password);
  if (!password) return std::unexpected(password.error());
  const auto cram = optional_secret("auth_secret", config.auth_secret);
  if (!cram) return std::unexpected(cram.error());
  return SmtpServer{.host = host->host,
                    .port = host->port.value_or(25),
                    .hello = config.hello.empty() ? "localhost" : config.hello,
                    .username = texts.exact("auth_username", config.auth_username),
                    .identity = config.auth_identity,
                    .password = *password,
                    .cram_md5_secret = *cram,
                    .require_tls = config.require_tls,
                    .implicit_tls = config.implicit_tls,
                    .ca_file = config.tls.ca_file,
                    .cert_file = config.tls.cert_file,
                    .key_file = config.tls.key_file,
                    .server_name = config.tls.server_name,
                    .tls13_only = config.tls.tls13_only,
                    .timeout = config.timeout};
}

}  // namespace

Email email_of(const EmailConfig& config, const Message& message, Texts& texts) {
  Email email{.from = texts.exact("from", config.from),
              .to = texts.exact("to", config.to),
              .headers = {},
              .text = texts.text("text", config.text),
              .html = texts.html("html", config.html),
              .date = message.decided,
              .thread = thread_of(config, message)};
  for (const auto& [name, text] : config.headers) email.headers.emplace_back(name, texts.text("headers." + name, text));
  const bool has_subject =
      std::ranges::any_of(email.headers, [](const auto& header) { return same_text(header.first, "Subject"); });
  if (!has_subject) email.headers.emplace_back("Subject", texts.text("headers.Subject", kSubject));
  return email;
}

std::vector<std::string> check_addresses(const EmailConfig& config) {
  std::vector<std::string> problems;
  const auto check = [&](const std::string& setting, const std::string& text) {
    if (text.contains("{{")) return;
    if (const auto mailboxes = parse_mailboxes(text); !mailboxes)
      problems.push_back(setting + ": " + mailboxes.error().message);
  };
  check("from", config.from);
  check("to", config.to);
  return problems;
}

Result<OutgoingEmail> make_email(const Message& message, const EmailConfig& config,
                                 const NotificationTemplates& templates, Timestamp now) {
  auto body = cloud::parse_json(message.body);
  if (!body) body = boost::json::object();
  Texts texts(templates, *body, now);
  auto server = server_of(config, texts);
  auto email = email_of(config, message, texts);
  const auto error = server ? texts.error() : std::optional(server.error());
  if (error) return failure("receiver '" + message.to.receiver + "', " + describe(message.to) + ": " + error->message);
  return OutgoingEmail{std::move(*server), std::move(email), texts.failures()};
}

}  // namespace a2od
