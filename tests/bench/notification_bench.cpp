// Deciding on 10,000 firing alerts in 1,000 groups with 100 inhibition rules and 1,000 silences.
#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/web/api_v2/alerts.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace a2od {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);
constexpr int kAlerts = 10'000;

std::vector<Matcher> matchers(const std::string& text) { return parse_matchers(text, MatcherSyntax::fallback).value(); }

Routing routing() {
  Routing routing;
  routing.route = {.receiver = "team", .group_by = {"environment"}, .group_wait = 1s, .group_interval = 1min};
  for (int i = 0; i < 20; ++i) {
    auto below = routing.route;
    below.routes.clear();
    below.matchers = matchers(fmt::format("severity=~\"page|ticket\",team=\"{}\"", i));
    routing.route.routes.push_back(std::move(below));
  }
  routing.receivers = {{"team", {WebhookConfig{.url = Secret("http://127.0.0.1:1/")}}}};
  for (int i = 0; i < 100; ++i)
    routing.inhibit_rules.push_back({"",
                                     matchers(fmt::format("alertname=Down{}", i)),
                                     matchers(fmt::format("alertname=~\"Slow{}|Failing{}\"", i, i)),
                                     {"environment"}});
  return routing;
}

std::vector<AlertNotice> notices(Timestamp now) {
  std::vector<AlertNotice> all;
  for (int i = 0; i < kAlerts; ++i) {
    constexpr const char* kNames[] = {"Down", "Slow", "Failing"};
    const auto name = fmt::format("{}{}", kNames[i % 3], i % 100);
    const auto environment = fmt::format("environment {}", i % 1000);
    const auto team = std::to_string(i % 40);
    const auto instance = std::to_string(i);
    all.push_back({.labels = Labels{{"alertname", name},
                                    {"environment", environment},
                                    {"instance", instance},
                                    {"severity", "page"},
                                    {"team", team}},
                   .annotations = {{"summary", "It is so"}},
                   .starts_at = now,
                   .ends_at = now + 24h,
                   .generator_url = "http://a2od/graph"});
  }
  return all;
}

std::unique_ptr<Silences> silences() {
  auto all = std::make_unique<Silences>();
  for (int i = 0; i < 1000; ++i) {
    const auto text =
        i % 2 == 0 ? fmt::format("instance=\"{}\"", i * 7) : fmt::format("environment=~\"environment 9{}.\"", i);
    Silence silence{.matchers = matchers(text), .starts_at = kStart, .ends_at = kStart + 24h};
    (void)all->set(std::move(silence), std::to_string(i), kStart);
  }
  return all;
}

/// Each group is looked at; nothing is new.
void BM_FullPass(benchmark::State& state) {
  const auto silenced = silences();
  Dispatcher dispatcher(routing(), {.silences = silenced.get()});
  dispatcher.receive(notices(kStart), kStart);
  auto now = kStart + 1s;
  (void)dispatcher.advance(now);
  for (auto _ : state) {
    now += 1min;
    benchmark::DoNotOptimize(dispatcher.advance(now));
  }
  state.SetItemsProcessed(state.iterations() * kAlerts);
}
BENCHMARK(BM_FullPass)->Unit(benchmark::kMillisecond);

/// Alerts as rules refresh them.
void BM_Refresh(benchmark::State& state) {
  const auto silenced = silences();
  Dispatcher dispatcher(routing(), {.silences = silenced.get()});
  const auto all = notices(kStart);
  dispatcher.receive(all, kStart);
  (void)dispatcher.advance(kStart + 1s);
  for (auto _ : state) dispatcher.receive(all, kStart + 2s);
  state.SetItemsProcessed(state.iterations() * kAlerts);
}
BENCHMARK(BM_Refresh)->Unit(benchmark::kMillisecond);

/// GET /api/v2/alerts.
void BM_ShowAlerts(benchmark::State& state) {
  Dispatcher dispatcher(routing(), {});
  dispatcher.receive(notices(kStart), kStart);
  for (auto _ : state) benchmark::DoNotOptimize(answer_v2_alerts(dispatcher.view(kStart + 1s), {}, kStart + 1s));
  state.SetItemsProcessed(state.iterations() * kAlerts);
}
BENCHMARK(BM_ShowAlerts)->Unit(benchmark::kMillisecond);

void BM_View(benchmark::State& state) {
  Dispatcher dispatcher(routing(), {});
  dispatcher.receive(notices(kStart), kStart);
  for (auto _ : state) benchmark::DoNotOptimize(dispatcher.view(kStart + 1s));
}
BENCHMARK(BM_View)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace a2od
