// SIGKILL at random moments under alert load: no alert is lost, and a message that comes twice is recognisable.
#include "tests/end_to_end/stage.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;

int kills() {
  const char* wanted = std::getenv("A2OD_KILLS");
  return wanted == nullptr ? 50 : std::max(1, std::atoi(wanted));
}

std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

TEST(Kill, AtAnyMomentLosesNoAlertAndKeepsKeysAndFingerprints) {
  const int count = kills();
  Stage stage("kill");
  // Each kill disables one environment more: an alert that must arrive, whatever the moment.
  std::string scenario = "seed: 5\nentitlements: {database: 900GiB, file: 900GiB, log: 900GiB}\nenvironments:\n";
  for (int i = 0; i < count; ++i)
    scenario += fmt::format("  - {{name: Env {:02}, storage: {{database: 1GiB, file: 1GiB, log: 10MiB}}}}\n", i);
  stage.start_tenant(scenario);
  stage.start_receiver();
  write_file(stage.folder / "rules.yml", R"(
groups:
  - name: kill
    rules:
      - alert: Disabled
        expr: d365_environment_state{state="disabled"} == 1
)");
  stage.rule_files = "  - rules.yml\n";
  stage.collectors =
      "\n  inventory: {interval: 10s, timeout: 5s}\n  dataverse: {enabled: false}\n"
      "  finance_operations: {enabled: false}\n  operations: {enabled: false}\n"
      "  capacity: {enabled: false}\n  identity: {enabled: false}\n";

  std::mt19937 random(20'261'122);
  std::uniform_int_distribution<int> moment(50, 1500);
  for (int i = 0; i < count; ++i) {
    control(stage.tenant_port, "POST", "/control/environments",
            fmt::format(R"({{"name": "Env {:02}", "state": "disabled"}})", i));
    ASSERT_TRUE(stage.start_daemon()) << "start " << i << ": " << stage.daemon->output();
    pause_for(std::chrono::milliseconds(moment(random)));
    stage.daemon->signal(SIGKILL);
    stage.daemon->wait(5s);
  }
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();

  std::map<std::string, std::set<std::string>> keys_by_fingerprint;
  std::map<std::string, std::set<std::string>> fingerprints_by_environment;
  const auto all_told = [&] {
    keys_by_fingerprint.clear();
    fingerprints_by_environment.clear();
    for (const auto& body : stage.received()) {
      for (const auto& alert : body.at("alerts").as_array()) {
        if (text(alert.at("status")) != "firing") continue;
        keys_by_fingerprint[text(alert.at("fingerprint"))].insert(text(body.at("groupKey")));
        fingerprints_by_environment[text(alert.at("labels").at("environment"))].insert(text(alert.at("fingerprint")));
      }
    }
    return fingerprints_by_environment.size() == static_cast<std::size_t>(count);
  };
  EXPECT_TRUE(eventually(all_told, 60s, 500ms))
      << fingerprints_by_environment.size() << " of " << count << " were told";
  for (const auto& [environment, fingerprints] : fingerprints_by_environment)
    EXPECT_EQ(fingerprints.size(), 1u) << environment;
  for (const auto& [fingerprint, keys] : keys_by_fingerprint) EXPECT_EQ(keys.size(), 1u) << fingerprint;
  for (const auto& body : stage.received())
    EXPECT_THAT(boost::json::serialize(body), testing::Not(testing::HasSubstr("\"resolved\"")))
        << "nothing was resolved";
}

}  // namespace
}  // namespace a2od::end_to_end
