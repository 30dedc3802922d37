#include "tests/rules/promql/plain_functions.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace a2od::promql::plain {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Numbers values_of(const Samples& samples) {
  Numbers values;
  for (const Sample& sample : samples) values.push_back(sample.value);
  return values;
}

std::optional<double> increase(const Window& window, bool counter) {
  const Samples& samples = window.samples;
  if (samples.size() < 2) return std::nullopt;
  double total = samples.back().value - samples.front().value;
  double lost = 0;
  for (std::size_t i = 1; i < samples.size(); ++i)
    if (counter && samples[i].value < samples[i - 1].value) lost += samples[i - 1].value;
  total += lost;
  const double sampled = seconds(samples.back().at - samples.front().at);
  const double between = sampled / static_cast<double>(samples.size() - 1);
  double to_start = seconds(samples.front().at - window.begin);
  double to_end = seconds(window.end - samples.back().at);
  if (to_start >= between * 1.1) to_start = between / 2;
  if (counter && total > 0 && samples.front().value >= 0)
    to_start = std::min(to_start, sampled * (samples.front().value / total));
  if (to_end >= between * 1.1) to_end = between / 2;
  return total * ((sampled + to_start + to_end) / sampled);
}

/// Slope and value at `origin` of the line that fits best.
std::pair<double, double> line_through(const Samples& samples, Timestamp origin) {
  const double first = samples.front().value;
  if (std::ranges::all_of(samples, [&](const Sample& sample) { return sample.value == first; }))
    return std::isinf(first) ? std::pair(kNaN, kNaN) : std::pair(0.0, first);
  const auto n = static_cast<long double>(samples.size());
  const auto x = [&](const Sample& sample) { return static_cast<long double>(seconds(sample.at - origin)); };
  long double mean_x = 0;
  long double mean_y = 0;
  for (const Sample& sample : samples) {
    mean_x += x(sample) / n;
    mean_y += sample.value / n;
  }
  long double covariance = 0;
  long double variance = 0;
  for (const Sample& sample : samples) {
    covariance += (x(sample) - mean_x) * (sample.value - mean_y);
    variance += (x(sample) - mean_x) * (x(sample) - mean_x);
  }
  const long double slope = covariance / variance;
  return {static_cast<double>(slope), static_cast<double>(mean_y - slope * mean_x)};
}

double count_steps(const Samples& samples, bool (*counts)(double before, double after)) {
  double count = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) count += counts(samples[i - 1].value, samples[i].value) ? 1 : 0;
  return count;
}

double of_calendar(std::string_view name, std::chrono::sys_seconds at) {
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss time(at - midnight);
  if (name == "minute") return static_cast<double>(time.minutes().count());
  if (name == "hour") return static_cast<double>(time.hours().count());
  if (name == "day_of_week") return std::chrono::weekday(midnight).c_encoding();
  if (name == "month") return static_cast<unsigned>(day.month());
  if (name == "day_of_year")
    return static_cast<double>((midnight - std::chrono::sys_days(day.year() / 1 / 1)).count()) + 1;
  throw std::logic_error("the plain evaluator does not know " + std::string(name));
}

}  // namespace

double seconds(Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }
double seconds(Timestamp at) { return seconds(at.time_since_epoch()); }

