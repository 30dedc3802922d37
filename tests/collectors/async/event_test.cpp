#include "collectors/async/event.hpp"

#include "collectors/async/task_group.hpp"
#include "tests/collectors/async/run.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

boost::asio::awaitable<void> count_wake_ups(Event& event, int& wake_ups) {
  for (;;) {
    co_await event.wait();
    ++wake_ups;
  }
}

TEST(Event, WakesAllWhoWaitAndIsNotRemembered) {
  boost::asio::io_context io(1);
  Event event(io.get_executor());
  int wake_ups = 0;
  TaskGroup tasks(io.get_executor(), [](auto&&...) { FAIL(); });
  event.notify_all();
  for (int i = 0; i < 3; ++i) tasks.spawn("waiter", count_wake_ups(event, wake_ups));
  io.poll();
  EXPECT_EQ(wake_ups, 0);
  event.notify_all();
  io.restart();
  io.poll();
  EXPECT_EQ(wake_ups, 3);
  run(io, tasks.stop());
  EXPECT_EQ(wake_ups, 3);
}

}  // namespace
}  // namespace a2od
