// What is expected when: signs of life both ways, and environments that are worked on.
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string a2od(const Stage& stage, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), A2OD_BIN_DIR "/a2od");
  arguments.insert(arguments.end(), {"--server", fmt::format("http://127.0.0.1:{}", stage.port)});
  return run(arguments).output;
}

TEST(Calendar, HeartbeatsAreMissedAndGiven) {
  Stage stage("heartbeats");
  stage.more =
      "heartbeats:\n"
      "  incoming: [{name: sync, every: 2s, grace: 1s}, {name: nightly, schedule: {times: [\"02:30\"]}, grace: 12h}]\n"
      "  outgoing: [{receiver: on-call, every: 1s}]\n";
  stage.start_tenant("healthy.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("HeartbeatMissing", "firing"); }, 20s));
  EXPECT_TRUE(stage.was_told("Heartbeat", "firing")) << "ours";
  EXPECT_THAT(a2od(stage, {"heartbeats"}), testing::ContainsRegex("sync +missing +never"));

  EXPECT_THAT(a2od(stage, {"heartbeats", "send", "--failed", "--message", "disk full", "nightly"}),
              HasSubstr("failed, the next is due at "));
  EXPECT_THAT(a2od(stage, {"heartbeats", "send", "nightli"}), HasSubstr("there is no heartbeat 'nightli'"));
  EXPECT_EQ(request(stage.port, "POST", "/api/v1/heartbeat/sync", "", "Origin: http://elsewhere\r\n").status, 403U);
  stage.daemon->signal(SIGKILL);
  ASSERT_EQ(stage.daemon->wait(5s), 128 + SIGKILL);
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_THAT(a2od(stage, {"heartbeats"}), HasSubstr("disk full")) << "it was written down before it was answered";
  EXPECT_TRUE(eventually([&] { return stage.was_told("HeartbeatFailed", "firing"); }, 20s));
  EXPECT_TRUE(eventually(
      [&] {
        (void)get(stage.port, "/api/v1/heartbeat/sync/0");
        return stage.was_told("HeartbeatMissing", "resolved");
      },
      20s));
  const std::string metric = "a2od_heartbeat_failed{heartbeat=\"nightly\"} 1";
  EXPECT_TRUE(eventually([&] { return get(stage.port, "/metrics").body.contains(metric); }, 10s));
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("disk full"));
}

TEST(Calendar, WhatFlapsIsToldOnceAsSuchAndThenHowItIs) {
  Stage stage("flapping");
  stage.more = "flapping: {changes: 3, within: 1m, quiet: 1m}\n";
  stage.start_tenant("healthy.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto post = [&](std::string_view ends_at) {
    const auto body = fmt::format(R"([{{"labels": {{"alertname": "Flickers", "severity": "page"}}{}}}])", ends_at);
    return request(stage.port, "POST", "/api/v2/alerts", body, "Content-Type: application/json\r\n").status;
  };
  constexpr std::string_view kOver = R"(, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-01T00:00:01Z")";
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(post(""), 200U);
    ASSERT_EQ(post(kOver), 200U);
  }
  EXPECT_TRUE(eventually([&] { return stage.was_told("Flickers", "firing"); }, 20s)) << "it has ended, and flaps";
  EXPECT_THAT(a2od(stage, {"alerts", "Flickers"}), HasSubstr("flapping"));
  EXPECT_THAT(a2od(stage, {"explain", "Flickers"}), HasSubstr("It flaps: It has begun and ended 3 times within 1m"));
  EXPECT_TRUE(eventually([&] { return stage.was_told("Flickers", "resolved"); }, 100s)) << "it has been quiet";
}

TEST(Calendar, AnEnvironmentInAdministrationModeIsInMaintenanceByItself) {
  Stage stage("environment_maintenance");
  stage.start_tenant("demo.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  constexpr auto kReason = "maintenance/Contoso UAT: administration mode";
  ASSERT_TRUE(eventually([&] { return get(stage.port, "/api/v1/maintenance").body.contains(kReason); }, 30s));
  const std::string alert =
      R"([{"labels": {"alertname": "NobodyAnswers", "severity": "page", "tenant": "contoso", "environment": "Contoso UAT"}}])";
  ASSERT_EQ(request(stage.port, "POST", "/api/v2/alerts", alert, "Content-Type: application/json\r\n").status, 200U);
  EXPECT_THAT(a2od(stage, {"alerts", "--all", "NobodyAnswers"}), HasSubstr(kReason));
  EXPECT_THAT(a2od(stage, {"alerts", "NobodyAnswers"}), HasSubstr("no alerts"));
  EXPECT_THAT(a2od(stage, {"maintenance"}), testing::ContainsRegex("Contoso UAT: administration mode +contoso"));
  EXPECT_THAT(a2od(stage, {"events", "--kind", "maintenance"}), HasSubstr("maintenance.began"));
  EXPECT_THAT(a2od(stage, {"explain", "NobodyAnswers"}),
              HasSubstr("It is kept back by maintenance: Contoso UAT: administration mode."));
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("Contoso UAT: administration mode"));
  EXPECT_TRUE(eventually([&] { return stage.was_told("EnvironmentOperationFailed", "firing"); }, 30s))
      << "a copy of the same environment has failed, which is no part of the maintenance";

  stage.daemon->signal(SIGKILL);
  ASSERT_EQ(stage.daemon->wait(5s), 128 + SIGKILL);
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_THAT(a2od(stage, {"alerts", "--all", "NobodyAnswers"}), HasSubstr(kReason)) << "at once after the start";
  EXPECT_FALSE(stage.was_told("NobodyAnswers", "firing"));
  control(stage.tenant_port, "POST", "/control/environments", R"({"name": "Contoso UAT", "state": "enabled"})");
  EXPECT_TRUE(eventually([&] { return stage.was_told("NobodyAnswers", "firing"); }, 60s));
}

}  // namespace
}  // namespace a2od::end_to_end
