// The audit as an operator sees it: what happened is there afterwards, once, whatever happened to the daemon meanwhile.
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct Events : testing::Test {
  Stage stage{std::string("events_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
  const std::string url = fmt::format("http://127.0.0.1:{}", stage.port);

  [[nodiscard]] std::string a2od(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program("a2od"));
    arguments.insert(arguments.end(), {"--server", url});
    return run(arguments).output;
  }
  [[nodiscard]] std::string events(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "events");
    return a2od(arguments);
  }
  void alert(const std::string& body) const {
    EXPECT_EQ(request(stage.port, "POST", "/api/v2/alerts", body, "Content-Type: application/json\r\n").status, 200U);
  }
};

std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

TEST_F(Events, TellOfAlertsSilencesDeliveriesAndRestartsEachOnce) {
  stage.start_tenant("demo.yaml");
  stage.start_receiver("503");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  alert(R"([{"labels": {"alertname": "Backup", "tenant": "contoso"}}])");
  ASSERT_TRUE(eventually([&] { return lines(events({"--kind", "delivery.failed"})) > 0; }, 10s));
  stage.receiver.reset();
  stage.start_receiver();
  ASSERT_TRUE(eventually([&] { return stage.was_told("Backup", "firing"); }, 30s)) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "firing"); }, 30s));
  alert(R"([{"labels": {"alertname": "Backup", "tenant": "contoso"}}])");

  EXPECT_EQ(lines(events({"--kind", "alert", "Backup"})), 1U) << "a repetition is no event: " << events({"Backup"});
  EXPECT_THAT(events({"--kind", "alert.firing", "EnvironmentDisabled"}), HasSubstr("source=rule"));
  ASSERT_TRUE(eventually([&] { return lines(events({"--kind", "delivery.accepted", "Backup"})) == 1; }, 10s));
  const auto failed = events({"--kind", "delivery.failed"});
  EXPECT_THAT(failed, HasSubstr("receiver=on-call"));
  EXPECT_THAT(failed, HasSubstr("attempt=1 verdict=retry"));
  EXPECT_THAT(failed, HasSubstr("status=503"));
  EXPECT_THAT(events({}), Not(HasSubstr("/alerts"))) << "a receiver's URL may hold its password";

  Process follower({program("a2od"), "events", "--follow", "--kind", "silence", "--output", "json", "--server", url},
                   stage.folder / "follower.log");
  ASSERT_FALSE(a2od({"silence", "add", "--comment", "moving", "Backup"}).empty());
  EXPECT_TRUE(follower.wait_for_output(R"("kind":"silence.created")", 10s)) << follower.output();

  const auto before = events({"--kind", "alert"});
  const auto disabled = lines(events({"--kind", "alert.firing", "EnvironmentDisabled"}));
  stage.daemon->signal(SIGKILL);
  ASSERT_TRUE(stage.daemon->wait(5s));
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return get(stage.port, "/-/ready").status == 200; }, 30s));
  ASSERT_TRUE(eventually([&] { return lines(events({"--kind", "daemon.started"})) == 2; }, 10s));
  EXPECT_THAT(events({"--kind", "alert"}), HasSubstr(before)) << "it was durable, and a restart is no news of alerts";
  EXPECT_EQ(lines(events({"--kind", "alert.firing", "EnvironmentDisabled"})), disabled);

  alert(R"([{"labels": {"alertname": "Backup", "tenant": "contoso"}, "endsAt": "2026-01-01T00:00:00Z"}])");
  const auto resolved = [&] { return lines(events({"--kind", "alert.resolved", "Backup"})); };
  EXPECT_TRUE(eventually([&] { return resolved() == 1; }, 10s)) << events({"Backup"});
  stage.daemon->signal(SIGTERM);
  ASSERT_EQ(stage.daemon->wait(10s), 0);
  EXPECT_TRUE(follower.wait(10s).has_value()) << "it ends with the daemon";
  ASSERT_TRUE(stage.start_daemon());
  const auto starts_and_stops = [&] { return lines(events({"--kind", "daemon"})); };
  EXPECT_TRUE(eventually([&] { return starts_and_stops() == 4; }, 10s)) << events({"--kind", "daemon"});
}

}  // namespace
}  // namespace a2od::end_to_end
