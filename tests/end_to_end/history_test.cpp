// The history on disk: after a kill the past is as it was, rules can be tried on it, and damage does not stop a2od.
#include "tests/end_to_end/stage.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct History : testing::Test {
  Stage stage{std::string("history_") + testing::UnitTest::GetInstance()->current_test_info()->name()};

  void SetUp() override {
    stage.start_tenant("demo.yaml");
    stage.start_receiver();
    ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
    ASSERT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "firing"); }, 30s))
        << stage.daemon->output();
  }

  [[nodiscard]] std::string range(const std::string& metric, std::int64_t from, std::int64_t to) const {
    return boost::json::serialize(
        stage.api(fmt::format("/api/v1/query_range?query={}&start={}&end={}&step=1", metric, from, to)));
  }
  void kill_and_start_again() {
    stage.daemon->signal(SIGKILL);
    ASSERT_TRUE(stage.daemon->wait(5s));
    ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  }
  [[nodiscard]] std::filesystem::path today() const {
    for (const auto& entry : std::filesystem::directory_iterator(stage.folder / "state" / "history"))
      if (entry.path().extension() == ".db") return entry.path();
    return {};
  }
};

TEST_F(History, IsTheSameAfterAKill) {
  const auto from = now();
  pause_for(8s);
  const auto to = now() - 2;
  const auto before = range("d365_dataverse_probe_duration_seconds", from, to);
  EXPECT_THAT(before, HasSubstr("Contoso Finance"));
  const auto alerts = range("ALERTS", from, to);
  kill_and_start_again();
  EXPECT_EQ(range("d365_dataverse_probe_duration_seconds", from, to), before);
  EXPECT_EQ(range("ALERTS", from, to), alerts);
  EXPECT_THAT(stage.daemon->output(), HasSubstr("series were read from the history"));
}

TEST_F(History, RulesAreTriedOnItWhileTheDaemonRuns) {
  pause_for(3s);
  const auto backtest = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program("a2od"), "backtest", "--config.file", stage.folder / "a2od.yaml"});
    return run(arguments);
  };
  const auto all = backtest({"--from", "2m", "--list"});
  EXPECT_EQ(all.code, 0) << all.output;
  EXPECT_THAT(all.output, HasSubstr("EnvironmentDisabled (environments.yml)"));
  EXPECT_THAT(all.output, HasSubstr("environment=\"Contoso Training\""));
  EXPECT_THAT(all.output, HasSubstr("to 'on-call'"));
  EXPECT_THAT(all.output, HasSubstr("would not have fired"));

  write_file(stage.folder / "mine.yml",
             R"(groups: [{name: mine, rules: [{alert: Slow, expr: "d365_environment_state == 1"}]}])");
  const auto mine = backtest({"--from", "2m", "--json", stage.folder / "mine.yml"});
  EXPECT_EQ(mine.code, 0) << mine.output;
  EXPECT_THAT(mine.output, HasSubstr("\"alert\":\"Slow\""));
  EXPECT_THAT(mine.output, HasSubstr("\"environment\":\"Contoso Finance\""));

  EXPECT_EQ(backtest({"--from", "yesterday"}).code, 2);
  const auto none =
      run({program("a2od"), "backtest", "--from", "1h", "--storage.path", "/nowhere", stage.folder / "mine.yml"});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.output, HasSubstr("there is no history in /nowhere/history"));
}

TEST_F(History, ADamagedDayIsSetAsideAndTold) {
  stage.daemon->signal(SIGTERM);
  ASSERT_EQ(stage.daemon->wait(8s), 0);
  ASSERT_FALSE(today().empty());
  const auto size = std::filesystem::file_size(today());
  ASSERT_GT(size, 20'000U);
  std::filesystem::resize_file(today(), size / 3);
  write_file(today().string() + "-wal", "");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(stage.daemon->wait_for_output("it was set aside as", 10s)) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return !stage.query("a2od_history_damaged_files == 1").empty(); }, 20s));
  EXPECT_TRUE(eventually([&] { return stage.was_told("HistoryDamaged", "firing"); }, 30s));
  EXPECT_THAT(stage.query("a2od_history_writing"), Contains(1.0));
}

}  // namespace
}  // namespace a2od::end_to_end
