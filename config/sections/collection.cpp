#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

namespace a2od::schema {
namespace {

constexpr auto kShortestInterval = 10s;
constexpr auto kShortestTimeout = 1s;

void check_timeout(Reader& reader, const Node& node, std::optional<Milliseconds> interval,
                   std::optional<Milliseconds> timeout) {
  const auto* value = node.find("timeout") != nullptr ? node.find("timeout") : node.find("interval");
  if (value == nullptr || !interval || !timeout || *timeout <= *interval) return;
  reader.problem(value->position(), "timeout is longer than the interval, expected it to be at most as long");
}

/// An override that changes one of interval and timeout is held against the other of the collector.
void check_collector(Reader& reader, const Node& node, const CollectorConfig& collector) {
  check_timeout(reader, node, collector.interval, collector.timeout);
  const Reader::Step in_overrides(reader, "overrides");
  for (std::size_t i = 0; i < collector.overrides.size(); ++i) {
    const auto& override = collector.overrides[i];
    const Reader::Step in_override(reader, i);
    check_timeout(reader, node.find("overrides")->items()[i],
                  override.interval ? override.interval : collector.interval,
                  override.timeout ? override.timeout : collector.timeout);
  }
}

Type<CollectorOverride> override_type() {
  return section<CollectorOverride>({
      .keys = {key("tenant", &CollectorOverride::tenant, text("the name of a tenant", is_label_value),
                   "only for this tenant"),
               key("environment", &CollectorOverride::environment,
                   text("the name or id of an environment", is_label_value), "only for this environment"),
               key("enabled", &CollectorOverride::enabled, boolean(), "as above"),
               key("interval", &CollectorOverride::interval, duration(kShortestInterval), "as above"),
               key("timeout", &CollectorOverride::timeout, duration(kShortestTimeout), "as above")},
  });
}

Type<CollectorConfig> collector() {
  return section<CollectorConfig>({
      .keys = {key("enabled", &CollectorConfig::enabled, boolean(), "whether it runs; default: the collector's own"),
               key("interval", &CollectorConfig::interval, duration(kShortestInterval),
                   "from one run to the next; default: the collector's own"),
               key("timeout", &CollectorConfig::timeout, duration(kShortestTimeout),
                   "after which a run is cut off; default: the collector's own"),
               key("overrides", &CollectorConfig::overrides, list_of(override_type()),
                   "other values for one tenant or environment; the last that applies wins")},
      .check = check_collector,
  });
}

void check_limits(Reader& reader, const Node& node, const TransportConfig& transport) {
  const auto longest = std::max(transport.connect_timeout, transport.first_byte_timeout);
  const auto* total = node.find("total_timeout");
  if (transport.total_timeout >= longest) return;
  reader.problem(total != nullptr ? total->position() : node.position(),
                 "total_timeout is shorter than connect_timeout or first_byte_timeout, expected it to contain them");
}

/// The keys of a connect override as they stand in the file.
struct Connect {
  std::string hosts;
  std::string to;
};

std::optional<ConnectOverride> to_override(Reader& /*reader*/, const Node& /*node*/, Connect read) {
  const auto target = split_host_and_port(read.to);
  if (!target) return std::nullopt;
  return ConnectOverride{
      .hosts = std::move(read.hosts), .address = target->host, .port = target->port.value_or(ConnectOverride{}.port)};
}

Type<ConnectOverride> connect() {
  auto keys = section<Connect>(
      {.keys = {
           key("hosts", &Connect::hosts,
               text("a host name such as graph.microsoft.com or *.dynamics.com", is_host_pattern),
               "connections to these hosts", Presence::required),
           key("to", &Connect::to, text("an address such as 127.0.0.1:8443", is_host_and_maybe_port),
               "go to this address, port 443 unless given; SNI, certificate check and Host keep the real name",
               Presence::required),
       }});
  return converted<ConnectOverride>(std::move(keys), to_override);
}

bool is_proxy(std::string_view text) { return text.empty() || (text.starts_with("http://") && !text.contains('@')); }

Type<ProxyConfig> proxy() {
  return section<ProxyConfig>(
      {.keys = {
           key("url", &ProxyConfig::url,
               hidden_text("a URL such as http://proxy.example:3128 without user and password, or '' for none",
                           is_proxy),
               "where the proxy is; '' goes without one, whatever the environment says", Presence::required),
           key("credentials", &ProxyConfig::credentials, secret_source(), "user:password of the proxy"),
           key("direct", &ProxyConfig::direct, list_of(text("a host name", is_host_pattern)),
               "hosts, and all names below them, that are reached without it"),
       }});
}

}  // namespace

Type<std::map<std::string, CollectorConfig>> collectors() { return map_of(collector()); }

Type<TransportConfig> transport() {
  constexpr std::uint64_t kKiB = 1024;
  return section<TransportConfig>({
      .keys = {key("connect", &TransportConfig::connect, list_of(connect()), "other addresses for some hosts"),
               key("proxy", &TransportConfig::proxy, proxy(),
                   "the HTTP proxy; absent: HTTPS_PROXY and NO_PROXY of the environment"),
               key("ca_file", &TransportConfig::ca_file, file(), "added to the system's certificate authorities, PEM"),
               key("connect_timeout", &TransportConfig::connect_timeout, duration(100ms),
                   "lookup, connection and TLS handshake"),
               key("first_byte_timeout", &TransportConfig::first_byte_timeout, duration(100ms),
                   "from the request to the first byte of the reply"),
               key("total_timeout", &TransportConfig::total_timeout, duration(100ms), "one request, start to end"),
               key("max_body", &TransportConfig::max_body_bytes, size(kKiB, kKiB * kKiB * kKiB),
                   "the longest reply that is read, after gzip"),
               key("max_idle_connections", &TransportConfig::max_idle_connections, small_number(0, 100'000),
                   "kept open for the next request; exporters' are their own")},
      .check = check_limits,
  });
}

}  // namespace a2od::schema
