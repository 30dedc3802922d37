#include "daemon/state/keep_events.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr const char* kEvents = "events";
constexpr Steady::duration kBetweenWrites = 1s;
constexpr Steady::duration kAfterFailure = 5s;
constexpr Steady::duration kBetweenLooks = 1min;  ///< while nothing is beyond the retention
constexpr std::uint64_t kForgottenAtOnce = 2'000;

void publish(const Journal& journal, SelfMetrics& metrics) {
  metrics.count_to("a2od_events_total", {}, journal.recorded());
  metrics.count_to("a2od_events_lost_total", {}, journal.lost());
  metrics.set("a2od_events_waiting", {}, static_cast<double>(journal.waiting()));
}

}  // namespace

boost::asio::awaitable<void> write_events(StateWriter& state) {
  co_await state.write(kEvents, [](Database&) {});
}

boost::asio::awaitable<void> keep_events(EventKeeping with) {
  namespace asio = boost::asio;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  Steady::time_point next_forgetting{};
  bool written = true;
  for (;;) {
    std::uint64_t forgotten = 0;
    const bool forgets = Steady::now() >= next_forgetting;
    // After a failure once more, even if others have taken along what waited: so that it is known to be over.
    if (forgets || !written || !with.journal.empty()) {
      const auto now = with.now();
      written = co_await with.state.write(kEvents, [&](Database& database) {
        if (forgets) forgotten = forget_events(database, with.retention, kForgottenAtOnce, now);
      });
    }
    if (forgets && written) next_forgetting = Steady::now() + (forgotten > 0 ? kBetweenWrites : kBetweenLooks);
    publish(with.journal, with.metrics);
    timer.expires_after(written ? kBetweenWrites : kAfterFailure);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace a2od
