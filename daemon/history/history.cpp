#include "daemon/history/history.hpp"

#include "collectors/async/deadline.hpp"
#include "daemon/offload.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr auto kCommittedTogether = 100ms;
constexpr auto kBetweenUpkeeps = 5s;
constexpr auto kLongestWait = 5s;

bool touches(Day day, const promql::SeriesWindow& window) {
  return window.after < day + std::chrono::days(1) && window.until >= day;
}

}  // namespace

std::vector<UnreadDay> read_history(const std::filesystem::path& folder, DayContent content,
                                    std::span<const promql::SeriesWindow> windows, Store& into, const OnRuns& on_runs) {
  std::vector<UnreadDay> unread;
  for (const Day day : days_in(folder)) {
    std::vector<promql::SeriesWindow> touching;
    std::ranges::copy_if(windows, std::back_inserter(touching),
                         [day](const auto& window) { return touches(day, window); });
    if (touching.empty()) continue;
    const auto identity = identity_of(day_file(folder, day));
    try {
      read_day(folder, day, content, touching, into, on_runs);
    } catch (const DamagedDayFile& damaged) {
      unread.push_back({day, damaged.what(), true, identity});
    } catch (const std::exception& error) {
      unread.push_back({day, error.what()});
    }
  }
  return unread;
}

History::History(const asio::any_io_executor& loop, asio::any_io_executor executor, HistoryOptions options)
    : executor_(std::move(executor)),
      folder_(options.folder),
      writer_(std::move(options)),
      commit_ended_(loop),
      wake_(loop) {}

void History::report(const UnreadDay& day) {
  if (!day.damaged) return spdlog::error("{}", day.why);
  asio::post(executor_, [this, day] { writer_.report_damaged(day.day, day.identity, day.why); });
}

SeriesSource History::source(Snapshot memory, Timestamp now) {
  return {std::move(memory), now, memory_since_, folder_, [this](const UnreadDay& day) { report(day); }};
}

void History::restore(std::span<const promql::SeriesWindow> windows, Store& store) {
  for (const auto& window : windows) memory_since_ = std::max(memory_since_, window.after);
  for (const auto& day : read_history(folder_, DayContent::samples, windows, store)) {
    if (day.damaged) {
      writer_.report_damaged(day.day, day.identity, day.why);
    } else {
      spdlog::error("{}; what it has is not in memory", day.why);
    }
  }
}

Snapshot History::older(std::span<const promql::SeriesWindow> windows) {
  Store store;
  for (const auto& day : read_history(folder_, DayContent::samples, windows, store)) report(day);
  return store.snapshot();
}

void History::add(std::vector<LoggedSamples> samples) {
  if (samples.empty()) return;
  std::ranges::move(samples, std::back_inserter(added_));
  ++last_added_;
  wake_.call();
}

asio::awaitable<void> History::committed() {
  const auto wanted = last_added_;
  const auto give_up = std::chrono::steady_clock::now() + kLongestWait;
  while (last_committed_ < wanted && std::chrono::steady_clock::now() < give_up) {
    try {
      co_await within(give_up - std::chrono::steady_clock::now(), commit_ended_.wait());
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::timed_out) throw;
    }
  }
}

asio::awaitable<void> History::commit() {
  const auto until = last_added_;
  auto samples = std::exchange(added_, {});
  status_ = co_await offload(executor_, [&] {
    writer_.write(std::move(samples));
    return writer_.status();
  });
  last_committed_ = until;
  commit_ended_.notify_all();
}

asio::awaitable<void> History::keep_up(Timestamp now) {
  status_ = co_await offload(executor_, [&] {
    writer_.upkeep(now);
    return writer_.status();
  });
}

asio::awaitable<void> History::run(std::function<Timestamp()> now) {
  auto next_upkeep = std::chrono::steady_clock::now();
  asio::steady_timer gathering(co_await asio::this_coro::executor);
  for (;;) {
    const auto left = next_upkeep - std::chrono::steady_clock::now();
    co_await wake_.sleep(std::max(left, std::chrono::steady_clock::duration::zero()));
    if (!added_.empty()) {
      gathering.expires_after(kCommittedTogether);
      co_await gathering.async_wait(asio::use_awaitable);
      co_await commit();
    }
    if (std::chrono::steady_clock::now() < next_upkeep) continue;
    co_await keep_up(now());
    next_upkeep = std::chrono::steady_clock::now() + kBetweenUpkeeps;
  }
}

void History::finish() { writer_.write(std::exchange(added_, {})); }

}  // namespace a2od
