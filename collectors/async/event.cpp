#include "collectors/async/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace a2od {

namespace asio = boost::asio;

Event::Event(const asio::any_io_executor& executor) : alarm_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> Event::wait() {
  co_await alarm_.async_wait(asio::as_tuple(asio::use_awaitable));
  // The alarm ends with the same error whether it was notified or the waiting task was cancelled.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace a2od
