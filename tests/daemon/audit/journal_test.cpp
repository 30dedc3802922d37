#include "daemon/audit/journal.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace a2od {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

AuditEvent numbered(int number) { return {kStart + Milliseconds(number), "alert.firing", {}, {{"n", number}}}; }

TEST(Journal, HandsOutWhatWaitsInItsOrderAndWhatCouldNotBeWrittenBeforeWhatCameSince) {
  Journal journal;
  journal.record(numbered(1));
  journal.record(numbered(2));
  auto batch = journal.take();
  EXPECT_TRUE(journal.empty());
  journal.record(numbered(3));
  journal.put_back(std::move(batch));
  std::string order;
  for (const auto& event : journal.take().events) order += event.details;
  EXPECT_EQ(order, R"({"n":1}{"n":2}{"n":3})");
}

TEST(Journal, LosesWhatComesWhileItIsFullAndCountsIt) {
  Journal journal({.events = 2});
  for (int i = 1; i <= 5; ++i) journal.record(numbered(i));
  auto batch = journal.take();
  EXPECT_EQ(batch.events.size(), 2U);
  EXPECT_EQ(batch.lost, 3U);
  EXPECT_EQ(batch.lost_until, kStart + Milliseconds(5));
  journal.record(numbered(6));
  journal.put_back(std::move(batch));
  const auto again = journal.take();
  EXPECT_EQ(again.events.size(), 2U) << "the gap stays one: what follows it is lost as well";
  EXPECT_EQ(again.lost, 4U);
  EXPECT_EQ(journal.lost(), 4U);
  EXPECT_EQ(journal.recorded(), 6U);
  journal.record(numbered(7));
  EXPECT_EQ(journal.take().events.size(), 1U);
}

TEST(Journal, IsBoundedByBytesToo) {
  Journal journal({.events = 1'000, .bytes = 10'000});
  for (int i = 0; i < 100; ++i) {
    auto event = numbered(i);
    event.details["text"] = std::string(1'000, 'x');
    journal.record(event);
  }
  EXPECT_LT(journal.waiting(), 10U);
  EXPECT_EQ(journal.waiting() + journal.lost(), 100U);
}

TEST(EventRow, IsBoundedAndUtf8WhateverASenderPutIntoLabels) {
  const std::string huge(100'000, 'x');
  const AuditEvent event{kStart, "alert.firing", Labels{{"alertname", "Down\xff"}, {"huge", huge}}, {{"error", huge}}};
  const auto row = row_of(event);
  EXPECT_LT(row.bytes(), 4'000U);
  EXPECT_EQ(row.labels, "{\"alertname\":\"Down\xEF\xBF\xBD\"}");
  EXPECT_THAT(row.details, HasSubstr(R"("labels_left_out":2)"));
  EXPECT_THAT(row_of({kStart, "alert.firing", Labels{{"alertname", "Down"}}}).details, Not(HasSubstr("left_out")));
}

}  // namespace
}  // namespace a2od
