#include "collectors/cloud/challenge.hpp"

#include "collectors/cloud/assertion.hpp"
#include "collectors/cloud/json.hpp"
#include "config/text.hpp"

namespace a2od::cloud {

namespace {

constexpr std::size_t kMaxHeader = 16U << 10U;

bool is_name(char c) { return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || c == '_' || c == '-'; }

/// The quoted value of `name="…"`, wherever it stands outside of other values.
std::string_view quoted_parameter(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t quote = header.find('"');
    if (quote == std::string_view::npos) return {};
    const std::size_t end = header.find('"', quote + 1);
    if (end == std::string_view::npos) return {};
    std::string_view before = header.substr(0, quote);
    if (before.ends_with('=')) before.remove_suffix(1);
    std::size_t start = before.size();
    while (start > 0 && is_name(before[start - 1])) --start;
    if (same_text(before.substr(start), name)) return header.substr(quote + 1, end - quote - 1);
    header.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

std::string claims_of_challenge(std::string_view header) {
  if (header.size() > kMaxHeader) return {};
  std::string claims = decode_base64(quoted_parameter(header, "claims"));
  const auto parsed = parse_json(claims);
  return parsed && parsed->is_object() ? claims : std::string();
}

std::string claims_of_challenges(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!same_text(name, "www-authenticate")) continue;
    if (std::string claims = claims_of_challenge(value); !claims.empty()) return claims;
  }
  return {};
}

}  // namespace a2od::cloud
