// What a store has taken in, for who writes it down: series by their slots, samples in the order in which they came.
#pragma once

#include "config/free_memory.hpp"
#include "config/time.hpp"
#include "rules/series/labels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace a2od {

/// Samples of one time. `born` comes first: from then on these slots belong to these series.
struct LoggedSamples {
  Timestamp at;
  std::vector<std::pair<std::uint32_t, Labels>> born;
  std::vector<std::uint32_t> slots;
  std::vector<double> values;  ///< one for each slot; stale markers included
  std::vector<bool> repeated;  ///< one for each slot: the value is that of the sample before
};

class SampleLog {
 public:
  void born(std::uint32_t slot, const Labels& labels) { born_.emplace_back(slot, labels); }

  void add(Timestamp at, std::uint32_t slot, double value, bool repeated) {
    if (sections_.empty() || sections_.back().at != at) sections_.push_back({.at = at});
    LoggedSamples& section = sections_.back();
    if (!born_.empty()) {
      std::ranges::move(born_, std::back_inserter(section.born));
      free_memory(born_);
    }
    section.slots.push_back(slot);
    section.values.push_back(value);
    section.repeated.push_back(repeated);
  }

  /// What came since the last call.
  [[nodiscard]] std::vector<LoggedSamples> take() { return std::exchange(sections_, {}); }

 private:
  std::vector<LoggedSamples> sections_;
  std::vector<std::pair<std::uint32_t, Labels>> born_;  ///< without a sample yet
};

}  // namespace a2od
