// What the receivers' sections share: keys that several of them have, and how each reads its own.
#pragma once

#include "config/config.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"

#include <string>
#include <string_view>

namespace a2od::schema {

[[nodiscard]] Type<HttpClientConfig> http_config();
/// Its keys, for a section that has them among its own.
[[nodiscard]] Table<HttpClientConfig> http_config_table();
[[nodiscard]] Type<TlsClientConfig> tls_config();

[[nodiscard]] Type<WebhookConfig> webhook();
[[nodiscard]] Type<SlackConfig> slack();
[[nodiscard]] Type<PagerdutyConfig> pagerduty();
[[nodiscard]] Type<OpsgenieConfig> opsgenie();
[[nodiscard]] Type<TeamsConfig> teams();
[[nodiscard]] Type<ServicenowConfig> servicenow();
[[nodiscard]] Type<EmailConfig> email();

/// A text in which {{ … }} is computed; nothing leaves it empty.
[[nodiscard]] Type<std::string> template_text();
[[nodiscard]] Type<std::string> http_url();
/// An address that is a secret.
[[nodiscard]] Type<InlineOrSource> secret_url();

/// At most one of two ways to say the same thing.
void check_either(Reader& reader, const Node& node, std::string_view one, std::string_view other);
/// Exactly one of them.
void check_one(Reader& reader, const Node& node, std::string_view one, std::string_view other);

template <class Config>
Key<Config> send_resolved() {
  return key("send_resolved", &Config::send_resolved, boolean(), "whether resolved alerts are sent");
}
template <class Config>
Key<Config> timeout() {
  return key("timeout", &Config::timeout, duration(Milliseconds(100)), "after which a request is cut off");
}
template <class Config>
Key<Config> http() {
  return key("http_config", &Config::http, http_config(), "how requests are made, in place of global.http_config");
}

}  // namespace a2od::schema
