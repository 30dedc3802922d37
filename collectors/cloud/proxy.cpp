#include "collectors/cloud/proxy.hpp"

#include "collectors/cloud/url.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace a2od::cloud {
namespace {

/// "http://user:password@proxy.example:3128" without what stands before the @, which comes separately.
Result<Proxy> parse_proxy(std::string_view text) {
  Proxy proxy;
  constexpr std::string_view kScheme = "http://";
  if (!text.contains("://")) return failure("the proxy is no http:// URL such as http://proxy.example:3128");
  if (!text.starts_with(kScheme)) return failure("the proxy is no http:// URL: connections to a proxy are plain");
  std::string_view rest = text.substr(kScheme.size());
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    proxy.credentials = Secret(std::string(rest.substr(0, at)));
    rest.remove_prefix(at + 1);
  }
  const auto url = parse_url(std::string(kScheme) + std::string(rest));
  if (!url || (url->target != "/" && !url->target.empty()))
    return failure("the proxy is no http:// URL such as http://proxy.example:3128");
  proxy.host = url->origin.host;
  const bool with_port =
      rest.find(':', rest.rfind(']') == std::string_view::npos ? 0 : rest.rfind(']')) != std::string_view::npos;
  if (with_port) proxy.port = url->origin.port;
  return proxy;
}

std::vector<std::string> split_no_proxy(std::string_view text) {
  std::vector<std::string> hosts;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    auto host = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (host.starts_with(' ') || host.starts_with('.')) host.remove_prefix(1);
    if (host.starts_with("*.")) host.remove_prefix(2);
    while (host.ends_with(' ')) host.remove_suffix(1);
    if (!host.empty()) hosts.emplace_back(host);
  }
  return hosts;
}

bool is_loopback(std::string_view host) { return host == "localhost" || host.starts_with("127.") || host == "::1"; }

bool is_at_or_below(std::string_view host, std::string_view domain) {
  if (host.size() < domain.size() || !same_text(host.substr(host.size() - domain.size()), domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

std::string first_of(const ProxyRules::Variable& variable, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (auto value = variable(name); !value.empty()) return value;
  return {};
}

}  // namespace

Result<ProxyRules> ProxyRules::read(const TransportConfig& config, const Variable& variable) {
  ProxyRules rules;
  if (config.proxy) {
    if (config.proxy->url.empty()) return rules;  // none, whatever the environment says
    auto proxy = parse_proxy(config.proxy->url);
    if (!proxy) return std::unexpected(std::move(proxy.error()));
    if (config.proxy->credentials) {
      auto credentials = config.proxy->credentials->read();
      if (!credentials) return std::unexpected(std::move(credentials.error()));
      proxy->credentials = std::move(*credentials);
    }
    rules.proxy_ = std::move(*proxy);
    rules.direct_ = config.proxy->direct;
    return rules;
  }
  const auto url = first_of(variable, {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"});
  if (url.empty()) return rules;
  auto proxy = parse_proxy(url);
  if (!proxy) return failure("HTTPS_PROXY of the environment: " + proxy.error().message);
  rules.proxy_ = std::move(*proxy);
  rules.direct_ = split_no_proxy(first_of(variable, {"NO_PROXY", "no_proxy"}));
  return rules;
}

Result<ProxyRules> ProxyRules::parse(const Secret& url, std::string_view direct) {
  auto proxy = parse_proxy(url.reveal());
  if (!proxy) return std::unexpected(std::move(proxy.error()));
  ProxyRules rules;
  rules.proxy_ = std::move(*proxy);
  rules.direct_ = split_no_proxy(direct);
  return rules;
}

const Proxy* ProxyRules::proxy_for(std::string_view host) const {
  if (!proxy_ || is_loopback(host)) return nullptr;
  const bool direct = std::ranges::any_of(
      direct_, [&](const std::string& domain) { return domain == "*" || is_at_or_below(host, domain); });
  return direct ? nullptr : &*proxy_;
}

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace a2od::cloud
