// What was committed is what is read back after the database was opened anew.
#include "daemon/state/environment_work.hpp"
#include "daemon/state/environments.hpp"
#include "daemon/state/flapping.hpp"
#include "daemon/state/heartbeats.hpp"
#include "daemon/state/memory.hpp"
#include "daemon/state/notifications.hpp"
#include "daemon/state/rule_alerts.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/state/committed.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

namespace a2od {
namespace {

using namespace test;

class StoresTest : public testing::Test {
 protected:
  StoresTest() { reopen(); }

  void reopen() {
    database_.reset();
    auto opened = Database::open(folder_.path());
    if (!opened) throw std::runtime_error(opened.error().message);
    database_.emplace(std::move(*opened));
  }

  TemporaryFolder folder_;
  std::optional<Database> database_;
};

SavedAlert saved(std::string_view tenant, double value = 1.5) {
  ActiveAlert alert;
  alert.labels = Labels{{"alertname", "Down"}, {"tenant", tenant}, {"odd", "\xff\"\n"}};
  alert.annotations = {{"summary", "ü"}};
  alert.state = AlertState::firing;
  alert.value = value;
  alert.active_at = kStart;
  alert.fired_at = kStart + 5min;
  alert.last_sent_at = kStart + 6min;
  alert.valid_until = kStart + 10min;
  alert.held = true;
  return {"capacity", "rules.yml", "Down", alert, {Labels{{"__name__", "d365_x"}, {"kind", "log"}}}};
}

TEST_F(StoresTest, BringRuleAlertsBackWhole) {
  auto before = saved("contoso", 0.1 + 0.2);
  save_rule_alerts(*database_, std::vector<GroupAlerts>{{"rules.yml", "capacity", {before}}});
  reopen();
  const auto after = load_rule_alerts(*database_);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].file, before.file);
  EXPECT_EQ(after[0].group, before.group);
  EXPECT_EQ(after[0].rule, before.rule);
  EXPECT_EQ(after[0].inputs, before.inputs);
  const auto& alert = after[0].alert;
  EXPECT_EQ(alert.labels, before.alert.labels);
  EXPECT_EQ(alert.annotations, before.alert.annotations);
  EXPECT_EQ(alert.state, AlertState::firing);
  EXPECT_EQ(alert.value, 0.1 + 0.2);
  EXPECT_EQ(alert.active_at, before.alert.active_at);
  EXPECT_EQ(alert.fired_at, before.alert.fired_at);
  EXPECT_EQ(alert.resolved_at, std::nullopt);
  EXPECT_EQ(alert.keep_firing_since, std::nullopt);
  EXPECT_EQ(alert.last_sent_at, before.alert.last_sent_at);
  EXPECT_EQ(alert.valid_until, before.alert.valid_until);
  EXPECT_TRUE(alert.held);
}

TEST_F(StoresTest, KeepValuesThatJsonCannotWrite) {
  save_rule_alerts(*database_, std::vector<GroupAlerts>{
                                   {"rules.yml", "capacity", {saved("a", std::numeric_limits<double>::infinity())}}});
  EXPECT_EQ(load_rule_alerts(*database_).at(0).alert.value, std::numeric_limits<double>::infinity());
}

TEST_F(StoresTest, ReplaceTheAlertsOfOneGroupAndLeaveOthers) {
  save_rule_alerts(*database_, std::vector<GroupAlerts>{{"rules.yml", "capacity", {saved("a"), saved("b")}},
                                                        {"rules.yml", "jobs", {saved("c")}}});
  save_rule_alerts(*database_, std::vector<GroupAlerts>{{"rules.yml", "capacity", {saved("b", 2)}}});
  auto all = load_rule_alerts(*database_);
  ASSERT_EQ(all.size(), 2U);
  std::ranges::sort(all, {}, [](const SavedAlert& s) { return s.alert.value; });
  EXPECT_EQ(all[0].alert.labels.get("tenant"), "c");
  EXPECT_EQ(all[1].alert.value, 2);
}

