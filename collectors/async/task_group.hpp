// The daemon's background coroutines: started by name, cancelled together, waited for before anything they use dies.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <list>
#include <string>

namespace a2od {

/// All members must be called on the executor given at construction: one thread, or a strand.
class TaskGroup {
 public:
  using OnFailure = std::function<void(const std::string& name, const std::exception& error)>;

  TaskGroup(boost::asio::any_io_executor executor, OnFailure on_failure);

  /// Starts `task`; once stop() has been called, drops it instead.
  void spawn(std::string name, boost::asio::awaitable<void> task);

  /// Waits until no task is running.
  boost::asio::awaitable<void> join();

  /// Cancels every task, then waits for the last to end. A task must not await the stop of its own group.
  boost::asio::awaitable<void> stop();

  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  boost::asio::any_io_executor executor_;
  OnFailure on_failure_;
  std::list<boost::asio::cancellation_signal> running_;
  boost::asio::steady_timer ended_;
  bool stopping_ = false;
};

}  // namespace a2od
