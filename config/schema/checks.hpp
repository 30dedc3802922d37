// Whether a text is what a key wants: names, addresses, identifiers. Pure functions, each of one text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace a2od::schema {

/// 8-4-4-4-12 hexadecimal digits.
[[nodiscard]] bool is_guid(std::string_view text);
/// Letters, digits and hyphens, in labels of at most 63.
[[nodiscard]] bool is_host_name(std::string_view text);
/// A host name with at least one dot.
[[nodiscard]] bool is_domain(std::string_view text);
[[nodiscard]] bool is_guid_or_domain(std::string_view text);
/// A host name, or "*." and a host name.
[[nodiscard]] bool is_host_pattern(std::string_view text);
/// A host name or an address, an IPv6 one in brackets, and perhaps a port.
[[nodiscard]] bool is_host_and_maybe_port(std::string_view text);
/// As above with a port; the host may be empty, which means all addresses.
[[nodiscard]] bool is_listen_address(std::string_view text);

[[nodiscard]] bool is_https_url(std::string_view text);
[[nodiscard]] bool is_http_url(std::string_view text);

/// Prometheus' classic names: letters, digits and underscores, not beginning with a digit.
[[nodiscard]] bool is_label_name(std::string_view text);
/// Not empty, at most 128 bytes, no control characters.
[[nodiscard]] bool is_label_value(std::string_view text);
/// As HTTP's tokens.
[[nodiscard]] bool is_header_name(std::string_view text);
[[nodiscard]] bool is_not_empty(std::string_view text);

struct HostAndPort {
  std::string host;  ///< an IPv6 address without its brackets
  std::optional<std::uint16_t> port;
  bool operator==(const HostAndPort&) const = default;
};
/// "name", "name:443", "127.0.0.1:80", "[::1]:80", ":80". Nothing for what is not one of these.
[[nodiscard]] std::optional<HostAndPort> split_host_and_port(std::string_view text);

}  // namespace a2od::schema
