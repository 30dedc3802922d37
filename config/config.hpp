// The configuration as values: one struct per section, defaults in place. config/read.hpp fills them from YAML.
#pragma once

#include "config/flapping.hpp"
#include "config/heartbeats.hpp"
#include "config/maintenance.hpp"
#include "config/matcher.hpp"
#include "config/receiver_config.hpp"
#include "config/scrape_config.hpp"
#include "config/secret.hpp"
#include "config/time.hpp"
#include "config/time_interval.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

using namespace std::chrono_literals;

enum class Cloud { public_cloud, gcc, gcc_high, dod, china };
inline constexpr std::pair<std::string_view, Cloud> kClouds[] = {{"public", Cloud::public_cloud},
                                                                 {"gcc", Cloud::gcc},
                                                                 {"gcc_high", Cloud::gcc_high},
                                                                 {"dod", Cloud::dod},
                                                                 {"china", Cloud::china}};

/// How a tenant's application signs in: exactly one of secret and certificate.
struct CertificateCredential {
  std::string certificate_file;  ///< PEM; its leaf must be registered with the application
  std::string key_file;          ///< PEM; defaults to certificate_file
  enum class Algorithm { ps256, rs256 } algorithm = Algorithm::ps256;
  bool operator==(const CertificateCredential&) const = default;
};

/// The identity that Azure gives the machine or container; at most one of these names a user-assigned one.
struct ManagedIdentity {
  std::string client_id;
  std::string object_id;
  std::string resource_id;
  bool operator==(const ManagedIdentity&) const = default;
};

/// Hosts that differ from those of the cloud; empty means the cloud's own.
struct Hosts {
  std::string login;           ///< login.microsoftonline.com
  std::string admin;           ///< api.bap.microsoft.com
  std::string power_platform;  ///< api.powerplatform.com
  std::string graph;           ///< graph.microsoft.com
  bool operator==(const Hosts&) const = default;
};

/// An environment named by the operator: for identities that may not list the inventory, or to add addresses to it.
struct ListedEnvironment {
  std::string name;                    ///< the value of the `environment` label
  std::string id;                      ///< as the admin API names it
  std::string url;                     ///< https://contoso.crm4.dynamics.com
  std::string finance_operations_url;  ///< https://contoso.operations.dynamics.com
  bool operator==(const ListedEnvironment&) const = default;
};

/// Which discovered environments are watched: regular expressions, each matched against the whole of the value.
struct EnvironmentFilter {
  std::vector<std::string> names;  ///< display name or id
  std::vector<std::string> types;  ///< Production, Sandbox, Trial, Developer, Default, Teams
  std::vector<std::string> regions;
  bool operator==(const EnvironmentFilter&) const = default;
};

struct TenantConfig {
  std::string name;  ///< the value of the `tenant` label
  Cloud cloud = Cloud::public_cloud;
  std::string tenant_id;
  std::string client_id;
  std::optional<SecretSource> client_secret;
  std::optional<CertificateCredential> certificate;
  std::optional<SecretSource> federated_token;      ///< of another issuer, read anew for every token
  std::optional<ManagedIdentity> managed_identity;  ///< then there is no client_id
  Hosts hosts;
  bool discover = true;
  EnvironmentFilter include;  ///< nothing given: all
  EnvironmentFilter exclude;
  std::vector<ListedEnvironment> environments;
  std::uint64_t requests_per_day = 500'000;  ///< the tenant's entitlement, of which a tenth is planned with
  double service_protection_share = 0.02;    ///< of each host's service-protection limits, planned with
  bool operator==(const TenantConfig&) const = default;
};

struct CollectorOverride {
  std::string tenant;       ///< empty: any
  std::string environment;  ///< empty: any; its name or id
  std::optional<bool> enabled;
  std::optional<Milliseconds> interval;
  std::optional<Milliseconds> timeout;
  bool operator==(const CollectorOverride&) const = default;
};

struct CollectorConfig {
  std::optional<bool> enabled;
  std::optional<Milliseconds> interval;
  std::optional<Milliseconds> timeout;
  std::vector<CollectorOverride> overrides;  ///< the last that applies wins
  bool operator==(const CollectorConfig&) const = default;
};

