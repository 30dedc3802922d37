#include "config/schema/checks.hpp"
#include "config/sections/receivers/receiver_keys.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>

namespace a2od::schema {
namespace {

/// A setting of receivers that a2od does not have: read, so that a file of Alertmanager's loads, and never shown.
Key<GlobalConfig> unused(std::string_view name) {
  return key(name,
             Type<GlobalConfig>{.name = "any",
                                .read = [](Reader& reader, const Node& node, GlobalConfig&) { reader.hide(node); }},
             "no effect: for receivers that are not supported");
}

/// Of Prometheus' `global`.
std::vector<RefusedKey> refused_keys() {
  std::vector<RefusedKey> refused{
      {"evaluation_interval", "write rules.evaluation_interval"},
      {"external_labels", "write rules.external_labels"},
      {"rule_query_offset", "write query_offset into the rule groups"},
      {"query_log_file", "queries are not logged"},
      {"scrape_failure_log_file", "scrapes that fail are in the log and in /api/v1/targets"}};
  for (const auto* name : {"scrape_protocols", "scrape_native_histograms", "convert_classic_histograms_to_nhcb",
                           "always_scrape_classic_histograms", "keep_dropped_targets", "metric_name_validation_scheme",
                           "metric_name_escaping_scheme", "body_size_limit", "sample_limit", "target_limit",
                           "label_limit", "label_name_length_limit", "label_value_length_limit"})
    refused.push_back({name, "write it into each entry of scrape_configs"});
  return refused;
}

constexpr std::array<std::string_view, 22> kUnused{"victorops_api_url",
                                                   "victorops_api_key",
                                                   "victorops_api_key_file",
                                                   "wechat_api_url",
                                                   "wechat_api_secret",
                                                   "wechat_api_secret_file",
                                                   "wechat_api_corp_id",
                                                   "telegram_api_url",
                                                   "telegram_bot_token",
                                                   "telegram_bot_token_file",
                                                   "webex_api_url",
                                                   "jira_api_url",
                                                   "rocketchat_api_url",
                                                   "rocketchat_token",
                                                   "rocketchat_token_file",
                                                   "rocketchat_token_id",
                                                   "rocketchat_token_id_file",
                                                   "mattermost_webhook_url",
                                                   "mattermost_webhook_url_file",
                                                   "mattermost_api_url",
                                                   "hipchat_api_url",
                                                   "hipchat_auth_token"};

void check_pairs(Reader& reader, const Node& node, const GlobalConfig& /*global*/) {
  for (const auto& [written, file] :
       {std::pair("slack_api_url", "slack_api_url_file"), std::pair("slack_app_token", "slack_app_token_file"),
        std::pair("opsgenie_api_key", "opsgenie_api_key_file"),
        std::pair("smtp_auth_password", "smtp_auth_password_file"),
        std::pair("smtp_auth_secret", "smtp_auth_secret_file")})
    check_either(reader, node, written, file);
}

/// What the receivers' own settings leave open.
class Filling {
 public:
  /// `written` is where `global` stands in the file; nullptr where it does not.
  Filling(Reader& reader, const GlobalConfig& global, const Node* written)
      : reader_(reader), global_(global), written_(written) {}

  void fill(const Node& where, IntegrationConfig& integration) {
    std::visit([&](auto& config) { fill(where, config); }, integration);
  }

 private:
  template <class Config>
  void fill(const Node& /*where*/, Config& config) {
    fill_http(config);
  }
  void fill(const Node& where, SlackConfig& slack) {
    fill_http(slack);
    if (slack.app_url.empty()) slack.app_url = global_.slack_app_url;
    if (!slack.api_url && !slack.app_token) {
      slack.app_token = global_.slack_app_token;
      if (!slack.app_token) slack.api_url = global_.slack_api_url;
    }
    if (!says(where, {"api_url", "api_url_file", "app_token", "app_token_file"}) &&
        !global_says({"slack_api_url", "slack_api_url_file", "slack_app_token", "slack_app_token_file"}))
      reader_.problem(where.position(), "missing, expected api_url or app_token, here or in global as slack_…");
  }
  void fill(const Node& /*where*/, PagerdutyConfig& pagerduty) {
    fill_http(pagerduty);
    fill_text(pagerduty.url, global_.pagerduty_url);
    for (const auto& [name, text] : PagerdutyConfig().details) pagerduty.details.try_emplace(name, text);
  }
  void fill(const Node& where, OpsgenieConfig& opsgenie) {
    fill_http(opsgenie);
    fill_text(opsgenie.api_url, global_.opsgenie_api_url);
    if (!opsgenie.api_key) opsgenie.api_key = global_.opsgenie_api_key;
    if (!says(where, {"api_key", "api_key_file"}) && !global_says({"opsgenie_api_key", "opsgenie_api_key_file"}))
      reader_.problem(where.position(), "missing, expected api_key, here or in global as opsgenie_api_key");
  }
  void fill(const Node& where, EmailConfig& email) {
    fill_text(email.from, global_.smtp_from);
    fill_text(email.smarthost, global_.smtp_smarthost);
    fill_text(email.hello, global_.smtp_hello);
    fill_text(email.auth_username, global_.smtp_auth_username);
    fill_text(email.auth_identity, global_.smtp_auth_identity);
    if (!email.auth_password) email.auth_password = global_.smtp_auth_password;
    if (!email.auth_secret) email.auth_secret = global_.smtp_auth_secret;
    if (where.find("require_tls") == nullptr) email.require_tls = global_.smtp_require_tls;
    if (!email.implicit_tls) email.implicit_tls = global_.smtp_implicit_tls;
    if (where.find("tls_config") == nullptr) email.tls = global_.smtp_tls;
    for (const auto& [value, name] : {std::pair(&email.from, "from"), std::pair(&email.smarthost, "smarthost")})
      if (value->empty())
        reader_.problem(where.position(),
                        "missing, expected " + std::string(name) + ", here or in global as smtp_" + name);
  }

