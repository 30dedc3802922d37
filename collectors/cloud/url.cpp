#include "collectors/cloud/url.hpp"

#include "config/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace a2od::cloud {

namespace {

constexpr std::size_t kMaxHost = 253;

bool is_alphanumeric(char c) { return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || (c >= '0' && c <= '9'); }

bool takes(std::string_view& text, std::string_view prefix) {
  if (!same_text(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_host(std::string_view host, bool bracketed) {
  if (host.empty() || host.size() > kMaxHost) return false;
  const auto allowed = [&](char c) {
    return is_alphanumeric(c) || c == '.' || (bracketed ? c == ':' : c == '-' || c == '_');
  };
  return std::ranges::all_of(host, allowed);
}

std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || stop != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::uint16_t default_port(Origin::Scheme scheme) { return scheme == Origin::Scheme::https ? 443 : 80; }

Result<Origin> parse_authority(std::string_view text, Origin::Scheme scheme) {
  if (text.contains('@')) return failure("an address must not hold a user name");
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return failure("an IPv6 address needs its closing bracket");
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  std::string_view rest = text.substr(end + (bracketed ? 1 : 0));
  if (!is_host(host, bracketed)) return failure("an address needs a host name of letters, digits, dots and dashes");
  Origin origin{.scheme = scheme, .host = std::string(host), .port = default_port(scheme)};
  origin.host = lower_case(origin.host);
  if (rest.empty()) return origin;
  const auto port = takes(rest, ":") ? to_port(rest) : std::nullopt;
  if (!port) return failure("the port of an address is a number from 1 to 65535");
  origin.port = *port;
  return origin;
}

/// The address that a relative one leads to; empty where it is none.
std::string resolved(const Url& from, std::string_view relative) {
  const auto* const scheme = from.origin.scheme == Origin::Scheme::https ? "https://" : "http://";
  const std::string here = scheme + from.origin.authority() + from.target;
  const auto base = boost::urls::parse_uri(here);
  const auto reference = boost::urls::parse_relative_ref(relative);
  if (!base || !reference) return {};
  boost::urls::url address(*base);
  return address.resolve(*reference) ? std::string(address.buffer()) : std::string();
}

}  // namespace

std::string Origin::authority() const {
  const std::string name = host.contains(':') ? "[" + host + "]" : host;
  return port == default_port(scheme) ? name : fmt::format("{}:{}", name, port);
}

Result<Url> parse_url(std::string_view text) {
  const bool secure = takes(text, "https://");
  if (!secure && !takes(text, "http://")) return failure("an address starts with https:// or http://");
  if (std::ranges::any_of(text, is_control)) return failure("an address must not hold control characters");
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  auto origin = parse_authority(text.substr(0, end), secure ? Origin::Scheme::https : Origin::Scheme::http);
  if (!origin) return std::unexpected(std::move(origin.error()));
  std::string target(text.substr(end, text.find('#') - end));
  if (!target.starts_with('/')) target.insert(0, "/");
  return Url{std::move(*origin), std::move(target)};
}

std::optional<Url> redirect_target(const Url& from, std::string_view location) {
  if (location.empty()) return std::nullopt;
  if (location.starts_with('/') && !location.starts_with("//"))
    return Url{from.origin, std::string(location.substr(0, location.find('#')))};
  auto url = parse_url(location);
  if (!url) url = parse_url(resolved(from, location));
  return url ? std::optional(std::move(*url)) : std::nullopt;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_alphanumeric(c) || std::string_view("-._~").contains(c))
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string form_field(std::string_view name, std::string_view value) {
  return percent_encode(name) + "=" + percent_encode(value);
}

}  // namespace a2od::cloud
