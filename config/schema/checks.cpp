#include "config/schema/checks.hpp"

#include "config/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace a2od::schema {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_label_character(char c) { return is_digit(c) || is_letter(c) || c == '_'; }

bool is_host_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; });
}

std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

/// Behind "https://": no spaces, a host, perhaps a port.
bool is_authority_and_path(std::string_view text) {
  if (std::ranges::any_of(text, [](char c) { return is_control(c) || c == ' '; })) return false;
  auto authority = text.substr(0, text.find_first_of("/?#"));
  if (const auto user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);
  return is_host_and_maybe_port(authority);
}

}  // namespace

bool is_guid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, kShape, [](char c, char shape) { return shape == '-' ? c == '-' : is_hex(c); });
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_host_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_domain(std::string_view text) { return text.contains('.') && is_host_name(text); }

bool is_guid_or_domain(std::string_view text) { return is_guid(text) || is_domain(text); }

bool is_host_pattern(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  return is_host_name(text);
}

bool is_host_and_maybe_port(std::string_view text) {
  const auto parts = split_host_and_port(text);
  return parts && !parts->host.empty();
}

bool is_listen_address(std::string_view text) {
  const auto parts = split_host_and_port(text);
  return parts && parts->port;
}

bool is_https_url(std::string_view text) {
  return text.starts_with("https://") && is_authority_and_path(text.substr(8));
}

bool is_http_url(std::string_view text) {
  return is_https_url(text) || (text.starts_with("http://") && is_authority_and_path(text.substr(7)));
}

bool is_label_name(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && std::ranges::all_of(text, is_label_character);
}

bool is_label_value(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::none_of(text, is_control);
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || is_letter(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool is_not_empty(std::string_view text) { return !text.empty(); }

std::optional<HostAndPort> split_host_and_port(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string_view::npos) return std::nullopt;
  HostAndPort result{.host = std::string(bracketed ? text.substr(1, end - 1) : text.substr(0, end)), .port = {}};
  if (bracketed ? !is_ipv6(result.host) : !result.host.empty() && !is_host_name(result.host)) return std::nullopt;
  const auto rest = bracketed ? text.substr(end + 1) : text.substr(std::min(end, text.size()));
  if (rest.empty()) return result;
  if (!rest.starts_with(':')) return std::nullopt;
  result.port = to_port(rest.substr(1));
  return result.port ? std::optional(result) : std::nullopt;
}

}  // namespace a2od::schema
