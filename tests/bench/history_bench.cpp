// What the history costs: BM_Start reads what rules ask for of 100,000 series after an hour and a half, half of it in
// the journal; BM_Tick writes a minute of them; BM_Seal seals an hour. BM_ForecastRule evaluates a 30-day forecast over
// 50,000 hourly series in memory, and BM_ForecastQuery reads a tenth of them from 30 days of files first.
#include "daemon/history/history.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/store.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace a2od;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

const Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 10 / 1);
constexpr int kMetrics = 100;

fs::path folder() { return fs::temp_directory_path() / "a2od-history-bench"; }

Labels labels(int series) {
  return {{"__name__", "d365_mailboxes_not_synced_" + std::to_string(series % kMetrics)},
          {"tenant", "contoso"},
          {"environment", "Subsidiary " + std::to_string(1000 + series / kMetrics) + " Production"},
          {"job", "a2od"},
          {"instance", "127.0.0.1:9365"}};
}

/// As an estate does: a value in twenty changes each minute, many of them once an hour, most never.
double value(int series, int minute) {
  if (series % 20 == 0) return std::round(1000 * std::abs(std::sin(series * 7 + minute))) / 1000;
  if (series % 4 == 0) return 1e9 + series * 1e5 + (minute + series) / 60 * 4096.0;
  return series % 3;
}

struct Estate {
  explicit Estate(int series) {
    refs.resize(static_cast<std::size_t>(series));
    store.set_log(&log);
  }
  void tick(int minute) {
    const auto at = kStart + 1min * minute;
    for (std::size_t i = 0; i < refs.size(); ++i) {
      const auto number = value(static_cast<int>(i), minute);
      if (minute == first)
        refs[i] = store.append(labels(static_cast<int>(i)), at, number);
      else
        store.append(refs[i], at, number);
    }
  }
  Store store;
  SampleLog log;
  std::vector<SeriesRef> refs;
  int first = 0;
};

