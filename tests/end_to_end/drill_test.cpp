// What `a2od alerts test` says and does, with a daemon as it runs.
#include "tests/end_to_end/everyone.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Four receivers: of pages, of tickets, by text message, and one that nobody answers.
struct Drills : testing::Test {
  void SetUp() override {
    stage.start_tenant("demo.yaml");
    write_file(stage.folder / "rules.yml", "groups: []\n");
    write_file(stage.folder / "key", "0123456789abcdef0123456789abcdef");
    stage.rule_files = "  - rules.yml\n";
    stage.rules += "  external_labels: {site: north}\n";
    stage.routing = fmt::format(R"(
global: {{pagerduty_url: 'http://127.0.0.1:{0}/pagerduty'}}
route:
  receiver: chat
  group_by: [alertname]
  routes:
    - {{receiver: on-call, match: {{severity: page}}, continue: true, escalate: [{{after: 30m, receiver: away}}]}}
    - {{receiver: sms, match: {{severity: page}}}}
    - {{receiver: away, match: {{severity: none}}}}
receivers:
  - {{name: chat, webhook_configs: [{{url: 'http://127.0.0.1:{0}/hunter2', payload: {{alerts: '{{{{ toJson .Alerts }}}}', token: hunter2}}}}]}}
  - {{name: on-call, pagerduty_configs: [{{routing_key_file: key}}]}}
  - {{name: sms, pages: true, webhook_configs: [{{url: 'http://127.0.0.1:{0}/sms'}}]}}
  - {{name: away, webhook_configs: [{{url: 'http://127.0.0.1:{1}/'}}]}}
)",
                                everyone.port(), free_port());
    ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  }

  [[nodiscard]] Finished a2od(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program("a2od"));
    arguments.insert(arguments.end(), {"--server", fmt::format("http://127.0.0.1:{}", stage.port)});
    return run(arguments);
  }
  [[nodiscard]] Finished test(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"alerts", "test", "--author", "ada"});
    return a2od(arguments);
  }

  /// "firing", "resolved" of all that the chat was told.
  std::vector<std::string> chat() {
    std::vector<std::string> told;
    for (const auto& body : everyone.bodies_to("/hunter2"))
      told.emplace_back(body.at("alerts").at(0).at("status").as_string());
    return told;
  }

  Everyone everyone;
  Stage stage{std::string("drills_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
};

TEST_F(Drills, WithoutSendingShowWhatWouldBeSent) {
  const auto shown = test({"CapacityLow", "severity=page", "--annotation", "summary=97 % of it"});
  EXPECT_EQ(shown.code, 0) << shown.output;
  EXPECT_THAT(
      shown.output,
      AllOf(HasSubstr("Route {} > {severity=\"page\"}  to on-call"), HasSubstr("away would hear of it after 30m"),
            HasSubstr("on-call (pagerduty 1), which may wake somebody up"),
            HasSubstr("sms (webhook 1), which may wake somebody up"), HasSubstr("Nothing was sent")));
  EXPECT_THAT(shown.output, AllOf(HasSubstr("POST http://127.0.0.1:"), HasSubstr("\"event_action\": \"trigger\""),
                                  HasSubstr("\"routing_key\": \"<secret>\""), HasSubstr("97 % of it"),
                                  HasSubstr("TEST, nothing is wrong (asked for by ada at")));
  EXPECT_THAT(test({}).output, AllOf(HasSubstr("alertname=\"TestAlert\""), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(chat(), IsEmpty());
  EXPECT_THAT(everyone.bodies_to("/pagerduty"), IsEmpty());
}

TEST_F(Drills, ReachWhoIsMeantAndEnd) {
  const auto sent = test({"--send", "CapacityLow", "severity=ticket"});
  EXPECT_EQ(sent.code, 0) << sent.output << stage.daemon->output();
  EXPECT_THAT(sent.output, AllOf(HasSubstr("chat (webhook 1): delivered: answered 202, in "),
                                 HasSubstr("its end delivered: answered 202, in ")));
  ASSERT_THAT(chat(), ElementsAre("firing", "resolved"));
  const auto body = everyone.bodies_to("/hunter2").front();
  const auto& labels = body.at("alerts").at(0).at("labels");
  const std::string id(labels.at("a2od_test").as_string());
  EXPECT_EQ(labels.at("site"), "north") << "as alerts of rules have it";
  EXPECT_THAT(sent.output, HasSubstr("Test " + id));
  const auto events = a2od({"events", "--output", "json", "a2od_test=" + id}).output;
  EXPECT_THAT(events,
              AllOf(HasSubstr("\"test\":\"" + id), HasSubstr("\"asked_by\":\"ada\""), HasSubstr("\"resolved\":1")));
  EXPECT_THAT(a2od({"alerts", "--all"}).output, HasSubstr("no alerts")) << "it was never among them";
}

TEST_F(Drills, WakeNobodyUpUnlessAskedTo) {
  const auto spared = test({"--send", "severity=page"});
  EXPECT_EQ(spared.code, 1);
  EXPECT_THAT(spared.output, AllOf(HasSubstr("on-call (pagerduty 1): not sent: it may wake somebody up"),
                                   HasSubstr("sms (webhook 1): not sent: it may wake somebody up")));
  EXPECT_THAT(everyone.bodies_to("/pagerduty"), IsEmpty());
  EXPECT_THAT(everyone.bodies_to("/sms"), IsEmpty());
  const auto paged = test({"--send", "--page", "severity=page"});
  EXPECT_EQ(paged.code, 0) << paged.output << stage.daemon->output();
  std::vector<std::string> actions;
  std::vector<json::value> keys;
  for (const auto& body : everyone.bodies_to("/pagerduty")) {
    actions.emplace_back(body.at("event_action").as_string());
    keys.push_back(body.at("dedup_key"));
  }
  EXPECT_THAT(actions, ElementsAre("trigger", "resolve"));
  EXPECT_EQ(keys.front(), keys.back());
  EXPECT_EQ(everyone.bodies_to("/sms").size(), 2U);
  EXPECT_EQ(test({"--page", "severity=page"}).code, 2) << "without --send it says nothing";
}

TEST_F(Drills, TellWhichReceiverFailsAndWhy) {
  const auto failed = test({"--send", "severity=none"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.output, AllOf(HasSubstr("away (webhook 1): FAILED: "), HasSubstr("Connection refused"),
                                   HasSubstr("no end is told")));
  std::filesystem::remove(stage.folder / "key");
  const auto unreadable = test({"--receiver", "on-call"});
  EXPECT_EQ(unreadable.code, 1) << "it would not be delivered";
  EXPECT_THAT(unreadable.output, AllOf(HasSubstr("cannot be sent"), HasSubstr("routing_key")));
  const auto nobody = test({"--send", "--receiver", "cat"});
  EXPECT_EQ(nobody.code, 2);
  EXPECT_THAT(nobody.output, HasSubstr("there is no receiver 'cat'; there are: 'chat', 'on-call'"));
  EXPECT_EQ(test({"--annotation", "summary"}).code, 2);
}

TEST_F(Drills, OfWhatIsSilencedReachNobodyButAReceiverThatIsNamed) {
  ASSERT_EQ(a2od({"silence", "add", "--author", "bob", "--comment", "moving", "severity=ticket"}).code, 0);
  const auto held = test({"--send", "severity=ticket"});
  EXPECT_EQ(held.code, 1);
  EXPECT_THAT(held.output, AllOf(HasSubstr("Nobody is told of such an alert now: silenced until"),
                                 HasSubstr("by 'bob': 'moving'"), HasSubstr("chat (webhook 1): not sent: silenced")));
  EXPECT_THAT(chat(), IsEmpty());
  const auto named = test({"--send", "severity=ticket", "--receiver", "chat", "--output", "json"});
  EXPECT_EQ(named.code, 0) << named.output;
  const auto data = json::parse(named.output).at("data");
  EXPECT_EQ(data.at("good"), true);
  EXPECT_EQ(data.at("deliveries").at(0).at("end").at("state").as_string(), "told");
  EXPECT_THAT(chat(), ElementsAre("firing", "resolved"));
}

TEST_F(Drills, EndEvenIfTheDaemonIsKilledMeanwhile) {
  const auto sent = test({"--send", "--for", "5m", "severity=ticket"});
  EXPECT_EQ(sent.code, 0) << sent.output;
  EXPECT_THAT(sent.output, HasSubstr("told even if a2od is restarted"));
  stage.daemon->signal(SIGKILL);
  (void)stage.daemon->wait(10s);
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto end_waits = [&] {
    return get(stage.port, "/metrics").body.contains("a2od_notification_outbox_messages{receiver=\"chat\"} 1");
  };
  EXPECT_TRUE(eventually(end_waits, 20s)) << get(stage.port, "/metrics").body;
}

TEST_F(Drills, AreRefusedWhereTheyAreNoneOrAnotherSitesPageAsks) {
  const auto post = [&](const std::string& body, const std::string& headers) {
    return request(stage.port, "POST", "/api/v1/alerts/test", body, headers).status;
  };
  EXPECT_EQ(post("{}", "Content-Type: application/json\r\n"), 200U);
  EXPECT_EQ(post("{}", ""), 415U);
  EXPECT_EQ(post("{}", "Content-Type: application/json\r\nOrigin: https://evil.example\r\n"), 403U);
  EXPECT_EQ(post("[]", "Content-Type: application/json\r\n"), 400U);
  EXPECT_EQ(get(stage.port, "/api/v1/alerts/test").status, 405U);
}

}  // namespace
}  // namespace a2od::end_to_end