double sum_of(const Numbers& numbers) {
  long double sum = 0;
  for (const double number : numbers) sum += number;
  return static_cast<double>(sum);
}
double mean_of(const Numbers& numbers) { return sum_of(numbers) / static_cast<double>(numbers.size()); }
double variance_of(const Numbers& numbers) {
  long double mean = 0;
  for (const double number : numbers) mean += number;
  mean /= static_cast<long double>(numbers.size());
  long double squares = 0;
  for (const double number : numbers) squares += (number - mean) * (number - mean);
  return static_cast<double>(squares / static_cast<long double>(numbers.size()));
}
double least_of(const Numbers& numbers) {
  double least = kNaN;
  for (const double number : numbers)
    if (std::isnan(least) || number < least) least = number;
  return least;
}
double most_of(const Numbers& numbers) {
  double most = kNaN;
  for (const double number : numbers)
    if (std::isnan(most) || number > most) most = number;
  return most;
}
double quantile_of(double q, Numbers numbers) {
  if (numbers.empty() || std::isnan(q)) return kNaN;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  std::ranges::sort(numbers, [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const double rank = q * static_cast<double>(numbers.size() - 1);
  const auto lower = static_cast<std::size_t>(std::floor(rank));
  const auto upper = std::min(lower + 1, numbers.size() - 1);
  const double weight = rank - std::floor(rank);
  return numbers[lower] * (1 - weight) + numbers[upper] * weight;
}
std::optional<double> of_range(std::string_view name, const Window& window, const Numbers& parameters) {
  const Samples& samples = window.samples;
  const Numbers values = values_of(samples);
  if (name == "increase") return increase(window, true);
  if (name == "delta") return increase(window, false);
  if (name == "rate") {
    const auto total = increase(window, true);
    return total ? std::optional(*total / seconds(window.end - window.begin)) : std::nullopt;
  }
  if (name == "irate" || name == "idelta") {
    if (samples.size() < 2) return std::nullopt;
    const Sample& last = samples.back();
    const Sample& before = samples[samples.size() - 2];
    if (name == "idelta") return last.value - before.value;
    return (last.value < before.value ? last.value : last.value - before.value) / seconds(last.at - before.at);
  }
  if (name == "changes") {
    return count_steps(samples, [](double before, double after) {
      return before != after && !(std::isnan(before) && std::isnan(after));
    });
  }
  if (name == "resets") return count_steps(samples, [](double before, double after) { return after < before; });
  if (name == "deriv" && samples.size() > 1) return line_through(samples, samples.front().at).first;
  if (name == "predict_linear" && samples.size() > 1) {
    const auto [slope, now] = line_through(samples, window.at);
    return slope * parameters.at(0) + now;
  }
  if (name == "avg_over_time") return mean_of(values);
  if (name == "sum_over_time") return sum_of(values);
  if (name == "min_over_time") return least_of(values);
  if (name == "max_over_time") return most_of(values);
  if (name == "count_over_time") return static_cast<double>(values.size());
  if (name == "last_over_time") return values.back();
  if (name == "present_over_time") return 1;
  if (name == "stdvar_over_time") return variance_of(values);
  if (name == "stddev_over_time") return std::sqrt(variance_of(values));
  if (name == "quantile_over_time") return quantile_of(parameters.at(0), values);
  return std::nullopt;
}

double of_value(std::string_view name, double value, const Numbers& parameters) {
  const auto most = [](double a, double b) { return std::isnan(a) || std::isnan(b) ? kNaN : std::max(a, b); };
  const auto least = [](double a, double b) { return std::isnan(a) || std::isnan(b) ? kNaN : std::min(a, b); };
  if (name == "abs") return std::abs(value);
  if (name == "ceil") return std::ceil(value);
  if (name == "floor") return std::floor(value);
  if (name == "round") return std::floor(value + 0.5);
  if (name == "sqrt") return std::sqrt(value);
  if (name == "sgn") return value > 0 ? 1 : value < 0 ? -1 : value;
  if (name == "clamp") return most(parameters.at(0), least(parameters.at(1), value));
  if (name == "clamp_min") return most(parameters.at(0), value);
  if (name == "clamp_max") return least(parameters.at(0), value);
  return of_calendar(name, std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(value))));
}

double operated(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::add:
      return a + b;
    case BinaryOp::sub:
      return a - b;
    case BinaryOp::mul:
      return a * b;
    case BinaryOp::div:
      return a / b;
    case BinaryOp::mod:
      return std::fmod(a, b);
    case BinaryOp::pow:
      return std::pow(a, b);
    case BinaryOp::atan2:
      return std::atan2(a, b);
    case BinaryOp::equal:
      return a == b ? 1 : 0;
    case BinaryOp::not_equal:
      return a != b ? 1 : 0;
    case BinaryOp::less:
      return a < b ? 1 : 0;
    case BinaryOp::greater:
      return a > b ? 1 : 0;
    case BinaryOp::less_or_equal:
      return a <= b ? 1 : 0;
    case BinaryOp::greater_or_equal:
      return a >= b ? 1 : 0;
    default:
      throw std::logic_error("not an operator of numbers");
  }
}

double quantile_of_buckets(double q, const Buckets& given) {
  if (std::isnan(q)) return kNaN;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  std::vector<std::pair<double, double>> buckets(given.begin(), given.end());
  if (buckets.size() < 2 || buckets.back().first != kInfinity) return kNaN;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    double& count = buckets[i].second;
    const double before = buckets[i - 1].second;
    if (count < before || std::abs(count - before) < 1e-12 * (std::abs(count) + std::abs(before))) count = before;
  }
  const double observations = buckets.back().second;
  if (observations == 0 || std::isnan(observations)) return kNaN;
  const double rank = q * observations;
  std::size_t b = 0;
  while (b + 1 < buckets.size() && buckets[b].second < rank) ++b;
  if (b + 1 == buckets.size()) return buckets[b - 1].first;
  if (b == 0 && buckets[0].first <= 0) return buckets[0].first;
  const auto [lower, below] = b == 0 ? std::pair(0.0, 0.0) : buckets[b - 1];
  return lower + (buckets[b].first - lower) * ((rank - below) / (buckets[b].second - below));
}

}  // namespace a2od::promql::plain
