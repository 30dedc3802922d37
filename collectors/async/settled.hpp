// A guard for spawned coroutines: Asio 1.26 (Boost 1.81) calls std::terminate when one is cancelled and then ends
// without having suspended. Turning its cancellation check off as the last step makes every ending safe.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace a2od {

template <class T>
boost::asio::awaitable<T> settled(boost::asio::awaitable<T> task) {
  std::exception_ptr failure;
  std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> result;
  try {
    if constexpr (std::is_void_v<T>)
      co_await std::move(task);
    else
      result.emplace(co_await std::move(task));
  } catch (...) {
    failure = std::current_exception();
  }
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  if (failure) std::rethrow_exception(failure);
  if constexpr (!std::is_void_v<T>) co_return std::move(*result);
}

}  // namespace a2od
