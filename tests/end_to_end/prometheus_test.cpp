// Debian's Prometheus scrapes a2od and loads the same rules: the same alerts fire in both.
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> firing_in_prometheus(std::uint16_t port) {
  boost::system::error_code failure;
  const auto answer = boost::json::parse(get(port, "/api/v1/alerts").body, failure);
  std::vector<std::string> found;
  if (failure) return found;
  for (const auto& alert : answer.at("data").at("alerts").as_array()) {
    if (alert.at("state").as_string() != "firing") continue;
    const auto& labels = alert.at("labels").as_object();
    const auto* environment = labels.if_contains("environment");
    found.push_back(std::string(labels.at("alertname").as_string()) + " " +
                    (environment == nullptr ? "" : std::string(environment->as_string())));
  }
  std::ranges::sort(found);
  return found;
}

TEST(Parity, TheSameAlertsFireInPrometheusAndHere) {
  Stage stage("parity");
  stage.rules = "  {no_data: prometheus, evaluation: interval, evaluation_interval: 2s, resolution: 2s}\n";
  stage.start_tenant("demo.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  stage.start_prometheus_beside();

  std::vector<std::string> here;
  std::vector<std::string> there;
  EXPECT_TRUE(eventually(
      [&] {
        here = stage.alerts("firing");
        there = firing_in_prometheus(stage.prometheus_port);
        return here.size() >= 3 && here == there;
      },
      60s, 500ms))
      << "here:  " << testing::PrintToString(here) << "\nthere: " << testing::PrintToString(there);

  control(stage.tenant_port, "POST", "/control/environments", R"({"name": "Contoso Training", "state": "enabled"})");
  EXPECT_TRUE(eventually(
      [&] {
        here = stage.alerts("firing");
        there = firing_in_prometheus(stage.prometheus_port);
        return std::ranges::find(here, "EnvironmentDisabled Contoso Training") == here.end() && here == there;
      },
      60s, 500ms))
      << "here:  " << testing::PrintToString(here) << "\nthere: " << testing::PrintToString(there);
}

TEST(Library, PromtoolAcceptsTheRulesAndTheirUnitTests) {
  const std::string library = A2OD_SOURCE_DIR "/rules/library";
  const auto checked = run({"/bin/sh", "-c", A2OD_PEERS_DIR "/promtool check rules " + library + "/*.yml"});
  EXPECT_EQ(checked.code, 0) << checked.output;
  const auto tested = run({"/bin/sh", "-c", A2OD_PEERS_DIR "/promtool test rules " + library + "/tests/*.test.yml"});
  EXPECT_EQ(tested.code, 0) << tested.output;
}

}  // namespace
}  // namespace a2od::end_to_end
