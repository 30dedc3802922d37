// How long a page for scrapers takes: BM_Render/<environments> has 160 series an environment, as a real one.
#include "daemon/web/exposition.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

using namespace a2od;

constexpr int kMetrics = 40;
constexpr int kSeriesPerMetric = 4;

std::vector<Metric> metrics() {
  static std::vector<std::string> names;
  names.reserve(kMetrics);
  std::vector<Metric> all;
  for (int i = 0; i < kMetrics; ++i) {
    names.push_back("d365_mailboxes_not_synced_" + std::to_string(i));
    all.push_back({names.back(), MetricType::gauge, "", "Mailboxes by direction that are not synced."});
  }
  return all;
}

/// Metric by metric and out of order, so that label sets do not lie in memory as they are shown.
void fill(CurrentValues& values, Store& store, std::int64_t environments) {
  constexpr std::int64_t kStride = 7919;
  static const auto all = metrics();
  for (const auto& metric : all) {
    for (std::int64_t e = 0; e < environments; ++e) {
      const auto number = e * kStride % environments;
      const std::string environment = "Subsidiary " + std::to_string(1000 + number) + " Production";
      PartReport report{.key = {"mailboxes", "contoso", environment, std::string(metric.name)}, .delivered = true};
      for (int i = 0; i < kSeriesPerMetric; ++i)
        report.samples.push_back({&metric,
                                  Labels{{"tenant", "contoso"},
                                         {"environment", environment},
                                         {"direction", i % 2 == 0 ? "incoming" : "outgoing"},
                                         {"status", i < 2 ? "failure" : "not_run"}},
                                  static_cast<double>(i) + static_cast<double>(number) / 7});
      values.publish(store, std::move(report), Timestamp(std::chrono::hours(1)));
    }
  }
}

void BM_Render(benchmark::State& state) {
  Store store;
  CurrentValues values{{.instance = "127.0.0.1:9365"}, [](std::string_view) { return std::string_view(); }};
  fill(values, store, state.range(0));
  std::size_t expected = 0;
  for (auto _ : state) {
    const auto page = render(values, ExpositionFormat::text, expected);
    expected = page.size();
    benchmark::DoNotOptimize(page.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * kMetrics * kSeriesPerMetric);
}
BENCHMARK(BM_Render)->Arg(10)->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_RenderGzip(benchmark::State& state) {
  Store store;
  CurrentValues values{{.instance = "127.0.0.1:9365"}, [](std::string_view) { return std::string_view(); }};
  fill(values, store, state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(render_gzip(values, ExpositionFormat::text));
  state.SetItemsProcessed(state.iterations() * state.range(0) * kMetrics * kSeriesPerMetric);
}
BENCHMARK(BM_RenderGzip)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
