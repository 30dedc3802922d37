#include "config/schedule.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;

Timestamp utc(int year, int month, int day, Milliseconds time) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day) + time;
}

const Schedule kNightly{.times = {2 * 60 + 30}, .location = "Europe/Berlin"};

TEST(Schedule, ComesAtTheTimeOfThatPlace) {
  EXPECT_EQ(kNightly.next_after(utc(2026, 11, 27, 0h)), utc(2026, 11, 27, 1h + 30min));
  EXPECT_EQ(kNightly.next_after(utc(2026, 11, 27, 1h + 30min)), utc(2026, 11, 28, 1h + 30min)) << "after, not at";
  EXPECT_EQ(kNightly.next_after(utc(2026, 7, 1, 0h)), utc(2026, 7, 1, 30min)) << "in summer";
  const Schedule far{.times = {0}, .location = "Pacific/Kiritimati"};  // 14 hours ahead
  EXPECT_EQ(far.next_after(utc(2026, 7, 1, 9h)), utc(2026, 7, 1, 10h));
  EXPECT_EQ(far.next_after(utc(2026, 7, 1, 11h)), utc(2026, 7, 2, 10h));
}

TEST(Schedule, LeavesNoNightOutWhenClocksAreSet) {
  // 02:30 does not exist on 29 March: it comes when it would have come without the leap.
  EXPECT_EQ(kNightly.next_after(utc(2026, 3, 28, 12h)), utc(2026, 3, 29, 1h + 30min));
  EXPECT_EQ(kNightly.next_after(utc(2026, 3, 29, 12h)), utc(2026, 3, 30, 30min));
  // 02:30 comes twice on 25 October, and counts the first time.
  EXPECT_EQ(kNightly.next_after(utc(2026, 10, 24, 12h)), utc(2026, 10, 25, 30min));
  EXPECT_EQ(kNightly.next_after(utc(2026, 10, 25, 31min)), utc(2026, 10, 26, 1h + 30min));
}

TEST(Schedule, LooksForTheDaysOfItsCalendar) {
  const Schedule workdays{.times = {8 * 60, 18 * 60}, .weekdays = {{1, 5}}};
  EXPECT_EQ(workdays.next_after(utc(2026, 11, 27, 9h)), utc(2026, 11, 27, 18h));  // a Friday
  EXPECT_EQ(workdays.next_after(utc(2026, 11, 27, 19h)), utc(2026, 11, 30, 8h));
  const Schedule month_end{.times = {23 * 60}, .days_of_month = {{-1, -1}}};
  EXPECT_EQ(month_end.next_after(utc(2027, 2, 1, 0h)), utc(2027, 2, 28, 23h));
  const Schedule leap_day{.times = {0}, .days_of_month = {{29, 29}}, .months = {{2, 2}}};
  EXPECT_EQ(leap_day.next_after(utc(2026, 1, 1, 0h)), utc(2028, 2, 29, 0h));
  const Schedule never{.times = {0}, .days_of_month = {{31, 31}}, .months = {{2, 2}}};
  EXPECT_EQ(never.next_after(utc(2026, 1, 1, 0h)), std::nullopt);
}

}  // namespace
}  // namespace a2od