TEST_F(StoresTest, BringTheDispatcherBack) {
  Dispatcher before({route(), receivers()}, {});
  before.receive(std::vector{firing("Down", kStart), firing("Full", kStart), firing("Gone", kStart)}, kStart);
  EXPECT_TRUE(committed(*database_, before.advance(kStart)).empty());
  before.receive(std::vector{resolved(firing("Gone", kStart), kStart + 1s)}, kStart + 1s);
  EXPECT_EQ(committed(*database_, before.advance(kStart + 30s)).size(), 2U);
  reopen();
  Dispatcher after({route(), receivers()}, {});
  after.restore(load_dispatcher(*database_), kStart + 30s);
  EXPECT_EQ(after.state().groups, before.state().groups);
  auto alerts = after.state().alerts;
  for (auto& alert : alerts) alert.confirmed = true;
  EXPECT_THAT(alerts, testing::UnorderedElementsAreArray(before.state().alerts));
}

TEST_F(StoresTest, BringAcknowledgementsBack) {
  Dispatcher before({route(), receivers()}, {});
  before.receive(std::vector{firing("Down", kStart), firing("Full", kStart)}, kStart);
  EXPECT_TRUE(committed(*database_, before.advance(kStart)).empty());
  const Acknowledgement by_ada{"ada", "on \"it\"", kStart, kStart + 8h};
  before.acknowledge({.fingerprint = fingerprint(firing("Down", kStart).labels)}, by_ada, kStart);
  commit(*database_, before.take_changes());
  reopen();
  Dispatcher after({route(), receivers()}, {});
  after.restore(load_dispatcher(*database_), kStart + 30s);
  const auto acknowledged = after.acknowledged(kStart + 30s);
  ASSERT_EQ(acknowledged.size(), 1U);
  EXPECT_EQ(acknowledged[0].labels, firing("Down", kStart).labels);
  EXPECT_EQ(acknowledged[0].acknowledgement, by_ada);
}

TEST_F(StoresTest, ReadGroupsThatDoNotSaySinceWhenAnAlertWasTold) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(database_->file().c_str(), &handle), SQLITE_OK);
  const auto* insert = R"(INSERT INTO alert_group VALUES ('k', '{"route":"{}","labels":{},"flushed":true,"next_flush":9,
    "ledger":[{"receiver":"team","webhook":0,"time":7,"firing":["a","b"],"resolved":[]},
              {"receiver":"team","webhook":1,"time":5,"firing":["b"],"resolved":[]}]}'))";
  ASSERT_EQ(sqlite3_exec(handle, insert, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
  const auto groups = load_dispatcher(*database_).groups;
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].told, (std::map<std::string, Timestamp>{{"a", Timestamp(7ms)}, {"b", Timestamp(5ms)}}));
}

TEST_F(StoresTest, KeepMessagesInTheOrderOfTheirIds) {
  DispatcherChanges changes;
  changes.messages = {{.to = {"team", 0}, .group_key = "g", .body = "{}", .created = kStart, .decided = kStart},
                      {.to = {"team", 1}, .group_key = "h", .body = "{}", .created = kStart, .decided = kStart}};
  const auto first = committed(*database_, changes);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_GT(first[0].id, 0U);
  EXPECT_GT(first[1].id, first[0].id);
  reopen();
  EXPECT_EQ(load_outbox(*database_), first);
}

TEST_F(StoresTest, NeverGiveAnIdTwice) {
  DispatcherChanges changes;
  changes.messages = {{.to = {"team", 0}, .group_key = "g", .body = "{}"}};
  const auto first = committed(*database_, changes);
  commit(*database_, OutboxChanges{.removed = {first[0].id}});
  reopen();
  EXPECT_GT(committed(*database_, changes)[0].id, first[0].id);
}

