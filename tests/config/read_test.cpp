// The strict reader: every file of data/ is read as its name and first lines say, and values arrive where they belong.
#include "config/read.hpp"

#include "config/document.hpp"
#include "config/matchers.hpp"
#include "config/reference.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<std::string_view, 3> kCollectors = {"capacity", "inventory", "jobs"};
constexpr ReadOptions kOptions = {.collectors = kCollectors};
const std::filesystem::path kData = A2OD_SOURCE_DIR "/tests/config/data";

std::vector<std::filesystem::path> files_like(std::string_view suffix) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kData)) {
    if (entry.path().string().ends_with(suffix)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::string name_of(const testing::TestParamInfo<std::filesystem::path>& info) {
  const auto file = info.param.filename().string();
  return file.substr(0, file.find('.'));
}

std::vector<std::string> lines_of(const Problems& problems) {
  std::vector<std::string> lines;
  for (const auto& problem : problems) lines.push_back(to_string(problem));
  return lines;
}

std::vector<std::string> problems_of(std::string_view text,
                                     ReadOptions options = {.collectors = kCollectors, .check_files = false}) {
  const auto config = parse_config("f", text, options);
  return config ? std::vector<std::string>() : lines_of(config.error());
}

Config full_config() {
  const auto config = read_config(kData / "full.good.yaml", kOptions);
  if (!config) ADD_FAILURE() << to_string(config.error().front());
  return config.value_or(Config{});
}

std::string in_data(std::string_view name) { return (kData / name).string(); }

class GoodConfig : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoodConfig, IsRead) {
  const auto config = read_config(GetParam(), kOptions);
  EXPECT_TRUE(config) << to_string(config.error().front());
}

INSTANTIATE_TEST_SUITE_P(Data, GoodConfig, testing::ValuesIn(files_like(".good.yaml")), name_of);

/// Lines that begin with "#! " hold the expected problems, with paths from the folder of the file on.
class BadConfig : public testing::TestWithParam<std::filesystem::path> {};

std::vector<std::string> expected_problems(const std::filesystem::path& file) {
  constexpr std::string_view kMark = "#! ";
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && line.starts_with(kMark);) lines.push_back(line.substr(kMark.size()));
  return lines;
}

std::vector<std::string> found_problems(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  const auto config = read_config(file, kOptions);
  if (config) return lines;
  for (auto problem : config.error()) {
    problem.file = "";
    auto line = to_string(problem).substr(1);
    const auto folder = kData.string() + "/";
    for (auto at = line.find(folder); at != std::string::npos; at = line.find(folder)) {
      line.erase(at, folder.size());
    }
    lines.push_back(line);
  }
  return lines;
}

TEST_P(BadConfig, HasExactlyTheProblemsThatItStates) {
  const auto expected = expected_problems(GetParam());
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(found_problems(GetParam()), expected);
}

