// A state database that is locked or damaged: the daemon says so at its start, sends nothing, and leaves the file as it
// is. Once it is mended nothing of what was committed is lost, and nobody hears anything twice.
#include "tests/end_to_end/http.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kJson = "Content-Type: application/json\r\n";

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Connection {
  explicit Connection(const fs::path& file) { EXPECT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK); }
  ~Connection() { sqlite3_close(handle); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  void execute(const std::string& sql) const {
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  }
  sqlite3* handle = nullptr;
};

/// An alert was told, another is silenced, and the process was killed: all of it is in the file and its log.
struct StateFile : testing::Test {
  Stage stage{std::string("state_file_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
  fs::path file = stage.folder / "state" / "state.db";
  fs::path copy = stage.folder / "copy";

  void SetUp() override {
    stage.start_receiver();
    write_file(stage.folder / "routes.yaml", fmt::format(R"(
route: {{receiver: team, group_wait: 0s, group_interval: 1s}}
receivers: [{{name: team, webhook_configs: [{{url: "http://127.0.0.1:{}/"}}]}}]
storage: {{path: state}}
web: {{listen_address: "127.0.0.1:{}"}}
)",
                                                         stage.receiver_port, stage.port));
    ASSERT_TRUE(start()) << stage.daemon->output();
    const auto silence = request(stage.port, "POST", "/api/v2/silences",
                                 R"({"matchers": [{"name": "alertname", "value": "Hidden", "isRegex": false}],
                                     "comment": "moving", "createdBy": "alice",
                                     "startsAt": "2025-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z"})",
                                 kJson);
    ASSERT_EQ(silence.status, 200U) << silence.body;
    post("Hidden", "2100-01-01T00:00:00Z");
    post("Backup", "2100-01-01T00:00:00Z");
    ASSERT_TRUE(eventually([&] { return stage.was_told("Backup", "firing"); }, 20s)) << stage.daemon->output();
    pause_for(200ms);  // until it is written down that it was
    stage.daemon->signal(SIGKILL);
    ASSERT_TRUE(stage.daemon->wait(5s));
    fs::copy(file.parent_path(), copy, fs::copy_options::recursive);
  }

  bool start() {
    stage.daemon.emplace(std::vector<std::string>{program("a2od"), "run", (stage.folder / "routes.yaml").string()},
                         stage.folder / "a2od.log");
    return stage.daemon->wait_for_output("listening on", 20s);
  }
  void post(const std::string& name, const std::string& ends_at) const {
    const auto body = fmt::format(
        R"([{{"labels": {{"alertname": "{}"}}, "startsAt": "2025-01-01T00:00:00Z", "endsAt": "{}"}}])", name, ends_at);
    EXPECT_EQ(request(stage.port, "POST", "/api/v2/alerts", body, kJson).status, 200U);
  }

  void expect_refusal(const std::string& why, const std::string& what_to_do) {
    const auto before = content(file);
    EXPECT_FALSE(start());
    EXPECT_EQ(stage.daemon->wait(5s).value_or(1), 1);
    EXPECT_THAT(stage.daemon->output(), HasSubstr(file.filename().string()));
    EXPECT_THAT(stage.daemon->output(), HasSubstr(why));
    EXPECT_THAT(stage.daemon->output(), HasSubstr(what_to_do));
    EXPECT_EQ(content(file), before) << "it is left as it is";
  }
  void restore() const {
    fs::remove_all(file.parent_path());
    fs::copy(copy, file.parent_path(), fs::copy_options::recursive);
  }
  void expect_nothing_was_lost() {
    ASSERT_TRUE(start()) << stage.daemon->output();
    EXPECT_THAT(get(stage.port, "/api/v2/silences").body, HasSubstr("moving"));
    EXPECT_THAT(get(stage.port, "/api/v2/alerts").body, HasSubstr("Hidden"));
    post("Backup", "2026-01-01T00:00:00Z");
    EXPECT_TRUE(eventually([&] { return stage.was_told("Backup", "resolved"); }, 20s)) << stage.daemon->output();
    EXPECT_EQ(stage.received().size(), 2U) << "it fires, it has ended; the other is silenced";
  }
};

TEST_F(StateFile, ThatIsNoDatabaseIsRefused) {
  std::ofstream(file, std::ios::binary) << std::string(8192, 'x');
  fs::remove(file.string() + "-wal");
  expect_refusal("is damaged", "restore it from a backup, or move it away");
  restore();
  expect_nothing_was_lost();
}

TEST_F(StateFile, ThatIsCutOffIsRefused) {
  Connection(file).execute("PRAGMA wal_checkpoint(TRUNCATE)");
  fs::resize_file(file, fs::file_size(file) / 2);
  expect_refusal("is damaged", "restore it from a backup, or move it away");
  restore();
  expect_nothing_was_lost();
}

TEST_F(StateFile, OfANewerVersionIsRefused) {
  Connection(file).execute("PRAGMA user_version=1000; PRAGMA wal_checkpoint(TRUNCATE)");
  expect_refusal("has schema 1000", "it was written by a newer version, start that one");
  restore();
  expect_nothing_was_lost();
}

TEST_F(StateFile, WithARowThatCannotBeReadIsRefused) {
  Connection(file).execute("UPDATE alert_group SET state = '{\"route\":'; PRAGMA wal_checkpoint(TRUNCATE)");
  expect_refusal("is damaged: a saved value is not JSON", "restore it from a backup, or move it away");
  restore();
  expect_nothing_was_lost();
}

TEST_F(StateFile, ThatAnotherProgramHasLockedIsRefused) {
  {
    const Connection shell(file);  // whose lock goes when this process closes the file once
    shell.execute("BEGIN IMMEDIATE");
    EXPECT_FALSE(start());
    EXPECT_THAT(stage.daemon->output(), HasSubstr("is locked by another program: end what has it open"));
  }
  expect_nothing_was_lost();
}

TEST_F(StateFile, ThatAnotherDaemonHasIsRefused) {
  ASSERT_TRUE(start());
  Process second({program("a2od"), "run", "--web.listen-address", fmt::format("127.0.0.1:{}", free_port()),
                  (stage.folder / "routes.yaml").string()},
                 stage.folder / "second.log");
  EXPECT_EQ(second.wait(20s), 1);
  EXPECT_THAT(second.output(), HasSubstr("is in use by another a2od (process"));
  EXPECT_THAT(second.output(), HasSubstr("stop it, or give this one a storage.path of its own"));
  stage.daemon->signal(SIGTERM);
  EXPECT_EQ(stage.daemon->wait(10s), 0);
  expect_nothing_was_lost();
}

/// What it alone had is as if it had never come; what had moved to the file is there.
TEST_F(StateFile, WithADamagedLogStartsFromWhatIsWhole) {
  Connection(file).execute("PRAGMA wal_checkpoint(TRUNCATE)");
  std::ofstream(file.string() + "-wal", std::ios::binary) << std::string(50'000, 'x');
  expect_nothing_was_lost();
}

}  // namespace
}  // namespace a2od::end_to_end
