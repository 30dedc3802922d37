// A full disk: collecting, rules and messages go on from memory, and all is written down once there is room.
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// A file system of a few megabytes, for as long as it lives.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    mounted_ = run({"/bin/mount", "-t", "tmpfs", "-o", "size=12m", "a2od-test", folder_.string()}).code == 0;
  }
  ~SmallDisk() {
    if (mounted_) run({"/bin/umount", "--lazy", folder_.string()});
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }
  void fill() const {
    std::ofstream ballast(this->ballast(), std::ios::binary);
    const std::string block(512, 'x');
    while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void make_room() const { std::filesystem::remove(ballast()); }

 private:
  [[nodiscard]] std::filesystem::path ballast() const { return folder_ / "ballast"; }

  std::filesystem::path folder_;
  bool mounted_ = false;
};

struct FullDisk : testing::Test {
  Stage stage{"full_disk"};
  SmallDisk disk{stage.folder / "state"};

  void SetUp() override {
    if (!disk.mounted()) GTEST_SKIP() << "mounting a small disk needs root";
    stage.rule_files += fmt::format("  - {}\n", (stage.folder / "disk.yml").string());
    write_file(stage.folder / "disk.yml",
               "groups: [{name: disk, rules: [{alert: Full, expr: a2od_state_writing == 0}]}]\n");
    stage.start_tenant("demo.yaml");
    stage.start_receiver();
    ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
    ASSERT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "firing"); }, 30s))
        << stage.daemon->output();
  }
  /// Another sender's.
  void alert(const std::string& name, const std::string& ends_at = "0001-01-01T00:00:00Z") const {
    const auto body = fmt::format(R"([{{"labels": {{"alertname": "{}"}}, "endsAt": "{}"}}])", name, ends_at);
    EXPECT_EQ(request(stage.port, "POST", "/api/v2/alerts", body, "Content-Type: application/json\r\n").status, 200U);
  }
  [[nodiscard]] double last_success() const {
    const auto found = stage.query("max(a2od_collector_last_success_timestamp_seconds)");
    return found.empty() ? 0 : found[0];
  }
};

TEST_F(FullDisk, EverythingGoesOnFromMemoryAndIsWrittenOnceThereIsRoom) {
  disk.fill();
  alert("Backup");
  EXPECT_TRUE(eventually([&] { return stage.was_told("Backup", "firing"); }, 20s)) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("Full", "firing"); }, 20s)) << stage.daemon->output();
  const auto seen = last_success();
  EXPECT_TRUE(eventually([&] { return last_success() > seen; }, 30s)) << "collecting goes on";
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("not written down:</span> state database"));
  EXPECT_THAT(stage.daemon->output(), HasSubstr("notifications cannot be written down, and go on from memory"));
  EXPECT_THAT(stage.daemon->output(), Not(HasSubstr("what it brought is lost")));

  disk.make_room();
  EXPECT_TRUE(stage.daemon->wait_for_output("notifications: written down again", 20s)) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("Full", "resolved"); }, 30s)) << stage.daemon->output();
  EXPECT_THAT(stage.query("a2od_state_writing"), Contains(1.0));
  EXPECT_TRUE(eventually(
      [&] {
        return get(stage.port, "/api/v1/events?kind=alert.firing&match[]={alertname=\"Backup\"}")
            .body.contains(R"("kind":"alert.firing")");
      },
      10s))
      << "what happened meanwhile is told of";

  stage.daemon->signal(SIGKILL);
  ASSERT_TRUE(stage.daemon->wait(5s));
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  alert("Backup", "2026-01-01T00:00:00Z");
  EXPECT_TRUE(eventually([&] { return stage.was_told("Backup", "resolved"); }, 30s))
      << "that it was told of had been written down: " << stage.daemon->output();
}

}  // namespace
}  // namespace a2od::end_to_end
