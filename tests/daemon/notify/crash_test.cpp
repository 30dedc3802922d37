// What reaches the receiver when the process is killed between any two steps: everything, and twice only what was
// delivered when the reply had not been written down yet.
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/outbox.hpp"
#include "daemon/state/notifications.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/state/committed.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace a2od {
namespace {

using namespace test;

struct Killed {};

/// Ticks often enough that no alert comes and goes between two of them.
RouteConfig quick_route() {
  auto quick = route();
  quick.group_interval = 1min;
  return quick;
}

/// The daemon's notification stage as its composition runs it, each step of which may be the last of the process.
class World {
 public:
  /// Called before each step; throws Killed when it is the process's last.
  using Fate = std::function<void()>;

  explicit World(Fate fate) : fate_(std::move(fate)) { start(); }

  /// What rules do: an alert fires from one minute to another, refreshed each minute, resolved once.
  void alert(std::string name, std::string tenant, int from, int to) {
    alerts_.push_back({firing(name, kStart + std::chrono::minutes(from), tenant), from, to});
  }

  void away(int from, int to) { away_ = {from, to}; }

  void run(int minutes) {
    for (int minute = 0; minute < minutes; ++minute) {
      now_ = kStart + std::chrono::minutes(minute);
      survive([&] { notify(minute); });
      // Deliveries and retries of this minute, at their own times.
      while (const auto next = next_wake()) {
        if (*next >= kStart + std::chrono::minutes(minute + 1)) break;
        now_ = std::max(now_, *next);
        survive([&] { turn(); });
      }
    }
  }

  struct Delivery {
    std::uint64_t id = 0;
    std::string group_key;
    std::string body;
    bool operator==(const Delivery&) const = default;
  };
  [[nodiscard]] const std::vector<Delivery>& deliveries() const { return deliveries_; }
  [[nodiscard]] int kills() const { return kills_; }
  [[nodiscard]] int replies_lost() const { return lost_replies_; }
  [[nodiscard]] bool idle() const { return !outbox_->next_wake() && dispatcher_->state().alerts.empty(); }

 private:
  struct Scripted {
    AlertNotice notice;
    int from;
    int to;
  };

  void start() {
    dispatcher_.reset();
    outbox_.reset();
    database_.reset();
    auto opened = Database::open(folder_.path());
    if (!opened) throw std::runtime_error(opened.error().message);
    database_.emplace(std::move(*opened));
    dispatcher_.emplace(Routing{quick_route(), receivers()}, DispatcherOptions{.external_url = "http://a2od"});
    dispatcher_->restore(load_dispatcher(*database_), now_);
    outbox_.emplace();
    outbox_->set_receivers(receivers());
    outbox_->add(load_outbox(*database_), now_);
  }

  template <class Work>
  void survive(Work work) {
    try {
      work();
    } catch (const Killed&) {
      ++kills_;
      lost_replies_ += std::exchange(unwritten_replies_, 0);
      start();
    }
  }

  void notify(int minute) {
    std::vector<AlertNotice> notices;
    for (const auto& scripted : alerts_) {
      if (minute >= scripted.from && minute < scripted.to) notices.push_back(refreshed(scripted.notice, now_));
      if (minute == scripted.to) notices.push_back(resolved(scripted.notice, now_));
    }
    step();
    dispatcher_->receive(notices, now_);
    turn();
  }

  void turn() {
    step();
    auto changes = dispatcher_->advance(now_);
    step();
    auto messages = committed(*database_, std::move(changes));
    step();
    outbox_->add(std::move(messages), now_);
    step();
    for (const auto& message : outbox_->take_due(now_)) send(message);
    step();
    commit(*database_, outbox_->take_changes());
    unwritten_replies_ = 0;
    step();
  }

  void send(const Message& message) {
    step();
    const auto minute = std::chrono::floor<std::chrono::minutes>(now_ - kStart).count();
    if (minute >= away_.first && minute < away_.second) {
      return outbox_->finish(message.id, {.error = "connection refused"}, now_);
    }
    deliveries_.push_back({message.id, message.group_key, message.body});
    ++unwritten_replies_;
    step();
    outbox_->finish(message.id, {.status = 200}, now_);
  }