/// Connections to hosts that match the pattern go to another address; SNI, certificate check and Host keep the name.
struct ConnectOverride {
  std::string hosts;  ///< "*.dynamics.com" or a whole name
  std::string address;
  std::uint16_t port = 443;
  bool operator==(const ConnectOverride&) const = default;
};

/// Connections to Microsoft and to receivers go through this HTTP proxy.
struct ProxyConfig {
  std::string url;                          ///< http://proxy.example:3128; empty: none, not even the environment's
  std::optional<SecretSource> credentials;  ///< "user:password"
  std::vector<std::string> direct;          ///< hosts, and all below them, that are reached without it
  bool operator==(const ProxyConfig&) const = default;
};

struct TransportConfig {
  std::vector<ConnectOverride> connect;
  std::optional<ProxyConfig> proxy;    ///< absent: HTTPS_PROXY and NO_PROXY of the environment
  std::string ca_file;                 ///< added to the system's certificate authorities
  Milliseconds connect_timeout = 10s;  ///< lookup, connection and TLS handshake
  Milliseconds first_byte_timeout = 30s;
  Milliseconds total_timeout = 2min;
  std::uint64_t max_body_bytes = 64U << 20U;  ///< after gzip
  unsigned max_idle_connections = 64;
  bool operator==(const TransportConfig&) const = default;
};

struct RulesConfig {
  enum class NoData { hold, prometheus } no_data = NoData::hold;
  enum class Evaluation { on_change, interval } evaluation = Evaluation::on_change;
  Milliseconds evaluation_interval = 1min;
  Milliseconds resolution = 1min;
  std::map<std::string, std::string> external_labels;
  bool operator==(const RulesConfig&) const = default;
};

/// A metric of an OData collector: `count`, `min COLUMN`, `max COLUMN`, `sum COLUMN` of each group of rows, or `COLUMN`
/// of each row.
struct OdataMetric {
  std::string name;
  std::string help;
  std::string value;
  bool operator==(const OdataMetric&) const = default;
};

/// A collector of the operator's own: rows or groups of a table, as metrics.
struct OdataCollectorConfig {
  std::string name;
  std::string help;
  enum class Service { dataverse, finance_operations } service = Service::dataverse;
  std::string table;                          ///< logical name; of finance and operations the entity set
  std::string filter;                         ///< as OData's $filter
  std::map<std::string, std::string> labels;  ///< label: column
  std::vector<OdataMetric> metrics;
  std::vector<std::string> environments;  ///< regular expressions for whole names; empty: all
  Milliseconds interval = 15min;
  Milliseconds timeout = 2min;
  std::uint64_t max_rows = 1'000;
  std::uint64_t max_series = 500;
  bool operator==(const OdataCollectorConfig&) const = default;
};

/// A collector of the operator's own: a program that prints metrics in Prometheus' text format.
struct ExecCollectorConfig {
  std::string name;
  std::string help;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;  ///< its variables, beside PATH, LANG and A2OD_TENANT
  Milliseconds interval = 5min;
  Milliseconds timeout = 30s;
  std::uint64_t max_output_bytes = 1U << 20U;
  bool operator==(const ExecCollectorConfig&) const = default;
};

/// Who is told as well of alerts that nobody has acknowledged so long after they were told.
struct EscalationStep {
  Milliseconds after{};
  std::string receiver;
  bool operator==(const EscalationStep&) const = default;
};

/// Who is told of which alerts; keys and meaning are Alertmanager's. What a nested route does not say is its parent's,
/// already filled in here.
struct RouteConfig {
  std::string receiver;
  std::vector<std::string> group_by;  ///< "..." alone: all labels
  Milliseconds group_wait = 30s;
  Milliseconds group_interval = 5min;
  Milliseconds repeat_interval = 4h;
  std::vector<Matcher> matchers;  ///< of match, match_re and matchers together; the topmost route has none
  bool continues = false;         ///< its key is `continue`: routes behind it are tried too
  std::vector<std::string> mute_time_intervals;    ///< by name; never inherited
  std::vector<std::string> active_time_intervals;  ///< by name; never inherited
  std::vector<EscalationStep> escalate;            ///< the soonest first; ours alone
  std::map<std::string, std::string> labels;       ///< templates, for those of messages
  std::vector<RouteConfig> routes;
  bool operator==(const RouteConfig&) const = default;
};

