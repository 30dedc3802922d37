// How long expressions take over an estate: BM_Evaluate/<environments>/<expression>, plans warm, one sample a minute.
#include "rules/promql/expression.hpp"
#include "rules/series/store.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>

namespace {

using namespace a2od;

constexpr std::array<std::string_view, 6> kExpressions{
    "jobs > 100",
    "sum by (environment) (jobs) > 100",
    "rate(jobs[10m]) > 1",
    "jobs / on (environment) group_left limit > 0.9",
    "jobs and on (environment) info",
    "predict_linear(jobs[30d], 86400) > 1000",
};

Timestamp minute(int minutes) { return Timestamp(std::chrono::minutes(minutes)); }

void fill(Store& store, int environments, int minutes) {
  for (int e = 0; e < environments; ++e) {
    const std::string name = "env-" + std::to_string(e);
    for (const char* queue : {"a", "b"}) {
      const Labels labels{{"__name__", "jobs"}, {"tenant", "contoso"}, {"environment", name}, {"queue", queue}};
      const SeriesRef ref = store.append(labels, minute(0), 0);
      for (int m = 1; m < minutes; ++m) store.append(ref, minute(m), m / 60 % 7);
    }
    for (const char* metric : {"limit", "info"}) {
      const Labels labels{{"__name__", metric}, {"tenant", "contoso"}, {"environment", name}};
      const SeriesRef ref = store.append(labels, minute(0), 5);
      for (int m = 1; m < minutes; ++m) store.append(ref, minute(m), 5);
    }
  }
}

void BM_Evaluate(benchmark::State& state) {
  Store store;
  fill(store, static_cast<int>(state.range(0)), 120);
  auto expression = *promql::Expression::parse(kExpressions.at(static_cast<std::size_t>(state.range(1))));
  const Snapshot snapshot = store.snapshot();
  for (auto _ : state) benchmark::DoNotOptimize(expression.evaluate(snapshot, minute(119), {}));
  state.SetLabel(std::string(kExpressions.at(static_cast<std::size_t>(state.range(1)))));
}
BENCHMARK(BM_Evaluate)->ArgsProduct({{1000, 10'000}, {0, 1, 2, 3, 4, 5}})->Unit(benchmark::kMillisecond);

void BM_Append(benchmark::State& state) {
  Store store;
  std::vector<SeriesRef> refs;
  for (int i = 0; i < state.range(0); ++i) {
    const std::string name = "env-" + std::to_string(i);
    refs.push_back(store.append(Labels{{"__name__", "jobs"}, {"environment", name}}, minute(0), 1));
  }
  int now = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(store.snapshot());
    ++now;
    for (const SeriesRef ref : refs) store.append(ref, minute(now), 1);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Append)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
