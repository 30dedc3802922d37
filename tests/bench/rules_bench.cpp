// What a cycle of the rules in against_prometheus/ costs: BM_Cycle/<environments>/<churn> of all 18, BM_Rule of each,
// 11 minutes after the start, with holding. BM_Append moves the estate and adds it to the store, BM_Federate renders
// it.
#include "daemon/web/api/series.hpp"
#include "rules/alerting/group.hpp"
#include "rules/series/store.hpp"
#include "tests/bench/against_prometheus/estate.hpp"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace a2od;
using namespace std::chrono_literals;

const Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 10 / 1);
constexpr int kScrapes = 44;

std::vector<GroupDefinition> groups() {
  const std::string path = A2OD_SOURCE_DIR "/tests/bench/against_prometheus/rules.yml";
  return read_rule_files(std::vector{path}).value();
}

Labels labels_of(std::string_view series) {
  std::vector<Labels::Pair> pairs{{"instance", "127.0.0.1:9500"}, {"job", "estate"}};
  const auto brace = series.find('{');
  pairs.emplace_back(kMetricName, series.substr(0, brace));
  series = series.substr(brace + 1);
  while (series.contains('=')) {
    const auto equal = series.find('=');
    const auto quote = series.find('"', equal + 2);
    pairs.emplace_back(series.substr(0, equal), series.substr(equal + 2, quote - equal - 2));
    series = series.substr(quote + 2);
  }
  return Labels::from(std::move(pairs));
}

/// The estate in a store, as a scrape each 15 s has it.
class Scraped {
 public:
  Scraped(std::size_t environments, bool churn)
      : estate_(environments, churn ? bench::Churn{.environments = environments / 100, .alerts = 500} : bench::Churn{}),
        refs_(estate_.size()),
        names_(estate_.size()) {}

  void scrape() {
    estate_.move();
    now_ += 15s;
    std::size_t i = 0;
    estate_.visit([&](std::string_view series, double value) {
      if (names_[i] != series) {
        if (!names_[i].empty()) store.mark_stale(refs_[i], now_);
        names_[i] = series;
        refs_[i] = store.append(labels_of(series), now_, value);
      } else {
        store.append(refs_[i], now_, value);
      }
      ++i;
    });
  }
  [[nodiscard]] Timestamp now() const { return now_; }

  Store store;

 private:
  bench::Estate estate_;
  Timestamp now_ = kStart;
  std::vector<SeriesRef> refs_;
  std::vector<std::string> names_;
};

GroupOptions options() {
  GroupOptions options;
  options.source_ok = [](const Labels&) { return true; };
  options.source_exists = [](const Labels&) { return true; };
  return options;
}

/// `recording` is evaluated, too, outside what is measured.
void run(benchmark::State& state, std::vector<Group>& rules, Scraped& scraped, std::vector<Group> recording = {}) {
  for (int i = 0; i < kScrapes; ++i) {
    scraped.scrape();
    if (i % 11 != 0) continue;
    for (auto& group : recording) group.evaluate(scraped.store, scraped.now());
    for (auto& group : rules) group.evaluate(scraped.store, scraped.now());
  }
  for (auto _ : state) {
    state.PauseTiming();
    scraped.scrape();
    for (auto& group : recording) group.evaluate(scraped.store, scraped.now());
    state.ResumeTiming();
    for (auto& group : rules) benchmark::DoNotOptimize(group.evaluate(scraped.store, scraped.now()));
  }
}

void BM_Cycle(benchmark::State& state) {
  const auto before = mallinfo2().uordblks;
  Scraped scraped(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
  const auto unfilled = mallinfo2().uordblks;
  const GroupOptions given = options();
  std::vector<Group> rules;
  for (auto& definition : groups()) rules.emplace_back(std::move(definition), given);
  run(state, rules, scraped);
  state.counters["bytes_a_series"] =
      static_cast<double>(mallinfo2().uordblks - unfilled) / static_cast<double>(scraped.store.series_count());
  state.counters["bench_mib"] = static_cast<double>(unfilled - before) / (1 << 20);
  std::size_t alerts = 0;
  for (const auto& group : rules)
    for (const auto& rule : group.status()) alerts += rule.alerts.size();
  state.counters["alerts"] = static_cast<double>(alerts);
}
BENCHMARK(BM_Cycle)->ArgsProduct({{1000, 10'000}, {0, 1}})->Unit(benchmark::kMillisecond)->Iterations(8);

/// What alerts may read.
std::vector<Group> recording_rules() {
  std::vector<Group> recording;
  for (auto& group : groups()) {
    std::erase_if(group.rules, [](const auto& rule) { return rule.record.empty(); });
    recording.emplace_back(std::move(group), options());
  }
  return recording;
}

void BM_Rule(benchmark::State& state) {
  Scraped scraped(1000, false);
  std::vector<GroupDefinition> each;
  for (const auto& group : groups()) {
    for (const auto& rule : group.rules) {
      each.push_back(group);
      each.back().rules = {rule};
    }
  }
  auto& chosen = each.at(static_cast<std::size_t>(state.range(0)));
  state.SetLabel(chosen.rules.front().name());
  const bool reads = chosen.rules.front().record.empty();
  std::vector<Group> rules;
  rules.emplace_back(std::move(chosen), options());
  run(state, rules, scraped, reads ? recording_rules() : std::vector<Group>());
}
BENCHMARK(BM_Rule)->DenseRange(0, 17)->Unit(benchmark::kMillisecond)->Iterations(8);

void BM_Append(benchmark::State& state) {
  Scraped scraped(static_cast<std::size_t>(state.range(0)), false);
  for (int i = 0; i < kScrapes; ++i) scraped.scrape();
  for (auto _ : state) {
    benchmark::DoNotOptimize(scraped.store.snapshot());
    scraped.scrape();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 100);
}
BENCHMARK(BM_Append)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond)->Iterations(8);

void BM_Federate(benchmark::State& state) {
  Scraped scraped(static_cast<std::size_t>(state.range(0)), false);
  for (int i = 0; i < kScrapes; ++i) scraped.scrape();
  const auto snapshot = scraped.store.snapshot();
  const auto parameters = parse_parameters("match[]=%7B__name__%3D~%22d365_.*%22%7D");
  for (auto _ : state) benchmark::DoNotOptimize(answer_federate(snapshot, parameters, scraped.now(), 5min, {}));
  state.SetItemsProcessed(state.iterations() * state.range(0) * 100);
}
BENCHMARK(BM_Federate)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
