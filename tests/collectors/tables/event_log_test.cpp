// Events are counted once, whatever is asked for twice, comes late, or is remembered across a restart.
#include "collectors/tables/event_log.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using Brought = EventLog::Brought;

constexpr Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

TEST(EventLog, BeginsAtItsFirstRunWithNothingCounted) {
  const EventLog log(nullptr, kStart);
  EXPECT_EQ(log.since(), kStart);
  EXPECT_EQ(log.count("any"), 0);
}

TEST(EventLog, CountsAnEventOnceThoughItIsAskedForAgain) {
  EventLog log(nullptr, kStart);
  EXPECT_TRUE(log.take("a", kStart + 1min, "workflow"));
  log.close(kStart + 5min, Brought::all);
  EXPECT_LE(log.since(), kStart + 1min);  // rows that are written late are asked for
  EXPECT_FALSE(log.take("a", kStart + 1min, "workflow"));
  EXPECT_TRUE(log.take("late", kStart + 2min, "workflow"));
  EXPECT_EQ(log.count("workflow"), 2);
}

TEST(EventLog, GoesOnAfterARestart) {
  EventLog before(nullptr, kStart);
  before.take("a", kStart + 1min, "workflow");
  before.close(kStart + 5min, Brought::all);
  const auto memory = before.memory();
  EventLog after(&memory, kStart + 3h);
  EXPECT_EQ(after.since(), before.since());
  EXPECT_FALSE(after.take("a", kStart + 1min, "workflow"));
  EXPECT_TRUE(after.take("b", kStart + 2h, "workflow"));
  EXPECT_EQ(after.count("workflow"), 2);
}

TEST(EventLog, ForgetsIdsThatAreNotAskedForAgain) {
  EventLog log(nullptr, kStart);
  log.take("a", kStart + 1min, "workflow");
  log.close(kStart + 1h, Brought::all);
  EXPECT_EQ(log.memory().at("seen").as_object().size(), 0U);
}

TEST(EventLog, AfterAFirstPageGoesOnWhereItEnded) {
  EventLog log(nullptr, kStart);
  log.take("a", kStart + 1min, "x");
  log.take("b", kStart + 2min, "x");
  log.close(kStart + 1h, Brought::first_page);
  EXPECT_EQ(log.since(), kStart + 2min);
  EXPECT_FALSE(log.take("b", kStart + 2min, "x"));
  log.close(kStart + 1h, Brought::first_page);
  EXPECT_GT(log.since(), kStart + 2min);  // a page that is full of one second is not asked for for ever
}

TEST(EventLog, KeepsTheNumberOfKindsBounded) {
  EventLog log(nullptr, kStart);
  for (int i = 0; i < 300; ++i) log.take("id" + std::to_string(i), kStart, "kind" + std::to_string(i));
  EXPECT_EQ(log.counts().size(), 201U);
  EXPECT_EQ(log.count("other"), 100);
}

TEST(EventLog, ANewKindIsShownWithZeroFirst) {
  EventLog first(nullptr, kStart);
  first.take("a", kStart, "new");
  EXPECT_EQ(first.shown_counts().at("new"), 0);
  const auto memory = first.memory();
  EXPECT_EQ(EventLog(&memory, kStart).shown_counts().at("new"), 1);
}

TEST(EventLog, BeginsAnewFromAMemoryThatCannotBeRead) {
  for (const auto* text : {"null", "7", "{}", R"({"since": "x"})", R"({"since": 1e300})", R"({"since": -1})"}) {
    const auto memory = boost::json::parse(text);
    EXPECT_EQ(EventLog(&memory, kStart).since(), kStart) << text;
  }
  const auto odd = boost::json::parse(R"({"since": 5, "counts": {"a": "x", "b": 2}, "seen": {"zz": 1, "1f": "x"}})");
  EXPECT_EQ(EventLog(&odd, kStart).count("b"), 2);
}

}  // namespace
}  // namespace a2od
