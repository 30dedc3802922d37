// The daemon as it is shipped ends at each single step of storing and sending, one after the other, and starts again:
// what it had said yes to is there, and each message arrives, twice only where its answer was lost.
#include "tests/end_to_end/http.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;

constexpr int kCrashed = 42;
constexpr auto kAtMost = 60s;  // machines that build or test meanwhile are slow
constexpr const char* kJson = "Content-Type: application/json\r\n";

/// Routes alerts of others to one receiver. What is wrong is collected: it runs beside others like it.
class Drill {
 public:
  explicit Drill(int point)
      : point_(point),
        folder_(std::filesystem::path(A2OD_BIN_DIR).parent_path() / "stages" / "crash_points" / std::to_string(point)) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    receiver_.emplace(std::vector<std::string>{program("demo_receiver"), "--listen", "127.0.0.1:0", "--record",
                                               (folder_ / "received.jsonl").string()},
                      folder_ / "receiver.log");
    constexpr std::string_view kListening = "listening on 127.0.0.1:";
    if (!receiver_->wait_for_output("listening on", kAtMost)) throw std::runtime_error(receiver_->output());
    const auto output = receiver_->output();
    receiver_port_ = std::atoi(output.c_str() + output.find(kListening) + kListening.size());
    write_file(folder_ / "a2od.yaml", fmt::format(R"(
route: {{receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}}
receivers: [{{name: team, webhook_configs: [{{url: "http://127.0.0.1:{}/"}}]}}]
storage: {{path: state}}
web: {{listen_address: "127.0.0.1:{}"}}
)",
                                                  receiver_port_, port_));
  }

  void run() {
    insist([&] { return post(alert("Backup")); });
    insist([&] { return post_silence(); });
    insist([&] { return post(alert("Disk")); });
    insist([&] { return heard("Backup", "firing") > 0 && heard("Disk", "firing") > 0; });
    insist([&] { return post(alert("Backup", "2026-01-01T00:00:00Z")); });
    insist([&] { return heard("Backup", "resolved") > 0; });
    insist([&] { return get(port_, "/api/v2/silences").body.find("\"moving\"") != std::string::npos; });
    if (!faults_.empty()) return;
    daemon_->signal(SIGTERM);
    ended_ = daemon_->wait(kAtMost);
    if (ended_ == kCrashed) crashed_ = true;
    if (ended_ != 0 && ended_ != kCrashed) fail("it did not end well: " + daemon_->output());
    check();
  }

  /// Whether there was such a point.
  [[nodiscard]] bool crashed() const { return crashed_; }
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }

 private:
  void fail(std::string what) { faults_.push_back(fmt::format("point {}: {}", point_, what)); }

  /// The answers of several messages may be lost at once, but of one in a group: the next is sent when the answer to
  /// the one before it is written down.
  void check() {
    std::map<std::string, int> times;
    for (const auto& body : received()) ++times[body];
    std::map<std::string, int> twice;
    for (const auto& [body, count] : times) {
      if (count > 2) fail(fmt::format("it came {} times: {}", count, body));
      if (count > 1) ++twice[group_of(body)];
    }
    if (!crashed_ && !twice.empty()) fail("a message came twice, and no answer was lost");
    for (const auto& [group, messages] : twice)
      if (messages > 1) fail(fmt::format("{} messages of {} came twice", messages, group));
    for (const auto& [name, status] : {std::pair{"Backup", "firing"}, {"Disk", "firing"}, {"Backup", "resolved"}})
      if (const auto told = heard(name, status); told > 1 + twice[name])
        fail(fmt::format("{} {} was told {} times", name, status, told));
    if (heard("Disk", "resolved") > 0) fail("Disk still fires");
    if (received().back().find("\"status\":\"resolved\"") == std::string::npos) fail("the end was not told last");
  }

  /// Until it is so; whenever the daemon has ended at its point, it is started again without one.
  void insist(const std::function<bool()>& done) {
    if (!faults_.empty()) return;
    const bool came = eventually(
        [&] {
          if (!daemon_ || !daemon_->running()) start();
          return !faults_.empty() || done();
        },
        kAtMost, 10ms);
    if (!came) fail("it never came: " + daemon_->output());
  }

  void start() {
    if (daemon_) crashed_ = true;
    if (starts_++ > 1) return fail("it ends again and again: " + daemon_->output());
    std::vector<std::string> command{program("a2od"), "run", (folder_ / "a2od.yaml").string()};
    if (starts_ == 1)
      command.insert(command.begin(),
                     {"/usr/bin/env", "LD_PRELOAD=" + program("libcrash_point.so"),
                      fmt::format("A2OD_CRASH_POINT={}", point_), fmt::format("A2OD_CRASH_PORT={}", receiver_port_)});
    daemon_.emplace(command, folder_ / fmt::format("a2od{}.log", starts_));
    (void)daemon_->wait_for_output("listening on", kAtMost);  // or it has crashed
  }

  static std::string alert(const std::string& name, const std::string& ends_at = "2100-01-01T00:00:00Z") {
    return fmt::format(R"([{{"labels": {{"alertname": "{}"}}, "startsAt": "2025-01-01T00:00:00Z", "endsAt": "{}"}}])",
                       name, ends_at);
  }
  [[nodiscard]] bool post(const std::string& alerts) const {
    return request(port_, "POST", "/api/v2/alerts", alerts, kJson).status == 200;
  }
  [[nodiscard]] bool post_silence() const {
    return request(port_, "POST", "/api/v2/silences",
                   R"({"matchers": [{"name": "a", "value": "b", "isRegex": false}], "comment": "moving",
                       "createdBy": "alice", "startsAt": "2025-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z"})",
                   kJson)
               .status == 200;
  }

  [[nodiscard]] std::vector<std::string> received() const {
    std::vector<std::string> bodies;
    std::ifstream file(folder_ / "received.jsonl");
    for (std::string line; std::getline(file, line);) bodies.push_back(line);
    return bodies;
  }
  static std::string group_of(const std::string& body) {
    return std::string(boost::json::parse(body).at("groupLabels").at("alertname").as_string());
  }
  [[nodiscard]] long heard(const std::string& name, const std::string& status) const {
    return std::ranges::count_if(received(), [&](const std::string& line) {
      boost::system::error_code failure;
      const auto body = boost::json::parse(line, failure);
      return !failure && std::ranges::any_of(body.at("alerts").as_array(), [&](const boost::json::value& each) {
        return each.at("labels").at("alertname").as_string() == name && each.at("status").as_string() == status;
      });
    });
  }

  int point_;
  std::filesystem::path folder_;
  std::uint16_t port_ = free_port();
  int receiver_port_ = 0;
  std::optional<Process> receiver_;
  std::optional<Process> daemon_;
  std::optional<int> ended_;
  int starts_ = 0;
  bool crashed_ = false;
  std::vector<std::string> faults_;
};

TEST(CrashPoints, EachOfThemLosesNothing) {
  std::atomic<int> next_point{1};
  std::atomic<bool> over{false};  ///< there are no more points
  std::atomic<int> crashes{0};
  std::mutex mutex;
  std::vector<std::string> faults;
  const auto work = [&] {
    while (!over) {
      Drill drill(next_point++);
      drill.run();
      if (!drill.crashed()) over = true;
      if (drill.crashed()) ++crashes;
      const std::scoped_lock lock(mutex);
      faults.insert(faults.end(), drill.faults().begin(), drill.faults().end());
      if (faults.size() > 3) over = true;
    }
  };
  {
    std::vector<std::jthread> workers;  // each waits most of the time
    for (int i = 0; i < 4; ++i) workers.emplace_back(work);
  }
  EXPECT_THAT(faults, testing::IsEmpty());
  EXPECT_GT(crashes, 60);
  RecordProperty("crashes", crashes);
}

}  // namespace
}  // namespace a2od::end_to_end
