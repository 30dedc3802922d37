// Who is told what: with Alertmanager's own client and scenarios, against the daemon as it runs.
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Notification, AmtoolSilencesAlertsAndOursSeesIt) {
  Stage stage("amtool_silences");
  stage.start_tenant("demo.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto url = fmt::format("http://127.0.0.1:{}", stage.port);
  const auto amtool = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {A2OD_PEERS_DIR "/amtool", "--alertmanager.url=" + url});
    return run(arguments).output;
  };
  const auto a2od = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), A2OD_BIN_DIR "/a2od");
    arguments.insert(arguments.end(), {"--server", url});
    return run(arguments).output;
  };
  const auto last_line = [](std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    return text.substr(text.rfind('\n') + 1);
  };
  amtool({"alert", "add", "Backup", "tenant=contoso", "severity=none"});
  EXPECT_THAT(a2od({"alerts", "Backup"}), HasSubstr("active"));

  const auto id = last_line(amtool({"silence", "add", "-a", "alice", "-c", "moving", "alertname=Backup"}));
  EXPECT_THAT(a2od({"silence", "list"}), HasSubstr(id));
  EXPECT_THAT(a2od({"alerts", "Backup"}), HasSubstr("no alerts"));
  EXPECT_THAT(a2od({"alerts", "--all", "Backup"}), HasSubstr("silenced"));
  EXPECT_THAT(amtool({"alert", "query", "--silenced", "Backup"}), HasSubstr("suppressed"));

  amtool({"silence", "update", "-d", "5h", "-c", "moving on", id});
  EXPECT_THAT(a2od({"silence", "list"}), HasSubstr("moving on"));
  const auto exported = amtool({"silence", "query", "-o", "json"});
  std::ofstream(stage.folder / "silences.json") << exported.substr(exported.find('['));
  amtool({"silence", "expire", id});
  EXPECT_THAT(a2od({"silence", "list"}), HasSubstr("no silences"));
  EXPECT_THAT(a2od({"alerts", "Backup"}), HasSubstr("active"));
  amtool({"silence", "import", (stage.folder / "silences.json").string()});
  EXPECT_THAT(a2od({"silence", "list"}), HasSubstr("moving on"));

  const auto ours = last_line(a2od({"silence", "add", "--comment", "why not", "--author", "bob", "tenant=~con.*"}));
  EXPECT_THAT(amtool({"silence", "query", "tenant=con.*"}), HasSubstr(ours));
  stage.daemon->signal(SIGKILL);
  ASSERT_EQ(stage.daemon->wait(5s), 128 + SIGKILL);
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_THAT(a2od({"silence", "list"}), HasSubstr(ours)) << "it was written down before it was answered";
  EXPECT_THAT(a2od({"silence", "expire", ours}), testing::IsEmpty());
  EXPECT_THAT(a2od({"silence", "expire", ours}), HasSubstr("already expired"));
}

/// A daemon that only tells what others post, and those who ask it.
class Pipeline {
 public:
  Pipeline(Stage& stage, const std::string& notifications) : stage_(stage), file_(stage.folder / "pipeline.yaml") {
    write_file(file_, fmt::format("{}storage: {{path: {}}}\nweb: {{listen_address: \"127.0.0.1:{}\"}}\n", notifications,
                                  (stage.folder / "pipeline").string(), stage.port));
  }

  [[nodiscard]] bool start() {
    stage_.daemon.emplace(std::vector<std::string>{A2OD_BIN_DIR "/a2od", "run", file_.string()},
                          stage_.folder / "pipeline.log");
    return stage_.daemon->wait_for_output("is listening", 20s);
  }

  std::string a2od(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), A2OD_BIN_DIR "/a2od");
    arguments.insert(arguments.end(), {"--server", url_});
    return run(arguments).output;
  }

  std::string amtool(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {A2OD_PEERS_DIR "/amtool", "--alertmanager.url=" + url_});
    return run(arguments).output;
  }

 private:
  Stage& stage_;
  std::filesystem::path file_;
  std::string url_ = fmt::format("http://127.0.0.1:{}", stage_.port);
};

TEST(Notification, WhatIsMutedIsShownToThoseWhoAskForAll) {
  Stage stage("muted");
  Pipeline pipeline(stage, R"(
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  routes:
    - {matchers: [kind="report"], mute_time_intervals: [always], receiver: team, continue: true}
    - {matchers: [alertname="Urgent"], receiver: team}
receivers: [{name: team}]
time_intervals: [{name: always, time_intervals: [{times: [{start_time: "00:00", end_time: "24:00"}]}]}]
)");
  ASSERT_TRUE(pipeline.start()) << stage.daemon->output();
  for (const auto* name : {"Weekly", "Urgent"}) pipeline.amtool({"alert", "add", name, "kind=report"});
  EXPECT_THAT(pipeline.a2od({"alerts"}), testing::AllOf(HasSubstr("Urgent"), testing::Not(HasSubstr("Weekly"))));
  EXPECT_THAT(pipeline.a2od({"alerts", "Weekly"}), HasSubstr("no alerts"));
  EXPECT_THAT(pipeline.a2od({"alerts", "--all", "Weekly"}), HasSubstr("muted"));
  EXPECT_THAT(pipeline.a2od({"alerts", "--all", "Urgent"}), HasSubstr("active")) << "one of its routes tells it";
}

