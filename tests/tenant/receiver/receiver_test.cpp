// The demonstration's receiver: what it prints, keeps and answers.
#include "tests/tenant/receiver/receiver.hpp"

#include <gmock/gmock.h>

namespace a2od::tenant {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr Timestamp kNow(std::chrono::seconds(1'772'323'200));  // 2026-03-01T00:00:00Z

constexpr std::string_view kMessage = R"({
  "version": "4", "status": "firing", "receiver": "on-call", "truncatedAlerts": 2,
  "alerts": [
    {"status": "firing", "startsAt": "2026-02-28T22:30:00.5Z", "endsAt": "0001-01-01T00:00:00Z",
     "labels": {"alertname": "StorageDeficit", "severity": "critical", "tenant": "contoso"},
     "annotations": {"summary": "Database storage is 6 GiB over\u001b[2J", "details": "posting (workflow)\nclosing\u001b[2J\nthird\nfourth", "runbook_url": "https://r/deficit"}},
    {"status": "resolved", "startsAt": "2026-02-28T21:00:00Z", "endsAt": "2026-02-28T21:00:45Z",
     "labels": {"alertname": "EnvironmentDisabled", "environment": "Training", "tenant": "contoso"},
     "annotations": {}}
  ]})";

TEST(Message, ReadsAsAnOnCallPersonLikesIt) {
  EXPECT_EQ(render_message(kMessage, kNow, Colours::off),
            "--- 2 alerts for on-call at 00:00:00 UTC ---\n"
            "  [FIRING] critical StorageDeficit\n"
            "    Database storage is 6 GiB over[2J\n"
            "    environment  all of tenant contoso\n"
            "    since        2026-02-28 22:30:00 UTC, 1 hour 30 minutes ago\n"
            "    details      posting (workflow)\n"
            "    details      closing[2J\n"
            "    details      third\n"
            "                 …\n"
            "    runbook      https://r/deficit\n"
            "  [RESOLVED] EnvironmentDisabled\n"
            "    environment  Training (tenant contoso)\n"
            "    since        2026-02-28 21:00:00 UTC, lasted 45 seconds\n"
            "  and 2 more\n");
}

TEST(Message, IsColouredOnlyWhenAsked) {
  EXPECT_THAT(*render_message(kMessage, kNow, Colours::on), HasSubstr("\x1b[1;31m[FIRING]\x1b[0m"));
  EXPECT_THAT(*render_message(kMessage, kNow, Colours::off), Not(HasSubstr("\x1b")));
}

TEST(Message, IsNothingForOtherBodies) {
  for (const auto* body : {"", "[]", "{}", R"({"version":"4"})", R"({"version":"3","alerts":[]})", "\xff"})
    EXPECT_FALSE(render_message(body, kNow, Colours::off)) << body;
}

TEST(Message, SurvivesMembersOfWrongTypes) {
  const auto* body = R"({"version":"4","alerts":[7,{"labels":[],"annotations":3,"startsAt":{}}],"receiver":null})";
  EXPECT_TRUE(render_message(body, kNow, Colours::off));
}

TEST(Times, AreReadWithFractionsAndOffsets) {
  EXPECT_EQ(parse_rfc3339("2026-03-01T00:00:00Z"), kNow);
  EXPECT_EQ(parse_rfc3339("2026-03-01T01:30:00.123456+01:30"), kNow);
  EXPECT_EQ(parse_rfc3339("2026-02-28T23:00:00-01:00"), kNow);
  for (const auto* text : {"", "2026-03-01", "2026-02-30T00:00:00Z", "2026-03-01T00:00:00", "2026-03-01Tnoon000Z000"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Times, AreSpokenInTheTwoLargestUnits) {
  using namespace std::chrono_literals;
  EXPECT_EQ(spoken_duration(0s), "0 seconds");
  EXPECT_EQ(spoken_duration(61s), "1 minute 1 second");
  EXPECT_EQ(spoken_duration(24h), "1 day");
  EXPECT_EQ(spoken_duration(51h + 40min), "2 days 3 hours");
  EXPECT_EQ(spoken_duration(-5s), "0 seconds");
}

TEST(ScriptedReply, IsReadOrRefused) {
  EXPECT_EQ(parse_scripted_reply("429:120")->retry_after, "120");
  EXPECT_EQ(parse_scripted_reply("200@30s")->delay, std::chrono::seconds(30));
  EXPECT_TRUE(parse_scripted_reply("cut")->cut);
  for (const auto* text : {"", "99", "600", "99999999999", "ok", "200@soon", "20x"})
    EXPECT_FALSE(parse_scripted_reply(text).has_value()) << text;
}

struct Desk {
  std::vector<std::string> printed;
  std::vector<std::string> kept;
  Receiver receiver;

  explicit Desk(std::vector<ScriptedReply> replies)
      : receiver({Colours::off, [this](const std::string& text) { printed.push_back(text); },
                  [this](const std::string& body) { kept.push_back(body); }, std::move(replies)}) {}

  HttpReply post(std::string_view body, const std::string& target = "/hook") {
    HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.body = body;
    return receiver.answer(request, kNow);
  }
};

TEST(Receiver, AnswersByScriptAndKeepsOnlyWhatItAccepted) {
  Desk desk({*parse_scripted_reply("500"), *parse_scripted_reply("429:7"), *parse_scripted_reply("200")});
  EXPECT_EQ(desk.post(kMessage).status, 500U);
  const auto busy = desk.post(kMessage);
  EXPECT_EQ(busy.status, 429U);
  EXPECT_THAT(busy.headers, ElementsAre(testing::Pair("Retry-After", "7")));
  EXPECT_EQ(desk.post(kMessage).status, 200U);
  EXPECT_EQ(desk.post(kMessage).status, 200U) << "the last answer stays";
  EXPECT_THAT(desk.kept, SizeIs(2));
  EXPECT_THAT(desk.kept.front(), Not(HasSubstr("\n")));
  EXPECT_THAT(desk.printed, SizeIs(2));
  EXPECT_THAT(desk.receiver.received(), SizeIs(4));
}

TEST(Receiver, RefusesWhatIsNoMessage) {
  Desk desk({});
  EXPECT_EQ(desk.post("hello").status, 400U);
  EXPECT_THAT(desk.kept, IsEmpty());
}

TEST(Receiver, TakesANewScript) {
  Desk desk({});
  EXPECT_EQ(desk.post("503 cut 200", "/control/replies").status, 200U);
  EXPECT_EQ(desk.post(kMessage).status, 503U);
  EXPECT_TRUE(desk.post(kMessage).raw);
  EXPECT_EQ(desk.post(kMessage).status, 200U);
  EXPECT_EQ(desk.post("maybe", "/control/replies").status, 400U);
}

}  // namespace
}  // namespace a2od::tenant
