// The system's clock is set an hour forward or back, under a running daemon or while it is away: nobody hears anything
// that he would not have heard without it, and nothing comes late.
#include "config/read.hpp"
#include "daemon/engine/evaluation_clock.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/notify/notifier_life.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace a2od {
namespace {

using namespace test;

constexpr auto kStep = 10s;

/// What fires, and since when by the clock of whoever says so.
struct Source {
  std::string name;
  int from;  ///< second
  int to;
  std::optional<Timestamp> since{};
};

/// Rules' alerts, on the daemon's clock, and those of another sender, on the system's.
class World {
 public:
  World(Milliseconds by, bool restarts) : by_(by), restarts_(restarts) {
    clock_.emplace(15s);
    life_.emplace(io_, config(), folder_.path(), now_);
  }

  /// "+330 team firing Down contoso", at the second in which it came.
  std::vector<std::string> run() {
    for (second_ = 0; second_ <= 3600; second_ += 10) {
      steady_ += kStep;
      wall_ += kStep;
      if (second_ == 600) step();
      now_ = clock_->read(steady_, wall_);
      away_ = second_ >= 500 && second_ < 700;
      refresh();
    }
    return heard_;
  }

 private:
  void step() {
    wall_ += by_;
    if (!restarts_) return;
    life_.reset();
    clock_.emplace(15s);
    now_ = clock_->read(steady_, wall_);
    life_.emplace(io_, config(), folder_.path(), now_);
  }

  void refresh() {
    std::vector<AlertNotice> ours;
    for (auto& source : rules_)
      if (auto notice = tell(source, now_)) ours.push_back(*notice);
    life_->receive(ours);
    std::vector<AlertNotice> theirs;
    for (auto& source : senders_) {
      auto notice = tell(source, wall_);
      if (!notice) continue;
      notice->starts_at = clock_->when(notice->starts_at);
      notice->ends_at = clock_->when(notice->ends_at);
      theirs.push_back(*notice);
    }
    (void)life_->receive_from_others(theirs);
    life_->settle();
  }

  std::optional<AlertNotice> tell(Source& source, Timestamp clock) const {
    if (second_ < source.from || second_ > source.to + 60) return std::nullopt;
    if (!source.since) source.since = clock;
    auto notice = firing(source.name, *source.since);
    notice.ends_at = second_ < source.to ? clock + 4min : clock;
    return notice;
  }

  Scripted answer(const Received& request) {
    if (away_) return {Scripted::Then::keep, response("503 Away", "")};
    for (const auto& [alert, status] : statuses(request.body))
      heard_.push_back(fmt::format("+{} {} {}", second_, alert, status));
    return {Scripted::Then::keep, response("200 OK", "")};
  }

  [[nodiscard]] Config config() const {
    auto config = parse_config("a2od.yaml",
                               fmt::format(R"(
route: {{receiver: team, group_by: [alertname], group_wait: 10s, group_interval: 1m, repeat_interval: 20m}}
receivers: [{{name: team, webhook_configs: [{{url: "http://127.0.0.1:{}/"}}]}}]
)",
                                           receiver_.port()),
                               {});
    if (!config) throw std::runtime_error(to_string(config.error().front()));
    return std::move(*config);
  }

  Milliseconds by_;
  bool restarts_;
  TemporaryFolder folder_;
  boost::asio::io_context io_;
  ScriptedServer receiver_{io_, [this](const Received& request) { return answer(request); }};
  std::chrono::steady_clock::time_point steady_{1000h};
  Timestamp wall_ = kStart;
  Timestamp now_ = kStart;
  int second_ = 0;
  bool away_ = false;
  std::optional<EvaluationClock> clock_;
  std::optional<NotifierLife> life_;
  std::vector<Source> rules_{
      {"Long", 30, 3000}, {"Short", 100, 400}, {"Across", 550, 900}, {"Ended", 200, 580}, {"Later", 660, 1500}};
  std::vector<Source> senders_{{"Their long", 40, 3010},
                               {"Their short", 110, 410},
                               {"Their across", 560, 910},
                               {"Their ended", 210, 590},
                               {"Their later", 670, 1510}};
  std::vector<std::string> heard_;
};

/// Without the seconds.
std::vector<std::string> what(std::vector<std::string> heard) {
  for (auto& line : heard) line.erase(0, line.find(' ') + 1);
  std::ranges::sort(heard);
  return heard;
}

/// The second in which each was told for the first time.
std::map<std::string, int> when(const std::vector<std::string>& heard) {
  std::map<std::string, int> first;
  for (const auto& line : heard) first.emplace(line.substr(line.find(' ') + 1), std::stoi(line));
  return first;
}

struct ClockSteps : testing::TestWithParam<std::tuple<Milliseconds, bool>> {
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(level_); }

  spdlog::level::level_enum level_ = spdlog::get_level();
};

TEST_P(ClockSteps, NobodyHearsOfThem) {
  const auto [by, restarts] = GetParam();
  const auto expected = World(0ms, restarts).run();
  const auto heard = World(by, restarts).run();
  EXPECT_EQ(what(heard), what(expected)) << testing::PrintToString(heard) << "\n" << testing::PrintToString(expected);
  const auto in_time = when(expected);
  for (const auto& [line, second] : when(heard)) {
    const auto found = in_time.find(line);
    if (found == in_time.end()) continue;
    EXPECT_LE(std::abs(second - found->second), 130) << line << ": group_interval, and a tenth of twenty minutes";
  }
}

INSTANTIATE_TEST_SUITE_P(By, ClockSteps,
                         testing::Combine(testing::Values(Milliseconds(1h), Milliseconds(-1h)), testing::Bool()),
                         [](const auto& info) {
                           return fmt::format("AnHour{}{}", std::get<0>(info.param) > 0ms ? "Forward" : "Back",
                                              std::get<1>(info.param) ? "WhileItIsAway" : "WhileItRuns");
                         });

}  // namespace
}  // namespace a2od
