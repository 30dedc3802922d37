// What the bytes cost that come in and go out: BM_ParseExposition reads an exporter's page entry by entry, and the
// history's blobs are made and read, BM_EncodeChunk and BM_DecodeChunk of an hour of 4096 series, BM_EncodeMoment and
// BM_DecodeMoment of what one minute brings to the journal, each packed as on the disk. BM_AnswerRange writes the JSON
// of a range query, its evaluation included.
#include "collectors/exposition/parser.hpp"
#include "daemon/web/api/query.hpp"
#include "rules/series/chunk.hpp"
#include "rules/series/store.hpp"
#include "tests/bench/against_prometheus/estate.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace a2od;

/// The same as OpenMetrics, each sample with an exemplar.
std::string with_exemplars(std::string_view page) {
  std::string all;
  for (const auto line : page | std::views::split('\n')) {
    const std::string_view text(line);
    if (text.empty()) continue;
    all += text;
    all += text.starts_with('#') ? "\n" : " # {trace_id=\"4bf92f3577b34da6\"} 0.5\n";
  }
  return all + "# EOF\n";
}

void BM_ParseExposition(benchmark::State& state, ExpositionSyntax syntax) {
  bench::Estate estate(static_cast<std::size_t>(state.range(0)));
  std::string page;
  estate.render(page);
  if (syntax == ExpositionSyntax::open_metrics) page = with_exemplars(page);
  for (auto _ : state) {
    ExpositionParser parser(page, syntax);
    double sum = 0;
    for (;;) {
      const auto entry = parser.next();
      if (!entry) return state.SkipWithError(entry.error().message.c_str());
      if (*entry == ExpositionParser::Entry::end) break;
      if (*entry == ExpositionParser::Entry::series) sum += parser.value();
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(estate.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.size()));
}
BENCHMARK_CAPTURE(BM_ParseExposition, text, ExpositionSyntax::text)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_ParseExposition, open_metrics, ExpositionSyntax::open_metrics)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond);

constexpr std::uint32_t kSeries = 4096;
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kStart = 1'795'700'000'000;

/// As an estate does: a tenth of the series changes each minute, the others are a run.
std::vector<SeriesRuns> an_hour() {
  std::vector<SeriesRuns> all;
  for (std::uint32_t id = 0; id < kSeries; ++id) {
    SeriesRuns series{.id = id, .runs = {}};
    if (id % 10 == 0) {
      for (int m = 0; m < 60; ++m)
        series.runs.push_back({.first = kStart + m * kMinute, .value = id * 7919 % 100'003 + m / 4.0, .count = 1});
    } else {
      series.runs.push_back({.first = kStart, .value = id % 7 * 1.0, .step = kMinute, .count = 60});
    }
    all.push_back(std::move(series));
  }
  return all;
}

void BM_EncodeChunk(benchmark::State& state) {
  const auto series = an_hour();
  std::size_t bytes = 0;
  for (auto _ : state) bytes = pack(encode_chunk(series)).size();
  state.SetItemsProcessed(state.iterations() * kSeries * 60);
  state.counters["bytes_a_sample"] = static_cast<double>(bytes) / (kSeries * 60);
}
BENCHMARK(BM_EncodeChunk)->Unit(benchmark::kMillisecond);

void BM_DecodeChunk(benchmark::State& state) {
  const std::string packed = pack(encode_chunk(an_hour()));
  for (auto _ : state) {
    const auto bytes = unpack(packed);
    ChunkReader reader(*bytes);
    std::size_t samples = 0;
    while (reader.next_series())
      while (const auto run = reader.next_run()) samples += run->count;
    if (samples != kSeries * 60) return state.SkipWithError("not what was written");
  }
  state.SetItemsProcessed(state.iterations() * kSeries * 60);
}
BENCHMARK(BM_DecodeChunk)->Unit(benchmark::kMillisecond);

Moment a_minute() {
  Moment moment;
  std::vector<std::uint32_t> repeated;
  for (std::uint32_t id = 0; id < kSeries; ++id) {
    if (id % 10 == 0)
      moment.changed.emplace_back(id, id * 7919 % 100'003 / 4.0);
    else
      repeated.push_back(id);
  }
  moment.repeated = ranges_of(std::move(repeated));
  return moment;
}

void BM_EncodeMoment(benchmark::State& state) {
  const Moment moment = a_minute();
  for (auto _ : state) {
    Moment written = moment;
    benchmark::DoNotOptimize(pack(encode_moment(written)));
  }
  state.SetItemsProcessed(state.iterations() * kSeries);
}
BENCHMARK(BM_EncodeMoment)->Unit(benchmark::kMicrosecond);

void BM_DecodeMoment(benchmark::State& state) {
  Moment moment = a_minute();
  const std::string packed = pack(encode_moment(moment));
  for (auto _ : state) benchmark::DoNotOptimize(decode_moment(*unpack(packed)));
  state.SetItemsProcessed(state.iterations() * kSeries);
}
BENCHMARK(BM_DecodeMoment)->Unit(benchmark::kMicrosecond);

void BM_AnswerRange(benchmark::State& state) {
  Store store;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const auto environment = std::to_string(i);
    const auto ref = store.create({{"__name__", "jobs"}, {"environment", environment}, {"queue", "a"}});
    for (int m = 0; m < 60; ++m) store.append(ref, Timestamp(std::chrono::minutes(m)), static_cast<double>(i + m) / 4);
  }
  const SeriesSource source(store.snapshot());
  const auto parameters = parse_parameters("query=jobs&start=0&end=3540&step=60");
  std::size_t bytes = 0;
  for (auto _ : state) bytes = answer_query_range(source, parameters, {}).body.size();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * state.range(0) * 60);
}
BENCHMARK(BM_AnswerRange)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
