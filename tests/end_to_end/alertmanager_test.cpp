// Debian's Alertmanager hears what fires and what ends, also when it was away or does not know us.
#include "tests/end_to_end/alertmanager.hpp"

#include "tests/end_to_end/stage.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

using Names = std::vector<std::string>;
constexpr auto kSoon = 30s;

/// One rule that always fires, and one that does for a while.
void write_rules(Stage& stage, std::chrono::seconds for_a_while) {
  const auto end = std::chrono::system_clock::now() + for_a_while;
  write_file(
      stage.folder / "rules.yml",
      fmt::format("groups: [{{name: test, rules: [{{alert: Always, expr: vector(1), labels: {{severity: page}}}}, "
                  "{{alert: Ends, expr: vector(time()) < {}}}]}}]",
                  std::chrono::duration_cast<std::chrono::seconds>(end.time_since_epoch()).count()));
  stage.rule_files = "  - rules.yml\n";
  stage.rules = "  evaluation_interval: 1s\n  evaluation: interval\n  external_labels: {site: north}\n";
}

double metric(const Stage& stage, const std::string& expression) {
  const auto values = stage.query(expression);
  return values.empty() ? -1 : values.front();
}

TEST(Alertmanager, HearsWhatFiresAndWhatEndsWithoutARouteHere) {
  Stage stage("alertmanager_hears");
  Alertmanager peer(stage.folder, "alertmanager");
  ASSERT_TRUE(peer.start()) << peer.process->output();
  stage.start_tenant("healthy.yaml");
  write_rules(stage, 12s);
  stage.routing = "";
  stage.more = fmt::format("alertmanagers: [{{url: 'http://127.0.0.1:{}'}}]\n", peer.port);
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();

  EXPECT_TRUE(eventually([&] { return peer.firing() == Names{"Always", "Ends"}; }, kSoon)) << stage.daemon->output();
  const auto alerts = peer.alerts();
  ASSERT_FALSE(alerts.empty());
  EXPECT_EQ(alerts.front().at("labels").at("site").as_string(), "north");
  EXPECT_TRUE(eventually([&] { return peer.firing() == Names{"Always"}; }, kSoon))
      << "its end is told, long before its "
         "time would have run out";
  EXPECT_TRUE(eventually([&] { return metric(stage, "sum(a2od_alertmanager_alerts_sent_total)") >= 3; }, kSoon));
}

TEST(Alertmanager, ThatWasAwayHearsAllWhenItIsBack) {
  Stage stage("alertmanager_away");
  Alertmanager here(stage.folder, "here");
  Alertmanager away(stage.folder, "away");
  ASSERT_TRUE(here.start());
  stage.start_tenant("healthy.yaml");
  write_rules(stage, 1h);
  stage.more = fmt::format("alertmanagers: [{{url: 'http://127.0.0.1:{}'}}, {{url: 'http://127.0.0.1:{}'}}]\n",
                           away.port, here.port);
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return here.firing() == Names{"Always", "Ends"}; }, kSoon));
  EXPECT_TRUE(eventually([&] { return stage.was_told("Always", "firing"); }, kSoon)) << "beside the own route";

  ASSERT_TRUE(away.start());
  EXPECT_TRUE(eventually([&] { return away.firing() == Names{"Always", "Ends"}; }, kSoon)) << stage.daemon->output();
}

TEST(Alertmanager, ThatDoesNotKnowUsIsSaidToBeMisconfigured) {
  Stage stage("alertmanager_password");
  Alertmanager peer(stage.folder, "alertmanager");
  write_file(stage.folder / "web.yml",
             "basic_auth_users: {a2od: $2b$04$r9vWgUGop50VmC9vMNE0DOSKuu97uTALs4rwzJY7afGvrxAmlCJ5y}\n");
  ASSERT_TRUE(peer.start({"--web.config.file=" + (stage.folder / "web.yml").string()})) << peer.process->output();
  peer.headers = "Authorization: Basic YTJvZDpoaWRkZW4=\r\n";
  stage.start_tenant("healthy.yaml");
  write_rules(stage, 1h);
  stage.routing = "";
  const auto configuration = [&](const std::string& password) {
    return fmt::format(
        "alertmanagers:\n  - url: http://127.0.0.1:{}\n    http_config: {{basic_auth: {{username: a2od, "
        "password: {}}}}}\n",
        peer.port, password);
  };
  stage.more = configuration("wrong");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return metric(stage, "a2od_alertmanager_misconfigured") == 1; }, kSoon));
  EXPECT_THAT(stage.daemon->output(), HasSubstr("answered 401"));
  EXPECT_THAT(stage.daemon->output(), testing::Not(HasSubstr("wrong")));

  stage.more = configuration("hidden");
  stage.write_configuration();
  stage.daemon->signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return peer.firing() == Names{"Always", "Ends"}; }, kSoon)) << stage.daemon->output();
}

}  // namespace
}  // namespace a2od::end_to_end