TEST_F(StoresTest, TakeTheWholeStateInPlaceOfAnOldOne) {
  Dispatcher dispatcher({route(), receivers()}, {});
  dispatcher.receive(std::vector{firing("Old", kStart)}, kStart);
  committed(*database_, dispatcher.advance(kStart));
  Outbox outbox;
  outbox.set_receivers(receivers());
  outbox.add(committed(*database_, dispatcher.advance(kStart + 30s)), kStart + 30s);
  ASSERT_EQ(load_outbox(*database_).size(), 1U);

  // Nothing of what follows is written down as it comes.
  const auto first = outbox.take_due(kStart + 30s).at(0);
  dispatcher.receive(std::vector{resolved(firing("Old", kStart), kStart + 1min), firing("New", kStart + 3min)},
                     kStart + 1min);
  auto changes = dispatcher.advance(kStart + 345s);
  auto id = last_message_id(*database_);
  EXPECT_EQ(id, first.id);
  for (auto& message : changes.messages) message.id = ++id;
  outbox.finish(first.id, {.status = 200}, kStart + 345s);
  outbox.add(std::move(changes.messages), kStart + 345s);
  ASSERT_FALSE(outbox.messages().empty());

  const Silence silence{.id = "s", .matchers = {Matcher::equal("tenant", "contoso")}};
  replace(*database_, {dispatcher.state(), outbox.messages(), {silence}});
  reopen();
  EXPECT_EQ(load_silences(*database_), std::vector{silence});
  EXPECT_EQ(load_outbox(*database_), outbox.messages());
  EXPECT_EQ(last_message_id(*database_), id);
  const auto loaded = load_dispatcher(*database_);
  ASSERT_EQ(loaded.alerts.size(), 1U);
  EXPECT_EQ(loaded.alerts[0].labels.get("alertname"), "New");
  EXPECT_THAT(loaded.groups, testing::UnorderedElementsAreArray(dispatcher.state().groups));
}

TEST_F(StoresTest, BringSilencesBack) {
  const auto regex = Matcher::make(MatchType::not_regex, "environment", "prod.*", Dot::one_line).value();
  const Silence night{.id = "night",
                      .matchers = {Matcher::equal("tenant", "contoso"), regex},
                      .starts_at = kStart,
                      .ends_at = kStart + 8h,
                      .updated_at = kStart - 1min,
                      .created_by = "alice",
                      .comment = "moving \"house\"",
                      .annotations = {{"ticket", "1"}}};
  const Silence gone{.id = "gone", .matchers = {Matcher::equal("a", "b")}};
  commit(*database_, SilenceChanges{{night, gone}, {}});
  commit(*database_, SilenceChanges{{}, {"gone"}});
  reopen();
  const auto loaded = load_silences(*database_);
  ASSERT_EQ(loaded, std::vector{night});
  EXPECT_FALSE(loaded[0].matchers[1].matches("production")) << "the regular expression is alive";
}

TEST_F(StoresTest, WriteWhatBecameOfMessages) {
  DispatcherChanges changes;
  for (const char* group : {"a", "b", "c"}) changes.messages.push_back({.to = {"team", 0}, .group_key = group});
  auto messages = committed(*database_, changes);
  messages[1].body = "merged";
  messages[1].decided = kStart;
  OutboxChanges outcome;
  outcome.attempted = {{messages[0].id, 3, kStart + 1min, "answered 503"}};
  outcome.rewritten = {messages[1]};
  outcome.removed = {messages[2].id};
  commit(*database_, outcome);
  messages[0].attempts = 3;
  messages[0].next_try = kStart + 1min;
  messages[0].last_error = "answered 503";
  messages.pop_back();
  EXPECT_EQ(load_outbox(*database_), messages);
}

