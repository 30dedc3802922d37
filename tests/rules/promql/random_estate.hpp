// Series that come, move, pause, end and come back, as an estate's do; in a store, and beside it as plain samples.
#pragma once

#include "config/time.hpp"
#include "rules/series/sample_log.hpp"
#include "rules/series/store.hpp"
#include "tests/rules/promql/plain_evaluator.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace a2od::promql {

/// Gauges, counters that are reset, histograms and info series; NaN and infinite values; environments that are
/// replaced. All finite values are multiples of 1/4, whose sums are exact.
class RandomEstate {
 public:
  static constexpr auto kInterval = std::chrono::seconds(30);

  explicit RandomEstate(std::mt19937_64& random);

  /// On to the next interval.
  void step();

  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] const plain::AllSamples& samples() const { return samples_; }

  /// Puts a store with the same samples in the place of this one, which is gone then, with all that referred to it.
  void replace(std::unique_ptr<Store> store) { store_ = std::move(store); }

 private:
  enum class Kind { gauge, state, counter, constant };
  struct Series {
    plain::LabelMap labels;
    Kind kind = Kind::gauge;
    double value = 0;
    bool alive = false;
    int comes_at = 0;
  };

  void add_environment(const std::string& name);
  void add(const plain::LabelMap& labels, Kind kind);
  void add_histogram(const std::string& environment);
  void step(Series& series);
  void move(Series& series);
  void step_histograms();
  void append(const plain::LabelMap& labels, Timestamp at, double value);
  void end(const plain::LabelMap& labels);
  bool one_in(std::uint64_t times) { return random_() % times == 0; }

  std::mt19937_64& random_;
  Timestamp now_;
  int tick_ = 0;
  int environments_ = 0;
  std::unique_ptr<Store> store_ = std::make_unique<Store>();
  plain::AllSamples samples_;
  std::vector<Series> series_;
  std::map<std::string, std::vector<double>> histograms_;  ///< bucket counts by environment
};

[[nodiscard]] Labels to_labels(const plain::LabelMap& labels);

}  // namespace a2od::promql