TEST(Notification, WhatNobodyAcknowledgesIsEscalated) {
  Stage stage("acknowledge");
  stage.start_receiver();
  Pipeline pipeline(stage, fmt::format(R"(
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  escalate: [{{after: 6s, receiver: lead}}]
receivers:
  - {{name: team, webhook_configs: [{{url: "http://127.0.0.1:{0}/team"}}]}}
  - {{name: lead, webhook_configs: [{{url: "http://127.0.0.1:{0}/lead"}}]}}
)",
                                       stage.receiver_port));
  ASSERT_TRUE(pipeline.start()) << stage.daemon->output();
  const auto escalated = [&](const std::string& name) {
    return std::ranges::any_of(stage.received(), [&](const boost::json::value& body) {
      return body.at("receiver").as_string() == "lead" && body.at("groupLabels").at("alertname").as_string() == name;
    });
  };
  EXPECT_THAT(pipeline.a2od({"ack", "add", "--comment", "why", "Backup"}), HasSubstr("no alert that fires"));
  pipeline.amtool({"alert", "add", "Backup", "tenant=contoso"});
  EXPECT_THAT(pipeline.a2od({"ack", "add", "--comment", "on it", "--author", "ada", "Backup"}),
              HasSubstr("tenant=\"contoso\""));
  pipeline.amtool({"alert", "add", "Restore", "tenant=contoso"});
  EXPECT_THAT(pipeline.a2od({"alerts"}), HasSubstr("acknowledged by ada"));
  EXPECT_THAT(pipeline.a2od({"alerts", "Restore"}), testing::Not(HasSubstr("acknowledged")));
  EXPECT_THAT(pipeline.amtool({"config", "show"}),
              testing::AllOf(HasSubstr("lead"), testing::Not(HasSubstr("escalate"))));

  stage.daemon->signal(SIGKILL);
  ASSERT_EQ(stage.daemon->wait(5s), 128 + SIGKILL);
  ASSERT_TRUE(pipeline.start()) << stage.daemon->output();
  const auto listed = pipeline.a2od({"ack", "list", "tenant=contoso"});
  EXPECT_THAT(listed, HasSubstr("on it")) << "it was written down before it was answered";
  EXPECT_THAT(pipeline.a2od({"ack", "list", "tenant=fabrikam"}), HasSubstr("no acknowledgements"));
  for (const auto* name : {"Backup", "Restore"}) pipeline.amtool({"alert", "add", name, "tenant=contoso"});
  EXPECT_TRUE(eventually([&] { return escalated("Restore"); }, 20s));
  EXPECT_FALSE(escalated("Backup"));
  const auto row = listed.substr(listed.find('\n') + 1);
  const auto fingerprint = row.substr(0, row.find(' '));
  EXPECT_THAT(pipeline.a2od({"ack", "remove", fingerprint}), testing::IsEmpty());
  EXPECT_TRUE(eventually([&] { return escalated("Backup"); }, 20s));
  EXPECT_THAT(pipeline.a2od({"ack", "remove", fingerprint}), HasSubstr("is not acknowledged"));
}

TEST(Notification, AfterAStartAnAlertWaitsForTheRulesThatMayInhibitIt) {
  Stage stage("possible_inhibitors");
  stage.start_tenant("demo.yaml");
  stage.start_receiver();
  // The first run of a collector takes a while, and the rules that name its metrics wait for it.
  control(stage.tenant_port, "POST", "/control/faults",
          R"({"route": "graph.microsoft.com/*", "kind": "slow_first_byte", "delay": "8s"})");
  write_file(stage.folder / "rules.yml", R"(
groups:
  - name: quick
    rules:
      - {alert: Quick, expr: vector(1)}
      - {alert: Unconcerned, expr: vector(1)}
  - name: slow
    rules:
      - {alert: Slow, expr: vector(1) unless on() d365_credential_expiry_timestamp_seconds < 0}
)");
  stage.rule_files = "  - " + (stage.folder / "rules.yml").string() + "\n";
  stage.more = "inhibit_rules: [{source_matchers: [alertname=Slow], target_matchers: [alertname=Quick]}]\n";
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("Unconcerned", "firing"); }, 20s));
  EXPECT_TRUE(stage.alerts("firing") == (std::vector<std::string>{"Quick ", "Unconcerned "}))
      << "the slow rule was evaluated too soon to show anything";
  EXPECT_TRUE(eventually([&] { return stage.was_told("Slow", "firing"); }, 30s));
  EXPECT_FALSE(stage.was_told("Quick", "firing"));
}

/// Its scenarios push alerts, set silences and reload, and say when which batch must arrive.
TEST(Notification, AlertmanagersScenariosPassWithTheirTimings) {
  const std::filesystem::path conformance = A2OD_SOURCE_DIR "/../shared/conformance";
  if (!exists(conformance)) GTEST_SKIP() << "no conformance cases in " << conformance;
  const auto replay = run({"/usr/bin/python3", (conformance / "tools/replay_am.py").string(),
                           (conformance / "am_acceptance.json").string(), "--cmd",
                           A2OD_BIN_DIR "/a2od run --config.file {config} --storage.path {data} "
                                        "--web.listen-address 127.0.0.1:{port} "
                                        "--web.external-url http://127.0.0.1:{port}{prefix}"},
                          180s);
  EXPECT_EQ(replay.code, 0) << replay.output;
  EXPECT_THAT(replay.output, HasSubstr("ok   am/acceptance/silence_test.go:TestSilencing"));
}

}  // namespace
}  // namespace a2od::end_to_end
