#include "daemon/notify/webhook.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <variant>

namespace a2od {
namespace {

Result<Secret> reveal(const InlineOrSource& source) {
  if (const auto* secret = std::get_if<Secret>(&source)) return *secret;
  return std::get<SecretSource>(source).read();
}

/// A header's value may not hold what would end the header.
bool fits_header(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7F) return false;
  }
  return true;
}

std::string base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const auto length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Collects the headers that need a secret; the first that cannot be had is the error.
class SecretHeaders {
 public:
  SecretHeaders(Headers& headers, const std::string& who) : headers_(headers), who_(who) {}

  template <class Source, class Format>
  void add(const std::string& name, std::string_view setting, const std::optional<Source>& source, Format format) {
    if (!source || error_) return;
    const auto secret = read(*source);
    if (!secret) return fail(setting, secret.error().message);
    auto value = format(*secret);
    if (!fits_header(value)) return fail(setting, "holds control characters, expected one line of text");
    headers_.emplace_back(name, std::move(value));
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  static Result<Secret> read(const InlineOrSource& source) { return reveal(source); }
  static Result<Secret> read(const SecretSource& source) { return source.read(); }

  void fail(std::string_view setting, std::string_view cause) {
    error_ = Error{who_ + ": " + std::string(setting) + ": " + std::string(cause)};
  }

  Headers& headers_;
  const std::string& who_;
  std::optional<Error> error_;
};

/// The password may be absent: then it is empty, as Alertmanager has it.
std::optional<InlineOrSource> basic_password(const WebhookConfig& webhook) {
  if (webhook.basic_username.empty()) return std::nullopt;
  return webhook.basic_password.value_or(Secret());
}

std::string safe_address(const cloud::Url& url) {
  const bool https = url.origin.scheme == cloud::Origin::Scheme::https;
  return (https ? "https://" : "http://") + url.origin.authority();
}

}  // namespace

std::string hmac_signature(const Secret& key, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &length);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "sha256=";
  for (const auto byte : std::span(digest).first(length)) {
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
  return out;
}

Result<WebhookRequest> make_webhook_request(const Message& message, const WebhookConfig& webhook,
                                            std::string_view version) {
  const auto who = "receiver '" + message.to.receiver + "', webhook " + std::to_string(message.to.index + 1);
  const auto address = reveal(webhook.url);
  if (!address) return failure(who + ": url: " + address.error().message);
  auto url = cloud::parse_url(address->reveal());
  if (!url) return failure(who + ": url: " + url.error().message);

  WebhookRequest request;
  request.safe_address = safe_address(*url);
  request.url = std::move(*url);
  request.body = message.body;
  request.headers = {{"Content-Type", "application/json"}, {"User-Agent", "a2od/" + std::string(version)}};

  SecretHeaders secrets(request.headers, who);
  secrets.add("Authorization", "authorization", webhook.authorization_credentials,
              [&](const Secret& token) { return webhook.authorization_type + " " + token.reveal(); });
  secrets.add("Authorization", "basic_auth", basic_password(webhook), [&](const Secret& password) {
    return "Basic " + base64(webhook.basic_username + ":" + password.reveal());
  });
  secrets.add(webhook.hmac_header, "hmac_secret", webhook.hmac_secret,
              [&](const Secret& key) { return hmac_signature(key, message.body); });
  if (secrets.error()) return std::unexpected(*secrets.error());
  return request;
}

}  // namespace a2od