void BM_Start(benchmark::State& state) {
  fs::remove_all(folder());
  {
    Estate estate(static_cast<int>(state.range(0)));
    HistoryWriter writer({.folder = folder()});
    for (int minute = 0; minute < 90; ++minute) {
      estate.tick(minute);
      writer.write(estate.log.take());
      if (minute == 60) writer.upkeep(kStart + 61min);
    }
  }
  const auto now = kStart + 90min;
  std::vector<promql::SeriesWindow> windows{{{}, now - 10min, now}};
  for (int metric = 0; metric < kMetrics; metric += 5)
    windows.push_back(
        {{Matcher::equal("__name__", "d365_mailboxes_not_synced_" + std::to_string(metric))}, now - 1h, now});
  for (auto _ : state) {
    Store store;
    if (!read_history(folder(), DayContent::samples, windows, store).empty()) state.SkipWithError("unread days");
    state.counters["series"] = static_cast<double>(store.series_count());
  }
  fs::remove_all(folder());
}
BENCHMARK(BM_Start)->Arg(100'000)->Unit(benchmark::kMillisecond);

void BM_Tick(benchmark::State& state) {
  fs::remove_all(folder());
  Estate estate(static_cast<int>(state.range(0)));
  HistoryWriter writer({.folder = folder()});
  int minute = 0;
  for (auto _ : state) {
    state.PauseTiming();
    estate.tick(minute++);
    auto samples = estate.log.take();
    state.ResumeTiming();
    writer.write(std::move(samples));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  fs::remove_all(folder());
}
BENCHMARK(BM_Tick)->Arg(100'000)->Unit(benchmark::kMillisecond)->Iterations(60);

void BM_Seal(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    fs::remove_all(folder());
    Estate estate(static_cast<int>(state.range(0)));
    HistoryWriter writer({.folder = folder()});
    for (int minute = 0; minute < 60; ++minute) {
      estate.tick(minute);
      writer.write(estate.log.take());
    }
    state.ResumeTiming();
    writer.upkeep(kStart + 61min);
    state.PauseTiming();
    writer.upkeep(kStart + 25h);
    state.counters["bytes_a_sample"] = static_cast<double>(fs::file_size(day_file(folder(), day_of(kStart)))) /
                                       static_cast<double>(state.range(0) * 60);
    state.ResumeTiming();
  }
  fs::remove_all(folder());
}
BENCHMARK(BM_Seal)->Arg(100'000)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(BM_Seal)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(1);

constexpr int kDays = 30;

/// Series that change at each hour and are repeated each minute.
void append_hour(Store& store, std::vector<SeriesRef>& refs, int hour) {
  for (std::size_t i = 0; i < refs.size(); ++i) {
    const double used =
        1e9 + static_cast<double>(i) * 1e5 + hour * 4096.0 + std::round(100 * std::sin(hour * static_cast<double>(i)));
    if (hour == 0) refs[i] = store.create(labels(static_cast<int>(i) * kMetrics));
    store.append(refs[i], {kStart + 1h * hour, 1min, 60, used});
  }
}

void forecast(benchmark::State& state, const Snapshot& series) {
  auto expression = promql::Expression::parse("predict_linear(d365_mailboxes_not_synced_0[30d], 86400 * 30) > 0");
  const auto result = expression->evaluate(series, kStart + 24h * kDays, {});
  if (!result) return state.SkipWithError(result.error().message.c_str());
  state.counters["results"] = static_cast<double>(std::get<promql::Vector>(*result).size());
}

void BM_ForecastRule(benchmark::State& state) {
  Store store;
  std::vector<SeriesRef> refs(static_cast<std::size_t>(state.range(0)));
  for (int hour = 0; hour < 24 * kDays; ++hour) append_hour(store, refs, hour);
  const auto snapshot = store.snapshot();
  for (auto _ : state) forecast(state, snapshot);
}
BENCHMARK(BM_ForecastRule)->Arg(50'000)->Unit(benchmark::kMillisecond)->Iterations(3);

void BM_ForecastQuery(benchmark::State& state) {
  fs::remove_all(folder());
  std::vector<std::uint32_t> ids(static_cast<std::size_t>(state.range(0)));
  for (int day = 0; day < kDays; ++day) {
    fs::create_directories(folder());
    DayWriter writer(day_file(folder(), day_of(kStart + 24h * day)));
    for (int hour = 0; hour < 24; ++hour) {
      for (int minute = 0; minute < 60; ++minute) {
        Moment moment;
        std::vector<std::uint32_t> repeated;
        for (std::size_t i = 0; i < ids.size(); ++i) {
          if (day + hour + minute == 0 || (hour == 0 && minute == 0))
            ids[i] = writer.id_of(labels(static_cast<int>(i) * kMetrics));
          const int at = day * 24 + hour;
          if (minute == 0)
            moment.changed.emplace_back(ids[i], 1e9 + static_cast<double>(i) * 1e5 + at * 4096.0);
          else
            repeated.push_back(ids[i]);
        }
        moment.repeated = ranges_of(std::move(repeated));
        writer.append(kStart + 24h * day + 1h * hour + 1min * minute, std::move(moment), ids.size());
      }
      writer.seal();
    }
    writer.close();
  }
  const promql::EvaluationLimits limits;
  auto expression = promql::Expression::parse("predict_linear(d365_mailboxes_not_synced_0[30d], 86400 * 30) > 0");
  const auto now = kStart + 24h * kDays;
  for (auto _ : state) {
    const SeriesSource source({}, now, now, folder(), {});
    const auto covered = source.covering(expression->reads(now, now, 0ms, limits), limits);
    if (!covered) return state.SkipWithError(covered.error().message.c_str());
    forecast(state, covered->series);
  }
  fs::remove_all(folder());
}
BENCHMARK(BM_ForecastQuery)->Arg(5'000)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
