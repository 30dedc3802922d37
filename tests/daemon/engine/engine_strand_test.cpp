// The engine on its strand while the loop, queries and renderings ask at once: for ThreadSanitizer above all.
#include "daemon/engine/engine_strand.hpp"

#include "daemon/web/api/query.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace a2od {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr Metric kUsed{"d365_used_bytes", MetricType::gauge, "bytes", "Used."};
constexpr int kRounds = 200;

struct ThreadsEngineStrand : testing::Test {
  asio::io_context io{1};
  asio::thread_pool pool{2};
  EngineStrand engine{
      pool,
      {.instance = "here:1",
       .collector_of = [](std::string_view) { return std::string_view(); },
       .stopwatch = [] { return 0ns; }},
      *parse_rule_file("rules.yml", "groups: [{name: g, rules: [{alert: Full, expr: d365_used_bytes > 90}]}]"),
      {}};
  Timestamp start{Milliseconds(1'700'000'000'000)};
  int writes = 0;
  int reads = 0;

  ~ThreadsEngineStrand() override { pool.join(); }

  asio::awaitable<void> write() {
    for (int i = 0; i < kRounds; ++i) {
      const auto now = start + i * 1s;
      co_await engine.with([&](Engine& e) {
        e.publish({.key = {"capacity", "contoso", "", "all"},
                   .delivered = true,
                   .interval = 1h,
                   .samples = {{&kUsed, Labels{{"tenant", "contoso"}}, static_cast<double>(i)}}},
                  now);
        return e.step(now);
      });
      ++writes;
    }
  }

  asio::awaitable<void> read() {
    for (int i = 0; i < kRounds; ++i) {
      const auto snapshot = co_await engine.with([](Engine& e) { return e.snapshot(); });
      const auto parameters = parse_parameters("query=max_over_time(d365_used_bytes[5m])");
      const auto reply = co_await offload(
          pool.get_executor(), [&] { return answer_query(SeriesSource(snapshot), parameters, start + 200s, {}); });
      const auto page = co_await engine.exposition(ExpositionFormat::text, i % 2 == 0);
      if (reply.status == 200 && page) ++reads;
    }
  }
};

TEST_F(ThreadsEngineStrand, APageIsRenderedOnceForAllWhoAskUntilSomethingChanges) {
  const auto page = [&] { return engine.exposition(ExpositionFormat::text, false); };
  const auto ask = [&]() -> asio::awaitable<void> {
    co_await write();
    const auto first = co_await page();
    EXPECT_EQ(first, co_await page());
    co_await write();
    EXPECT_NE(first, co_await page());
  };
  asio::co_spawn(io, ask(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  io.run();
}

TEST_F(ThreadsEngineStrand, AnswersManyReadersWhileItIsWritten) {
  for (int i = 0; i < 3; ++i) asio::co_spawn(io, read(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  asio::co_spawn(io, write(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  io.run();
  EXPECT_EQ(writes, kRounds);
  EXPECT_EQ(reads, 3 * kRounds);
}

}  // namespace
}  // namespace a2od
