#include "tests/rules/promql/random_estate.hpp"

#include "rules/series/series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

namespace a2od::promql {
namespace {

constexpr int kLastingEnvironments = 5;
constexpr std::array kBounds{"0.5", "1", "5", "+Inf"};

}  // namespace

Labels to_labels(const plain::LabelMap& labels) { return Labels::from({labels.begin(), labels.end()}); }

RandomEstate::RandomEstate(std::mt19937_64& random)
    : random_(random), now_(std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + std::chrono::hours(23)) {
  for (int i = 0; i < kLastingEnvironments; ++i) add_environment("e" + std::to_string(i));
  for (const auto* environment : {"e0", "e1", "e3"}) add_histogram(environment);
}

void RandomEstate::add(const plain::LabelMap& labels, Kind kind) {
  series_.push_back(
      {labels, kind, static_cast<double>(random_() % 100), false, tick_ + static_cast<int>(random_() % 9)});
}

void RandomEstate::add_environment(const std::string& name) {
  for (const auto* metric : {"jobs", "lag"}) {
    for (const auto* queue : {"", "a", "b"}) {
      plain::LabelMap labels{{"__name__", metric}, {"env", name}};
      if (*queue != 0) labels["queue"] = queue;
      add(labels, Kind::gauge);
    }
  }
  add({{"__name__", "up"}, {"env", name}}, Kind::state);
  add({{"__name__", "info"}, {"env", name}, {"version", "1"}}, Kind::constant);
  add({{"__name__", "load"}, {"env", name}, {"job", "node"}, {"instance", name}}, Kind::gauge);
  add({{"__name__", "target_info"}, {"env", name}, {"job", "node"}, {"instance", name}, {"version", "1"}},
      Kind::constant);
  for (const auto* code : {"400", "500"})
    add({{"__name__", "errors_total"}, {"env", name}, {"code", code}}, Kind::counter);
}

void RandomEstate::add_histogram(const std::string& environment) {
  histograms_[environment] = std::vector<double>(kBounds.size(), 0.0);
}

void RandomEstate::step() {
  now_ += kInterval;
  ++tick_;
  if (one_in(2)) add_environment("t" + std::to_string(environments_++));
  for (Series& series : series_) step(series);
  // Environments that came last are gone soon, for good.
  std::erase_if(series_, [&](const Series& series) {
    return series.labels.at("env").starts_with("t") && !series.alive && series.comes_at > tick_ + 20;
  });
  step_histograms();
}

void RandomEstate::step(Series& series) {
  if (!series.alive) {
    series.alive = tick_ >= series.comes_at;
    if (!series.alive) return;
    if (series.kind == Kind::counter) series.value = 0;
    if (series.kind == Kind::constant) series.labels["version"] = std::to_string(1 + random_() % 3);
  }
  if (one_in(series.labels.at("env").starts_with("t") ? 6 : 40)) {
    series.alive = false;
    series.comes_at = tick_ + static_cast<int>(random_() % 30);
    if (!one_in(3)) end(series.labels);
    return;
  }
  if (one_in(12)) return;  // a gap
  move(series);
  append(series.labels, one_in(10) ? now_ - std::chrono::milliseconds(137) : now_, series.value);
}

void RandomEstate::move(Series& series) {
  switch (series.kind) {
    case Kind::gauge:
      if (one_in(3)) series.value += static_cast<double>(random_() % 41) / 4 - 5;
      if (one_in(60)) series.value = std::numeric_limits<double>::quiet_NaN();
      if (one_in(80)) series.value = (one_in(2) ? 1 : -1) * std::numeric_limits<double>::infinity();
      if (!std::isfinite(series.value) && one_in(3)) series.value = static_cast<double>(random_() % 100);
      return;
    case Kind::state:
      if (one_in(8)) series.value = static_cast<double>(random_() % 2);
      return;
    case Kind::counter:
      if (one_in(20)) series.value = 0;
      if (one_in(2)) series.value += static_cast<double>(random_() % 40) / 4;
      return;
    case Kind::constant:
      series.value = 1;
  }
}

void RandomEstate::step_histograms() {
  for (auto& [environment, counts] : histograms_) {
    if (one_in(60)) std::ranges::fill(counts, 0.0);
    double more = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      more += static_cast<double>(random_() % 4);
      counts[i] += more;
      append({{"__name__", "wait_bucket"}, {"env", environment}, {"le", kBounds.at(i)}}, now_, counts[i]);
    }
  }
}

void RandomEstate::append(const plain::LabelMap& labels, Timestamp at, double value) {
  auto& samples = samples_[labels];
  if (!samples.empty() && samples.back().at >= at) return;
  samples.push_back({at, value});
  store_->append(to_labels(labels), at, value);
}

void RandomEstate::end(const plain::LabelMap& labels) {
  const auto known = samples_.find(labels);
  if (known != samples_.end()) append(labels, now_, stale_marker());
}

}  // namespace a2od::promql