  [[nodiscard]] std::optional<Timestamp> next_wake() const {
    const auto decision = dispatcher_->next_wake();
    const auto delivery = outbox_->next_wake();
    if (!decision || !delivery) return decision ? decision : delivery;
    return std::min(*decision, *delivery);
  }

  void step() { fate_(); }

  Fate fate_;
  TemporaryFolder folder_;
  Timestamp now_ = kStart;
  std::vector<Scripted> alerts_;
  std::pair<int, int> away_;
  std::optional<Database> database_;
  std::optional<Dispatcher> dispatcher_;
  std::optional<Outbox> outbox_;
  std::vector<Delivery> deliveries_;
  int unwritten_replies_ = 0;
  int kills_ = 0;
  int lost_replies_ = 0;
};

void play_small(World& world) {
  world.alert("Down", "contoso", 0, 3);
  world.alert("Down", "fabrikam", 2, 5);
  world.alert("Full", "contoso", 1, 4);
  world.run(30);
}

/// A receiver that was away may hear of an alert for the first time when it is over.
enum class FiringIsHeard { always, unless_away };

/// Every alert was heard of, and last as resolved; whatever came twice came with the same group and alerts.
void expect_all_told(const World& world, const std::set<std::string>& alerts, FiringIsHeard firing_is_heard) {
  std::map<std::string, std::vector<std::string>> heard;
  std::map<std::uint64_t, World::Delivery> by_id;
  std::size_t twice = 0;
  for (const auto& delivery : world.deliveries()) {
    const auto [first, is_first] = by_id.emplace(delivery.id, delivery);
    if (!is_first) {
      ++twice;
      EXPECT_EQ(first->second, delivery);
    }
    for (const auto& [name, status] : statuses(delivery.body)) heard[name].push_back(status);
  }
  EXPECT_LE(twice, static_cast<std::size_t>(world.replies_lost()));
  for (const auto& name : alerts) {
    ASSERT_TRUE(heard.contains(name)) << name;
    if (firing_is_heard == FiringIsHeard::always) EXPECT_EQ(heard[name].front(), "firing") << name;
    EXPECT_EQ(heard[name].back(), "resolved") << name;
  }
  EXPECT_TRUE(world.idle());
}

const std::set<std::string> kSmall = {"Down contoso", "Down fabrikam", "Full contoso"};

TEST(Crash, BetweenAnyTwoStepsLosesNothing) {
  int steps = 0;
  World undisturbed([&] { ++steps; });
  play_small(undisturbed);
  expect_all_told(undisturbed, kSmall, FiringIsHeard::always);
  const auto expected = undisturbed.deliveries().size();

  for (int last = 1; last <= steps; ++last) {
    SCOPED_TRACE("killed before step " + std::to_string(last));
    int step = 0;
    World world([&] {
      if (++step == last) throw Killed();
    });
    play_small(world);
    ASSERT_EQ(world.kills(), 1);
    expect_all_told(world, kSmall, FiringIsHeard::always);
    // A resolve that was lost with the process is found by expiry, at a later flush; no other difference.
    EXPECT_LE(world.deliveries().size(), expected + 2);
    if (testing::Test::HasFailure()) break;
  }
}

TEST(Crash, FiftyTimesAtRandomUnderLoadWhileTheReceiverComesAndGoes) {
  std::uint64_t random = 20'261'122;
  int left = 50;
  const auto fate = [&] {
    random = random * 6364136223846793005U + 1442695040888963407U;
    if (left == 0 || (random >> 33U) % 12 != 0) return;
    --left;
    throw Killed();
  };
  World world(fate);
  world.away(12, 20);
  std::set<std::string> names;
  for (int i = 0; i < 40; ++i) {
    const auto name = "Rule" + std::to_string(i % 8);
    const auto tenant = "tenant" + std::to_string(i);
    world.alert(name, tenant, i % 10, 12 + i % 17);
    names.insert(name + " " + tenant);
  }
  world.run(80);
  EXPECT_EQ(world.kills(), 50);
  expect_all_told(world, names, FiringIsHeard::unless_away);
}

}  // namespace
}  // namespace a2od
