// A clock that stands still until the test advances it; its wall moves along.
#pragma once

#include "collectors/async/clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <map>

namespace a2od {

class FakeClock final : public Clock {
 public:
  /// 2026-01-01T00:00:00Z unless told otherwise.
  explicit FakeClock(boost::asio::io_context& io,
                     Timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1))
      : io_(io), start_(start) {}

  [[nodiscard]] time_point now() const override { return now_; }
  [[nodiscard]] Timestamp wall() const override {
    return start_ + std::chrono::duration_cast<Milliseconds>(now_ - kFirst) + step_;
  }

  boost::asio::awaitable<void> sleep_until(time_point when) override {
    namespace asio = boost::asio;
    asio::steady_timer alarm(io_, asio::steady_timer::time_point::max());
    const auto entry = sleepers_.emplace(when, &alarm);
    while (now_ < when) {
      co_await alarm.async_wait(asio::as_tuple(asio::use_awaitable));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) break;
    }
    sleepers_.erase(entry);
    if (now_ < when) throw boost::system::system_error(asio::error::operation_aborted);
  }

  /// Moves time forward, waking each sleeper at its own moment, and lets the loop run dry in between.
  void advance(duration by) {
    run_dry();
    for (const auto end = now_ + by;;) {
      const auto first = sleepers_.begin();
      if (first == sleepers_.end() || first->first > end) {
        now_ = end;
        return;
      }
      now_ = std::max(now_, first->first);
      first->second->cancel();
      run_dry();
    }
  }

  /// Moves the wall alone, as an administrator or a time server does.
  void step_wall(Milliseconds by) { step_ += by; }

 private:
  void run_dry() {
    io_.restart();
    io_.poll();
  }

  /// Not zero, so that a forgotten default-constructed time point is seen.
  static constexpr time_point kFirst{std::chrono::hours(1)};

  boost::asio::io_context& io_;
  time_point now_ = kFirst;
  Timestamp start_;
  Milliseconds step_{};
  std::multimap<time_point, boost::asio::steady_timer*> sleepers_;
};

}  // namespace a2od
