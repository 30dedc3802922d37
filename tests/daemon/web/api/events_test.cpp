#include "daemon/web/api/events.hpp"

#include "daemon/state/events.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

class EventsApiTest : public testing::Test {
 protected:
  EventsApiTest() {
    add("alert.firing", Labels{{"alertname", "Down"}, {"tenant", "contoso"}});
    add("delivery.failed", Labels{{"alertname", "Down"}});
    add("alert.resolved", Labels{{"alertname", "Full"}, {"tenant", "fabrikam"}});
  }

  void add(EventKind kind, Labels labels) {
    append(database_, {.events = {row_of({next_, kind, std::move(labels), {{"n", 1}}})}});
    next_ += 1min;
  }

  [[nodiscard]] ApiReply ask(std::string_view query) const {
    return answer_events(database_.file(), parse_parameters(query), nullptr);
  }
  /// The ids of the lines.
  [[nodiscard]] std::string ids(std::string_view query) const {
    const auto reply = ask(query);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    std::string found;
    std::size_t begin = 0;
    for (auto end = reply.body.find('\n'); end != std::string::npos; end = reply.body.find('\n', begin)) {
      found += std::to_string(parsed(reply.body.substr(begin, end - begin)).at("id").as_int64());
      begin = end + 1;
    }
    return found;
  }

  TemporaryFolder folder_;
  Database database_ = Database::open(folder_.path()).value();
  Timestamp next_ = kStart;
};

TEST_F(EventsApiTest, ALineIsAnObject) {
  EXPECT_EQ(ask("limit=1&order=oldest").body, R"({"id":1,"at":"2026-11-22T10:00:00.000Z","kind":"alert.firing",)"
                                              R"("labels":{"alertname":"Down","tenant":"contoso"},"details":{"n":1}})"
                                              "\n");
}

TEST_F(EventsApiTest, TheNewestComeFirstUnlessTheyAreFollowed) {
  EXPECT_EQ(ids(""), "321");
  EXPECT_EQ(ids("order=oldest"), "123");
  EXPECT_EQ(ids("after=1"), "23");
  EXPECT_EQ(ids("before=3&limit=1"), "2");
  EXPECT_EQ(ids("after=3"), "");
}

TEST_F(EventsApiTest, FiltersByTimeKindFamilyAndLabels) {
  EXPECT_EQ(ids("start=2026-11-22T10:01:00Z&end=2026-11-22T10:02:00Z"), "2");
  EXPECT_EQ(ids("kind=alert"), "31");
  EXPECT_EQ(ids("kind=alert.firing&kind=delivery"), "21");
  EXPECT_EQ(ids("match[]={alertname=\"Down\",tenant=\"contoso\"}"), "1");
  EXPECT_EQ(ids("match[]={tenant=\"contoso\"}&match[]={tenant=~\"fabri.*\"}"), "31");
}

TEST_F(EventsApiTest, ValuesThatJsonEscapesAreFoundAndAbsentLabelsAreEmpty) {
  add("alert.firing", Labels{{"alertname", "a\"b\\c\nd/e"}});
  EXPECT_EQ(ids("match[]={alertname=\"a\\\"b\\\\c\\nd/e\"}"), "4");
  EXPECT_EQ(ids("match[]={tenant=\"\"}"), "42");
}

TEST_F(EventsApiTest, WhatCannotBeReadIsSaid) {
  const auto fault = [&](std::string_view query) {
    const auto reply = ask(query);
    EXPECT_EQ(reply.status, 400U) << query;
    return reply.body;
  };
  EXPECT_THAT(fault("kind=alert.fired"), HasSubstr("alert.firing"));
  EXPECT_THAT(fault("kind=al"), HasSubstr("alert.firing"));
  EXPECT_THAT(fault("limit=0"), HasSubstr("from 1 to 10000"));
  EXPECT_THAT(fault("limit=10001"), HasSubstr("from 1 to 10000"));
  EXPECT_THAT(fault("after=-1"), HasSubstr("after"));
  EXPECT_THAT(fault("start=yesterday"), HasSubstr("2026-01-31T08:00:00Z"));
  EXPECT_THAT(fault("order=random"), HasSubstr("newest or oldest"));
  EXPECT_THAT(fault("match[]={a=~\"(\"}"), HasSubstr("match[]"));
  std::string many;
  for (int i = 0; i < 21; ++i) many += "&match[]={a=\"b\"}";
  EXPECT_THAT(fault(many), HasSubstr("at most 20"));
}

TEST_F(EventsApiTest, AFaultIsJsonWhateverBytesWereAsked) {
  const auto fault = ask("match[]={a=\"%FF'\"\"}");
  EXPECT_EQ(fault.status, 400U);
  EXPECT_THAT(std::string(parsed(fault.body).at("error").as_string()), HasSubstr("\xEF\xBF\xBD"));
}

TEST_F(EventsApiTest, ADatabaseThatCannotBeReadIsNoFaultOfTheRequest) {
  EXPECT_EQ(answer_events("/nowhere/state.db", {}, nullptr).status, 503U);
}

}  // namespace
}  // namespace a2od