/// While an alert that `source` matches fires, those that `target` matches are not told, if they have the same values
/// of the labels in `equal`.
struct InhibitRuleConfig {
  std::string name;
  std::vector<Matcher> source;
  std::vector<Matcher> target;
  std::vector<std::string> equal;
  bool operator==(const InhibitRuleConfig&) const = default;
};

/// Alertmanager's settings for all receivers, and Prometheus' for all that is scraped; each of these may say otherwise.
struct GlobalConfig {
  Milliseconds scrape_interval = 1min;
  Milliseconds scrape_timeout = 10s;
  Milliseconds resolve_timeout = 5min;  ///< how long an alert of another sender fires that names no end
  HttpClientConfig http;
  std::optional<InlineOrSource> slack_api_url;
  std::optional<InlineOrSource> slack_app_token;
  std::string slack_app_url = "https://slack.com/api/chat.postMessage";
  std::string pagerduty_url = "https://events.pagerduty.com/v2/enqueue";
  std::string opsgenie_api_url = "https://api.opsgenie.com/";
  std::optional<InlineOrSource> opsgenie_api_key;
  std::string smtp_from;
  std::string smtp_smarthost;
  std::string smtp_hello = "localhost";
  std::string smtp_auth_username;
  std::optional<InlineOrSource> smtp_auth_password;
  std::optional<InlineOrSource> smtp_auth_secret;
  std::string smtp_auth_identity;
  bool smtp_require_tls = true;
  std::optional<bool> smtp_implicit_tls;
  TlsClientConfig smtp_tls;
  bool operator==(const GlobalConfig&) const = default;
};

struct StorageConfig {
  std::string path = "/var/lib/a2od";  ///< holds state.db
  Milliseconds retention = 35 * 24h;   ///< of the history
  Milliseconds events_retention = 90 * 24h;
  std::uint64_t max_events = 1'000'000;
  bool operator==(const StorageConfig&) const = default;
};

struct WebConfig {
  std::string listen_address = "127.0.0.1:9365";
  std::string external_url;  ///< default: http://<listen_address>
  std::string config_file;   ///< TLS and basic auth, as in Prometheus' exporter toolkit
  bool operator==(const WebConfig&) const = default;
};

struct LogConfig {
  std::string level = "info";  ///< debug info warn error
  enum class Format { text, json } format = Format::text;
  bool operator==(const LogConfig&) const = default;
};

/// An Alertmanager elsewhere that is told of all alerts of our rules.
struct AlertmanagerConfig {
  std::string url;          ///< shown in logs and metrics
  std::string path_prefix;  ///< stands before /api/v2/alerts
  Milliseconds timeout = 10s;
  std::optional<HttpClientConfig> http;
  bool operator==(const AlertmanagerConfig&) const = default;

  /// What it is known by: "http://alertmanager:9093/prefix", without a slash at its end.
  [[nodiscard]] std::string address() const;
};

struct Config {
  std::vector<TenantConfig> tenants;
  std::map<std::string, CollectorConfig> collectors;
  std::vector<OdataCollectorConfig> odata;
  std::vector<ExecCollectorConfig> exec;
  std::vector<ScrapeConfig> scrape_configs;
  TransportConfig transport;
  std::vector<std::string> rule_files;  ///< patterns; relative ones start at the configuration file's folder
  RulesConfig rules;
  Milliseconds learning{0};  ///< so long after the very first start, alerts are logged instead of sent
  GlobalConfig global;
  RouteConfig route;
  std::vector<ReceiverConfig> receivers;
  std::vector<InhibitRuleConfig> inhibit_rules;
  std::vector<NamedTimeInterval> time_intervals;
  HeartbeatsConfig heartbeats;
  MaintenanceConfig maintenance;
  std::optional<FlappingConfig> flapping;  ///< absent: every change is told
  std::vector<std::string> templates;      ///< files of templates for messages
  std::vector<AlertmanagerConfig> alertmanagers;
  StorageConfig storage;
  WebConfig web;
  LogConfig log;
  std::string printed;                   ///< the file as it was read: YAML without comments and secrets
  std::string printed_for_alertmanager;  ///< the keys of it that Alertmanager has
  bool operator==(const Config&) const = default;
};

}  // namespace a2od
