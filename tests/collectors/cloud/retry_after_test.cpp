#include "collectors/cloud/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace a2od::cloud {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 5 / 6) + 7h;

struct Row {
  std::string text;
  std::optional<Milliseconds> expected;
};

TEST(RetryAfter, ReadsSecondsDatesAndDurations) {
  const Row rows[] = {{"0", 0ms},
                      {"120", 2min},
                      {" 7 ", 7s},
                      {"1.5", 1500ms},
                      {"1m30s", 90s},
                      {"1h2m3.5s", 1h + 2min + 3500ms},
                      {"500ms", 500ms},
                      {"Wed, 06 May 2026 07:00:30 GMT", 30s},
                      {"Wed, 06 May 2026 06:00:00 GMT", 0ms}};
  for (const Row& row : rows) EXPECT_EQ(parse_retry_after(row.text, kNow), row.expected) << row.text;
}

TEST(RetryAfter, IsNeverLongerThanADay) {
  for (const auto* text : {"99999999999999999999999", "100000h", "Fri, 31 Dec 9999 23:59:59 GMT"})
    EXPECT_EQ(parse_retry_after(text, kNow), 24h) << text;
}

TEST(RetryAfter, JunkIsNothing) {
  for (const std::string text :
       {"", " ", "-5", "soon", "1e9", "5 s", "1m30", "m", "1..2", "0x10", "NaN", "inf", "Wed, 32 May 2026 07:00:30 GMT",
        "Wed, 06 Mai 2026 07:00:30 GMT", "Wed, 06 anF 2026 07:00:30 GMT", "Wed, 06 May 2026 07:00:30 CET", "1s1x"})
    EXPECT_EQ(parse_retry_after(text, kNow), std::nullopt) << text;
  EXPECT_EQ(parse_retry_after(std::string(100'000, '1'), kNow), std::nullopt);
}

}  // namespace
}  // namespace a2od::cloud
