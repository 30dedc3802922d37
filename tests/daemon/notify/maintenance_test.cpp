#include "daemon/notify/maintenance.hpp"

#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Matcher> matchers(std::string_view text) { return parse_matchers(text, MatcherSyntax::fallback).value(); }

Timestamp utc(int year, int month, int day, Milliseconds time) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day) + time;
}

const EnvironmentWork kAdmin{"contoso", "uat", std::string(kAdministrationMode)};
const EnvironmentWork kCopy{"contoso", "uat", "Copy"};

/// What is known of contoso's uat when both collectors have delivered.
EnvironmentsSeen seen(std::set<EnvironmentWork> work) {
  return {.work = std::move(work), .inventories = {"contoso"}, .known_operations = {{"contoso", "uat"}}};
}

std::vector<std::string> suppressing(const Maintenance& maintenance, const Labels& labels, Timestamp now) {
  Maintenance::Known known;
  return maintenance.suppressing(labels, now, known);
}

Labels alert(std::string_view name, std::string_view environment = "uat") {
  return Labels{{"alertname", name}, {"severity", "page"}, {"tenant", "contoso"}, {"environment", environment}};
}

/// From 02:00 to 04:00 in Berlin.
MaintenanceConfig nightly() {
  const TimeInterval night{.times = {{120, 240}}, .location = "Europe/Berlin"};
  return {.windows = {{.name = "patching", .matchers = matchers("environment=uat"), .intervals = {night}}}};
}

struct WindowCase {
  std::string name;
  Timestamp time;
  bool open;
};
class MaintenanceWindows : public testing::TestWithParam<WindowCase> {};

