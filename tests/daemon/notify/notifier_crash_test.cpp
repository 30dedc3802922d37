// The process or the power fails at any step of storing and sending: at each write, truncation and sync of the state
// database, and before and after each message arrives. Then it starts again, and what the receivers heard is compared
// with what they were owed.
#include "config/matchers.hpp"
#include "config/read.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/notify/notifier_life.hpp"
#include "tests/daemon/state/forgetful_disk.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;

enum class Failing { process, power };

constexpr auto kNever = std::numeric_limits<std::uint64_t>::max();

/// Where a life ends, counted from its start: at this operation of the disk, or at this step of a receiver.
struct Fate {
  std::uint64_t operation = kNever;
  std::uint64_t step = kNever;
};

/// Two teams hear of pages, one of them is away for a while. All that others ask of a2od is asked again until it is
/// answered, as senders do.
class World {
 public:
  explicit World(Failing failing, std::uint64_t seed = 1) : failing_(failing), disk_(seed) {}

  /// Each life has its fate; the last has none.
  void run(std::vector<Fate> fates) {
    fates_ = std::move(fates);
    for (int second = 0; second <= 900; second += 10) {
      now_ = kStart + std::chrono::seconds(second);
      if (second == 0) wanted_.emplace_back([this] { return post("A", 12h); });
      if (second == 30) wanted_.emplace_back([this] { return silence(); });
      if (second == 40) wanted_.emplace_back([this] { return post("B", 12h) && post("C", 12h); });
      if (second == 100) wanted_.emplace_back([this] { return post("B", 12h, "fabrikam"); });
      if (second == 200) wanted_.emplace_back([this] { return post("B", 0s); });
      if (second == 300) wanted_.emplace_back([this] { return post("A", 0s); });
      if (second == 400) wanted_.emplace_back([this] { return unsilence(); });
      if (second == 520) wanted_.emplace_back([this] { return post("C", 0s) && post("B", 0s, "fabrikam"); });
      away_ = second >= 50 && second < 260;
      tick();
    }
  }

  void check() const {
    for (const std::string team : {"pager", "team"}) {
      SCOPED_TRACE(team);
      for (const std::string alert : {"A contoso", "B contoso", "B fabrikam", "C contoso"}) {
        const auto found = heard_.find({team, alert});
        ASSERT_NE(found, heard_.end()) << alert;
        const auto& statuses = found->second;
        // What ended while its receiver was away is told once, as resolved.
        EXPECT_TRUE(statuses.front() == "firing" || (team == "pager" && alert == "B contoso")) << alert;
        EXPECT_TRUE(std::ranges::is_sorted(statuses)) << alert << ": " << testing::PrintToString(statuses);
        const auto ends = std::ranges::count(statuses, "resolved");
        EXPECT_GE(ends, 1) << alert;
        EXPECT_LE(ends, 1 + lost_answers(team)) << alert;
      }
      const auto twice = repeated_.find(team);
      EXPECT_LE(twice == repeated_.end() ? 0 : twice->second, lost_answers(team)) << "messages that came twice";
    }
    EXPECT_THAT(life_->notifier().view().alerts, testing::IsEmpty());
    for (const auto& status : life_->notifier().status()) EXPECT_EQ(status.messages, 0U);
  }

  [[nodiscard]] std::size_t lives() const { return lives_; }
  [[nodiscard]] std::size_t messages() const { return bodies_.size(); }

 private:
  void tick() {
    heard_since_tick_.clear();
    for (;;) {
      if (!life_) begin();
      if (life_) live();
      if (disk_.has_power()) return;
      end();
    }
  }

  void begin() {
    const auto fate = lives_ < fates_.size() ? fates_[lives_] : Fate{};
    ++lives_;
    steps_left_ = fate.step;
    if (fate.operation != kNever) disk_.fail_power_after(fate.operation);
    try {
      life_.emplace(io_, config(), folder_.path(), now_);
    } catch (const std::exception& error) {
      if (disk_.has_power()) throw;
    }
  }

  void live() {
    life_->receive({firing("Watchdog", kStart)});  // nobody hears of it, but it keeps the time
    while (!wanted_.empty() && disk_.has_power()) {
      const bool answered = wanted_.front()() && disk_.has_power();
      life_->settle();
      if (answered) wanted_.pop_front();
    }
    if (!disk_.has_power() || !silenced_) return;
    EXPECT_NE(life_->notifier().silences().find(*silenced_), nullptr) << "it was answered";
  }

  void end() {
    life_.reset();
    failing_ == Failing::power ? disk_.restore_power() : disk_.restart_process();
    // Some may be in flight together; what came of them is written down before the next set out.
    for (const auto& team : heard_since_tick_) ++lost_answers_[team];
    heard_since_tick_.clear();
  }

  bool post(const std::string& name, Milliseconds holds, const std::string& tenant = "contoso") {
    auto notice = firing(name, kStart, tenant);
    notice.ends_at = now_ + holds;
    return life_->receive_from_others({notice});
  }

