#include "collectors/async/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace a2od {

namespace asio = boost::asio;

SystemClock::time_point SystemClock::now() const { return std::chrono::steady_clock::now(); }

Timestamp SystemClock::wall() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

asio::awaitable<void> SystemClock::sleep_until(time_point when) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, when);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace a2od
