// Parts of the calendar, in time zones with and without summer time.
#include "config/time_interval.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

const TimeInterval kNightInBerlin{.times = {{0, 3 * 60}}, .location = "Europe/Berlin"};

TEST(TimeInterval, ReadsTheClockWhereItIs) {
  const auto june = sys_days(year(2026) / 6 / 15);
  EXPECT_TRUE(kNightInBerlin.contains(june - 2h)) << "midnight in Berlin's summer";
  EXPECT_FALSE(kNightInBerlin.contains(june + 1h)) << "three o'clock there";
  const auto january = sys_days(year(2026) / 1 / 15);
  EXPECT_FALSE(kNightInBerlin.contains(january - 2h));
  EXPECT_TRUE(kNightInBerlin.contains(january - 1h));
}

/// In the night to 2026-03-29 the clock goes from 02:00 to 03:00, to 2026-10-25 from 03:00 back to 02:00.
TEST(TimeInterval, IsAnHourShorterOrLongerWhenClocksChange) {
  const auto hours_in = [](sys_days day) {
    int minutes = 0;
    for (auto at = Timestamp(day) - 4h; at < day + 8h; at += 1min) minutes += kNightInBerlin.contains(at) ? 1 : 0;
    return minutes / 60.0;
  };
  EXPECT_EQ(hours_in(year(2026) / 3 / 28), 3);
  EXPECT_EQ(hours_in(year(2026) / 3 / 29), 2);
  EXPECT_EQ(hours_in(year(2026) / 10 / 25), 4);
}

TEST(TimeInterval, DaysCountFromTheEndOfAnyMonth) {
  const TimeInterval last{.days_of_month = {{-1, -1}}};
  EXPECT_TRUE(last.contains(sys_days(year(2028) / 2 / 29)));
  EXPECT_FALSE(last.contains(sys_days(year(2028) / 2 / 28)));
  EXPECT_TRUE(last.contains(sys_days(year(2027) / 2 / 28)));
  const TimeInterval first_of_31{.days_of_month = {{-31, -31}}};
  EXPECT_TRUE(first_of_31.contains(sys_days(year(2027) / 3 / 1)));
  EXPECT_FALSE(first_of_31.contains(sys_days(year(2027) / 4 / 1))) << "a month without a 31st";
  const TimeInterval late{.days_of_month = {{30, 31}}};
  EXPECT_FALSE(late.contains(sys_days(year(2027) / 2 / 28))) << "there is no such day";
}

TEST(TimeInterval, AllFieldsMustAgreeAndOneRangeOfEach) {
  const TimeInterval some{.weekdays = {{1, 5}, {0, 0}}, .months = {{3, 3}, {5, 6}}, .years = {{2026, 2027}}};
  EXPECT_TRUE(some.contains(sys_days(year(2026) / 5 / 3))) << "a Sunday";
  EXPECT_FALSE(some.contains(sys_days(year(2026) / 5 / 2))) << "a Saturday";
  EXPECT_FALSE(some.contains(sys_days(year(2026) / 4 / 1)));
  EXPECT_FALSE(some.contains(sys_days(year(2028) / 5 / 1)));
  EXPECT_TRUE(TimeInterval{}.contains(Timestamp{})) << "nothing is asked";
}

TEST(TimeInterval, LocationsAreThoseOfTheSystem) {
  for (const auto* name : {"", "UTC", "Local", "Europe/Berlin", "America/New_York"})
    EXPECT_TRUE(is_location(name)) << name;
  for (const auto* name : {"Berlin", "../../etc/passwd", "Europe/"}) EXPECT_FALSE(is_location(name)) << name;
}

}  // namespace
}  // namespace a2od
