// The time that samples and evaluations carry: steady time anchored to the system clock, slewed after it, never
// stepped.
#pragma once

#include "config/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace a2od {

/// A system clock that is set forward or back must neither fire nor resolve anything: this time goes on as if nothing
/// had happened and approaches the system's by at most a tenth of the time that passes.
class EvaluationClock {
 public:
  /// A system clock that moved against the steady one by more than `step` between two readings has been stepped.
  explicit EvaluationClock(Milliseconds step) : step_(step) {}

  /// Never less than what an earlier call returned.
  Timestamp read(std::chrono::steady_clock::time_point steady, Timestamp wall);

  /// What this clock shows when the system's shows `wall`: the same, unless they are more than `step` apart. Whoever
  /// tells of the past never tells of the future.
  [[nodiscard]] Timestamp when(Timestamp wall) const;

  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Anchor {
    std::chrono::steady_clock::time_point steady;
    Timestamp wall;
    Timestamp time;
  };
  Milliseconds step_;
  std::optional<Anchor> last_;
  std::uint64_t steps_ = 0;
};

}  // namespace a2od
