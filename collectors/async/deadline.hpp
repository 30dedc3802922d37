// A time limit on any coroutine: the loser of the race is cancelled, and the winner's error is kept.
#pragma once

#include "collectors/async/settled.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

/// Runs `task`; after `limit` cancels it and throws system_error(timed_out). An outer cancellation throws
/// operation_aborted. T must be default-constructible. Unlike `task || timer`, a failing task fails at once.
template <class T>
asio::awaitable<T> within(std::chrono::steady_clock::duration limit, asio::awaitable<T> task) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);  // the flag belongs to the whole call chain: put back below
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, settled(std::move(task)), asio::deferred), timer.async_wait(asio::deferred));
  auto outcome = co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
  const auto& order = std::get<0>(outcome);
  if (order[0] == 1) throw boost::system::system_error(asio::error::timed_out);
  if (std::get<1>(outcome)) std::rethrow_exception(std::get<1>(outcome));
  if constexpr (!std::is_void_v<T>) co_return std::move(std::get<2>(outcome));
}

}  // namespace a2od
