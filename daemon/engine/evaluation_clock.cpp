#include "daemon/engine/evaluation_clock.hpp"

#include <algorithm>

namespace a2od {

Timestamp EvaluationClock::read(std::chrono::steady_clock::time_point steady, Timestamp wall) {
  if (!last_) {
    last_ = Anchor{steady, wall, wall};
    return wall;
  }
  const auto passed = std::chrono::floor<Milliseconds>(steady - last_->steady);
  if (passed <= Milliseconds{0}) return last_->time;
  if (std::chrono::abs(wall - last_->wall - passed) > step_) ++steps_;
  const auto lag = wall - (last_->time + passed);
  const auto slew = std::clamp(lag, -passed / 10, passed / 10);
  last_ = Anchor{last_->steady + passed, wall, last_->time + passed + slew};
  return last_->time;
}

}  // namespace a2od
