#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

#include <limits>

namespace a2od::schema {
namespace {

constexpr std::string_view kNotSupported = "not supported yet";
constexpr std::string_view kWebhooksOnly = "only webhook_configs are supported; send to it through a webhook";

/// At most one of two ways to say the same thing.
void check_either(Reader& reader, const Node& node, std::string_view one, std::string_view other) {
  const auto* first = node.find(one);
  const auto* second = node.find(other);
  if (first == nullptr || second == nullptr) return;
  reader.problem(std::max(first->position(), second->position()),
                 "found both " + std::string(one) + " and " + std::string(other) + ", expected only one of them");
}

void check_one(Reader& reader, const Node& node, std::string_view one, std::string_view other) {
  check_either(reader, node, one, other);
  if (node.find(one) != nullptr || node.find(other) != nullptr) return;
  reader.problem(node.position(), "missing, expected " + std::string(one) + " or " + std::string(other));
}

Type<WebhookConfig> authorization() {
  return section<WebhookConfig>({
      .keys = {key("type", &WebhookConfig::authorization_type, hidden_text("a word such as Bearer", is_header_name),
                   "stands before the credentials"),
               key("credentials", &WebhookConfig::authorization_credentials, inline_secret(), "the secret itself"),
               key("credentials_file", &WebhookConfig::authorization_credentials, secret_file(),
                   "a file that holds the secret")},
      .check = [](Reader& reader, const Node& node,
                  const WebhookConfig&) { check_one(reader, node, "credentials", "credentials_file"); },
      .holds_secret = true,
  });
}

Type<WebhookConfig> basic_auth() {
  return section<WebhookConfig>({
      .keys = {key("username", &WebhookConfig::basic_username, text("a user name", is_not_empty), "the user",
                   Presence::required),
               key("password", &WebhookConfig::basic_password, inline_secret(), "the secret itself"),
               key("password_file", &WebhookConfig::basic_password, secret_file(), "a file that holds the secret")},
      .refused = {{"username_file", kNotSupported}},
      .check = [](Reader& reader, const Node& node,
                  const WebhookConfig&) { check_one(reader, node, "password", "password_file"); },
      .holds_secret = true,
  });
}

Type<WebhookConfig> tls_config() {
  return section<WebhookConfig>({
      .keys = {key("ca_file", &WebhookConfig::ca_file, file(), "added to the system's certificate authorities, PEM")},
      .refused = {{"ca", "write the certificates into a file and name it as ca_file"},
                  {"insecure_skip_verify", "certificates are always verified; name the authority as ca_file"},
                  {"cert", kNotSupported},
                  {"cert_file", kNotSupported},
                  {"key", kNotSupported},
                  {"key_file", kNotSupported},
                  {"server_name", kNotSupported},
                  {"min_version", kNotSupported},
                  {"max_version", kNotSupported}},
  });
}

Type<WebhookConfig> http_config() {
  return section<WebhookConfig>({
      .keys = {key("authorization", authorization(), "the Authorization header"),
               key("basic_auth", basic_auth(), "user and password"),
               key("tls_config", tls_config(), "how the receiver's certificate is verified")},
      .refused = {{"bearer_token", "write it as authorization: {credentials: …}"},
                  {"bearer_token_file", "write it as authorization: {credentials_file: …}"},
                  {"oauth2", kNotSupported},
                  {"proxy_url", kNotSupported},
                  {"no_proxy", kNotSupported},
                  {"proxy_from_environment", kNotSupported},
                  {"proxy_connect_header", kNotSupported},
                  {"follow_redirects", "redirects are never followed"},
                  {"enable_http2", "requests are sent as HTTP/1.1"},
                  {"http_headers", kNotSupported}},
      .check = [](Reader& reader, const Node& node,
                  const WebhookConfig&) { check_either(reader, node, "authorization", "basic_auth"); },
  });
}

Type<WebhookConfig> hmac() {
  return section<WebhookConfig>({
      .keys = {key("secret", &WebhookConfig::hmac_secret, secret_source(), "the key of the HMAC-SHA256",
                   Presence::required),
               key("header", &WebhookConfig::hmac_header, text("the name of a header", is_header_name),
                   "carries the signature of the body, as sha256=<hex>")},
      .holds_secret = true,
  });
}

Type<WebhookConfig> webhook() {
  return section<WebhookConfig>({
      .keys = {key("url", &WebhookConfig::url, inline_secret("a URL that begins with https:// or http://", is_http_url),
                   "where messages are posted to; treated as a secret"),
               key("url_file", &WebhookConfig::url, secret_file(), "a file that holds the URL"),
               key("send_resolved", &WebhookConfig::send_resolved, boolean(), "whether resolved alerts are sent"),
               key("max_alerts", &WebhookConfig::max_alerts, number(0, std::numeric_limits<std::uint32_t>::max()),
                   "the most alerts in one message; 0: all"),
               key("timeout", &WebhookConfig::timeout, duration(100ms), "after which a request is cut off"),
               key("http_config", http_config(), "how requests are made"),
               key("hmac", hmac(), "a signature of the body, by which the receiver knows the sender")},
      .refused = {{"payload", "the body is Alertmanager's webhook version 4"}},
      .check = [](Reader& reader, const Node& node,
                  const WebhookConfig&) { check_one(reader, node, "url", "url_file"); },
  });
}

std::vector<RefusedKey> other_receivers() {
  std::vector<RefusedKey> refused;
  for (const auto* name : {"discord_configs", "email_configs", "incidentio_configs", "jira_configs",
                           "mattermost_configs", "msteams_configs", "msteamsv2_configs", "opsgenie_configs",
                           "pagerduty_configs", "pushover_configs", "rocketchat_configs", "slack_configs",
                           "sns_configs", "telegram_configs", "victorops_configs", "webex_configs", "wechat_configs"}) {
    refused.push_back({name, kWebhooksOnly});
  }
  return refused;
}

Type<ReceiverConfig> receiver() {
  return section<ReceiverConfig>({
      .keys = {key("name", &ReceiverConfig::name,
                   text("text of 1 to 128 bytes without control characters", is_label_value), "what a route calls it",
                   Presence::required),
               key("webhook_configs", &ReceiverConfig::webhooks, list_of(webhook()), "where its messages go")},
      .refused = other_receivers(),
  });
}

}  // namespace

Type<std::vector<ReceiverConfig>> receivers() {
  auto list = list_of(receiver());
  list.read = [read = list.read](Reader& reader, const Node& node, std::vector<ReceiverConfig>& receivers) {
    read(reader, node, receivers);
    check_unique(reader, node, "name");
  };
  return list;
}

}  // namespace a2od::schema
