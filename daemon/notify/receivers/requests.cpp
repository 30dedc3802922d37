#include "daemon/notify/receivers/requests.hpp"

#include "collectors/cloud/authorization.hpp"
#include "collectors/cloud/json.hpp"
#include "config/text.hpp"
#include "daemon/notify/receivers/email.hpp"
#include "daemon/notify/receivers/receivers.hpp"
#include "daemon/notify/receivers/texts.hpp"
#include "daemon/notify/templates/truncate.hpp"
#include "daemon/version.hpp"

#include <boost/json/serialize.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestReason = 200;

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
  return out;
}

/// Collects what one message is sent as; the first thing that cannot be had is the error.
class Making {
 public:
  Making(const Message& message, Texts& texts) : message_(message), texts_(texts) {}

  void make(const WebhookConfig& webhook) {
    auto body =
        webhook.payload ? json::serialize(webhook_payload(*webhook.payload, texts_)) : std::string(message_.body);
    auto& request = add(secret("url", webhook.url), "url", std::move(body));
    if (!webhook.hmac_secret) return;
    const auto key = secret("hmac", *webhook.hmac_secret);
    request.private_headers.emplace_back(webhook.hmac_header, hmac_signature(key, request.body));
  }

  void make(const SlackConfig& slack) {
    auto body = json::serialize(slack_message(slack, texts_));
    auto& request = add(slack.app_token ? Secret(slack.app_url) : secret("api_url", slack.api_url.value()), "api_url",
                        std::move(body));
    if (slack.app_token) put_private(request, "Authorization", "Bearer ", secret("app_token", *slack.app_token));
  }

  void make(const PagerdutyConfig& pagerduty) {
    const auto key = secret_text("routing_key", pagerduty.routing_key.value());
    auto event = pagerduty_event(pagerduty, key.reveal(), hash_of_group(message_.group_key), texts_);
    add(Secret(pagerduty.url), "url", json::serialize(event)).private_body = true;
  }

  void make(const OpsgenieConfig& opsgenie) {
    const auto key = secret_text("api_key", opsgenie.api_key.value());
    auto base = opsgenie.api_url;
    if (!base.ends_with('/')) base += '/';
    for (auto& call : opsgenie_calls(opsgenie, hash_of_group(message_.group_key), texts_)) {
      auto& request = add(Secret(base + call.path), "api_url", json::serialize(call.body));
      request.method = std::move(call.method);
      put_private(request, "Authorization", "GenieKey ", key);
    }
  }

  void make(const TeamsConfig& teams) {
    add(secret("webhook_url", teams.webhook_url.value()), "webhook_url", json::serialize(teams_message(teams, texts_)));
  }

  void make(const ServicenowConfig& servicenow) {
    auto base = servicenow.url;
    while (base.ends_with('/')) base.pop_back();
    for (const auto& events : servicenow_events(servicenow, texts_))
      add(Secret(base + "/api/global/em/jsonv2"), "url", json::serialize(events));
  }

  void make(const EmailConfig& /*email*/) { fail("mail", "is not sent by HTTP"); }

  void authorize(const HttpClientConfig& http) {
    auto headers = cloud::private_headers(http);
    if (!headers) return fail(headers.error());
    for (auto& request : made_.requests) {
      // A receiver's own key goes before what http_config says.
      const bool has_key = !cloud::find_header(request.private_headers, "Authorization").empty();
      for (const auto& [name, value] : *headers)
        if (!has_key || name != "Authorization") request.private_headers.emplace_back(name, value);
    }
  }

  Result<ReceiverRequests> take() && {
    if (texts_.error() && !error_) error_ = texts_.error();
    if (error_)
      return failure("receiver '" + message_.to.receiver + "', " + describe(message_.to) + ": " + error_->message);
    made_.failures = texts_.failures();
    return std::move(made_);
  }