TEST_F(StoresTest, SayWhatCannotBeRead) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(database_->file().c_str(), &handle), SQLITE_OK);
  for (const char* broken : {"{", "[]", "{}", R"({"labels":3})"}) {
    const auto sql = std::string("INSERT OR REPLACE INTO alert_group VALUES ('k', '") + broken + "')";
    ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    try {
      (void)load_dispatcher(*database_);
      ADD_FAILURE() << "read " << broken;
    } catch (const std::runtime_error& error) {
      EXPECT_TRUE(std::string_view(error.what()).starts_with("state database '")) << error.what();
      EXPECT_THAT(error.what(), testing::HasSubstr("is damaged: a saved value"));
      EXPECT_THAT(error.what(), testing::HasSubstr("restore it from a backup, or move it away"));
    }
  }
  sqlite3_close(handle);
}

TEST(StableName, IsTheNameAsFirstSeen) {
  EXPECT_EQ(stable_name({"3fa85f64-5717-4562-b3fc-2c963f66afa6", "Production"}, {}), "Production");
  EXPECT_EQ(stable_name({"3fa85f64-5717-4562-b3fc-2c963f66afa6", ""}, {}), "3fa85f64-5717-4562-b3fc-2c963f66afa6");
}

TEST(StableName, GetsHexDigitsOfItsIdWhereItIsTaken) {
  const std::set<std::string> taken = {"Production"};
  EXPECT_EQ(stable_name({"3fa85f64-5717-4562-b3fc-2c963f66afa6", "Production"}, taken), "Production-3fa8");
  EXPECT_EQ(stable_name({"Default-3fa85f64-5717-4562-b3fc-2c963f66afa6", "Production"}, taken), "Production-3fa8");
  EXPECT_EQ(stable_name({"xyz", "Production"}, taken), "Production-xyz");
}

TEST(StableName, GetsMoreDigitsWhereThoseAreTakenToo) {
  EXPECT_EQ(stable_name({"3fa85f64-5717-4562-b3fc-2c963f66afa6", "P"}, {"P", "P-3fa8"}), "P-3fa85f64");
  EXPECT_EQ(stable_name({"abc", "P"}, {"P", "P-abc"}), "P-abc-abc");
}

TEST_F(StoresTest, KeepTheNameOfAnEnvironmentOverRenames) {
  EnvironmentNames names;
  EXPECT_TRUE(add_names(names, std::vector<SeenEnvironment>{{"1", "Prod"}, {"2", "Test"}}));
  EXPECT_EQ(names, (EnvironmentNames{{"1", "Prod"}, {"2", "Test"}}));
  save_environment_names(*database_, "contoso", names);
  reopen();
  names = load_environment_names(*database_).at("contoso");
  EXPECT_FALSE(add_names(names, std::vector<SeenEnvironment>{{"1", "Renamed"}}));
  EXPECT_TRUE(add_names(names, std::vector<SeenEnvironment>{{"abcd12", "Prod"}}));
  EXPECT_EQ(names.at("1"), "Prod");
  EXPECT_EQ(names.at("abcd12"), "Prod-abcd");
  save_environment_names(*database_, "contoso", names);
  EXPECT_EQ(load_environment_names(*database_).at("contoso"), names);
}

TEST_F(StoresTest, KeepTenantsApart) {
  save_environment_names(*database_, "contoso", {{"1", "Prod"}});
  save_environment_names(*database_, "fabrikam", {{"2", "Prod"}});
  EXPECT_EQ(load_environment_names(*database_),
            (std::map<std::string, EnvironmentNames>{{"contoso", {{"1", "Prod"}}}, {"fabrikam", {{"2", "Prod"}}}}));
}

TEST_F(StoresTest, RememberParts) {
  const std::vector<PartMemory> parts = {{"capacity", "contoso", "", "tenant", kStart, true},
                                         {"jobs", "contoso", "1", "jobs", std::nullopt, false}};
  save_parts(*database_, parts);
  reopen();
  EXPECT_EQ(load_parts(*database_), parts);
  const std::vector<PartMemory> later = {{"capacity", "contoso", "", "tenant", kStart + 1h, true}};
  save_parts(*database_, later);
  EXPECT_EQ(load_parts(*database_).at(0), later[0]);
  EXPECT_EQ(load_parts(*database_).size(), 2U);
}

