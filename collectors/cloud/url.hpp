// Absolute http and https addresses, taken apart without changing a byte of path and query.
#pragma once

#include "config/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace a2od::cloud {

/// Where a connection goes, before any override.
struct Origin {
  enum class Scheme : std::uint8_t { http, https } scheme = Scheme::https;
  std::string host;  ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 443;
  auto operator<=>(const Origin&) const = default;

  /// "org.crm4.dynamics.com", "[::1]:8443": the Host header; the port only where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;
};

struct Url {
  Origin origin;
  std::string target;  ///< from the first slash, as written; "/" where there is none; a fragment is cut off
  bool operator==(const Url&) const = default;
};

/// Refuses other schemes, user names, hosts that are not names or addresses, bad ports and control characters. The
/// error does not repeat the text, which may hold a token.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// Where a redirect leads: an address of its own, or one that is relative to `from`; nothing where it is neither.
[[nodiscard]] std::optional<Url> redirect_target(const Url& from, std::string_view location);

/// Percent-encodes all but unreserved characters: for values of queries and forms.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// "name=value" with both sides percent-encoded.
[[nodiscard]] std::string form_field(std::string_view name, std::string_view value);

}  // namespace a2od::cloud
