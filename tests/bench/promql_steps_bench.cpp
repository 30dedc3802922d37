// What each step of an expression costs: BM_Lex, BM_Parse, BM_Plan (parsing included); BM_FirstEvaluation finds the
// rows of a new plan, BM_Family/<environments>/<family> has them already, and BM_RangeQuery takes 41 steps. An
// environment has 12 series of a gauge, 4 of a counter and a histogram of 8 buckets.
#include "rules/promql/compile.hpp"
#include "rules/promql/expression.hpp"
#include "rules/promql/lexer.hpp"
#include "rules/promql/parser.hpp"
#include "rules/series/store.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace a2od;

constexpr std::string_view kRule =
    "sum by (environment) (increase(errors_total{code=~\"5..\",environment!=\"test\"}[10m] offset 1m)) > 1e3 "
    "and on (environment) (up{job=\"a2od\"} == 1 or 100 * jobs{queue=\"a\"} / on (environment, queue) group_left "
    "(tier) "
    "limit >= bool 90)";

void BM_Lex(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(promql::lex(kRule));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kRule.size()));
}
BENCHMARK(BM_Lex);

void BM_Parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(promql::parse_expression(kRule));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kRule.size()));
}
BENCHMARK(BM_Parse);

void BM_Plan(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(promql::Expression::parse(kRule));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kRule.size()));
}
BENCHMARK(BM_Plan);

/// What is left of a plan when its tree is there.
void BM_Compile(benchmark::State& state) {
  const auto tree = promql::parse_expression(kRule);
  for (auto _ : state) benchmark::DoNotOptimize(promql::compile_vector(**tree));
}
BENCHMARK(BM_Compile);

constexpr std::array<std::pair<std::string_view, std::string_view>, 29> kFamilies{{
    {"selector", "jobs"},
    {"selector with matchers", "jobs{queue=~\"q[0-3]\", environment!=\"env-7\"}"},
    {"comparison", "jobs > 5"},
    {"arithmetic", "jobs * 2"},
    {"function", "abs(jobs)"},
    {"label function", "label_replace(jobs, \"short\", \"$1\", \"queue\", \"q(.*)\")"},
    {"join of labels", "label_join(jobs, \"both\", \"/\", \"environment\", \"queue\")"},
    {"range function of a gauge", "avg_over_time(jobs[10m])"},
    {"range function of a counter", "rate(errors_total[10m])"},
    {"forecast", "predict_linear(jobs[30m], 3600)"},
    {"aggregation", "sum by (environment) (jobs)"},
    {"quantile", "quantile by (environment) (0.95, jobs)"},
    {"ranks", "topk by (queue) (5, jobs)"},
    {"sort", "sort_desc(jobs)"},
    {"count of values", "count_values(\"value\", jobs)"},
    {"matching one to one", "jobs - on (environment, queue) jobs"},
    {"matching many to one", "jobs / on (environment) group_left (tier) limit"},
    {"comparison of vectors", "jobs > bool on (environment, queue) jobs"},
    {"set operator", "jobs and on (environment) limit"},
    {"complement", "jobs unless on (environment) limit"},
    {"union", "jobs{queue=\"q1\"} or jobs{queue=\"q2\"}"},
    {"absence", "absent(jobs{queue=\"none\"})"},
    {"scalar and vector", "vector(scalar(sum(jobs)) * 2)"},
    {"calendar", "hour(jobs)"},
    {"subquery", "max_over_time(sum by (environment) (jobs)[10m:1m])"},
    {"histogram", "histogram_quantile(0.9, rate(wait_bucket[10m]))"},
    {"some of each group", "limitk by (environment) (1, jobs)"},
    {"some of all", "limit_ratio(0.5, jobs)"},
    {"labels of target_info", "info(jobs)"},
}};

Timestamp minute(int minutes) { return Timestamp(std::chrono::minutes(minutes)); }
constexpr int kMinutes = 60;

void fill(Store& store, const Labels& labels, int number) {
  const auto ref = store.append(labels, minute(0), number % 11);
  // A tenth of the series moves, as in an estate.
  for (int m = 1; m < kMinutes; ++m) store.append(ref, minute(m), number % 11 + (number % 10 == 0 ? m : 0));
}

void fill(Store& store, std::int64_t environments) {
  int number = 0;
  fill(store, {{"__name__", "target_info"}, {"region", "europe"}}, ++number);
  for (std::int64_t e = 0; e < environments; ++e) {
    const auto environment = fmt::format("env-{}", e);
    for (int q = 0; q < 12; ++q)
      fill(store, {{"__name__", "jobs"}, {"environment", environment}, {"queue", fmt::format("q{}", q)}}, ++number);
    for (const char* code : {"400", "429", "500", "503"})
      fill(store, {{"__name__", "errors_total"}, {"environment", environment}, {"code", code}}, ++number);
    for (const char* bound : {"0.1", "0.5", "1", "2", "5", "10", "30", "+Inf"})
      fill(store, {{"__name__", "wait_bucket"}, {"environment", environment}, {"le", bound}}, ++number);
    fill(store, {{"__name__", "limit"}, {"environment", environment}, {"tier", "gold"}}, ++number);
  }
}

void BM_FirstEvaluation(benchmark::State& state) {
  Store store;
  fill(store, state.range(0));
  const Snapshot series = store.snapshot();
  const auto expression = *promql::Expression::parse("sum by (environment) (rate(errors_total[10m])) > 1");
  for (auto _ : state) {
    auto fresh = expression.clone();
    benchmark::DoNotOptimize(fresh.evaluate(series, minute(kMinutes - 1), {}));
  }
}
BENCHMARK(BM_FirstEvaluation)->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_Family(benchmark::State& state) {
  Store store;
  fill(store, state.range(0));
  const Snapshot series = store.snapshot();
  promql::enable_experimental_functions(true);
  const auto& [family, text] = kFamilies.at(static_cast<std::size_t>(state.range(1)));
  auto expression = *promql::Expression::parse(text);
  if (const auto value = expression.evaluate(series, minute(kMinutes - 1), {}); !value)
    return state.SkipWithError(value.error().message.c_str());
  for (auto _ : state) benchmark::DoNotOptimize(expression.evaluate(series, minute(kMinutes - 1), {}));
  state.SetLabel(fmt::format("{}: {}", family, text));
}
BENCHMARK(BM_Family)
    ->ArgsProduct({{1000}, benchmark::CreateDenseRange(0, kFamilies.size() - 1, 1)})
    ->Unit(benchmark::kMillisecond);

void BM_RangeQuery(benchmark::State& state) {
  Store store;
  fill(store, state.range(0));
  const Snapshot series = store.snapshot();
  auto expression = *promql::Expression::parse("rate(errors_total[10m])");
  const auto end = minute(kMinutes - 1);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        expression.evaluate_range(series, end - std::chrono::minutes(40), end, std::chrono::minutes(1), {}));
  state.SetItemsProcessed(state.iterations() * state.range(0) * 4 * 41);
}
BENCHMARK(BM_RangeQuery)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
