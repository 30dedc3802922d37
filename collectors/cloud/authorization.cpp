#include "collectors/cloud/authorization.hpp"

#include "collectors/cloud/assertion.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace a2od::cloud {
namespace {

Result<std::string> value_of(std::string_view setting, const InlineOrSource& source) {
  const auto secret = reveal(source);
  if (!secret) return failure(std::string(setting) + ": " + secret.error().message);
  if (!fits_header(secret->reveal()))
    return failure(std::string(setting) + ": holds control characters, expected one line of text");
  return secret->reveal();
}

}  // namespace

bool fits_header(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7F; });
}

Result<Headers> private_headers(const HttpClientConfig& config) {
  Headers headers;
  for (const auto& [name, values] : config.headers) {
    for (const auto& value : values) {
      auto text = value_of("http_headers", value);
      if (!text) return std::unexpected(text.error());
      headers.emplace_back(name, std::move(*text));
    }
  }
  if (config.authorization_credentials) {
    const auto text = value_of("authorization", *config.authorization_credentials);
    if (!text) return std::unexpected(text.error());
    headers.emplace_back("Authorization", config.authorization_type + " " + *text);
  }
  if (!config.basic_username.empty()) {
    const auto text = config.basic_password ? value_of("basic_auth", *config.basic_password) : std::string();
    if (!text) return std::unexpected(text.error());
    headers.emplace_back("Authorization", "Basic " + base64(config.basic_username + ":" + *text));
  }
  return headers;
}

}  // namespace a2od::cloud
