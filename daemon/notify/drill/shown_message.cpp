#include "daemon/notify/drill/shown_message.hpp"

#include "collectors/cloud/json.hpp"
#include "config/text.hpp"
#include "config/utf8.hpp"
#include "daemon/notify/receivers/email.hpp"
#include "daemon/notify/receivers/requests.hpp"
#include "daemon/notify/templates/truncate.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestBody = 32'768;
constexpr std::string_view kMask = "<secret>";

/// A field that receivers' APIs take keys by: routing_key, token, user_key, api-key.
bool is_secret(std::string_view name) {
  constexpr std::string_view kNames[] = {"key", "apikey", "authorization", "auth"};
  constexpr std::string_view kEnds[] = {"token",   "secret",  "password", "passwd",
                                        "api_key", "api-key", "user_key", "routing_key"};
  const auto is_name = [&](std::string_view secret) { return same_text(name, secret); };
  const auto is_end = [&](std::string_view secret) {
    return name.size() >= secret.size() && same_text(name.substr(name.size() - secret.size()), secret);
  };
  return std::ranges::any_of(kNames, is_name) || std::ranges::any_of(kEnds, is_end);
}

/// No deeper than what was parsed.
void mask(json::value& value) {
  if (auto* list = value.if_array()) {
    for (auto& item : *list) mask(item);
  } else if (auto* object = value.if_object()) {
    for (auto& [name, item] : *object) {
      if (item.is_string() && is_secret(name))
        item = kMask;
      else
        mask(item);
    }
  }
}

std::string shown_body(const ReceiverRequest& request, bool is_stored) {
  auto document = cloud::parse_json(request.body);
  // Not what could be looked through.
  if (!document && request.private_body) return std::string(kMask);
  if (document && !is_stored) mask(*document);
  const auto text = document ? json::serialize(*document) : request.body;
  return valid_utf8(truncate_bytes(text, kLongestBody).text);
}

ShownRequest shown(const ReceiverRequest& request, bool is_stored) {
  const bool https = request.url.origin.scheme == cloud::Origin::Scheme::https;
  ShownRequest out{
      .to = fmt::format("{} {}://{}", request.method, https ? "https" : "http", request.url.origin.authority())};
  for (const auto& [name, value] : request.headers) out.headers.push_back(fmt::format("{}: {}", name, value));
  for (const auto& [name, value] : request.private_headers) out.headers.push_back(fmt::format("{}: {}", name, kMask));
  out.body = shown_body(request, is_stored);
  return out;
}

ShownMessage show_mail(const Message& message, const EmailConfig& config, const NotificationTemplates& templates,
                       Timestamp now) {
  auto made = make_email(message, config, templates, now);
  if (!made) return {.error = made.error().message};
  const auto& [server, email, failures] = *made;
  ShownRequest out{.to = fmt::format("mail by {}:{}", server.host, server.port)};
  out.headers = {"From: " + email.from, "To: " + email.to};
  for (const auto& [name, text] : email.headers) out.headers.push_back(name + ": " + text);
  for (auto& header : out.headers) header = valid_utf8(truncate_bytes(header, 1024).text);
  out.body = valid_utf8(truncate_bytes(email.text.empty() ? email.html : email.text, kLongestBody).text);
  return {.requests = {std::move(out)}, .failures = failures};
}

}  // namespace

ShownMessage show_message(const Message& message, const IntegrationConfig& integration,
                          const NotificationTemplates& templates, Timestamp now) {
  if (const auto* mail = std::get_if<EmailConfig>(&integration)) return show_mail(message, *mail, templates, now);
  const auto made = make_requests(message, integration, templates, now);
  if (!made) return {.error = made.error().message};
  const auto* webhook = std::get_if<WebhookConfig>(&integration);
  const bool is_stored = webhook != nullptr && !webhook->payload;
  ShownMessage out{.failures = made->failures};
  for (const auto& request : made->requests) out.requests.push_back(shown(request, is_stored));
  return out;
}

}  // namespace a2od
