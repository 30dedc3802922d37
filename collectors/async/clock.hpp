// Time as a dependency: the daemon sleeps on the real clock, the tests on one they advance by hand.
#pragma once

#include "config/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace a2od {

/// Periodic code takes a Clock&, never std::chrono's clocks themselves. Durations are measured with now(), what people
/// and other systems read is stamped with wall().
class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  [[nodiscard]] virtual time_point now() const = 0;
  [[nodiscard]] virtual Timestamp wall() const = 0;
  virtual boost::asio::awaitable<void> sleep_until(time_point when) = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] time_point now() const override;
  [[nodiscard]] Timestamp wall() const override;
  boost::asio::awaitable<void> sleep_until(time_point when) override;
};

}  // namespace a2od
