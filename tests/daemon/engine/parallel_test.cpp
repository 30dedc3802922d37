#include "daemon/engine/parallel.hpp"

#include "daemon/engine/engine.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace a2od {
namespace {

using namespace std::chrono_literals;

TEST(ThreadsParallel, EachTaskRunsOnceAndAllAreDoneAtTheEnd) {
  boost::asio::thread_pool pool(3);
  for (std::size_t count : {0U, 1U, 2U, 100U}) {
    std::vector<std::atomic<int>> runs(count);
    run_in_parallel(pool.get_executor(), 2, count, [&](std::size_t i) { ++runs[i]; });
    for (const auto& each : runs) EXPECT_EQ(each, 1);
  }
  pool.join();
}

TEST(ThreadsParallel, APoolThatIsBusyHoldsNothingUp) {
  boost::asio::thread_pool pool(1);
  std::atomic<bool> go_on{false};
  boost::asio::post(pool, [&] {
    while (!go_on) std::this_thread::yield();
  });
  int runs = 0;
  run_in_parallel(pool.get_executor(), 1, 5, [&](std::size_t) { ++runs; });
  EXPECT_EQ(runs, 5);
  go_on = true;
  pool.join();
}

TEST(ThreadsParallel, AFailureIsThrownWhenAllHaveEnded) {
  boost::asio::thread_pool pool(2);
  std::atomic<int> runs{0};
  EXPECT_THROW(run_in_parallel(pool.get_executor(), 1, 20,
                               [&](std::size_t i) {
                                 ++runs;
                                 if (i == 7) throw std::runtime_error("seven");
                               }),
               std::runtime_error);
  EXPECT_EQ(runs, 20);
  pool.join();
}

/// Groups that record, alert and ask templates and sources beside each other, on one store.
TEST(ThreadsParallel, GroupsAreEvaluatedBesideEachOther) {
  boost::asio::thread_pool pool(3);
  constexpr std::string_view kGroup = R"yaml(
  - name: g#
    rules:
      - {record: 'sum#', expr: 'sum(d365_used) + #'}
      - alert: Used#
        expr: sum# > 0 and on () d365_used{environment="1"}
        annotations: {summary: '{{ query "sum(d365_used)" | first | value }}'}
)yaml";
  std::string yaml = "groups:\n";
  for (char group = '0'; group < '8'; ++group) {
    std::string text(kGroup);
    std::ranges::replace(text, '#', group);
    yaml += text;
  }
  constexpr Metric kUsed{"d365_used", MetricType::gauge, "", "Used."};
  EngineOptions options{
      .evaluate_on_change = false,
      .collector_of = [](std::string_view metric) { return metric == "d365_used" ? "capacity" : ""; },
      .in_parallel = [&](std::size_t count, const auto& task) { run_in_parallel(pool.get_executor(), 2, count, task); },
      .stopwatch = [] { return 0ns; }};
  Engine engine(std::move(options), *parse_rule_file("rules.yml", yaml), {});
  engine.keep_log();
  Timestamp now{Milliseconds(1'700'000'000'000)};
  engine.set_running({{"capacity", "contoso"}}, now);
  std::size_t firing = 0;
  for (int minute = 0; minute < 30; ++minute, now += 1min) {
    PartReport report{.key = {"capacity", "contoso", "", "all"}, .delivered = true, .interval = 1h};
    for (int environment = 0; environment < 50; ++environment)
      report.samples.push_back(
          {&kUsed, Labels{{"tenant", "contoso"}, {"environment", std::to_string(environment)}}, minute + 1.0});
    engine.publish(std::move(report), now);
    const auto step = engine.step(now);
    (void)engine.take_samples();
    firing = step.notices.size();
  }
  const auto snapshot = engine.snapshot();
  auto expression = promql::Expression::parse("sum by (alertname) (ALERTS)");
  const auto value = expression->evaluate(snapshot, now, {});
  EXPECT_EQ(std::get<promql::Vector>(*value).size(), 8U);
  EXPECT_LE(firing, 8U);
  pool.join();
}

}  // namespace
}  // namespace a2od
