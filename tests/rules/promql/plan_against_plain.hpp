// Holds plans, with all that they keep between evaluations, against the plain evaluator while an estate moves on.
#pragma once

#include "rules/promql/expression.hpp"
#include "rules/series/store.hpp"
#include "tests/rules/promql/random_estate.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace a2od::promql {

/// What has the samples while nothing runs.
class Keeper {
 public:
  virtual ~Keeper() = default;
  /// Once, before anything is in the store.
  virtual void begin(Store& store) = 0;
  /// After each interval, at that time.
  virtual void keep(Store& store, Timestamp now) = 0;
  /// A store that has what the windows ask for, which takes the place of the one before.
  virtual std::unique_ptr<Store> restart(Store& old, std::span<const SeriesWindow> windows) = 0;
};

/// How many evaluations came to what.
struct Compared {
  std::size_t with_rows = 0;
  std::size_t without_rows = 0;
  std::size_t failed = 0;  ///< as they should
  std::size_t restarts = 0;
};

/// An estate of this seed for so many intervals, and some random expressions over it. Each plan is asked now and then;
/// what it says that the plain evaluator does not is a failure of the test. The store forgets what no expression reads.
void hold_against_plain(std::uint64_t seed, int intervals, Keeper& keeper, Compared& compared);

}  // namespace a2od::promql
