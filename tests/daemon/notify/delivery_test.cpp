#include "daemon/notify/delivery.hpp"

#include <gtest/gtest.h>

#include <set>

namespace a2od {
namespace {

using namespace std::chrono_literals;

struct Row {
  DeliveryResult result;
  Verdict verdict;
  std::string_view reason;
};

TEST(Delivery, ClassifiesReplies) {
  const Row rows[] = {
      {{.status = 200}, Verdict::delivered, ""},
      {{.status = 204}, Verdict::delivered, ""},
      {{.error = "connect 127.0.0.1:1: connection refused"}, Verdict::retry, "network"},
      {{.status = 101}, Verdict::retry, "server"},
      {{.status = 302}, Verdict::misconfigured, "misconfigured"},
      {{.status = 400}, Verdict::refused, "refused"},
      {{.status = 401}, Verdict::misconfigured, "misconfigured"},
      {{.status = 403}, Verdict::misconfigured, "misconfigured"},
      {{.status = 404}, Verdict::misconfigured, "misconfigured"},
      {{.status = 405}, Verdict::misconfigured, "misconfigured"},
      {{.status = 408}, Verdict::retry, "server"},
      {{.status = 410}, Verdict::misconfigured, "misconfigured"},
      {{.status = 413}, Verdict::refused, "refused"},
      {{.status = 422}, Verdict::refused, "refused"},
      {{.status = 425}, Verdict::retry, "server"},
      {{.status = 429}, Verdict::retry, "throttled"},
      {{.status = 500}, Verdict::retry, "server"},
      {{.status = 501}, Verdict::retry, "server"},
      {{.status = 503}, Verdict::retry, "server"},
      {{.status = 599}, Verdict::retry, "server"},
      {{.status = 999}, Verdict::retry, "server"},
      {{.error = "no such file", .unusable = true}, Verdict::misconfigured, "misconfigured"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(classify(row.result), row.verdict) << describe(row.result);
    if (row.verdict != Verdict::delivered) EXPECT_EQ(failure_reason(row.result), row.reason) << describe(row.result);
  }
}

TEST(Delivery, ReasonsAreAllKnownToTheMetrics) {
  const std::set<std::string_view> known(std::begin(kFailureReasons), std::end(kFailureReasons));
  for (unsigned status = 300; status < 600; ++status) EXPECT_TRUE(known.contains(failure_reason({.status = status})));
}

TEST(Delivery, WaitsLongerEachTimeButNeverOverAMinute) {
  for (std::uint64_t attempt = 1; attempt < 100; ++attempt) {
    const auto full = std::min<Milliseconds>(1s * (1LL << std::min<std::uint64_t>(attempt - 1, 10)), 1min);
    const auto wait = backoff(42, attempt);
    EXPECT_GE(wait, full * 6 / 10 - 1ms);
    EXPECT_LE(wait, full);
  }
}

TEST(Delivery, WaitsFiveMinutesToAnHourForMisconfiguredReceivers) {
  EXPECT_GE(slow_backoff(1, 1), 3min);
  EXPECT_LE(slow_backoff(1, 1), 5min);
  EXPECT_GE(slow_backoff(1, 1000), 36min);
  EXPECT_LE(slow_backoff(1, 1000), 1h);
}

TEST(Delivery, SpreadsMessagesTheSameWayEachTime) {
  std::set<Milliseconds> waits;
  for (std::uint64_t id = 1; id <= 50; ++id) waits.insert(backoff(id, 7));
  EXPECT_GT(waits.size(), 40U);
  EXPECT_EQ(backoff(3, 7), backoff(3, 7));
}

}  // namespace
}  // namespace a2od
