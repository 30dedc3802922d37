// Runs a plain function on another executor (the pool, or the engine's strand) and resumes the caller on its own.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace a2od {

/// Returns what `function` returns and throws what it throws. Not cancellable: a cancelled caller still waits for the
/// function, so it must be short, and may refer to what the caller owns. The result must be movable.
template <class Function>
boost::asio::awaitable<std::invoke_result_t<Function&>> offload(boost::asio::any_io_executor where, Function function) {
  namespace asio = boost::asio;
  using Result = std::invoke_result_t<Function&>;
  using Stored = std::conditional_t<std::is_void_v<Result>, bool, Result>;
  struct State {
    Function function;
    std::optional<Stored> result;
    std::exception_ptr failure;
  };
  auto state = std::make_shared<State>(State{std::move(function), std::nullopt, nullptr});
  auto initiate = [where, state](auto handler) {
    auto home = asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
    asio::post(where, [state, home, handler = std::move(handler)]() mutable {
      try {
        if constexpr (std::is_void_v<Result>) {
          state->function();
          state->result = true;
        } else {
          state->result.emplace(state->function());
        }
      } catch (...) {
        state->failure = std::current_exception();
      }
      asio::post(home, [handler = std::move(handler)]() mutable { handler(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate), asio::use_awaitable);
  if (state->failure) std::rethrow_exception(state->failure);
  if constexpr (!std::is_void_v<Result>) co_return std::move(*state->result);
}

}  // namespace a2od