TEST_P(BadConfig, ShowsNoSecret) {
  for (const auto& line : found_problems(GetParam())) EXPECT_THAT(line, Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(Data, BadConfig, testing::ValuesIn(files_like(".bad.yaml")), name_of);

TEST(Config, AFileOfTheServiceManagersCredentialsIsOneOfThem) {
  const auto config =
      parse_config("a2od.yaml",
                   "route: {receiver: hook}\n"
                   "receivers: [{name: hook, webhook_configs: [{url_file: $CREDENTIALS_DIRECTORY/hook}]}]\n",
                   {.check_files = false});
  ASSERT_TRUE(config) << config.error().front().message;
  const auto& webhook = std::get<WebhookConfig>(config->receivers[0].integrations[0]);
  EXPECT_EQ(webhook.url, InlineOrSource(SecretSource{SecretCredential{"hook"}}));
}

TEST(ReadConfig, DefaultsAreThoseOfTheStructs) {
  auto config = read_config(kData / "minimal.good.yaml", kOptions);
  Config expected;
  expected.tenants.push_back({.name = "contoso",
                              .tenant_id = "11111111-2222-3333-4444-555555555555",
                              .client_id = "66666666-7777-8888-9999-aaaaaaaaaaaa",
                              .client_secret = SecretSource{SecretFile{in_data("secrets/contoso")}}});
  config->printed.clear();
  config->printed_for_alertmanager.clear();
  EXPECT_EQ(*config, expected);
}

TEST(ReadConfig, FillsTenants) {
  TenantConfig contoso = {.name = "contoso",
                          .cloud = Cloud::gcc_high,
                          .tenant_id = "contoso.onmicrosoft.com",
                          .client_id = "66666666-7777-8888-9999-AAAAAAAAAAAA",
                          .client_secret = SecretSource{SecretFile{in_data("secrets/contoso")}}};
  contoso.hosts = {"login.example", "admin.example:8443", "pp.example", "graph.example"};
  contoso.discover = false;
  contoso.include = {{"contoso-.*"}, {"Production", "Sandbox"}, {"europe"}};
  contoso.exclude = {{".*-test"}, {"Trial"}, {"asia"}};
  contoso.environments = {
      {"contoso-prod", "0123", "https://contoso.crm4.dynamics.com", "https://contoso.operations.dynamics.com"}};
  contoso.requests_per_day = 1000;
  contoso.service_protection_share = 0.05;
  TenantConfig fabrikam = {.name = "fabrikam",
                           .tenant_id = "11111111-2222-3333-4444-555555555555",
                           .client_id = "66666666-7777-8888-9999-aaaaaaaaaaaa"};
  fabrikam.certificate = {in_data("secrets/contoso.pem"), in_data("secrets/contoso.pem"),
                          CertificateCredential::Algorithm::rs256};
  EXPECT_THAT(full_config().tenants, ElementsAre(contoso, fabrikam));
}

TEST(ReadConfig, FillsCollectorsAndTransport) {
  const auto config = full_config();
  const CollectorConfig capacity = {
      .enabled = false,
      .interval = 2h,
      .timeout = 5min,
      .overrides = {
          {.tenant = "contoso", .environment = "contoso-prod", .enabled = true, .interval = 1h, .timeout = 1min}}};
  EXPECT_EQ(config.collectors, (std::map<std::string, CollectorConfig>{{"capacity", capacity}}));
  const TransportConfig transport = {.connect = {{"*.dynamics.com", "127.0.0.1", 8443},
                                                 {"graph.microsoft.com", "::1", 444},
                                                 {"login.microsoftonline.com", "proxy.example", 443}},
                                     .ca_file = in_data("secrets/ca.pem"),
                                     .connect_timeout = 1s,
                                     .first_byte_timeout = 2s,
                                     .total_timeout = 90s,
                                     .max_body_bytes = 512 * 1024,
                                     .max_idle_connections = 7};
  EXPECT_EQ(config.transport, transport);
}

TEST(ReadConfig, FillsRulesStorageWebAndLog) {
  const auto config = full_config();
  const RulesConfig rules = {.no_data = RulesConfig::NoData::prometheus,
                             .evaluation = RulesConfig::Evaluation::interval,
                             .evaluation_interval = 30s,
                             .resolution = 15s,
                             .external_labels = {{"site", "north"}, {"number", "1"}}};
  EXPECT_EQ(config.rules, rules);
  EXPECT_EQ(config.storage, (StorageConfig{in_data("state"), 72h}));
  EXPECT_EQ(config.web, (WebConfig{":9999", "https://a2od.example/x", in_data("secrets/ca.pem")}));
  EXPECT_EQ(config.log, (LogConfig{"debug", LogConfig::Format::json}));
}

TEST(ReadConfig, FillsAlertmanagers) {
  const auto config = full_config();
  HttpClientConfig http;
  http.basic_username = "alice";
  http.basic_password = SecretSource{SecretFile{in_data("secrets/contoso")}};
  http.tls.ca_file = in_data("secrets/ca.pem");
  const AlertmanagerConfig two = {
      .url = "https://two.example", .path_prefix = "/alertmanager/", .timeout = 3s, .http = http};
  EXPECT_THAT(config.alertmanagers, ElementsAre(AlertmanagerConfig{.url = "http://one:9093/"}, two));
  EXPECT_EQ(config.alertmanagers[0].address(), "http://one:9093");
  EXPECT_EQ(config.alertmanagers[1].address(), "https://two.example/alertmanager");
}

TEST(ReadConfig, AnAlertmanagersFileIsReadAsItIs) {
  const auto config = read_config(kData / "routes.good.yaml", kOptions);
  ASSERT_TRUE(config);
  const auto matchers = [](std::string_view text) { return *parse_matchers(text, MatcherSyntax::fallback); };
  const auto& route = config->route;
  ASSERT_EQ(route.routes.size(), 3U);

  const auto& paging = route.routes[0];
  EXPECT_EQ(paging.matchers, matchers(R"(severity=~"page|critical",team!="x",tenant="contoso","größe.x"="1")"));
  EXPECT_EQ(paging.receiver, "on-call");
  EXPECT_EQ(paging.group_by, std::vector<std::string>{"alertname"}) << "inherited";
  EXPECT_EQ(paging.group_wait, 5s) << "inherited";
  EXPECT_TRUE(paging.continues);
  EXPECT_EQ(paging.mute_time_intervals, std::vector<std::string>{"nights"});

  const auto& deepest = paging.routes.at(0);
  EXPECT_EQ(deepest.receiver, "on-call") << "inherited";
  EXPECT_EQ(deepest.group_by, std::vector<std::string>{"..."});
  EXPECT_EQ(matcher_text(deepest.matchers.at(1)), R"("größe x"=~"^(?:a)$")");
  EXPECT_EQ(deepest.repeat_interval, 1h);
  EXPECT_FALSE(deepest.continues) << "not inherited";
  const std::map<std::string, std::string> labels{{"team", "on-call"}, {"title", "{{ .GroupLabels.alertname }}"}};
  EXPECT_EQ(paging.labels, labels);
  EXPECT_EQ(deepest.labels, labels) << "inherited";
  EXPECT_TRUE(route.routes[1].labels.empty());
  EXPECT_EQ(config->receivers.at(0).labels.at("größe"), "1");
  EXPECT_TRUE(deepest.mute_time_intervals.empty()) << "not inherited";

  EXPECT_EQ(route.routes[1].group_by, (std::vector<std::string>{"größe.x", "tenant"}));
  EXPECT_EQ(route.routes[2].group_interval, 1h) << "merged";
  EXPECT_EQ(route.routes[2].matchers, matchers("severity=ticket,escalate=yes"));

  const std::vector<EscalationStep> steps{{30min, "on-call"}, {2h, "boss"}};
  EXPECT_EQ(route.escalate, steps);
  EXPECT_EQ(deepest.escalate, steps) << "inherited";
  EXPECT_TRUE(route.routes[2].escalate.empty());
  EXPECT_THAT(config->printed, HasSubstr("after: 30m"));
  EXPECT_THAT(config->printed_for_alertmanager, Not(HasSubstr("after")));
  EXPECT_THAT(config->printed_for_alertmanager, HasSubstr("escalate: \"yes\"")) << "a label may have that name";

  EXPECT_EQ(config->global.resolve_timeout, 3min);
  EXPECT_EQ(config->inhibit_rules,
            (std::vector<InhibitRuleConfig>{
                {"", matchers("alertname=TenantDown"), matchers("alertname!=TenantDown"), {"tenant"}}}));
  const TimeInterval nights{.times = {{1320, 1440}, {0, 360}},
                            .weekdays = {{1, 5}, {0, 0}},
                            .days_of_month = {{1, 5}, {-3, -1}},
                            .months = {{1, 3}, {5, 5}},
                            .years = {{2026, 2028}},
                            .location = "Europe/Berlin"};
  EXPECT_EQ(config->time_intervals, (std::vector<NamedTimeInterval>{{"nights", {nights}}}));
  EXPECT_THAT(config->printed, Not(HasSubstr("hunter2")));
}

TEST(ReadConfig, FillsRouteAndReceivers) {
  const auto config = full_config();
  EXPECT_EQ(config.route, (RouteConfig{.receiver = "ops",
                                       .group_by = {"alertname", "tenant"},
                                       .group_wait = 0s,
                                       .group_interval = 1min,
                                       .repeat_interval = 24h}));
  WebhookConfig token = {.url = Secret("https://hooks.example/hunter2"),
                         .send_resolved = false,
                         .max_alerts = 10,
                         .timeout = 3s,
                         .http = HttpClientConfig{.authorization_type = "Token"}};
  token.http->authorization_credentials = Secret("hunter2");
  token.http->tls.ca_file = in_data("secrets/ca.pem");
  token.hmac_secret = SecretSource{SecretFile{in_data("secrets/contoso")}};
  token.hmac_header = "X-Signature";
  WebhookConfig password = {.url = SecretSource{SecretFile{in_data("secrets/url")}}};
  password.http.emplace();
  password.http->basic_username = "alice";
  password.http->basic_password = SecretSource{SecretFile{in_data("secrets/contoso")}};
  EXPECT_THAT(config.receivers, ElementsAre(ReceiverConfig{"ops", {token, password}}, ReceiverConfig{"silent", {}}));
}

TEST(ReadConfig, ExpandsRuleFilesSortedAndOnce) {
  EXPECT_THAT(full_config().rule_files, ElementsAre(in_data("rules/a.yml"), in_data("rules/b.yml")));
}

TEST(ReadConfig, AFolderWithPatternCharactersIsNoPattern) {
  const TemporaryFolder folder;
  folder.write("[a]*/rules/x.yml", "groups: []");
  const auto file = folder.write("[a]*/a2od.yml",
                                 "rule_files: [rules/*.yml]\n"
                                 "tenants: [{name: a, tenant_id: a.example, client_secret: {env: HOME},\n"
                                 "           client_id: 66666666-7777-8888-9999-aaaaaaaaaaaa}]\n");
  const auto config = read_config(file, kOptions);
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_THAT(config->rule_files, ElementsAre((folder.path() / "[a]*/rules/x.yml").string()));
}

constexpr std::string_view kTenant =
    "tenants: [{name: a, tenant_id: a.example, client_id: 66666666-7777-8888-9999-aaaaaaaaaaaa, "
    "client_secret: {file: /nowhere}}]\n";

TEST(ReadConfig, FilesAreNotLookedForWhereTheyAreNotToBeChecked) {
  const auto text = std::string(kTenant) + "transport: {ca_file: /nowhere}\n";
  EXPECT_TRUE(problems_of(text).empty());
  EXPECT_THAT(problems_of(text, kOptions),
              ElementsAre(HasSubstr("file /nowhere: no such file"), HasSubstr("file /nowhere: no such file")));
}

TEST(ReadConfig, AnEmptyFileMissesItsTenants) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("tenants: missing")));
}

