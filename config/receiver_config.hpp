// Who is told of alerts: Alertmanager's receivers, an integration each for what stands in their lists. Texts are
// templates unless they say otherwise. What `global` says is filled in.
#pragma once

#include "config/http_config.hpp"
#include "config/time.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace a2od {

/// A value of YAML as it stands in the file: the body of a webhook of the operator's own.
struct Payload {
  using List = std::vector<Payload>;
  using Fields = std::map<std::string, Payload, std::less<>>;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Fields> value;
  bool operator==(const Payload&) const = default;
};

struct WebhookConfig {
  static constexpr std::string_view kName = "webhook";
  InlineOrSource url;  ///< URLs carry tokens: treated as secrets
  bool send_resolved = true;
  std::uint64_t max_alerts = 0;  ///< 0: all
  Milliseconds timeout{10'000};
  std::optional<HttpClientConfig> http;
  std::uint64_t rate_limit = 0;             ///< most requests a second to its host; 0: as fast as it answers
  std::optional<Payload> payload;           ///< in place of version 4; its texts are templates
  std::optional<SecretSource> hmac_secret;  ///< signs the body: `X-A2od-Signature: sha256=<hex>` unless renamed
  std::string hmac_header = "X-A2od-Signature";
  bool operator==(const WebhookConfig&) const = default;
};

struct SlackField {
  std::string title;
  std::string value;
  std::optional<bool> is_short;
  bool operator==(const SlackField&) const = default;
};

/// A button: with a URL a link, else one that Slack sends to the app.
struct SlackAction {
  struct Confirmation {
    std::string text;
    std::string title;
    std::string ok_text;
    std::string dismiss_text;
    bool operator==(const Confirmation&) const = default;
  };
  std::string type;
  std::string text;
  std::string url;
  std::string style;
  std::string name;
  std::string value;
  std::optional<Confirmation> confirm;
  bool operator==(const SlackAction&) const = default;
};

struct SlackConfig {
  static constexpr std::string_view kName = "slack";
  std::optional<InlineOrSource> api_url;    ///< an incoming webhook, or chat.postMessage with a token
  std::optional<InlineOrSource> app_token;  ///< then app_url is used
  std::string app_url;
  bool send_resolved = false;
  Milliseconds timeout{10'000};
  std::optional<HttpClientConfig> http;
  std::string channel;
  std::string username = R"({{ template "slack.default.username" . }})";
  std::string color = R"({{ template "slack.default.color" . }})";
  std::string title = R"({{ template "slack.default.title" . }})";
  std::string title_link = R"({{ template "slack.default.titlelink" . }})";
  std::string pretext = R"({{ template "slack.default.pretext" . }})";
  std::string text = R"({{ template "slack.default.text" . }})";
  std::string message_text;  ///< of the message itself, above its attachment
  std::string fallback = R"({{ template "slack.default.fallback" . }})";
  std::string callback_id = R"({{ template "slack.default.callbackid" . }})";
  std::string footer = R"({{ template "slack.default.footer" . }})";
  std::string icon_emoji = R"({{ template "slack.default.iconemoji" . }})";
  std::string icon_url = R"({{ template "slack.default.iconurl" . }})";
  std::string image_url;
  std::string thumb_url;
  std::vector<SlackField> fields;
  std::vector<SlackAction> actions;
  bool short_fields = false;
  bool link_names = false;
  std::vector<std::string> mrkdwn_in{"fallback", "pretext", "text"};
  bool operator==(const SlackConfig&) const = default;
};

struct PagerdutyImage {
  std::string src;
  std::string alt;
  std::string href;
  bool operator==(const PagerdutyImage&) const = default;
};

struct PagerdutyLink {
  std::string href;
  std::string text;
  bool operator==(const PagerdutyLink&) const = default;
};

/// Events API v2.
struct PagerdutyConfig {
  static constexpr std::string_view kName = "pagerduty";
  std::optional<InlineOrSource> routing_key;  ///< inline it is a template
  std::string url;
  bool send_resolved = true;
  Milliseconds timeout{10'000};
  std::optional<HttpClientConfig> http;
  std::string client = R"({{ template "pagerduty.default.client" . }})";
  std::string client_url = R"({{ template "pagerduty.default.clientURL" . }})";
  std::string description = R"({{ template "pagerduty.default.description" .}})";
  std::map<std::string, std::string> details{
      {"firing", R"({{ template "pagerduty.default.instances" .Alerts.Firing }})"},
      {"num_firing", "{{ .Alerts.Firing | len }}"},
      {"num_resolved", "{{ .Alerts.Resolved | len }}"},
      {"resolved", R"({{ template "pagerduty.default.instances" .Alerts.Resolved }})"}};
  std::string severity = "error";
  std::string event_class;  ///< its key is `class`
  std::string component;
  std::string group;
  std::string source;  ///< empty: the client
  std::vector<PagerdutyImage> images;
  std::vector<PagerdutyLink> links;
  bool operator==(const PagerdutyConfig&) const = default;
};

struct OpsgenieResponder {
  std::string id;
  std::string name;
  std::string username;
  std::string type;  ///< team, teams, user, escalation, schedule; a template
  bool operator==(const OpsgenieResponder&) const = default;
};

struct OpsgenieConfig {
  static constexpr std::string_view kName = "opsgenie";
  std::optional<InlineOrSource> api_key;  ///< inline it is a template
  std::string api_url;
  bool send_resolved = true;
  Milliseconds timeout{10'000};
  std::optional<HttpClientConfig> http;
  std::string message = R"({{ template "opsgenie.default.message" . }})";
  std::string description = R"({{ template "opsgenie.default.description" . }})";
  std::string source = R"({{ template "opsgenie.default.source" . }})";
  std::map<std::string, std::string> details;
  std::string entity;
  std::vector<OpsgenieResponder> responders;
  std::string actions;  ///< divided by commas, as are tags
  std::string tags;
  std::string note;
  std::string priority;  ///< P1 to P5
  bool update_alerts = false;
  bool operator==(const OpsgenieConfig&) const = default;
};

/// Microsoft Teams by a workflow: "When a Teams webhook request is received". Alertmanager's msteamsv2.
struct TeamsConfig {
  static constexpr std::string_view kName = "msteamsv2";
  std::optional<InlineOrSource> webhook_url;
  bool send_resolved = true;
  Milliseconds timeout{10'000};
  std::optional<HttpClientConfig> http;
  std::string title = R"({{ template "msteamsv2.default.title" . }})";
  std::string text = R"({{ template "msteamsv2.default.text" . }})";
  bool operator==(const TeamsConfig&) const = default;
};

/// Event Management of ServiceNow: an event for each alert, cleared when it is resolved. Not a receiver of
/// Alertmanager's. `.Alert` is the alert in its templates.
struct ServicenowConfig {
  static constexpr std::string_view kName = "servicenow";
  std::string url;  ///< https://<instance>.service-now.com
  bool send_resolved = true;
  Milliseconds timeout{10'000};
  std::optional<HttpClientConfig> http;
  std::string source = "a2od";
  std::string event_class = "{{ .ExternalURL }}";
  std::string node = "{{ or .Alert.Labels.environment .Alert.Labels.tenant .Alert.Labels.instance }}";
  std::string resource;
  std::string metric_name = "{{ .Alert.Labels.alertname }}";
  std::string type = "{{ .Alert.Labels.alertname }}";
  /// 1 critical, 2 major, 3 minor, 4 warning, 5 info, or one of these words.
  std::string severity = R"({{ if eq .Alert.Labels.severity "page" "critical" }}1{{ else }}3{{ end }})";
  std::string description =
      "{{ or .Alert.Annotations.summary .Alert.Labels.alertname }}\n"
      "{{ .Alert.Annotations.description }}";
  std::map<std::string, std::string> additional_info;  ///< beside labels and annotations
  bool operator==(const ServicenowConfig&) const = default;
};

struct EmailConfig {
  static constexpr std::string_view kName = "email";
  std::string to;  ///< addresses, divided by commas
  std::string from;
  std::string smarthost;  ///< host:port
  std::string hello;      ///< empty: localhost
  std::string auth_username;
  std::optional<InlineOrSource> auth_password;
  std::optional<InlineOrSource> auth_secret;  ///< of CRAM-MD5
  std::string auth_identity;
  bool send_resolved = false;
  bool require_tls = true;
  std::optional<bool> implicit_tls;  ///< its key is force_implicit_tls; by default on port 465
  TlsClientConfig tls;
  Milliseconds timeout{30'000};
  std::map<std::string, std::string> headers;
  std::string html = R"({{ template "email.default.html" . }})";
  std::string text;
  /// Whether mail readers show the mails of a group together: all, or those of a day.
  enum class Threading : std::uint8_t { off, daily, always } threading = Threading::off;
  bool operator==(const EmailConfig&) const = default;
};

/// One way to tell a receiver.
using IntegrationConfig = std::variant<WebhookConfig, SlackConfig, PagerdutyConfig, OpsgenieConfig, TeamsConfig,
                                       ServicenowConfig, EmailConfig>;

/// The order of IntegrationConfig's alternatives; never changed, as it is written down.
inline constexpr std::array<std::string_view, 7> kIntegrationNames{
    WebhookConfig::kName, SlackConfig::kName,      PagerdutyConfig::kName, OpsgenieConfig::kName,
    TeamsConfig::kName,   ServicenowConfig::kName, EmailConfig::kName};

[[nodiscard]] inline std::string_view name_of(const IntegrationConfig& integration) {
  return kIntegrationNames.at(integration.index());
}
[[nodiscard]] inline bool sends_resolved(const IntegrationConfig& integration) {
  return std::visit([](const auto& config) { return config.send_resolved; }, integration);
}
/// Most alerts in one message; 0: all.
[[nodiscard]] inline std::uint64_t most_alerts(const IntegrationConfig& integration) {
  const auto* webhook = std::get_if<WebhookConfig>(&integration);
  return webhook == nullptr ? 0 : webhook->max_alerts;
}

struct ReceiverConfig {
  std::string name;
  std::vector<IntegrationConfig> integrations;
  bool pages = false;  ///< wakes somebody up, whatever its integrations are: no test reaches it unless asked
  std::map<std::string, std::string> labels{};  ///< what receiver_matchers of the API ask for
  bool operator==(const ReceiverConfig&) const = default;
};

}  // namespace a2od
