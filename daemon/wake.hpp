// A loop's alarm: sleeps until a time or until it is called, whichever comes first.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <optional>

namespace a2od {

/// For one sleeper and any number of callers on one executor. A call while nobody sleeps ends the next sleep at once.
class Wake {
 public:
  explicit Wake(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  void call() {
    called_ = true;
    timer_.cancel();
  }

  /// Without a time limit: until called. Throws operation_aborted when cancelled.
  boost::asio::awaitable<void> sleep(std::optional<std::chrono::steady_clock::duration> at_most) {
    namespace asio = boost::asio;
    if (!called_) {
      timer_.expires_at(at_most ? std::chrono::steady_clock::now() + *at_most
                                : std::chrono::steady_clock::time_point::max());
      const auto [ignored] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      (void)ignored;
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    called_ = false;
  }

 private:
  boost::asio::steady_timer timer_;
  bool called_ = false;
};

}  // namespace a2od