TEST_F(StoresTest, RememberWhatCollectorsWantToKnow) {
  save_memory(*database_, {"jobs", "contoso", "1", R"({"since": 1})"});
  save_memory(*database_, {"jobs", "contoso", "2", "{}"});
  save_memory(*database_, {"jobs", "contoso", "1", R"({"since": 2})"});
  reopen();
  EXPECT_EQ(load_memories(*database_), (std::vector<CollectorMemory>{{"jobs", "contoso", "1", R"({"since": 2})"},
                                                                     {"jobs", "contoso", "2", "{}"}}));
}

TEST_F(StoresTest, TheFirstStartIsRememberedForGood) {
  EXPECT_EQ(first_start(*database_, kStart), kStart);
  reopen();
  EXPECT_EQ(first_start(*database_, kStart + 48h), kStart);
}

TEST_F(StoresTest, AFirstStartInTheFutureIsForgottenWithTheClockThatToldIt) {
  EXPECT_EQ(first_start(*database_, kStart + 8760h), kStart + 8760h);
  EXPECT_EQ(first_start(*database_, kStart), kStart) << "or it would go on learning for a year";
  EXPECT_EQ(first_start(*database_, kStart + 48h), kStart);
}

TEST_F(StoresTest, BringHeartbeatsBackWhole) {
  EXPECT_EQ(load_heartbeats(*database_).listened_until, std::nullopt) << "nobody ever listened";
  const HeartbeatState silent{.name = "silent", .counted_from = kStart};
  const HeartbeatState failing{.name = "failing",
                               .counted_from = kStart + 1h,
                               .last = kStart + 1h,
                               .message = "d\u00fcrr\n",
                               .missing_since = kStart + 2h,
                               .failed_since = kStart + 1h};
  commit(*database_, HeartbeatChanges{.states = {silent, failing}, .listened_until = kStart + 3h});
  commit(*database_, HeartbeatChanges{.removed = {"silent"}});
  reopen();
  EXPECT_EQ(load_heartbeats(*database_).states, std::vector{failing});
  EXPECT_EQ(load_heartbeats(*database_).listened_until, kStart + 3h);
  replace(*database_, SavedHeartbeats{{silent}, kStart + 4h});
  EXPECT_EQ(load_heartbeats(*database_).states, std::vector{silent});
  EXPECT_EQ(load_heartbeats(*database_).listened_until, kStart + 4h);
}

TEST_F(StoresTest, BringWorkOnEnvironmentsBack) {
  const std::vector<EnvironmentWork> work{{"contoso", "uat", "Copy"}, {"contoso", "uat", "administration mode"}};
  save_environment_work(*database_, work);
  save_environment_work(*database_, work);
  reopen();
  EXPECT_EQ(load_environment_work(*database_), work);
  save_environment_work(*database_, {});
  EXPECT_TRUE(load_environment_work(*database_).empty());
}

TEST_F(StoresTest, BringWhatFlapsBackWhole) {
  FlappingState quiet{.latest = {.fingerprint = "", .labels = Labels{{"alertname", "Down"}, {"odd", "\xff"}}},
                      .changes = {kStart, kStart + 1min}};
  quiet.latest.fingerprint = fingerprint(quiet.latest.labels);
  quiet.latest.starts_at = kStart;
  quiet.latest.ends_at = kStart + 1min;
  auto restless = quiet;
  restless.latest.labels = Labels{{"alertname", "Slow"}};
  restless.latest.fingerprint = fingerprint(restless.latest.labels);
  restless.latest.annotations = {{"summary", "slow"}};
  restless.latest.timeout = true;
  restless.fires = true;
  restless.since = kStart;
  commit(*database_, FlappingChanges{.states = {quiet, restless}});
  commit(*database_, FlappingChanges{.removed = {quiet.latest.fingerprint}});
  reopen();
  EXPECT_EQ(load_flapping(*database_), std::vector{restless});
}

}  // namespace
}  // namespace a2od
