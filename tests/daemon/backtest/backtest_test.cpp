#include "daemon/backtest/backtest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRules = R"(
groups:
  - name: environments
    rules:
      - record: down
        expr: up == bool 0
      - alert: Down
        expr: down == 1
        for: 5m
      - alert: Never
        expr: up > 1
      - alert: Broken
        expr: up + on () up
)";

struct Backtest : testing::Test {
  Timestamp start{std::chrono::hours(500'000)};
  Store store;
  std::vector<GroupDefinition> groups = *parse_rule_file("rules.yml", kRules);
  BacktestOptions options{.from = start, .to = start + 2h};

  Backtest() {
    for (const auto* environment : {"a", "b"}) append(environment, -1h, 1);
  }
  /// From then on.
  void append(std::string_view environment, Milliseconds since, double value) {
    for (auto at = start + since; at <= start + 3h; at += 1min)
      if (at <= start + 3h) samples[{std::string(environment), at}] = value;
  }
  BacktestReport run() {
    for (const auto& [key, value] : samples)
      store.append({{"__name__", "up"}, {"environment", key.first}}, key.second, value);
    return backtest(groups, store, options);
  }
  std::map<std::pair<std::string, Timestamp>, double> samples;
};

TEST_F(Backtest, SaysWhenEachAlertWouldHaveFiredAndForHowLong) {
  append("a", 10min, 0);
  append("a", 40min, 1);
  append("a", 50min, 0);
  append("a", 52min, 1);  // too short to fire
  append("b", 100min, 0);
  const auto report = run();
  ASSERT_EQ(report.rules.size(), 3U);
  const auto& down = report.rules[0];
  ASSERT_EQ(down.episodes.size(), 2U);
  EXPECT_EQ(down.episodes[0].labels.get("environment"), "a");
  EXPECT_EQ(down.episodes[0].pending_since, start + 10min);
  EXPECT_EQ(down.episodes[0].fired, start + 15min);
  EXPECT_EQ(down.episodes[0].resolved, start + 40min);
  EXPECT_EQ(down.episodes[1].labels.get("environment"), "b");
  EXPECT_EQ(down.episodes[1].fired, start + 105min);
  EXPECT_FALSE(down.episodes[1].resolved) << "it fires still";
  EXPECT_TRUE(report.rules[1].episodes.empty());
  EXPECT_EQ(report.rules[2].failures, 121U);
  EXPECT_THAT(report.rules[2].last_error, testing::HasSubstr("many-to-many"));
  EXPECT_TRUE(report.messages.empty());
}

TEST_F(Backtest, CountsTheNotificationsThatTheRouteWouldHaveSent) {
  append("a", 10min, 0);
  append("a", 40min, 1);
  options.routing.route = {.receiver = "on-call",
                           .group_by = {"alertname"},
                           .group_wait = 30s,
                           .group_interval = 5min,
                           .repeat_interval = 10min};
  options.routing.receivers = {
      {.name = "on-call", .integrations = {WebhookConfig{.url = Secret("http://127.0.0.1/")}}}};
  const auto report = run();
  ASSERT_TRUE(report.messages.contains("on-call"));
  EXPECT_EQ(report.messages.at("on-call"), 4U) << "fired, repeated twice, resolved";
}

TEST_F(Backtest, ReadsWhatTheRulesReadButNotWhatTheyMake) {
  const auto reads = backtest_reads(groups, options);
  const auto asks = [&](const Labels& labels) {
    return std::ranges::any_of(reads, [&](const auto& window) { return matches_all(window.matchers, labels); });
  };
  EXPECT_TRUE(asks({{"__name__", "up"}}));
  EXPECT_FALSE(asks({{"__name__", "down"}}));
  EXPECT_EQ(reads[0].after, options.from - 5min);
  EXPECT_EQ(reads[0].until, options.to);
}

}  // namespace
}  // namespace a2od
