// What the engine keeps in memory, what it gets back after a restart, and what a reload brings from the disk.
#include "daemon/engine/engine.hpp"
#include "daemon/history/history.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;

constexpr Metric kUsed{"d365_used_bytes", MetricType::gauge, "bytes", "Used."};
constexpr Metric kOther{"d365_other", MetricType::gauge, "", "Other."};

constexpr std::string_view kRules = R"(
groups: [{name: capacity, rules: [{alert: Grows, expr: "delta(d365_used_bytes[1h]) > 100"}]}]
)";
constexpr std::string_view kLongerRules = R"(
groups: [{name: capacity, rules: [{alert: Grows, expr: "delta(d365_used_bytes[4h]) > 100"}]}]
)";
constexpr std::string_view kAskingRules = R"yaml(
groups:
  - name: capacity
    rules:
      - alert: Grows
        expr: d365_used_bytes > 1e9
        annotations: {summary: '{{ range printf "delta(d365_other{tenant=%q}[3h])" $labels.tenant | query }}{{ .Value }}{{ end }}'}
)yaml";

struct EngineHistory : testing::Test {
  test::TemporaryFolder folder;
  HistoryWriter writer{{.folder = folder.path()}};
  Timestamp now{Milliseconds(1'790'000'000'000)};
  double used = 0;

  static EngineOptions options() {
    return {.collector_of = [](std::string_view) { return "capacity"; }, .stopwatch = [] { return 0ns; }};
  }
  static std::vector<GroupDefinition> groups(std::string_view text) { return *parse_rule_file("rules.yml", text); }
  std::unique_ptr<Engine> start(std::string_view rules) {
    auto engine = std::make_unique<Engine>(options(), groups(rules), std::span<const SavedAlert>());
    engine->restore(now, [this](auto windows, Store& store) {
      EXPECT_TRUE(read_history(folder.path(), DayContent::samples, windows, store).empty());
    });
    engine->keep_log();
    return engine;
  }
  /// Values grow by one each minute.
  void run(Engine& engine, Milliseconds duration) {
    for (const auto end = now + duration; now < end; now += 1min) {
      const Labels labels{{"tenant", "contoso"}};
      engine.publish({.key = {"capacity", "contoso", "", "all"},
                      .delivered = true,
                      .samples = {{&kUsed, labels, used}, {&kOther, labels, used}}},
                     now);
      used += 1;
      (void)engine.step(now);
      writer.write(engine.take_samples());
    }
  }
  static double value(Engine& engine, std::string_view text, Timestamp at) {
    const auto result = promql::Expression::parse(text)->evaluate(engine.snapshot(), at, {});
    const auto& vector = std::get<promql::Vector>(*result);
    return vector.empty() ? -1 : vector[0].value;
  }
};

TEST_F(EngineHistory, MemoryHasWhatRulesAskForAndNoMore) {
  auto engine = start(kRules);
  run(*engine, 6h);
  EXPECT_EQ(value(*engine, "count_over_time(d365_used_bytes[1h])", now), 59);
  EXPECT_LT(value(*engine, "count_over_time(d365_used_bytes[1d])", now), 80);
  EXPECT_GT(value(*engine, "count_over_time(d365_other[1d])", now), 5);
  EXPECT_LT(value(*engine, "count_over_time(d365_other[1d])", now), 25);
}

TEST_F(EngineHistory, ARestartGivesMemoryBackWhatRulesAskFor) {
  auto engine = start(kRules);
  run(*engine, 3h);
  const double before = value(*engine, "delta(d365_used_bytes[1h])", now);
  engine = start(kRules);
  EXPECT_EQ(value(*engine, "delta(d365_used_bytes[1h])", now), before);
  EXPECT_EQ(value(*engine, "count_over_time(d365_used_bytes[1h])", now), 59);
  EXPECT_LT(value(*engine, "count_over_time(d365_other[1d])", now), 12);
  run(*engine, 10min);
  EXPECT_EQ(value(*engine, "count_over_time(d365_used_bytes[1h])", now), 59) << "the series goes on";
}

TEST_F(EngineHistory, NewRulesSeeThePast) {
  auto engine = start(kRules);
  run(*engine, 6h);
  EXPECT_TRUE(engine->missing(options(), groups(kRules), now).empty());
  const auto missing = engine->missing(options(), groups(kLongerRules), now);
  ASSERT_EQ(missing.size(), 1U);
  Store older;
  EXPECT_TRUE(read_history(folder.path(), DayContent::samples, missing, older).empty());
  run(*engine, 2min);  // meanwhile
  engine->reload(options(), groups(kLongerRules), older.snapshot());
  EXPECT_EQ(value(*engine, "count_over_time(d365_used_bytes[4h])", now), 239);
  run(*engine, 5h);
  EXPECT_EQ(value(*engine, "count_over_time(d365_used_bytes[4h])", now), 239);
}

TEST_F(EngineHistory, WhatTemplatesQueryIsKeptToo) {
  auto engine = start(kAskingRules);
  run(*engine, 6h);
  EXPECT_EQ(value(*engine, "count_over_time(d365_other[3h])", now), 179);
  EXPECT_LT(value(*engine, "count_over_time(d365_used_bytes[1d])", now), 25);
}

}  // namespace
}  // namespace a2od
