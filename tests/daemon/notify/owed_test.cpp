// Whatever happens in whatever order (alerts that may flap, silences, maintenance, muted hours, restarts, reloads), in
// the end everyone has been told how things are: of what fires, and of the end of everything that they were told of.
#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/flapping.hpp"
#include "daemon/notify/maintenance.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace a2od {
namespace {

using namespace test;

constexpr std::size_t kAlerts = 12;
constexpr FlappingConfig kFlaps{.changes = 4, .within = 20min, .quiet = 10min};
const std::vector<std::string> kReceivers{"team", "log", "pager"};

std::vector<Matcher> matchers(const std::string& text) { return parse_matchers(text, MatcherSyntax::fallback).value(); }

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) { start({}); }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      let_time_pass(Milliseconds(1000 * (1 + pick(400))));
    }
  }

  /// Until nothing silences or mutes any more, and every timer has passed.
  void come_to_rest() {
    for (const auto& silence : silences_.all()) (void)silences_.expire(silence.id, now_);
    work_.clear();
    restless_.reset();
    for (int i = 0; i < 3 * 24; ++i) let_time_pass(20min);
  }

  void check() const {
    for (const auto& [key, told] : told_) {
      const auto& [receiver, alert] = key;
      const bool fires = alert < kAlerts && firing_[alert];
      if (told == "firing") EXPECT_TRUE(fires) << receiver << " was never told of the end of " << alert;
    }
    const auto view = dispatcher_->view(now_);
    for (std::size_t i = 0; i < kAlerts; ++i) {
      if (!firing_[i]) continue;
      const auto* shown = view.find(fingerprint(notice(i).labels));
      ASSERT_NE(shown, nullptr) << i << " fires and is not known";
      if (shown->suppression.any()) continue;
      for (const auto& receiver : shown->receivers) {
        const auto told = told_.find({std::string(receiver), i});
        EXPECT_TRUE(told != told_.end() && told->second == "firing")
            << receiver << " does not know that " << i << " fires";
        EXPECT_FALSE(told_flapping_.contains({std::string(receiver), i}))
            << receiver << " takes " << i << " for one that still flaps";
      }
    }
  }

  [[nodiscard]] std::size_t messages() const { return messages_; }
  [[nodiscard]] std::size_t messages_of_flapping() const { return messages_of_flapping_; }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  [[nodiscard]] AlertNotice notice(std::size_t i) const {
    constexpr const char* kTenants[] = {"contoso", "fabrikam", "wingtip"};
    const auto number = std::to_string(i);
    const auto name = i % 4 == 0 ? "TenantDown" : "Full";
    return {
        .labels = Labels{{"alertname", name}, {"environment", "uat"}, {"number", number}, {"tenant", kTenants[i % 3]}},
        .starts_at = began_[i],
        .ends_at = now_ + 4min};
  }

  /// One of two trees of routes: a receiver may be reached by another way, or not at all.
  Routing routing() {
    const auto node = [](std::string receiver, const std::string& text) {
      RouteConfig config = route();
      config.receiver = std::move(receiver);
      if (!text.empty()) config.matchers = matchers(text);
      return config;
    };
    Routing routing{.route = node("team", "")};
    for (const auto& receiver : kReceivers) routing.receivers.push_back({receiver, {webhook()}});
    auto first = node("log", "tenant=~\"contoso|fabrikam\"");
    first.continues = true;
    first.group_by = {"..."};
    auto second = node("pager", variant_ ? "tenant=contoso" : "alertname=TenantDown");
    second.mute_time_intervals = {"odd hours"};
    second.group_interval = 2min;
    routing.route.routes = variant_ ? std::vector{second, first} : std::vector{first, second};
    routing.inhibit_rules = {{"", matchers("alertname=TenantDown"), matchers("alertname=Full"), {"tenant"}}};
    TimeInterval odd;
    for (int hour = 1; hour < 24; hour += 2) odd.times.push_back({hour * 60, hour * 60 + 60});
    routing.time_intervals = {{"odd hours", {odd}}};
    return routing;
  }

  void start(DispatcherState state) {
    dispatcher_.emplace(routing(),
                        DispatcherOptions{.restart_grace = 5min, .silences = &silences_, .maintenance = &maintenance_});
    dispatcher_->restore(std::move(state), now_);
    flapping_ = Flapping(kFlaps, 5min);
    std::vector<FlappingState> saved;
    for (const auto& [id, flapping] : saved_flapping_) saved.push_back(flapping);
    flapping_.restore(std::move(saved), now_);
  }

  void step() {
    const auto alert = pick(kAlerts);
    switch (pick(14)) {
      case 0:
        return start(dispatcher_->state());
      case 1:
        variant_ = !variant_;
        return dispatcher_->set_routing(routing(), 5min, "", now_);
      case 2:
      case 3: {
        const auto text = pick(2) == 0 ? fmt::format("number=\"{}\"", alert) : std::string("tenant=~\"con.*\"");
        Silence silence{.matchers = matchers(text), .starts_at = now_, .ends_at = now_ + 1h};
        ASSERT_TRUE(silences_.set(std::move(silence), std::to_string(++silence_ids_), now_));
        return;
      }
      case 4:
        (void)silences_.expire(std::to_string(1 + pick(silence_ids_ + 1)), now_);
        return;
      case 5: {
        const EnvironmentWork work{pick(2) == 0 ? "contoso" : "wingtip", "uat", std::string(kAdministrationMode)};
        if (work_.erase(work) == 0) work_.insert(work);
        return;
      }
      case 6:
        restless_ = restless_ ? std::nullopt : std::optional(alert);
        return;
      default:
        change(alert);
    }
  }

  void change(std::size_t alert) {
    if (!std::exchange(firing_[alert], !firing_[alert])) {
      began_[alert] = now_;
      return;
    }
    receive({resolved(notice(alert), now_)});
  }

  void receive(const std::vector<AlertNotice>& notices) {
    dispatcher_->receive(flapping_.receive(notices, now_), now_);
  }

  void advance() {
    (void)maintenance_.see({.work = work_, .inventories = {"contoso", "wingtip"}, .known_operations = {}}, now_);
    dispatcher_->receive(flapping_.advance(now_), now_);
    auto changes = flapping_.take_changes();
    for (const auto& id : changes.removed) saved_flapping_.erase(id);
    for (auto& state : changes.states) saved_flapping_.insert_or_assign(state.latest.fingerprint, state);
    record(dispatcher_->advance(now_));
  }

  [[nodiscard]] std::optional<Timestamp> next_wake() const {
    auto next = dispatcher_->next_wake();
    if (const auto flapping = flapping_.next_wake()) next = std::min(next.value_or(*flapping), *flapping);
    return next;
  }

  /// Rules refresh each minute what fires.
  void let_time_pass(Milliseconds length) {
    const auto end = now_ + length;
    while (now_ < end) {
      std::vector<AlertNotice> notices;
      for (std::size_t i = 0; i < kAlerts; ++i)
        if (firing_[i]) notices.push_back(notice(i));
      receive(notices);
      if (restless_) change(*restless_);
      const auto next_notices = std::min(end, now_ + 1min);
      for (int wakes = 0;; ++wakes) {
        ASSERT_LT(wakes, 1000) << "it does not come to rest";
        advance();
        const auto next = next_wake();
        if (!next || *next >= next_notices) break;
        ASSERT_GT(*next, now_) << "a wake-up that decides nothing";
        now_ = *next;
      }
      now_ = next_notices;
    }
  }

  void record(const DispatcherChanges& changes) {
    for (const auto& message : changes.messages) {
      ++messages_;
      dispatcher_->delivered(message.to, message.group_key, now_);
      const auto document = parsed(message.body);
      for (const auto& alert : document.at("alerts").as_array()) {
        const auto number = std::stoul(std::string(std::string_view(alert.at("labels").at("number").as_string())));
        const std::pair key(message.to.receiver, number);
        told_[key] = std::string_view(alert.at("status").as_string());
        told_flapping_.erase(key);
        if (!alert.at("annotations").as_object().contains(kFlapping)) continue;
        EXPECT_EQ(told_[key], "firing");
        told_flapping_.insert(key);
        ++messages_of_flapping_;
      }
    }
  }

  std::mt19937_64 random_;
  Timestamp now_ = kStart;
  bool variant_ = false;
  Silences silences_;
  Maintenance maintenance_{{.windows = {{.name = "evenings",
                                         .matchers = matchers("number=~\"3|4\""),
                                         .intervals = {TimeInterval{.times = {{1080, 1200}}}}}}},
                           {}};
  std::set<EnvironmentWork> work_;
  Flapping flapping_{kFlaps, 5min};
  std::map<std::string, FlappingState> saved_flapping_;
  std::optional<std::size_t> restless_;  ///< changes each minute
  std::uint64_t silence_ids_ = 0;
  std::optional<Dispatcher> dispatcher_;
  bool firing_[kAlerts] = {};
  Timestamp began_[kAlerts] = {};
  std::map<std::pair<std::string, std::size_t>, std::string> told_;
  std::set<std::pair<std::string, std::size_t>> told_flapping_;
  std::size_t messages_ = 0;
  std::size_t messages_of_flapping_ = 0;
};

TEST(Owed, InTheEndEveryoneKnowsHowThingsAre) {
  const auto* more = std::getenv("A2OD_SEEDS");
  const std::uint64_t seeds = more == nullptr ? 40 : std::stoull(more);
  std::size_t messages = 0;
  std::size_t of_flapping = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    World world(seed);
    world.run(150);
    world.come_to_rest();
    world.check();
    messages += world.messages();
    of_flapping += world.messages_of_flapping();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(messages, 2'000U);
  EXPECT_GT(of_flapping, 100U);
}

}  // namespace
}  // namespace a2od
