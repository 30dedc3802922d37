#include "config/schema/checks.hpp"
#include "config/sections/receivers/receiver_keys.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace a2od::schema {
namespace {

/// A plain scalar as YAML's core schema reads it.
Payload scalar(const Node& node) {
  const std::string_view text = node.text();
  if (node.quoted()) return {std::string(text)};
  if (text == "true" || text == "false") return {text == "true"};
  const auto* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (std::from_chars(text.data(), end, whole) == std::from_chars_result{end, std::errc()}) return {whole};
  double number = 0;
  if (std::from_chars(text.data(), end, number) == std::from_chars_result{end, std::errc()} && std::isfinite(number))
    return {number};
  return {std::string(text)};
}

/// The document bounds the depth.
Payload payload_of(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return {};
    case Node::Kind::scalar:
      return scalar(node);
    case Node::Kind::sequence: {
      Payload::List list;
      for (const auto& item : node.items()) list.push_back(payload_of(item));
      return {std::move(list)};
    }
    case Node::Kind::mapping: {
      Payload::Fields fields;
      for (const auto& entry : node.entries()) fields.emplace(entry.key, payload_of(entry.value));
      return {std::move(fields)};
    }
  }
  return {};
}

Type<Payload> payload() {
  return {.name = "a mapping, a list or text",
          .read = [](Reader&, const Node& node, Payload& value) { value = payload_of(node); }};
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

}  // namespace

Type<WebhookConfig> webhook() {
  return section<WebhookConfig>({
      .keys = {key("url", &WebhookConfig::url, secret_url(), "where messages are posted to; treated as a secret"),
               key("url_file", &WebhookConfig::url, secret_file(), "a file that holds the URL"),
               send_resolved<WebhookConfig>(),
               key("max_alerts", &WebhookConfig::max_alerts, number(0, std::numeric_limits<std::uint32_t>::max()),
                   "the most alerts in one message; 0: all"),
               key("payload", &WebhookConfig::payload, payload(),
                   "a body of your own: its texts are templates; one that yields a JSON list or object becomes that"),
               key("rate_limit", &WebhookConfig::rate_limit, number(0, 10'000),
                   "the most requests a second to its host; 0: as fast as it answers"),
               timeout<WebhookConfig>(), http<WebhookConfig>(),
               key("hmac", hmac(), "a signature of the body, by which the receiver knows the sender")},
      .check = [](Reader& reader, const Node& node,
                  const WebhookConfig&) { check_one(reader, node, "url", "url_file"); },
  });
}

}  // namespace a2od::schema
