#include "daemon/audit/transitions.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

/// "alert.firing Down", one for each event.
std::vector<std::string> told(const std::vector<AuditEvent>& events) {
  std::vector<std::string> out;
  for (const auto& event : events)
    out.push_back(std::string(event.kind.name()) + " " + std::string(event.labels.get("alertname")));
  return out;
}

SavedAlert saved(std::string_view name, AlertState state) {
  SavedAlert alert{.group = "group", .file = "/etc/rules/a.yml", .rule = std::string(name), .alert = {}, .inputs = {}};
  alert.alert.labels = Labels{{"alertname", name}};
  alert.alert.state = state;
  return alert;
}

GroupAlerts group(std::vector<SavedAlert> alerts) { return {"/etc/rules/a.yml", "group", std::move(alerts)}; }

TEST(RuleTransitions, TellEachChangeOfStateOnce) {
  RuleTransitions transitions;
  const auto update = [&](std::vector<SavedAlert> alerts) {
    const std::vector now{group(std::move(alerts))};
    return told(transitions.update(now, kStart));
  };
  EXPECT_THAT(update({saved("Down", AlertState::pending), saved("Full", AlertState::pending)}),
              ElementsAre("alert.pending Down", "alert.pending Full"));
  EXPECT_THAT(update({saved("Down", AlertState::pending), saved("Full", AlertState::pending)}), IsEmpty());
  EXPECT_THAT(update({saved("Down", AlertState::firing)}), ElementsAre("alert.firing Down", "alert.inactive Full"));
  EXPECT_THAT(update({saved("Down", AlertState::inactive)}), ElementsAre("alert.resolved Down"));
  EXPECT_THAT(update({saved("Down", AlertState::inactive)}), IsEmpty()) << "rules repeat it for a while";
  EXPECT_THAT(update({}), IsEmpty());
  EXPECT_THAT(update({saved("Down", AlertState::firing)}), ElementsAre("alert.firing Down"));
}

TEST(RuleTransitions, ARestartIsNoNewsAndAGroupThatLeftIs) {
  RuleTransitions transitions;
  transitions.restore(std::vector{saved("Down", AlertState::firing), saved("Over", AlertState::inactive)});
  EXPECT_THAT(transitions.update(std::vector{group({saved("Down", AlertState::firing)})}, kStart), IsEmpty());
  GroupDefinition same{.file = "/etc/rules/a.yml", .name = "group"};
  EXPECT_THAT(transitions.keep_groups(std::vector{same}, kStart), IsEmpty());
  EXPECT_THAT(told(transitions.keep_groups({}, kStart)), ElementsAre("alert.inactive Down"));
  EXPECT_THAT(transitions.keep_groups({}, kStart), IsEmpty());
}

TEST(SenderTransitions, TellOfRepeatedAlertsOnceAndOfTheirEnd) {
  SenderTransitions transitions;
  const auto down = firing("Down", kStart);
  EXPECT_THAT(told(transitions.receive(std::vector{down}, 5min, kStart)), ElementsAre("alert.firing Down"));
  EXPECT_THAT(transitions.receive(std::vector{refreshed(down, kStart + 1min)}, 5min, kStart + 1min), IsEmpty());
  EXPECT_THAT(told(transitions.receive(std::vector{resolved(down, kStart + 2min)}, 5min, kStart + 2min)),
              ElementsAre("alert.resolved Down"));
  EXPECT_THAT(transitions.receive(std::vector{resolved(down, kStart + 2min)}, 5min, kStart + 3min), IsEmpty());
}

TEST(SenderTransitions, AnAlertThatNobodyRepeatsEndsAtItsOwnTime) {
  SenderTransitions transitions;
  auto endless = firing("Endless", kStart);
  endless.ends_at = {};
  (void)transitions.receive(std::vector{firing("Down", kStart), endless}, 5min, kStart);
  EXPECT_EQ(transitions.next_wake(), kStart + 4min);
  EXPECT_THAT(transitions.advance(kStart + 4min - 1ms), IsEmpty());
  const auto ended = transitions.advance(kStart + 1h);
  EXPECT_THAT(told(ended), ElementsAre("alert.resolved Down", "alert.resolved Endless"));
  EXPECT_EQ(ended.at(0).at, kStart + 4min);
  EXPECT_EQ(ended.at(1).at, kStart + 5min);
  EXPECT_EQ(transitions.next_wake(), std::nullopt);
}

