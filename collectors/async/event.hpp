// A wake-up call for coroutines on one executor: any number wait, one call wakes them all.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace a2od {

/// Keeps no memory of a call: whoever waits checks the condition first, and again after waking up.
class Event {
 public:
  explicit Event(const boost::asio::any_io_executor& executor);

  /// Returns after the next notify_all(); throws operation_aborted when cancelled. The event must outlive the wait.
  boost::asio::awaitable<void> wait();

  void notify_all() { alarm_.cancel(); }

 private:
  boost::asio::steady_timer alarm_;
};

}  // namespace a2od