TEST_P(MaintenanceWindows, FollowTheClockOfTheirPlace) {
  const Maintenance maintenance(nightly(), {});
  const auto expected = GetParam().open ? std::vector<std::string>{"maintenance/patching"} : std::vector<std::string>();
  EXPECT_EQ(suppressing(maintenance, alert("Down"), GetParam().time), expected);
  EXPECT_THAT(suppressing(maintenance, alert("Down", "prod"), GetParam().time), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Days, MaintenanceWindows,
                         testing::Values(WindowCase{"WinterBefore", utc(2026, 1, 10, 59min), false},
                                         WindowCase{"WinterBegin", utc(2026, 1, 10, 1h), true},
                                         WindowCase{"WinterLast", utc(2026, 1, 10, 3h - 1ms), true},
                                         WindowCase{"WinterEnd", utc(2026, 1, 10, 3h), false},
                                         WindowCase{"SummerBegin", utc(2026, 7, 10, 0h), true},
                                         WindowCase{"SummerEnd", utc(2026, 7, 10, 2h), false},
                                         // 02:00 to 03:00 is left out: at 03:00, an hour is left of it.
                                         WindowCase{"SpringBefore", utc(2026, 3, 29, 1h - 1ms), false},
                                         WindowCase{"SpringBegin", utc(2026, 3, 29, 1h), true},
                                         WindowCase{"SpringEnd", utc(2026, 3, 29, 2h), false},
                                         // 02:00 to 03:00 comes twice: it lasts three hours.
                                         WindowCase{"AutumnBegin", utc(2026, 10, 25, 0h), true},
                                         WindowCase{"AutumnSecondTime", utc(2026, 10, 25, 1h + 30min), true},
                                         WindowCase{"AutumnLast", utc(2026, 10, 25, 3h - 1ms), true},
                                         WindowCase{"AutumnEnd", utc(2026, 10, 25, 3h), false}),
                         [](const auto& info) { return info.param.name; });

TEST(Maintenance, NamedIntervalsAndAReloadAreFollowed) {
  const std::vector<NamedTimeInterval> intervals{{"always", {TimeInterval{}}}};
  const MaintenanceConfig always{
      .windows = {{"forever", matchers("alertname=Down"), {std::string("always")}, "it is being replaced"}}};
  Maintenance maintenance(nightly(), {});
  Maintenance::Known known;
  EXPECT_THAT(maintenance.suppressing(alert("Down"), utc(2026, 1, 10, 2h), known), ElementsAre("maintenance/patching"));
  maintenance.set_config(always, intervals);
  EXPECT_THAT(maintenance.suppressing(alert("Down"), utc(2026, 1, 10, 2h), known), ElementsAre("maintenance/forever"))
      << "what was found out before is void";
  ASSERT_EQ(maintenance.active(kStart).size(), 1U);
  EXPECT_EQ(maintenance.active(kStart)[0].comment, "it is being replaced");
}

TEST(Maintenance, AnEnvironmentThatIsWorkedOnIsSilentButForWhatIsAboutTheWork) {
  Maintenance maintenance({}, {});
  EXPECT_TRUE(maintenance.see(seen({kAdmin, kCopy}), kStart));
  EXPECT_THAT(suppressing(maintenance, alert("EnvironmentUnreachable"), kStart),
              ElementsAre("maintenance/uat: Copy", "maintenance/uat: administration mode"));
  for (const auto* name : {"EnvironmentAdminModeLong", "EnvironmentOperationFailed", "EnvironmentOperationRunningLong"})
    EXPECT_THAT(suppressing(maintenance, alert(name), kStart), IsEmpty()) << name;
  EXPECT_THAT(suppressing(maintenance, alert("EnvironmentUnreachable", "prod"), kStart), IsEmpty());
  EXPECT_THAT(suppressing(maintenance, Labels{{"alertname", "TenantBlind"}, {"tenant", "contoso"}}, kStart), IsEmpty());
  const Labels namesake{{"alertname", "Down"}, {"tenant", "fabrikam"}, {"environment", "uat"}};
  EXPECT_THAT(suppressing(maintenance, namesake, kStart), IsEmpty());

  EXPECT_TRUE(maintenance.see(seen({}), kStart + 5min));
  EXPECT_THAT(suppressing(maintenance, alert("EnvironmentUnreachable"), kStart + 5min), IsEmpty());
  EXPECT_FALSE(maintenance.see(seen({}), kStart + 6min));
}

TEST(Maintenance, ItCanBeSwitchedOffAndItsExceptionsChosen) {
  Maintenance maintenance({.environments = {.enabled = false}}, {});
  (void)maintenance.see(seen({kAdmin}), kStart);
  EXPECT_THAT(suppressing(maintenance, alert("EnvironmentUnreachable"), kStart), IsEmpty());
  EXPECT_THAT(maintenance.active(kStart), IsEmpty());
  maintenance.set_config({.environments = {.except = matchers("severity=page")}}, {});
  EXPECT_THAT(suppressing(maintenance, alert("EnvironmentUnreachable"), kStart), IsEmpty());
  maintenance.set_config({.environments = {.except = matchers("alertname=Down")}}, {});
  EXPECT_EQ(suppressing(maintenance, alert("EnvironmentOperationFailed"), kStart).size(), 1U) << "in place of ours";
}

TEST(Maintenance, WorkThatCannotBeSeenIsBelievedForAnHour) {
  Maintenance maintenance({}, {});
  (void)maintenance.see(seen({kAdmin, kCopy}), kStart);
  auto half = seen({});
  half.known_operations.clear();
  (void)maintenance.see(half, kStart + 1min);
  EXPECT_THAT(suppressing(maintenance, alert("Down"), kStart), ElementsAre("maintenance/uat: Copy"));
  (void)maintenance.see(half, kStart + 1h - 1ms);
  EXPECT_EQ(suppressing(maintenance, alert("Down"), kStart).size(), 1U);
  (void)maintenance.see(half, kStart + 1h);
  EXPECT_THAT(suppressing(maintenance, alert("Down"), kStart), IsEmpty()) << "an alert must not be kept back for ever";
}

TEST(Maintenance, ItIsInForceRightAfterARestart) {
  Maintenance before({}, {});
  (void)before.see(seen({kAdmin}), kStart);
  const auto saved = before.take_changes();
  ASSERT_TRUE(saved);
  EXPECT_EQ(before.take_changes(), std::nullopt);

  Maintenance after({}, {});
  after.restore(*saved, kStart + 1h);
  (void)after.see({}, kStart + 1h);
  EXPECT_EQ(suppressing(after, alert("Down"), kStart + 1h).size(), 1U);
  (void)after.see(seen({}), kStart + 2h);
  EXPECT_EQ(after.take_changes(), std::vector<EnvironmentWork>());
}

TEST(Maintenance, TheEndOfWhatWasToldIsToldDuringItAndWhatStillFiresAfterIt) {
  Maintenance maintenance({}, {});
  Dispatcher dispatcher({.route = route(), .receivers = receivers()}, {.maintenance = &maintenance});
  dispatcher.hold_until(kStart + 24h);
  const auto notice = [](std::string_view name) {
    return AlertNotice{.labels = Labels{{"alertname", name}, {"tenant", "contoso"}, {"environment", "uat"}},
                       .starts_at = kStart,
                       .ends_at = kStart + 4min};
  };
  const auto told_until = [&](Timestamp from, Timestamp until) {
    Statuses told;
    for (auto now = from; now <= until; now += 30s)
      for (const auto& message : dispatcher.advance(now).messages) told.merge(statuses(message.body));
    return told;
  };
  dispatcher.receive(std::vector{notice("Down")}, kStart);
  EXPECT_EQ(told_until(kStart, kStart + 1min), (Statuses{{"Down contoso", "firing"}}));

  (void)maintenance.see(seen({kCopy}), kStart + 1min);
  dispatcher.receive(std::vector{resolved(notice("Down"), kStart + 1min), notice("Unreachable")}, kStart + 1min);
  EXPECT_EQ(told_until(kStart + 1min, kStart + 1h), (Statuses{{"Down contoso", "resolved"}}));
  EXPECT_THAT(dispatcher.view(kStart + 1h).alerts.at(0).suppression.silenced_by, ElementsAre("maintenance/uat: Copy"));

  (void)maintenance.see(seen({}), kStart + 1h);
  EXPECT_EQ(told_until(kStart + 1h, kStart + 2h), (Statuses{{"Unreachable contoso", "firing"}}));
}

}  // namespace
}  // namespace a2od
