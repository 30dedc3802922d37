// What notification costs: 10,000 firing alerts in 1,000 groups with 100 inhibition rules and 1,000 silences; messages
// that wait; commits.
#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/outbox.hpp"
#include "daemon/notify/webhook_body.hpp"
#include "daemon/state/notifications.hpp"
#include "daemon/web/api_v2/alerts.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
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

/// POST /api/v2/alerts, until they are routed.
void BM_PostAlerts(benchmark::State& state) {
  std::string body = "[";
  for (int i = 0; i < kAlerts; ++i)
    body +=
        fmt::format(R"({}{{"labels": {{"alertname": "Full", "environment": "Environment {}", "instance": "host-{}:9100",
      "severity": "ticket", "tenant": "contoso"}}, "annotations": {{"summary": "It has used 93% of its storage"}},
      "startsAt": "2026-11-22T00:00:00Z", "endsAt": "2026-11-22T01:00:00.000Z", "generatorURL": "http://prometheus/graph"}})",
                    i == 0 ? "" : ",", i % 1000, i);
  body += ']';
  for (auto _ : state) {
    Dispatcher dispatcher(routing(), {});
    dispatcher.receive(read_posted_alerts(body, 5min, kStart).alerts, kStart);
    benchmark::DoNotOptimize(dispatcher.advance(kStart));
  }
  state.SetItemsProcessed(state.iterations() * kAlerts);
}
BENCHMARK(BM_PostAlerts)->Unit(benchmark::kMillisecond);

void BM_View(benchmark::State& state) {
  Dispatcher dispatcher(routing(), {});
  dispatcher.receive(notices(kStart), kStart);
  for (auto _ : state) benchmark::DoNotOptimize(dispatcher.view(kStart + 1s));
}
BENCHMARK(BM_View)->Unit(benchmark::kMillisecond);

/// `count` messages of two alerts each, to as many integrations as take them; what the process holds for each of them.
void BM_Waiting(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const OutboxOptions options;
  std::vector<ReceiverConfig> teams;
  for (std::size_t i = 0; i * options.max_messages < count; ++i)
    teams.push_back({fmt::format("team {}", i), {WebhookConfig{.url = Secret("http://127.0.0.1:1/")}}});
  const auto all = notices(kStart);
  std::vector<RoutedAlert> alerts(2);
  for (auto _ : state) {
    Outbox outbox(options);
    outbox.set_receivers(teams);
    const auto before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < alerts.size(); ++j) {
        const auto& notice = all[(2 * i + j) % all.size()];
        alerts[j] = {
            .fingerprint = fingerprint(notice.labels), .labels = notice.labels, .annotations = notice.annotations};
      }
      const auto& team = teams[i / options.max_messages].name;
      const Labels labels{{"environment", fmt::format("environment {}", i)}};
      const auto key = group_key("{}/{severity=\"page\"}", labels);
      const Notification notification{team, key, labels, "http://a2od", {{&alerts[0], {}}, {&alerts[1], {}}}, 0};
      outbox.add({{.id = i + 1,
                   .to = {team, 0},
                   .group_key = key,
                   .body = render_body(notification),
                   .created = kStart,
                   .decided = kStart,
                   .next_try = kStart}},
                 kStart);
    }
    const auto held = static_cast<double>(mallinfo2().uordblks - before);
    if (outbox.messages().size() != count) state.SkipWithError("some were dropped");
    state.counters["MB"] = held / 1e6;
    state.counters["bytes_each"] = held / static_cast<double>(count);
  }
}
BENCHMARK(BM_Waiting)->Arg(50'000)->Unit(benchmark::kMillisecond)->Iterations(1);

/// What follows from one delivery and one new message, written down on this folder's disk.
void BM_Commit(benchmark::State& state) {
  const std::filesystem::path folder = "notification_bench.state";
  std::filesystem::remove_all(folder);
  std::vector<double> milliseconds;
  {
    auto database = Database::open(folder);
    if (!database) return state.SkipWithError(database.error().message.c_str());
    Dispatcher dispatcher(routing(), {});
    const auto all = notices(kStart);
    std::uint64_t id = 0;
    for (auto _ : state) {
      dispatcher.receive(std::span(all).subspan(id % all.size(), 1), kStart + Milliseconds(id));
      auto decisions = dispatcher.advance(kStart + 10s + Milliseconds(id));
      for (auto& message : decisions.messages) message.id = ++id;
      id += decisions.messages.empty() ? 1 : 0;
      const auto begun = std::chrono::steady_clock::now();
      commit(*database, decisions, OutboxChanges{.removed = {id > 0 ? id - 1 : 0}});
      milliseconds.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    }
  }
  std::filesystem::remove_all(folder);
  std::ranges::sort(milliseconds);
  state.counters["p50_ms"] = milliseconds[milliseconds.size() / 2];
  state.counters["p99_ms"] = milliseconds[milliseconds.size() * 99 / 100];
}
BENCHMARK(BM_Commit)->Unit(benchmark::kMillisecond)->Iterations(2000);

}  // namespace
}  // namespace a2od
