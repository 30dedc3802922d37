#include "tests/collectors/async/fake_clock.hpp"

#include "collectors/async/task_group.hpp"
#include "tests/collectors/async/run.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace a2od {
namespace {

using namespace std::chrono_literals;

boost::asio::awaitable<void> every(Clock& clock, Clock::duration period, std::vector<Clock::duration>& ticks) {
  const auto start = clock.now();
  for (auto next = start + period;; next += period) {
    co_await clock.sleep_until(next);
    ticks.push_back(clock.now() - start);
  }
}

TEST(FakeClock, AnHourOfTicksTakesNoTimeAndMovesTheWall) {
  boost::asio::io_context io(1);
  FakeClock clock(io);
  const auto wall = clock.wall();
  std::vector<Clock::duration> ticks;
  TaskGroup group(io.get_executor(), [](auto&&...) { FAIL(); });
  group.spawn("ticker", every(clock, 15s, ticks));
  clock.advance(1h);
  EXPECT_EQ(ticks.size(), 240U);
  EXPECT_EQ(ticks.back(), 1h);
  EXPECT_EQ(clock.wall() - wall, 1h);
  run(io, group.stop());
}

TEST(FakeClock, SleepersWakeInTheirOwnOrder) {
  boost::asio::io_context io(1);
  FakeClock clock(io);
  std::vector<Clock::duration> ticks;
  TaskGroup group(io.get_executor(), [](auto&&...) { FAIL(); });
  group.spawn("slow", every(clock, 7s, ticks));
  group.spawn("fast", every(clock, 3s, ticks));
  clock.advance(10s);
  EXPECT_EQ(ticks, (std::vector<Clock::duration>{3s, 6s, 7s, 9s}));
  run(io, group.stop());
}

}  // namespace
}  // namespace a2od