  /// Even what cannot be read: that is a problem of its own.
  static bool says(const Node& where, std::initializer_list<std::string_view> keys) {
    return std::ranges::any_of(keys, [&](std::string_view name) { return where.find(name) != nullptr; });
  }
  [[nodiscard]] bool global_says(std::initializer_list<std::string_view> keys) const {
    return written_ != nullptr && says(*written_, keys);
  }

  template <class Config>
  void fill_http(Config& config) const {
    if (!config.http) config.http = global_.http;
  }
  static void fill_text(std::string& value, const std::string& standard) {
    if (value.empty()) value = standard;
  }

  Reader& reader_;
  const GlobalConfig& global_;
  const Node* written_;
};

constexpr std::string_view kList = "_configs";

}  // namespace

Type<GlobalConfig> global() {
  using Global = GlobalConfig;
  Table<Global> table{
      .keys = {key("scrape_interval", &Global::scrape_interval, duration(Milliseconds(100)),
                   "from one scrape of an exporter to the next, where its job does not say"),
               key("scrape_timeout", &Global::scrape_timeout, duration(Milliseconds(100)),
                   "after which a scrape is given up, where its job does not say"),
               key("resolve_timeout", &Global::resolve_timeout, duration(Milliseconds(1)),
                   "how long an alert of another sender fires that names no end"),
               key("http_config", &Global::http, http_config(), "how requests are made where a receiver does not say"),
               key("slack_api_url", &Global::slack_api_url, secret_url(), "an incoming webhook"),
               key("slack_api_url_file", &Global::slack_api_url, secret_file(), "a file that holds it"),
               key("slack_app_token", &Global::slack_app_token, inline_secret(), "of a Slack app"),
               key("slack_app_token_file", &Global::slack_app_token, secret_file(), "a file that holds it"),
               key("slack_app_url", &Global::slack_app_url, http_url(), "where messages of an app are posted"),
               key("pagerduty_url", &Global::pagerduty_url, http_url(), "PagerDuty's Events API v2"),
               key("opsgenie_api_url", &Global::opsgenie_api_url, http_url(), "Opsgenie's API"),
               key("opsgenie_api_key", &Global::opsgenie_api_key, inline_secret(), "the key of an API integration"),
               key("opsgenie_api_key_file", &Global::opsgenie_api_key, secret_file(), "a file that holds it"),
               key("smtp_from", &Global::smtp_from, template_text(), "the sender of mails"),
               key("smtp_smarthost", &Global::smtp_smarthost, text("a host and a port", is_host_and_maybe_port),
                   "the mail server, host:port"),
               key("smtp_hello", &Global::smtp_hello, template_text(), "who we say we are"),
               key("smtp_auth_username", &Global::smtp_auth_username, template_text(), "the user"),
               key("smtp_auth_password", &Global::smtp_auth_password, inline_secret(), "for LOGIN and PLAIN"),
               key("smtp_auth_password_file", &Global::smtp_auth_password, secret_file(), "a file that holds it"),
               key("smtp_auth_secret", &Global::smtp_auth_secret, inline_secret(), "for CRAM-MD5"),
               key("smtp_auth_secret_file", &Global::smtp_auth_secret, secret_file(), "a file that holds it"),
               key("smtp_auth_identity", &Global::smtp_auth_identity, template_text(), "for PLAIN: on whose behalf"),
               key("smtp_require_tls", &Global::smtp_require_tls, boolean(), "whether nothing is sent without TLS"),
               key("smtp_force_implicit_tls", &Global::smtp_implicit_tls, boolean(),
                   "TLS from the first byte; by default on port 465"),
               key("smtp_tls_config", &Global::smtp_tls, tls_config(), "how the server's certificate is verified")},
      .refused = refused_keys(),
      .check = check_pairs,
      .holds_secret = true};
  for (const auto name : kUnused) table.keys.push_back(unused(name));
  return section<GlobalConfig>(std::move(table));
}

void fill_receivers(Reader& reader, const Node& root, Config& config) {
  const auto* receivers = root.find("receivers");
  if (receivers == nullptr) return;
  const Reader::Step step(reader, "receivers");
  Filling filling(reader, config.global, root.find("global"));
  for (std::size_t i = 0; i < std::min(receivers->items().size(), config.receivers.size()); ++i) {
    const Reader::Step in_receiver(reader, i);
    auto integration = config.receivers[i].integrations.begin();
    for (const auto& [name, position, list] : receivers->items()[i].entries()) {
      const auto kind = name.ends_with(kList) ? std::string_view(name).substr(0, name.size() - kList.size()) : "";
      if (std::ranges::find(kIntegrationNames, kind) == kIntegrationNames.end()) continue;
      const Reader::Step in_list(reader, name);
      for (std::size_t k = 0; k < list.items().size(); ++k) {
        const Reader::Step in_item(reader, k);
        filling.fill(list.items()[k], *integration++);
      }
    }
  }
}

}  // namespace a2od::schema
