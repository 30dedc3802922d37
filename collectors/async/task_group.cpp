#include "collectors/async/task_group.hpp"

#include "collectors/async/settled.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFailure on_failure)
    : executor_(executor),
      on_failure_(std::move(on_failure)),
      ended_(executor, asio::steady_timer::time_point::max()) {}

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
  if (stopping_) return;
  const auto self = running_.emplace(running_.end());
  auto finished = [this, self, name = std::move(name)](std::exception_ptr failure) {
    running_.erase(self);
    ended_.cancel();
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) on_failure_(name, error);
    } catch (const std::exception& error) {
      on_failure_(name, error);
    }
  };
  asio::co_spawn(executor_, settled(std::move(task)), asio::bind_cancellation_slot(self->slot(), std::move(finished)));
}

asio::awaitable<void> TaskGroup::join() {
  while (!running_.empty()) {
    const auto [ignored] = co_await ended_.async_wait(asio::as_tuple(asio::use_awaitable));
    (void)ignored;
  }
}

asio::awaitable<void> TaskGroup::stop() {
  stopping_ = true;
  // Asio 1.26 lets the exception of a task cancelled before its first step escape from run(): let all begin first.
  co_await asio::post(executor_, asio::use_awaitable);
  for (auto task = running_.begin(); task != running_.end();) (task++)->emit(asio::cancellation_type::terminal);
  co_await join();
}

}  // namespace a2od