TEST(ReadConfig, AMissingFileIsAProblemOfItsOwn) {
  EXPECT_EQ(lines_of(read_config("/nowhere/a2od.yaml", kOptions).error()),
            std::vector<std::string>{"/nowhere/a2od.yaml: no such file"});
}

TEST(ReadConfig, ASyntaxErrorIsTheOnlyProblem) {
  EXPECT_THAT(problems_of("tenants: [\n"), ElementsAre(HasSubstr("not valid YAML")));
}

TEST(ConfigReference, HasEveryKeyThatTheFullFileUses) {
  const auto page = config_reference();
  for (const auto* row : {
           "| `tenants[].client_secret.credential` |",
           "| `tenants[].environments.list[].finance_operations_url` |",
           "| `tenants[].cloud` | one of public, gcc, gcc_high, dod, china | public | which of Microsoft's clouds |",
           "| `collectors.<name>.overrides[].timeout` |",
           "| `transport.max_body` | a size such as 64MiB, from 1KiB to 1GiB | 64MiB |",
           "| `receivers[].webhook_configs[].http_config.basic_auth.username` | a user name | required |",
           "| `route.repeat_interval` | a duration such as 30s or 1h30m, at least 1ms | 4h |",
           "| `rules.external_labels` |",
       }) {
    EXPECT_THAT(page, HasSubstr(row));
  }
}

