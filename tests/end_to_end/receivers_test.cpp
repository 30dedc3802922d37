// One receiver of each kind, told by the daemon as it runs.
#include "tests/end_to_end/everyone.hpp"
#include "tests/end_to_end/mail_server.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Receivers, AreAllToldOfAnAlertAndOfItsEnd) {
  Everyone everyone;
  MailServer mail("receivers", {});
  ASSERT_TRUE(mail.listens()) << mail.log();
  Stage stage("receivers");
  stage.start_tenant("demo.yaml");
  write_file(stage.folder / "rules.yml", "groups: []\n");
  stage.rule_files = "  - rules.yml\n";
  write_file(stage.folder / "mine.tmpl", R"({{ define "mine" }}{{ .CommonLabels.alertname }} at Contoso{{ end }})");
  write_file(stage.folder / "key", "0123456789abcdef0123456789abcdef");
  stage.routing = fmt::format(R"(
templates: [mine.tmpl]
global:
  pagerduty_url: http://127.0.0.1:{0}/pagerduty
  opsgenie_api_url: http://127.0.0.1:{0}/opsgenie
  opsgenie_api_key: hunter2
  smtp_smarthost: 127.0.0.1:{1}
  smtp_from: a2od@contoso.com
  smtp_auth_username: a2od
  smtp_auth_password: right
  smtp_tls_config: {{ca_file: {2}}}
route: {{receiver: everyone, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: everyone
    webhook_configs:
      - url: http://127.0.0.1:{0}/webhook
        http_config: {{basic_auth: {{username: ada, password: hunter2}}, http_headers: {{X-Team: {{values: [ops]}}}}}}
      - url: http://127.0.0.1:{0}/own
        payload: {{title: '{{{{ template "mine" . }}}}', labels: '{{{{ toJson .CommonLabels }}}}'}}
    slack_configs:
      - {{app_token: xoxb, app_url: 'http://127.0.0.1:{0}/slack', channel: '#ops', title: '{{{{ template "mine" . }}}}', send_resolved: true}}
    pagerduty_configs:
      - {{routing_key_file: key, severity: critical}}
    opsgenie_configs:
      - {{priority: P1}}
    msteamsv2_configs:
      - webhook_url: http://127.0.0.1:{0}/teams
    servicenow_configs:
      - url: http://127.0.0.1:{0}
    email_configs:
      - to: operations@contoso.com
        send_resolved: true
        headers: {{Subject: '{{{{ template "mine" . }}}} is {{{{ .Status }}}}'}}
)",
                              everyone.port(), mail.port, mail.ca_file.string());
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto post = [&](const std::string& ends) {
    return request(stage.port, "POST", "/api/v2/alerts",
                   R"([{"labels":{"alertname":"CapacityLow","environment":"prod"},"annotations":{"summary":"97 %"})" +
                       ends + "}]",
                   "Content-Type: application/json\r\n")
        .status;
  };
  ASSERT_EQ(post(""), 200U);
  const auto one = [&](const std::string& path) {
    const auto requests = everyone.requests_to(path, 1);
    return requests.empty() ? stage.daemon->output() : requests.front();
  };
  EXPECT_THAT(one("/webhook"), AllOf(HasSubstr("Authorization: Basic YWRhOmh1bnRlcjI="), HasSubstr("X-Team: ops"),
                                     HasSubstr(R"("version":"4")")));
  EXPECT_THAT(one("/own"),
              AllOf(HasSubstr(R"("title":"CapacityLow at Contoso")"), HasSubstr(R"("environment":"prod")")));
  EXPECT_THAT(one("/slack"), AllOf(HasSubstr("Authorization: Bearer xoxb"), HasSubstr("CapacityLow at Contoso")));
  EXPECT_THAT(one("/pagerduty"), AllOf(HasSubstr(R"("routing_key":"0123456789abcdef0123456789abcdef")"),
                                       HasSubstr(R"("event_action":"trigger")")));
  EXPECT_THAT(one("/opsgenie/v2/alerts"), HasSubstr("Authorization: GenieKey hunter2"));
  EXPECT_THAT(one("/teams"), HasSubstr("AdaptiveCard"));
  EXPECT_THAT(one("/api/global/em/jsonv2"), HasSubstr(R"("message_key":)"));

  ASSERT_EQ(post(R"(,"endsAt":"2026-01-01T00:00:00Z","startsAt":"2025-12-31T00:00:00Z")"), 200U);
  const auto end = [&](const std::string& path) {
    const auto requests = everyone.requests_to(path, 2);
    return requests.size() < 2 ? stage.daemon->output() : requests.back();
  };
  EXPECT_THAT(end("/webhook"), HasSubstr(R"("status":"resolved")"));
  EXPECT_THAT(end("/slack"), HasSubstr("good"));
  EXPECT_THAT(end("/pagerduty"), HasSubstr(R"("event_action":"resolve")"));
  EXPECT_THAT(end("/teams"), HasSubstr("Good"));
  EXPECT_THAT(end("/api/global/em/jsonv2"), HasSubstr(R"("resolution_state":"Closing")"));
  const auto closed = [&] {
    for (int i = 0; i < 200; ++i) {
      if (mail.taken().size() >= 2) return true;
      std::this_thread::sleep_for(50ms);
    }
    return false;
  };
  ASSERT_TRUE(closed()) << stage.daemon->output() << mail.log();
  std::string mails;
  for (const auto& each : mail.taken()) mails += each.envelope + each.body;
  EXPECT_THAT(mails, AllOf(HasSubstr("Subject: CapacityLow at Contoso is firing"),
                           HasSubstr("Subject: CapacityLow at Contoso is resolved"), HasSubstr("text/html")));
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("everyone (email 1)"));
  EXPECT_THAT(stage.daemon->output(), testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(get(stage.port, "/api/v1/status/config").body, testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace a2od::end_to_end
