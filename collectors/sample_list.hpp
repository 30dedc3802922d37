// Gathers the samples of a part as a collector decodes them.
#pragma once

#include "collectors/sample.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

class SampleList {
 public:
  using SampleLabels = std::vector<std::pair<std::string, std::string>>;

  /// Samples belong to the tenant as a whole until for_environment() is called.
  SampleList() = default;
  explicit SampleList(std::string environment_id) : environment_id_(std::move(environment_id)) {}

  void for_environment(std::string id) { environment_id_ = std::move(id); }

  /// Label values come from outside: they are cut to 256 bytes, between characters; labels without a value are left
  /// out.
  void add(const Metric& metric, double value, SampleLabels labels = {});

  /// Nothing is added where there is no value: unknown is not zero.
  void add(const Metric& metric, std::optional<double> value, SampleLabels labels = {});
  void add(const Metric& metric, std::optional<Timestamp> time, SampleLabels labels = {});

  /// One series for each of `states`, 1 for `current`, which may be none of them.
  void add_states(const Metric& metric, std::string_view label, std::span<const std::string_view> states,
                  std::string_view current, const SampleLabels& labels = {});

  [[nodiscard]] std::vector<Sample> take() { return std::exchange(samples_, {}); }

 private:
  std::string environment_id_;
  std::vector<Sample> samples_;
};

}  // namespace a2od