TEST(PrintedConfig, HasEverythingButSecrets) {
  const auto config = parse_config("a2od.yaml", R"(
tenants:  # ours
  - &ours {name: contoso, tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001,
     client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002, client_secret: {env: SECRET}}
route: {receiver: on-call, group_by: []}
receivers:
  - name: on-call
    webhook_configs:
      - url: &url https://hooks.example/T0/B0/very-secret
        http_config: {authorization: {credentials: s3cret-token}}
      - url: *url
rules: {external_labels: {site: "a: \"b\""}}
)",
                                   {.collectors = kCollectors, .check_files = false});
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_EQ(config->printed, R"(tenants:
  - name: contoso
    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001
    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002
    client_secret:
      env: SECRET
route:
  receiver: on-call
  group_by: []
receivers:
  - name: on-call
    webhook_configs:
      - url: https://hooks.example/<secret>
        http_config:
          authorization:
            credentials: <secret>
      - url: https://hooks.example/<secret>
rules:
  external_labels:
    site: "a: \"b\""
)");
  EXPECT_THAT(config->printed_for_alertmanager, testing::StartsWith("route:\n  receiver: on-call"));
  EXPECT_THAT(config->printed_for_alertmanager, Not(HasSubstr("rules")));
}

TEST(PrintedConfig, AnAddressKeepsItsHostAlone) {
  const auto config = parse_config("a2od.yaml", R"(
route: {receiver: ops}
receivers:
  - name: ops
    webhook_configs: [{url: "https://alice:hunter2@hooks.example:8443?token=hunter2", hmac: {secret: {env: KEY}}}]
)",
                                   {.collectors = kCollectors, .check_files = false});
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_THAT(config->printed, HasSubstr("https://hooks.example:8443/<secret>"));
  EXPECT_THAT(config->printed, HasSubstr("hmac"));
  EXPECT_THAT(config->printed_for_alertmanager, Not(HasSubstr("hmac"))) << "Alertmanager has no such key";
}

