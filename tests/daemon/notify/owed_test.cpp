// Whatever happens in whatever order (alerts that may flap, silences, acknowledgements, maintenance, muted hours,
// restarts, reloads), in the end everyone has been told how things are: of what fires, and of the end of everything
// that they were told of. On the way nothing is repeated that somebody takes care of, and nothing is escalated before
// its time.
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
const std::vector<std::string> kReceivers{"team", "log", "pager", "lead"};
constexpr FlappingConfig kFlaps{.changes = 4, .within = 20min, .quiet = 10min};
constexpr Milliseconds kEscalated = 40min;  ///< from the team and the log to the lead

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

  /// Until nothing silences or mutes any more, nobody takes care, and every timer has passed.
  void come_to_rest() {
    for (std::size_t i = 0; i < kAlerts; ++i) withdraw(i);
    for (const auto& silence : silences_.all()) (void)silences_.expire(silence.id, now_);
    work_.clear();
    restless_.reset();
    for (int i = 0; i < 3 * 24; ++i) let_time_pass(20min);
  }

  void check() const {
    for (const auto& [key, told] : told_) {
      const auto& [receiver, alert] = key;
      const bool fires = alert < kAlerts && firing_[alert];
      if (told.firing) EXPECT_TRUE(fires) << receiver << " was never told of the end of " << alert;
    }
    const auto view = dispatcher_->view(now_);
    for (std::size_t i = 0; i < kAlerts; ++i) {
      if (!firing_[i]) continue;
      const auto* shown = view.find(fingerprint(notice(i).labels));
      ASSERT_NE(shown, nullptr) << i << " fires and is not known";
      if (shown->suppression.any()) continue;
      bool escalates = false;
      for (const auto& receiver : shown->receivers) {
        EXPECT_TRUE(knows(std::string(receiver), i)) << receiver << " does not know that " << i << " fires";
        EXPECT_FALSE(told_.at({std::string(receiver), i}).flapping)
            << receiver << " takes " << i << " for one that still flaps";
        escalates = escalates || receiver == "team" || receiver == "log";
      }
      if (escalates) EXPECT_TRUE(knows("lead", i)) << "the lead does not know that " << i << " fires";
    }
  }

  [[nodiscard]] std::size_t messages() const { return messages_; }
  [[nodiscard]] std::size_t messages_of_flapping() const { return messages_of_flapping_; }

 private:
  /// What a message said of an alert.
  struct Told {
    bool firing = false;
    bool flapping = false;
    bool operator==(const Told&) const = default;
  };

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  [[nodiscard]] bool knows(const std::string& receiver, std::size_t alert) const {
    const auto told = told_.find({receiver, alert});
    return told != told_.end() && told->second.firing;
  }

  [[nodiscard]] bool unattended(std::size_t alert) const {
    return held_since_[alert] && attended_until_[alert] <= now_;
  }

  void acknowledge(std::size_t alert) {
    const auto until = now_ + Milliseconds(1000 * (1 + pick(3 * 3600)));
    const AlertSelection selection{.fingerprint = fingerprint(notice(alert).labels)};
    const auto taken = dispatcher_->acknowledge(selection, {"ada", "on it", now_, until}, now_);
    EXPECT_EQ(taken.size(), held_since_[alert] ? 1U : 0U);
    if (held_since_[alert]) attended_until_[alert] = until;
  }

  void withdraw(std::size_t alert) {
    const bool withdrawn = dispatcher_->withdraw_acknowledgement(fingerprint(notice(alert).labels), now_);
    if (held_since_[alert]) EXPECT_EQ(withdrawn, !unattended(alert));
    attended_until_[alert] = {};
  }

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
    routing.route.escalate = {{kEscalated, "lead"}};
    auto first = node("log", "tenant=~\"contoso|fabrikam\"");
    first.continues = true;
    first.group_by = {"..."};
    first.escalate = routing.route.escalate;
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
    dispatcher_->await_rules({Labels{{"alertname", "TenantDown"}}, Labels{{"alertname", "Full"}}}, now_ + 2min, now_);
    flapping_ = Flapping(kFlaps, 5min);
    std::vector<FlappingState> saved;
    for (const auto& [id, flapping] : saved_flapping_) saved.push_back(flapping);
    flapping_.restore(std::move(saved), now_);
  }

  void step() {
    const auto alert = pick(kAlerts);
    if (pick(2) == 0) dispatcher_->await_rules({}, now_, now_);
    switch (pick(17)) {
      case 0:
        return start(dispatcher_->state());
      case 1:
        variant_ = !variant_;
        told_since_reload_.clear();
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
      case 5:
      case 6:
        return acknowledge(alert);
      case 7:
        return withdraw(alert);
      case 8: {
        const EnvironmentWork work{pick(2) == 0 ? "contoso" : "wingtip", "uat", std::string(kAdministrationMode)};
        if (work_.erase(work) == 0) work_.insert(work);
        return;
      }
      case 9:
        restless_ = restless_ ? std::nullopt : std::optional(alert);
        return;
      default:
        change(alert);
    }
  }

  void change(std::size_t alert) {
    const bool ends = std::exchange(firing_[alert], !firing_[alert]);
    if (!ends) began_[alert] = now_;
    receive({ends ? resolved(notice(alert), now_) : notice(alert)});
  }

  void receive(const std::vector<AlertNotice>& notices) {
    dispatcher_->receive(flapping_.receive(notices, now_), now_);
    note_what_is_held();
  }

  /// What fires, or flaps, is held to fire; who takes care of it does so until it is not any more.
  void note_what_is_held() {
    auto changes = flapping_.take_changes();
    for (const auto& id : changes.removed) saved_flapping_.erase(id);
    for (auto& state : changes.states) saved_flapping_.insert_or_assign(state.latest.fingerprint, state);
    for (std::size_t i = 0; i < kAlerts; ++i) {
      const auto saved = saved_flapping_.find(fingerprint(notice(i).labels));
      const auto flaps_since = saved == saved_flapping_.end() ? std::nullopt : saved->second.since;
      if (firing_[i] || flaps_since) {
        held_since_[i] = std::min(held_since_[i].value_or(now_), flaps_since.value_or(now_));
      } else {
        held_since_[i].reset();
        attended_until_[i] = {};
      }
    }
  }

  void advance() {
    (void)maintenance_.see({.work = work_, .inventories = {"contoso", "wingtip"}, .known_operations = {}}, now_);
    dispatcher_->receive(flapping_.advance(now_), now_);
    note_what_is_held();
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

  /// What is told again, or to the lead for the first time, is so for the sake of what nobody takes care of.
  void check_reason(const Message& message, const std::map<std::size_t, Told>& told) const {
    bool news = false;
    bool escalated = false;
    bool unattended_firing = false;
    bool overdue = false;
    for (const auto& [alert, status] : told) {
      const std::pair key(message.to.receiver, alert);
      // What a reload has put into another group may be told there once more.
      news = news || !status.firing || !told_since_reload_.contains(key) || told_.at(key) != status;
      escalated = escalated || (status.firing && message.to.receiver == "lead" && !knows("lead", alert));
      unattended_firing = unattended_firing || unattended(alert);
      overdue = overdue || (unattended(alert) && *held_since_[alert] + kEscalated <= now_);
    }
    EXPECT_TRUE(news || unattended_firing) << "a repeat of what somebody takes care of: " << message.body;
    EXPECT_TRUE(!escalated || overdue) << "escalated too soon: " << message.body;
  }

  void record(const DispatcherChanges& changes) {
    for (const auto& message : changes.messages) {
      ++messages_;
      dispatcher_->delivered(message.to, message.group_key, now_);
      const auto document = parsed(message.body);
      std::map<std::size_t, Told> told;
      for (const auto& alert : document.at("alerts").as_array()) {
        const auto number = std::stoul(std::string(std::string_view(alert.at("labels").at("number").as_string())));
        auto& status = told[number];
        status.firing = std::string_view(alert.at("status").as_string()) == "firing";
        status.flapping = alert.at("annotations").as_object().contains(kFlapping);
        EXPECT_TRUE(status.firing || !status.flapping);
      }
      check_reason(message, told);
      for (const auto& [number, status] : told) {
        const std::pair key(message.to.receiver, number);
        told_[key] = status;
        status.firing ? (void)told_since_reload_.insert(key) : (void)told_since_reload_.erase(key);
        if (status.flapping) ++messages_of_flapping_;
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
  std::optional<Timestamp> held_since_[kAlerts] = {};
  Timestamp attended_until_[kAlerts] = {};
  std::set<std::pair<std::string, std::size_t>> told_since_reload_;  ///< that it fires
  std::map<std::pair<std::string, std::size_t>, Told> told_;
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
