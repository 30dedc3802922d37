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

Timestamp EvaluationClock::when(Timestamp wall) const {
  if (!last_) return wall;
  const auto lag = last_->wall - last_->time;
  if (std::chrono::abs(lag) <= step_) return wall;
  const auto ahead = wall - last_->wall;
  if (ahead <= Milliseconds{0}) return std::min(wall + std::max(-lag, Milliseconds{0}), last_->time);
  const auto slewed = lag > Milliseconds{0} ? std::min(lag, ahead / 10) : std::max(lag, -ahead / 10);
  return last_->time + ahead + slewed;
}

}  // namespace a2od