TEST(SenderTransitions, AfterARestartTheyAreKnownButForThoseOfOurRules) {
  SenderTransitions transitions;
  const auto routed = [](std::string_view name) {
    RoutedAlert alert;
    alert.labels = firing(name, kStart).labels;
    alert.starts_at = alert.updated_at = kStart;
    alert.ends_at = kStart + 4min;
    return alert;
  };
  SavedAlert own = saved("Own", AlertState::firing);
  own.alert.labels = firing("Own", kStart).labels;
  transitions.restore(std::vector{routed("Down"), routed("Own")}, std::vector{own}, kStart + 10min);
  EXPECT_THAT(transitions.receive(std::vector{firing("Down", kStart + 1min)}, 5min, kStart + 1min), IsEmpty());
  EXPECT_THAT(told(transitions.advance(kStart + 1h)), ElementsAre("alert.resolved Down"));
}

Silence silence_of(std::string_view alert) {
  return {.matchers = {Matcher::equal("alertname", std::string(alert))},
          .starts_at = kStart,
          .ends_at = kStart + 1h,
          .created_by = "alice",
          .comment = "moving"};
}

TEST(SilenceTransitions, TellOfWhatWasSetAndChangedAndOfEachEnd) {
  Silences silences;
  SilenceTransitions transitions;
  const auto change = [&](Timestamp now) { return told(transitions.update(silences.take_changes(), now)); };
  ASSERT_TRUE(silences.set(silence_of("Down"), "1", kStart));
  ASSERT_TRUE(silences.set(silence_of("Full"), "2", kStart));
  EXPECT_THAT(change(kStart), ElementsAre("silence.created Down", "silence.created Full"));
  auto longer = *silences.find("1");
  longer.ends_at += 1h;
  ASSERT_TRUE(silences.set(longer, "3", kStart + 1min));
  EXPECT_THAT(change(kStart + 1min), ElementsAre("silence.changed Down"));
  ASSERT_TRUE(silences.expire("2", kStart + 2min));
  EXPECT_THAT(change(kStart + 2min), ElementsAre("silence.expired Full"));
  EXPECT_THAT(transitions.advance(silences, kStart + 1h), IsEmpty());
  const auto ended = transitions.advance(silences, kStart + 3h);
  EXPECT_THAT(told(ended), ElementsAre("silence.expired Down"));
  EXPECT_EQ(ended.at(0).at, kStart + 2h);
  EXPECT_EQ(ended.at(0).details.at("created_by"), "alice");
}

TEST(SilenceTransitions, AnEndWhileNobodyWasThereIsToldAfterTheRestart) {
  Silences silences;
  ASSERT_TRUE(silences.set(silence_of("Down"), "1", kStart));
  SilenceTransitions known;
  known.restore(silences, kStart + 2h);
  EXPECT_THAT(known.advance(silences, kStart + 3h), IsEmpty());
  SilenceTransitions missed;
  missed.restore(silences, kStart + 30min);
  EXPECT_THAT(told(missed.advance(silences, kStart + 3h)), ElementsAre("silence.expired Down"));
}

TEST(MaintenanceTransitions, TellOfEachBeginningAndEnd) {
  using Reason = Maintenance::Reason;
  const Reason nights{.id = "maintenance/nights", .comment = "patches"};
  const Reason copy{.id = "maintenance/uat: Copy", .tenant = "contoso", .environment = "uat"};
  MaintenanceTransitions transitions;
  EXPECT_THAT(transitions.update({nights}, kStart), IsEmpty()) << "who knows since when";
  const auto began = transitions.update({nights, copy}, kStart + 1min);
  ASSERT_THAT(told(began), ElementsAre("maintenance.began "));
  EXPECT_EQ(began[0].labels, (Labels{{"environment", "uat"}, {"tenant", "contoso"}}));
  EXPECT_EQ(began[0].details.at("maintenance"), "uat: Copy");
  EXPECT_THAT(transitions.update({nights, copy}, kStart + 2min), IsEmpty());
  const auto ended = transitions.update({copy}, kStart + 3min);
  ASSERT_THAT(told(ended), ElementsAre("maintenance.ended "));
  EXPECT_EQ(ended[0].details.at("comment"), "patches");
}

}  // namespace
}  // namespace a2od