 private:
  ReceiverRequest& add(const Secret& address, std::string_view setting, std::string body) {
    auto& request = made_.requests.emplace_back();
    request.headers = {{"Content-Type", "application/json"}, {"User-Agent", "a2od/" + std::string(kVersion)}};
    request.body = std::move(body);
    auto url = cloud::parse_url(address.reveal());
    if (url)
      request.url = std::move(*url);
    else
      fail(setting, url.error().message);
    return request;
  }

  void put_private(ReceiverRequest& request, const std::string& name, std::string_view before, const Secret& value) {
    if (!cloud::fits_header(value.reveal())) return fail(name, "holds control characters, expected one line of text");
    request.private_headers.emplace_back(name, std::string(before) + value.reveal());
  }

  Secret secret(std::string_view setting, const InlineOrSource& source) {
    auto found = reveal(source);
    if (!found) fail(setting, found.error().message);
    return found.value_or(Secret());
  }
  Secret secret(std::string_view setting, const SecretSource& source) {
    return secret(setting, InlineOrSource(source));
  }
  /// Written in the configuration it is a template; in a file it is the secret itself.
  Secret secret_text(std::string_view setting, const InlineOrSource& source) {
    if (const auto* written = std::get_if<Secret>(&source)) return Secret(texts_.exact(setting, written->reveal()));
    return secret(setting, source);
  }

  void fail(std::string_view setting, std::string_view cause) {
    fail({std::string(setting) + ": " + std::string(cause)});
  }
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }

  const Message& message_;
  Texts& texts_;
  ReceiverRequests made_;
  std::optional<Error> error_;
};

const HttpClientConfig* http_of(const IntegrationConfig& integration) {
  return std::visit(
      [](const auto& config) -> const HttpClientConfig* {
        if constexpr (requires { config.http; }) return config.http ? &*config.http : nullptr;
        return nullptr;
      },
      integration);
}

/// Without a text to compute, and so without reading the body.
bool is_sent_as_stored(const IntegrationConfig& integration) {
  const auto* webhook = std::get_if<WebhookConfig>(&integration);
  return webhook != nullptr && !webhook->payload;
}

/// One line of readable text, cut to what a log or a page can show.
std::string readable(std::string_view text) { return one_line(std::string(truncate_bytes(text, kLongestReason).text)); }

/// The reason in an answer: what the APIs at hand call it, or a bare word such as invalid_payload. Anything else is not
/// repeated, as it may hold what was sent.
std::string reason_in(std::string_view body) {
  constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyz_";
  if (!body.empty() && body.size() <= 64 && body.find_first_not_of(kWord) == std::string_view::npos)
    return std::string(body);
  const auto document = cloud::parse_json(body);
  if (!document) return {};
  std::string reason;
  const auto add = [&](std::string_view text) {
    if (!text.empty()) reason += (reason.empty() ? "" : "; ") + readable(text);
  };
  add(cloud::get_string(*document, "message").value_or(""));
  add(cloud::get_string(*document, "error").value_or(""));
  add(cloud::get_string(*document, "error", "message").value_or(""));
  if (const auto* errors = cloud::get_array(*document, "errors"))
    for (const auto& error : *errors) add(cloud::as_string(&error).value_or(""));
  return readable(reason);
}

/// Slack's methods say in the body that they did nothing.
void judge_slack(std::string_view body, DeliveryResult& result) {
  const auto document = cloud::parse_json(body);
  if (!document || cloud::get_bool(*document, "ok").value_or(true)) return;
  result.error = readable(cloud::get_string(*document, "error").value_or("unknown error"));
  if (result.error == "ratelimited" || result.error == "rate_limited") {
    result.status = 429;
  } else if (result.error == "internal_error" || result.error == "fatal_error" ||
             result.error == "service_unavailable") {
    result.status = 503;
  } else if (result.error == "msg_too_long" || result.error == "no_text" || result.error == "invalid_attachments" ||
             result.error == "too_many_attachments") {
    result.status = 400;
  } else {
    result.unusable = true;  // the token, the app's rights, the channel
  }
}