TEST(Example, IsAValidConfiguration) {
  const auto config =
      read_config(A2OD_SOURCE_DIR "/config/examples/minimal.yaml", {.collectors = kCollectors, .check_files = false});
  EXPECT_TRUE(config) << to_string(config.error().front());
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Example, OfNotificationsIsAWholeConfiguration) {
  const auto config = read_config(A2OD_SOURCE_DIR "/config/examples/notifications.yaml", {.check_files = false});
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_EQ(config->route.routes.size(), 3U);
}

TEST(Example, OfReceiversIsAWholeConfiguration) {
  const auto config = read_config(A2OD_SOURCE_DIR "/config/examples/receivers.yaml", {.check_files = false});
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_EQ(config->receivers.size(), 6U);
}

TEST(ReadConfig, ReceiversHaveWhatTheyLeaveToGlobal) {
  const auto config = parse_config("a2od.yaml", R"(
global:
  slack_app_token: hunter2
  pagerduty_url: https://events.eu.pagerduty.com/v2/enqueue
  opsgenie_api_key: hunter2
  smtp_smarthost: mail.example:587
  smtp_from: a2od@contoso.example
  smtp_require_tls: false
  smtp_auth_password: hunter2
  http_config: {follow_redirects: false}
route: {receiver: ops}
receivers:
  - name: ops
    pagerduty_configs: [{routing_key: hunter2, details: {num_firing: many}}]
    slack_configs:
      - channel: "#ops"
      - {api_url: https://hooks.example/hunter2, http_config: {bearer_token: hunter2}}
    opsgenie_configs: [{}]
    email_configs:
      - to: ops@contoso.example
      - {to: ops@contoso.example, from: x@contoso.example, require_tls: true, smarthost: "other.example:25"}
)",
                                   {});
  ASSERT_TRUE(config) << to_string(config.error().front());
  const auto& ops = config->receivers.at(0).integrations;
  const auto& pagerduty = std::get<PagerdutyConfig>(ops.at(0));
  EXPECT_EQ(pagerduty.url, "https://events.eu.pagerduty.com/v2/enqueue");
  EXPECT_EQ(pagerduty.details.at("num_firing"), "many");
  EXPECT_EQ(pagerduty.details.at("num_resolved"), "{{ .Alerts.Resolved | len }}");
  EXPECT_FALSE(pagerduty.http->follow_redirects);
  const auto& app = std::get<SlackConfig>(ops.at(1));
  EXPECT_EQ(app.app_url, "https://slack.com/api/chat.postMessage");
  EXPECT_EQ(app.app_token, InlineOrSource(Secret("hunter2")));
  const auto& hook = std::get<SlackConfig>(ops.at(2));
  EXPECT_FALSE(hook.app_token) << "it has an address of its own";
  EXPECT_TRUE(hook.http->follow_redirects) << "its http_config takes the place of all of global's";
  EXPECT_TRUE(std::get<OpsgenieConfig>(ops.at(3)).api_key);
  const auto& mail = std::get<EmailConfig>(ops.at(4));
  EXPECT_EQ(mail.smarthost + " " + mail.from + " " + mail.hello, "mail.example:587 a2od@contoso.example localhost");
  EXPECT_FALSE(mail.require_tls);
  const auto& other = std::get<EmailConfig>(ops.at(5));
  EXPECT_EQ(other.smarthost + " " + other.from, "other.example:25 x@contoso.example");
  EXPECT_TRUE(other.require_tls);
  EXPECT_THAT(config->printed, Not(HasSubstr("hunter2")));
}