  bool silence() {
    Silence silence{.matchers = {Matcher::equal("alertname", "C")}, .starts_at = now_, .ends_at = now_ + 12h};
    const auto id = result_of(io_, life_->notifier().set_silence(std::move(silence)));
    if (id && disk_.has_power()) silenced_ = *id;
    return id.has_value();
  }

  bool unsilence() {
    may_hear_of_c_ = true;
    // One that was not answered may be there as well.
    for (const auto& each : life_->notifier().silences().all())
      (void)result_of(io_, life_->notifier().expire_silence(each.id));
    return true;
  }

  Scripted answer(const Received& request) {
    const auto team = request.target().substr(1);
    if (!step()) return {Scripted::Then::close, ""};
    if (team == "pager" && away_) return {Scripted::Then::keep, response("503 Away", "")};
    heard_since_tick_.insert(team);
    if (!bodies_.insert({team, request.body}).second) ++repeated_[team];
    for (const auto& [alert, status] : statuses(request.body)) {
      heard_[{team, alert}].push_back(status);
      EXPECT_TRUE(alert != "C contoso" || may_hear_of_c_) << "C is silenced";
    }
    if (!step()) return {Scripted::Then::close, ""};
    return {Scripted::Then::keep, response("200 OK", "")};
  }

  bool step() {
    if (steps_left_ != kNever && --steps_left_ == 0) disk_.fail_power_after(0);
    return disk_.has_power();
  }

  [[nodiscard]] long lost_answers(const std::string& team) const {
    const auto found = lost_answers_.find(team);
    return found == lost_answers_.end() ? 0 : found->second;
  }

  [[nodiscard]] Config config() const {
    const auto port = receiver_.port();
    auto config = parse_config("a2od.yaml",
                               fmt::format(R"(
route:
  receiver: team
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 2h
  routes:
    - {{matchers: [alertname="Watchdog"], receiver: nobody}}
    - {{receiver: pager, continue: true}}
    - {{receiver: team}}
receivers:
  - name: nobody
  - name: team
    webhook_configs: [{{url: "http://127.0.0.1:{0}/team"}}]
  - name: pager
    webhook_configs: [{{url: "http://127.0.0.1:{0}/pager"}}]
)",
                                           port),
                               {});
    if (!config) throw std::runtime_error(to_string(config.error().front()));
    return std::move(*config);
  }

  Failing failing_;
  TemporaryFolder folder_;
  ForgetfulDisk disk_;
  boost::asio::io_context io_;
  ScriptedServer receiver_{io_, [this](const Received& request) { return answer(request); }};
  Timestamp now_ = kStart;
  std::vector<Fate> fates_;
  std::uint64_t steps_left_ = kNever;
  std::size_t lives_ = 0;
  std::optional<NotifierLife> life_;
  std::deque<std::function<bool()>> wanted_;
  std::optional<std::string> silenced_;
  bool may_hear_of_c_ = false;
  bool away_ = false;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> heard_;  ///< by team and alert
  std::set<std::pair<std::string, std::string>> bodies_;
  std::multiset<std::string> heard_since_tick_;  ///< teams
  std::map<std::string, long> lost_answers_;
  std::map<std::string, long> repeated_;
};

struct NotifierCrash : testing::TestWithParam<Failing> {
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(level_); }

  spdlog::level::level_enum level_ = spdlog::get_level();
};
INSTANTIATE_TEST_SUITE_P(Of, NotifierCrash, testing::Values(Failing::process, Failing::power),
                         [](const auto& info) { return info.param == Failing::process ? "TheProcess" : "ThePower"; });

TEST_P(NotifierCrash, AtAnyOperationOfTheDiskLosesNothing) {
  for (std::uint64_t operation = 1;; ++operation) {
    SCOPED_TRACE(fmt::format("operation {} is the last", operation));
    World world(GetParam(), operation);
    world.run({{.operation = operation}});
    if (world.lives() == 1) break;  // the first life outlived its last operation
    world.check();
    ASSERT_FALSE(HasFailure());
  }
}

TEST_P(NotifierCrash, BeforeAndAfterAnyMessageArrivesLosesNothing) {
  World undisturbed(GetParam());
  undisturbed.run({});
  undisturbed.check();
  ASSERT_GE(undisturbed.messages(), 12U);
  for (std::uint64_t step = 1;; ++step) {
    SCOPED_TRACE(fmt::format("step {} is the last", step));
    World world(GetParam(), step);
    world.run({{.step = step}});
    if (world.lives() == 1) break;
    world.check();
    ASSERT_FALSE(HasFailure());
  }
}

/// A2OD_CRASHES tries more of them.
TEST_P(NotifierCrash, AgainAndAgainAtRandomLosesNothing) {
  const auto* more = std::getenv("A2OD_CRASHES");
  const auto seeds = more == nullptr ? 100 : std::strtoull(more, nullptr, 10);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random(seed);
    std::vector<Fate> fates(1 + random() % 12);
    for (auto& fate : fates) (random() % 4 == 0 ? fate.step : fate.operation) = 1 + random() % 60;
    World world(GetParam(), seed);
    world.run(std::move(fates));
    world.check();
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace a2od
