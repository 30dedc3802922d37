#include "collectors/environment_url.hpp"

#include "collectors/cloud/url.hpp"

#include <algorithm>

namespace a2od {
namespace {

constexpr std::size_t kLongestId = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A name with a dot; an IPv4 address ends in digits, an IPv6 address has no dot or a colon.
bool is_full_name(std::string_view host) {
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || host.contains(':')) return false;
  const auto last = host.substr(dot + 1);
  return !std::ranges::all_of(last, is_digit);
}

}  // namespace

std::optional<std::string> normalised_url(std::string_view url) {
  const auto parsed = cloud::parse_url(url);
  if (!parsed || parsed->origin.scheme != cloud::Origin::Scheme::https) return std::nullopt;
  const auto& [origin, target] = *parsed;
  if (origin.port != 443 || target != "/" || url.contains('#') || !is_full_name(origin.host)) return std::nullopt;
  return "https://" + origin.authority();
}

std::string host_of(std::string_view url) {
  const auto parsed = cloud::parse_url(url);
  return parsed ? parsed->origin.host : std::string(url);
}

bool is_environment_id(std::string_view id) {
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
  return !id.empty() && id.size() <= kLongestId && std::ranges::all_of(id, allowed);
}

}  // namespace a2od