TEST(Example, OfTheCalendarIsAWholeConfigurationOfWhichAlertmanagerIsShownItsOwnKeys) {
  const auto config = read_config(A2OD_SOURCE_DIR "/config/examples/calendar.yaml", {.check_files = false});
  ASSERT_TRUE(config) << to_string(config.error().front());
  ASSERT_EQ(config->heartbeats.incoming.size(), 2U);
  EXPECT_EQ(config->heartbeats.incoming[0].schedule->times, std::vector{150});
  EXPECT_EQ(config->heartbeats.incoming[1].every, 15min);
  EXPECT_EQ(config->heartbeats.outgoing.at(0).receiver, "dead-man");
  ASSERT_EQ(config->maintenance.windows.size(), 1U);
  EXPECT_EQ(std::get<std::string>(config->maintenance.windows[0].intervals.at(0)), "nights");
  EXPECT_EQ(std::get<TimeInterval>(config->maintenance.windows[0].intervals.at(1)).location, "Europe/Berlin");
  EXPECT_EQ(config->flapping, FlappingConfig{});
  for (const auto* key : {"heartbeats", "maintenance", "flapping"})
    EXPECT_THAT(config->printed_for_alertmanager, Not(HasSubstr(std::string(key) + ":")))
        << "Alertmanager has no such key";
}

TEST(ReadConfig, WhatIsScrapedHasWhatItLeavesToGlobal) {
  const auto config = read_config(kData / "scrape.good.yaml", kOptions);
  ASSERT_TRUE(config) << to_string(config.error().front());
  const auto& windows = config->scrape_configs.at(0);
  EXPECT_EQ(windows.interval, 15s);
  EXPECT_EQ(windows.timeout, 15s) << "at most the interval";
  EXPECT_EQ(windows.static_configs.at(0).labels.at("site"), "leeds");
  const auto& blackbox = config->scrape_configs.at(1);
  EXPECT_EQ(blackbox.interval, 1min);
  EXPECT_EQ(blackbox.timeout, 5s);
  EXPECT_EQ(blackbox.body_size_limit, 10U << 20U);
  EXPECT_EQ(blackbox.http.basic_username, "a2od");
  EXPECT_EQ(blackbox.http.tls.server_name, "blackbox.contoso.example");
  EXPECT_EQ(blackbox.relabel_configs.at(1).replacement, "blackbox:9115");
  EXPECT_EQ(blackbox.metric_relabel_configs.at(0).action, RelabelConfig::Action::drop);
  EXPECT_THAT(config->printed, Not(HasSubstr("hunter2")));
  EXPECT_THAT(config->printed_for_alertmanager, Not(HasSubstr("scrape"))) << "Alertmanager has no such key";
}

TEST(Example, OfOwnCollectorsGoesWithTheMinimalOne) {
  const std::string folder = A2OD_SOURCE_DIR "/config/examples/";
  const auto config =
      parse_config(folder + "both.yaml", text_of(folder + "minimal.yaml") + text_of(folder + "own-collectors.yaml"),
                   {.collectors = kCollectors, .check_files = false});
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_EQ(config->odata.size(), 3U);
  EXPECT_EQ(config->exec.at(0).command.front(), "/usr/local/lib/a2od/gateway-age");
}

TEST(ReadConfig, AReceiverMayPageWhateverItIs) {
  const auto config = parse_config("a2od.yaml",
                                   "route: {receiver: sms, routes: [{match: {pages: \"true\"}}]}\n"
                                   "receivers:\n"
                                   "  - {name: sms, pages: true, webhook_configs: [{url: 'http://127.0.0.1/'}]}\n"
                                   "  - {name: chat, webhook_configs: [{url: 'http://127.0.0.1/'}]}\n",
                                   kOptions);
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_TRUE(config->receivers.at(0).pages);
  EXPECT_FALSE(config->receivers.at(1).pages);
  EXPECT_THAT(config->printed, HasSubstr("pages: true"));
  EXPECT_THAT(config->printed_for_alertmanager, Not(HasSubstr("pages: true"))) << "amtool does not know it";
  EXPECT_THAT(config->printed_for_alertmanager, HasSubstr("pages: \"true\"")) << "a label may have that name";
}

TEST(Example, OfScrapingGoesWithTheMinimalOne) {
  const std::string folder = A2OD_SOURCE_DIR "/config/examples/";
  const auto config =
      parse_config(folder + "both.yaml", text_of(folder + "minimal.yaml") + text_of(folder + "scraping.yaml"),
                   {.collectors = kCollectors, .check_files = false});
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_EQ(config->scrape_configs.size(), 3U);
  EXPECT_EQ(config->scrape_configs.at(0).interval, 30s);
}

}  // namespace
}  // namespace a2od
