// SIGKILL at random moments under alert and collection load: no alert is lost, a message that comes twice is
// recognisable, and each failure is counted once.
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

constexpr int kFailuresEachTime = 3;

/// Jobs that failed, each at a time of its own after the start of the tenant.
class FailedJobs {
 public:
  explicit FailedJobs(std::uint16_t tenant_port) : tenant_port_(tenant_port) {}

  void add(int many) {
    // Rounded up, and the tenant began a little earlier: never before now, as a failure from before a2od's first run is
    // not counted.
    const auto age = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - started_) + 2s;
    for (int i = 0; i < many; ++i)
      rows_ +=
          fmt::format("{}{{statecode: 3, statuscode: 31, operationtype: 1, messagename: Create, completedon: {}s}}",
                      rows_.empty() ? "" : ", ", age.count());
    count_ += many;
    control(tenant_port_, "POST", "/control/environments",
            fmt::format("{{name: Busy, tables: {{asyncoperations: [{}]}}}}", rows_));
  }
  [[nodiscard]] double count() const { return count_; }

 private:
  std::uint16_t tenant_port_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::string rows_;
  int count_ = 0;
};

std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

TEST(Kill, AtAnyMomentLosesNoAlertAndCountsEachFailureOnce) {
  const int count = kills();
  Stage stage("kill");
  // Each kill disables one environment more: an alert that must arrive, whatever the moment.
  std::string scenario = "seed: 5\nentitlements: {database: 900GiB, file: 900GiB, log: 900GiB}\nenvironments:\n";
  for (int i = 0; i < count; ++i)
    scenario += fmt::format("  - {{name: Env {:02}, storage: {{database: 1GiB, file: 1GiB, log: 10MiB}}}}\n", i);
  scenario += "  - {name: Busy}\n";
  stage.start_tenant(scenario);
  FailedJobs failed_jobs(stage.tenant_port);
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
      "  capacity: {enabled: false}\n  identity: {enabled: false}\n  flows: {enabled: false}\n"
      "  plugins: {enabled: false}\n  batch: {enabled: false}\n  mailboxes: {enabled: false}\n"
      "  links: {enabled: false}\n  integration: {enabled: false}\n"
      "  jobs: {enabled: false, interval: 10s, timeout: 5s, overrides: [{environment: Busy, enabled: true}]}\n";
  // Failures are counted from the first run on.
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually(
      [&] { return stage.query("a2od_collector_outcome{collector=\"jobs\",outcome=\"ok\"}").size() == 1; }, 20s))
      << stage.daemon->output();
  stage.daemon->signal(SIGKILL);
  stage.daemon->wait(5s);

  std::mt19937 random(20'261'122);
  std::uniform_int_distribution<int> moment(50, 1500);
  for (int i = 0; i < count; ++i) {
    control(stage.tenant_port, "POST", "/control/environments",
            fmt::format(R"({{"name": "Env {:02}", "state": "disabled"}})", i));
    failed_jobs.add(kFailuresEachTime);
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
  EXPECT_TRUE(eventually([&] { return stage.query("sum(d365_jobs_failed_total)") == std::vector{failed_jobs.count()}; },
                         30s, 500ms))
      << failed_jobs.count() << " jobs failed, counted were "
      << testing::PrintToString(stage.query("sum(d365_jobs_failed_total)"));
}

}  // namespace
}  // namespace a2od::end_to_end
