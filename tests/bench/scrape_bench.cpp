// What a scrape costs: reading a page whose series are known, or new, and writing it to the store. A page has as many
// series as the argument says, of which a tenth changes its value from one scrape to the next.
#include "collectors/scrape/page.hpp"
#include "daemon/scrape/scraped_series.hpp"
#include "rules/series/store.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace {

using namespace a2od;

constexpr std::int64_t kSeriesPerEnvironment = 100;

std::string page_of(std::int64_t series, std::int64_t tick) {
  std::string page;
  for (std::int64_t i = 0; i < series; ++i) {
    if (i % kSeriesPerEnvironment == 0) page += "# HELP d365_jobs Background jobs.\n# TYPE d365_jobs gauge\n";
    const auto value = i * 7919 % 100003 + (i % 10 == tick % 10 ? tick : 0);
    page += fmt::format("d365_jobs{{environment=\"env-{:05}\",operation_type=\"{}\",state=\"suspended\"}} {}\n",
                        i / kSeriesPerEnvironment, i % kSeriesPerEnvironment, value);
  }
  return page;
}

ScrapeTarget target() {
  ScrapeConfig config{.job_name = "estate", .interval = std::chrono::seconds(15), .timeout = std::chrono::seconds(10)};
  config.static_configs.push_back({{"127.0.0.1:9100"}, {}});
  return targets_of(config)->active.front();
}

void BM_ReadKnown(benchmark::State& state) {
  PageReader reader(target());
  const auto page = page_of(state.range(0), 0);
  (void)reader.read(page, ExpositionSyntax::text, [](std::size_t, const ExposedLabels&) {});
  for (auto _ : state)
    benchmark::DoNotOptimize(reader.read(page, ExpositionSyntax::text, [](std::size_t, const ExposedLabels&) {}));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.size()));
}
BENCHMARK(BM_ReadKnown)->Arg(1000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// The same series, backwards each second time.
void BM_ReadInAnotherOrder(benchmark::State& state) {
  PageReader reader(target());
  const auto page = page_of(state.range(0), 0);
  std::string backwards;
  std::vector<std::string_view> lines;
  for (std::string_view rest = page; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
    lines.push_back(rest.substr(0, rest.find('\n') + 1));
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) backwards += *line;
  bool forward = true;
  for (auto _ : state) {
    forward = !forward;
    benchmark::DoNotOptimize(
        reader.read(forward ? page : backwards, ExpositionSyntax::text, [](std::size_t, const ExposedLabels&) {}));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ReadInAnotherOrder)->Arg(100'000)->Unit(benchmark::kMillisecond);

void BM_ReadNew(benchmark::State& state) {
  const auto of = target();
  const auto page = page_of(state.range(0), 0);
  for (auto _ : state) {
    PageReader reader(of);
    benchmark::DoNotOptimize(reader.read(page, ExpositionSyntax::text, [](std::size_t, const ExposedLabels&) {}));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ReadNew)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// Known series, with a snapshot between scrapes, as rules take one, and with the log of the history.
void BM_Append(benchmark::State& state) {
  Store store;
  SampleLog log;
  store.set_log(&log);
  ScrapedSeries series(target());
  std::vector<FetchedPage> pages;
  for (std::int64_t tick = 0; tick < 3; ++tick) pages.push_back({page_of(state.range(0), tick)});
  Timestamp at(std::chrono::hours(1));
  std::size_t tick = 0;
  Snapshot snapshot;
  const auto next = [&] {
    series.read(pages[tick++ % pages.size()]);
    at += std::chrono::seconds(15);
    (void)log.take();
  };
  next();
  while (series.create_some(store, at)) continue;
  series.write(store, at, {});
  for (auto _ : state) {
    state.PauseTiming();
    next();
    if (tick % 100 == 0) store.truncate(at - std::chrono::minutes(20));
    state.ResumeTiming();
    series.write(store, at, {});
    snapshot = store.snapshot();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Append)->Arg(1000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
