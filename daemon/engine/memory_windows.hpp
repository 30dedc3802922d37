// How long the samples of a series are kept in memory: as long as a rule may ask for them.
#pragma once

#include "config/time.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/labels.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace a2od {

class MemoryWindows {
 public:
  /// For series that no rule asks for: `shortest`.
  explicit MemoryWindows(Milliseconds shortest) : shortest_(shortest) {}

  /// What rules read that are evaluated at `now`; `spare` is kept beyond it.
  void add(std::span<const promql::SeriesWindow> reads, Timestamp now, Milliseconds spare);

  [[nodiscard]] Milliseconds of(const Labels& series) const;
  /// What makes up the windows at a time: of some series more than once.
  [[nodiscard]] std::vector<promql::SeriesWindow> at(Timestamp now) const;
  /// The part of it that the others do not ask for, or not as far back.
  [[nodiscard]] std::vector<promql::SeriesWindow> beyond(const MemoryWindows& others, Timestamp now) const;

 private:
  struct Wanted {
    std::vector<Matcher> matchers;
    Milliseconds back;
  };
  Milliseconds shortest_;
  std::map<std::string, std::vector<Wanted>, std::less<>> by_metric_;
  std::vector<Wanted> of_any_metric_;
};

}  // namespace a2od
