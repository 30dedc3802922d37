#include "daemon/web/api/drill.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(DrillApi, ReadsWhatIsAsked) {
  const auto read = read_posted_drill(
      R"({"labels": {"severity": "page"}, "annotations": {"summary": "x"}, "receiver": "team", "askedBy": "ada",
          "send": true, "page": true, "firesFor": "2m", "id": "TEST-0123abcd",
          "only": {"receiver": "team", "by": "slack", "integration": 1}})",
      "", "192.0.2.1");
  ASSERT_TRUE(read) << read.error().body;
  EXPECT_EQ(read->labels, (std::map<std::string, std::string>{{"severity", "page"}}));
  EXPECT_EQ(read->annotations.at("summary"), "x");
  EXPECT_EQ(read->receiver, "team");
  EXPECT_EQ(read->asked_by, "ada");
  EXPECT_EQ(read->mode, DrillRequest::Mode::send);
  EXPECT_TRUE(read->page);
  EXPECT_EQ(read->fires_for, 2min);
  EXPECT_EQ(read->id, "TEST-0123abcd");
  EXPECT_EQ(read->only, (Integration{"team", 1, "slack"}));
}

TEST(DrillApi, SendsAndPagesNothingUnasked) {
  const auto read = read_posted_drill("{}", "", "192.0.2.1");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->mode, DrillRequest::Mode::show);
  EXPECT_FALSE(read->page);
  EXPECT_FALSE(read->only);
  EXPECT_EQ(read->asked_by, "somebody at 192.0.2.1");
}

TEST(DrillApi, SaysWhoIsSignedInWhateverIsPosted) {
  EXPECT_EQ(read_posted_drill("{}", "ops", "")->asked_by, "ops");
  EXPECT_EQ(read_posted_drill(R"({"askedBy": "ops"})", "ops", "")->asked_by, "ops");
  EXPECT_EQ(read_posted_drill(R"({"askedBy": "ada"})", "ops", "")->asked_by, "ada (signed in as ops)");
}

TEST(DrillApi, RefusesOddBodies) {
  for (const auto* body :
       {"", "[]", "{", R"({"labels": []})", R"({"labels": {"a": 1}})", R"({"send": "yes"})", R"({"page": 1})",
        R"({"firesFor": "31m"})", R"({"firesFor": "x"})", R"({"firesFor": 5})", R"({"only": "team"})",
        R"({"only": {"receiver": "team"}})", R"({"only": {"receiver": "team", "by": "slack", "integration": -1}})",
        R"({"only": {"receiver": "team", "by": "slack", "integration": "1"}})", R"({"recevier": "team"})"}) {
    const auto read = read_posted_drill(body, "", "");
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().status, 400U) << body;
    EXPECT_THAT(read.error().body, HasSubstr("bad_data")) << body;
  }
  EXPECT_FALSE(read_posted_drill(R"({"receiver": ")" + std::string(70'000, 'x') + "\"}", "", ""));
}

TEST(DrillApi, AnswersEachStep) {
  ExplainedRouting routing;
  routing.routes = {{.path = {"{}", "{severity=\"page\"}"},
                     .receiver = "team",
                     .group = "{}/0",
                     .group_labels = Labels{{"alertname", "Down"}},
                     .group_wait = 30s,
                     .escalate = {{30min, "lead"}}}};
  auto drill = plan_drill({.id = "TEST-0123abcd",
                           .labels = {{"alertname", "Down"}},
                           .asked_by = "ada",
                           .mode = DrillRequest::Mode::send},
                          routing, receivers(), "http://a2od", kStart)
                   .value();
  auto& delivery = drill.deliveries.at(0);
  delivery.shown.requests = {{"POST https://hooks.contoso.com", {"Content-Type: application/json"}, "{}"}};
  delivery.result = DeliveryResult{.status = 202};
  delivery.took = 35ms;
  delivery.ended = {DrillEnd::State::told, kStart, DeliveryResult{.status = 429, .retry_after = 30s}, 5ms};
  const auto reply = answer_drill(drill);
  EXPECT_EQ(reply.status, 200U);
  const auto data = boost::json::parse(reply.body).at("data");
  EXPECT_EQ(data.at("good"), false);
  EXPECT_EQ(data.at("labels"), boost::json::parse(R"({"alertname": "Down"})"));
  EXPECT_EQ(data.at("told").at("labels"), boost::json::parse(R"({"a2od_test": "TEST-0123abcd", "alertname": "Down"})"));
  EXPECT_EQ(data.at("routes"), boost::json::parse(R"([{"path": ["{}", "{severity=\"page\"}"], "receiver": "team",
    "groupLabels": {"alertname": "Down"}, "groupWait": 30, "mutedBy": [],
    "escalate": [{"after": 1800, "receiver": "lead"}]}])"));
  EXPECT_EQ(data.at("deliveries"), boost::json::parse(R"([{"receiver": "team", "by": "webhook", "integration": 0,
    "path": ["{}", "{severity=\"page\"}"], "pages": false, "endOwed": true, "withheld": "", "good": false,
    "message": {"requests": [{"to": "POST https://hooks.contoso.com", "headers": ["Content-Type: application/json"],
                              "body": "{}"}], "failures": [], "error": ""},
    "result": {"delivered": true, "verdict": "delivered", "answer": "answered 202", "milliseconds": 35, "status": 202},
    "end": {"state": "told", "dueAt": "2026-11-22T10:00:00.000Z", "result": {"delivered": false, "verdict": "retry",
            "answer": "answered 429", "milliseconds": 5, "status": 429, "retryAfter": 30}}}])"));
  EXPECT_EQ(answer_drill(failure("no such receiver")).status, 400U);
}

}  // namespace
}  // namespace a2od
