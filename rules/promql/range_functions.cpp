#include "rules/promql/range_functions.hpp"

#include "rules/promql/kahan.hpp"
#include "rules/promql/quantile.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace a2od::promql {
namespace {

using Parameters = std::span<const double>;
using Result = std::optional<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double seconds(Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }

double sample_count(const RangeWindow& window) {
  double count = 0;
  for (const SampleRun& run : window.runs) count += run.count;
  return count;
}

struct Sample {
  Timestamp at;
  double value = 0;
};
Sample first_sample(const RangeWindow& window) { return {window.runs.front().first, window.runs.front().value}; }
Sample last_sample(const RangeWindow& window) { return {window.runs.back().last(), window.runs.back().value}; }
/// There must be two samples.
Sample last_but_one(const RangeWindow& window) {
  const SampleRun& last = window.runs.back();
  if (last.count > 1) return {last.last() - last.step, last.value};
  const SampleRun& before = window.runs[window.runs.size() - 2];
  return {before.last(), before.value};
}

/// What a counter lost at its resets.
double lost_at_resets(const RangeWindow& window) {
  double lost = 0;
  for (std::size_t i = 1; i < window.runs.size(); ++i) {
    if (window.runs[i].value < window.runs[i - 1].value) lost += window.runs[i - 1].value;
  }
  return lost;
}

enum class Kind { counter, gauge };

/// How much longer than its samples a range is taken to be, so that its increase is that of the whole range.
double extrapolated(const RangeWindow& window, Kind kind, double increase, double count) {
  const Sample first = first_sample(window);
  const Sample last = last_sample(window);
  const double sampled = seconds(last.at - first.at);
  const double between_samples = sampled / (count - 1);
  const double threshold = between_samples * 1.1;
  double to_start = seconds(first.at - window.begin);
  double to_end = seconds(window.end - last.at);
  if (to_start >= threshold) to_start = between_samples / 2;
  if (kind == Kind::counter && increase > 0 && first.value >= 0) {
    to_start = std::min(to_start, sampled * (first.value / increase));  // a counter was never below zero
  }
  if (to_end >= threshold) to_end = between_samples / 2;
  return (sampled + to_start + to_end) / sampled;
}

Result extrapolated_increase(const RangeWindow& window, Kind kind) {
  const double count = sample_count(window);
  if (count < 2) return std::nullopt;
  double increase = last_sample(window).value - first_sample(window).value;
  if (kind == Kind::counter) increase += lost_at_resets(window);
  return increase * extrapolated(window, kind, increase, count);
}

Result rate(const RangeWindow& window, Parameters) {
  const auto increase = extrapolated_increase(window, Kind::counter);
  if (!increase) return std::nullopt;
  return *increase / seconds(window.end - window.begin);
}
Result increase(const RangeWindow& window, Parameters) { return extrapolated_increase(window, Kind::counter); }
Result delta(const RangeWindow& window, Parameters) { return extrapolated_increase(window, Kind::gauge); }

Result irate(const RangeWindow& window, Parameters) {
  if (sample_count(window) < 2) return std::nullopt;
  const Sample last = last_sample(window);
  const Sample before = last_but_one(window);
  if (last.at == before.at) return std::nullopt;
  const double change = last.value < before.value ? last.value : last.value - before.value;
  return change / seconds(last.at - before.at);
}
Result idelta(const RangeWindow& window, Parameters) {
  if (sample_count(window) < 2) return std::nullopt;
  return last_sample(window).value - last_but_one(window).value;
}

Result changes(const RangeWindow& window, Parameters) {
  double count = 0;
  for (std::size_t i = 1; i < window.runs.size(); ++i) {
    const double before = window.runs[i - 1].value;
    const double after = window.runs[i].value;
    if (before != after && !(std::isnan(before) && std::isnan(after))) ++count;
  }
  return count;
}
Result resets(const RangeWindow& window, Parameters) {
  double count = 0;
  for (std::size_t i = 1; i < window.runs.size(); ++i) {
    if (window.runs[i].value < window.runs[i - 1].value) ++count;
  }
  return count;
}

Result avg(const RangeWindow& window, Parameters) {
  KahanMean mean;
  for (const SampleRun& run : window.runs) mean.add(run.value, run.count);
  return mean.mean();
}
Result sum(const RangeWindow& window, Parameters) {
  KahanSum total;
  for (const SampleRun& run : window.runs) total.add(run.value, run.count);
  return total.total();
}
Result min(const RangeWindow& window, Parameters) {
  double least = window.runs.front().value;
  for (const SampleRun& run : window.runs) {
    if (run.value < least || std::isnan(least)) least = run.value;
  }
  return least;
}
Result max(const RangeWindow& window, Parameters) {
  double most = window.runs.front().value;
  for (const SampleRun& run : window.runs) {
    if (run.value > most || std::isnan(most)) most = run.value;
  }
  return most;
}
Result count(const RangeWindow& window, Parameters) { return sample_count(window); }
Result last(const RangeWindow& window, Parameters) { return last_sample(window).value; }
Result first(const RangeWindow& window, Parameters) { return first_sample(window).value; }
Result present(const RangeWindow&, Parameters) { return 1; }

Result stdvar(const RangeWindow& window, Parameters) {
  Variance variance;
  for (const SampleRun& run : window.runs) variance.add(run.value, run.count);
  return variance.value();
}
Result stddev(const RangeWindow& window, Parameters parameters) { return std::sqrt(*stdvar(window, parameters)); }

Result quantile_of_samples(const RangeWindow& window, Parameters parameters) {
  std::vector<WeightedValue> values;
  values.reserve(window.runs.size());
  for (const SampleRun& run : window.runs) values.push_back({run.value, static_cast<double>(run.count)});
  return quantile(parameters[0], values);
}

struct Line {
  double slope = 0;
  double intercept = 0;
};

/// Least squares through the samples, with time zero at `origin`; the times of a run are summed up in closed form.
Line regression(const RangeWindow& window, Timestamp origin) {
  const double first_value = window.runs.front().value;
  const bool constant =
      std::ranges::all_of(window.runs, [&](const SampleRun& run) { return run.value == first_value; });
  if (constant) return std::isinf(first_value) ? Line{kNaN, kNaN} : Line{0, first_value};
  double n = 0;
  KahanSum x;
  KahanSum y;
  KahanSum xy;
  KahanSum xx;
  for (const SampleRun& run : window.runs) {
    const double k = run.count;
    const double start = seconds(run.first - origin);
    const double step = seconds(run.step);
    const double steps = k * (k - 1) / 2;
    const double times = k * start + step * steps;
    n += k;
    x.add(times);
    y.add(run.value, k);
    xy.add(times * run.value);
    xx.add(k * start * start + 2 * start * step * steps + step * step * steps * (2 * k - 1) / 3);
  }
  const double covariance = xy.total() - x.total() * y.total() / n;
  const double variance = xx.total() - x.total() * x.total() / n;
  const double slope = covariance / variance;
  return {slope, y.total() / n - slope * x.total() / n};
}

Result deriv(const RangeWindow& window, Parameters) {
  if (sample_count(window) < 2) return std::nullopt;
  return regression(window, window.runs.front().first).slope;
}
Result predict_linear(const RangeWindow& window, Parameters parameters) {
  if (sample_count(window) < 2) return std::nullopt;
  const Line line = regression(window, window.at);
  return line.slope * parameters[0] + line.intercept;
}

/// The median of the distances to the median; of samples with a NaN, NaN.
Result mad(const RangeWindow& window, Parameters) {
  if (std::ranges::any_of(window.runs, [](const SampleRun& run) { return std::isnan(run.value); })) return kNaN;
  std::vector<WeightedValue> values;
  for (const SampleRun& run : window.runs) values.push_back({run.value, static_cast<double>(run.count)});
  const double median = quantile(0.5, values);
  for (WeightedValue& each : values) each.value = std::abs(each.value - median);
  return quantile(0.5, values);
}

double since_epoch(Timestamp at) { return seconds(at.time_since_epoch()); }

Result ts_of_first(const RangeWindow& window, Parameters) { return since_epoch(first_sample(window).at); }
Result ts_of_last(const RangeWindow& window, Parameters) { return since_epoch(last_sample(window).at); }

/// When the most extreme value last was.
template <class Beats>
Result ts_of_extreme(const RangeWindow& window, Beats beats) {
  Sample extreme{window.runs.front().last(), window.runs.front().value};
  for (const SampleRun& run : window.runs)
    if (beats(run.value, extreme.value) || std::isnan(extreme.value)) extreme = {run.last(), run.value};
  return since_epoch(extreme.at);
}
Result ts_of_max(const RangeWindow& window, Parameters) { return ts_of_extreme(window, std::greater_equal<>()); }
Result ts_of_min(const RangeWindow& window, Parameters) { return ts_of_extreme(window, std::less_equal<>()); }

/// Holt's linear method.
Result double_exponential_smoothing(const RangeWindow& window, Parameters parameters) {
  const double smoothing = parameters[0];
  const double trending = parameters[1];
  if (!(smoothing > 0 && smoothing < 1))
    throw EvaluationFailure{fmt::format("invalid smoothing factor. Expected: 0 < sf < 1, got: {:f}", smoothing)};
  if (!(trending > 0 && trending < 1))
    throw EvaluationFailure{fmt::format("invalid trend factor. Expected: 0 < tf < 1, got: {:f}", trending)};
  if (sample_count(window) < 2) return std::nullopt;
  double before = 0;
  double smoothed = window.runs.front().value;
  double trend = 0;
  std::size_t index = 0;
  for (const SampleRun& run : window.runs) {
    for (std::uint32_t i = 0; i < run.count; ++i, ++index) {
      if (index == 0) continue;
      trend = index == 1 ? run.value - smoothed : trending * (smoothed - before) + (1 - trending) * trend;
      before = std::exchange(smoothed, smoothing * run.value + (1 - smoothing) * (smoothed + trend));
    }
  }
  return smoothed;
}

constexpr std::array<std::pair<std::string_view, RangeFunction>, 26> kFunctions{{
    {"rate", rate},
    {"increase", increase},
    {"delta", delta},
    {"irate", irate},
    {"idelta", idelta},
    {"changes", changes},
    {"resets", resets},
    {"deriv", deriv},
    {"avg_over_time", avg},
    {"min_over_time", min},
    {"max_over_time", max},
    {"sum_over_time", sum},
    {"count_over_time", count},
    {"last_over_time", last},
    {"first_over_time", first},
    {"present_over_time", present},
    {"stddev_over_time", stddev},
    {"stdvar_over_time", stdvar},
    {"quantile_over_time", quantile_of_samples},
    {"predict_linear", predict_linear},
    {"mad_over_time", mad},
    {"ts_of_max_over_time", ts_of_max},
    {"ts_of_min_over_time", ts_of_min},
    {"ts_of_first_over_time", ts_of_first},
    {"ts_of_last_over_time", ts_of_last},
    {"double_exponential_smoothing", double_exponential_smoothing},
}};

}  // namespace

RangeFunction range_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &std::pair<std::string_view, RangeFunction>::first);
  return found == kFunctions.end() ? nullptr : found->second;
}

}  // namespace a2od::promql