void judge_servicenow(std::string_view body, DeliveryResult& result) {
  const auto document = cloud::parse_json(body);
  const auto* records = document ? cloud::get_array(*document, "records") : nullptr;
  if (records == nullptr) return;
  for (const auto& record : *records) {
    if (cloud::get_string(record, "__status") != "failure") continue;
    result.error = readable(cloud::get_string(record, "__error", "message").value_or("an event was not taken"));
    result.unusable = true;
  }
}

}  // namespace

std::string hmac_signature(const Secret& key, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &length);
  return "sha256=" + hex(std::span(digest).first(length));
}

std::string hash_of_group(std::string_view group_key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(group_key.data(), group_key.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return hex(std::span(digest).first(length));
}

Result<ReceiverRequests> make_requests(const Message& message, const IntegrationConfig& integration,
                                       const NotificationTemplates& templates, Timestamp now) {
  json::value body = json::object();
  if (!is_sent_as_stored(integration)) body = cloud::parse_json(message.body).value_or(std::move(body));
  Texts texts(templates, body, now);
  Making making(message, texts);
  std::visit([&](const auto& config) { making.make(config); }, integration);
  if (const auto* http = http_of(integration)) making.authorize(*http);
  return std::move(making).take();
}

DeliveryResult judge(const IntegrationConfig& integration, const cloud::HttpResponse& response, Timestamp now) {
  DeliveryResult result{.status = response.status,
                        .retry_after = parse_retry_after(cloud::find_header(response.headers, "Retry-After"), now)};
  if (response.status >= 400) result.error = reason_in(response.body);
  if (response.status != 200) return result;
  if (std::holds_alternative<SlackConfig>(integration)) judge_slack(response.body, result);
  if (std::holds_alternative<ServicenowConfig>(integration)) judge_servicenow(response.body, result);
  return result;
}

std::vector<std::string> check_texts(const std::vector<ReceiverConfig>& receivers,
                                     const NotificationTemplates& templates) {
  struct Asking {
    Texts& texts;
    void operator()(const WebhookConfig& c) const {
      if (c.payload) (void)webhook_payload(*c.payload, texts);
    }
    void operator()(const SlackConfig& c) const { (void)slack_message(c, texts); }
    void operator()(const PagerdutyConfig& c) const {
      check("routing_key", c.routing_key);
      (void)pagerduty_event(c, "", "", texts);
    }
    void operator()(const OpsgenieConfig& c) const {
      check("api_key", c.api_key);
      (void)opsgenie_calls(c, "", texts);
    }
    void operator()(const TeamsConfig& c) const { (void)teams_message(c, texts); }
    void operator()(const ServicenowConfig& c) const { (void)servicenow_events(c, texts); }
    void operator()(const EmailConfig& c) const {
      (void)email_of(c, {}, texts);
      (void)texts.exact("auth_username", c.auth_username);
    }
    void check(std::string_view setting, const std::optional<InlineOrSource>& secret) const {
      if (!secret) return;
      if (const auto* written = std::get_if<Secret>(&*secret)) (void)texts.exact(setting, written->reveal());
    }
  };
  std::vector<std::string> problems;
  for (const auto& receiver : receivers) {
    const auto names = integrations_of(receiver);
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto texts = Texts::checking(templates);
      std::visit(Asking{texts}, receiver.integrations[i]);
      auto failures = texts.failures();
      if (const auto* email = std::get_if<EmailConfig>(&receiver.integrations[i]))
        std::ranges::move(check_addresses(*email), std::back_inserter(failures));
      for (const auto& failure : failures)
        problems.push_back("receiver '" + receiver.name + "', " + describe(names[i]) + ": " + failure);
    }
  }
  return problems;
}

}  // namespace a2od
