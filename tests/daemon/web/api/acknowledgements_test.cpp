#include "daemon/web/api/acknowledgements.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Timestamp kNow{Milliseconds(1'700'000'000'000)};

TEST(AcknowledgementsApi, ReadsWhatIsMeantAndForHowLong) {
  const auto posted = read_posted_acknowledgement(
      R"({"matchers": ["severity=page", "tenant=~\"con.*\""], "owner": "ada", "comment": "on it", "duration": "2h"})",
      kNow);
  ASSERT_TRUE(posted) << posted.error().body;
  EXPECT_EQ(posted->selection.matchers.size(), 2U);
  EXPECT_TRUE(posted->selection.matchers[1].matches("contoso"));
  EXPECT_EQ(posted->acknowledgement, (Acknowledgement{"ada", "on it", kNow, kNow + 2h}));
  const auto one = read_posted_acknowledgement(R"({"fingerprint": "0123456789abcdef"})", kNow);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->selection.fingerprint, "0123456789abcdef");
  EXPECT_EQ(one->acknowledgement.expires_at, kNow + 8h);
}

TEST(AcknowledgementsApi, RefusesOddBodies) {
  for (const auto* body :
       {"", "[]", "{", R"({"owner": 3})", R"({"matchers": "a=b"})", R"({"matchers": [{"name": "a"}]})",
        R"({"matchers": ["~"]})", R"({"matchers": ["a=~\"(\""]})", R"({"duration": "8"})", R"({"duration": "8d"})",
        R"({"duration": 8})", R"({"duration": "99999999999999999y"})"}) {
    const auto posted = read_posted_acknowledgement(body, kNow);
    ASSERT_FALSE(posted) << body;
    EXPECT_EQ(posted.error().status, 400u) << body;
    EXPECT_THAT(posted.error().body, HasSubstr("bad_data")) << body;
  }
  EXPECT_FALSE(read_posted_acknowledgement(R"({"comment": ")" + std::string(70'000, 'x') + "\"}", kNow));
  std::string many = R"({"matchers": ["a=b")";
  for (int i = 0; i < 100; ++i) many += R"(,"a=b")";
  EXPECT_FALSE(read_posted_acknowledgement(many + "]}", kNow));
}

TEST(AcknowledgementsApi, ShowsThem) {
  const AcknowledgedAlert alert{"0123456789abcdef", Labels{{"alertname", "Down"}}, {"ada", "on it", kNow, kNow + 8h}};
  const auto document = boost::json::parse(answer_posted_acknowledgement(std::vector{alert}).body);
  EXPECT_EQ(document, boost::json::parse(R"({"status": "success", "data": [{
    "fingerprint": "0123456789abcdef", "labels": {"alertname": "Down"}, "owner": "ada", "comment": "on it",
    "createdAt": "2023-11-14T22:13:20.000Z", "expiresAt": "2023-11-15T06:13:20.000Z"}]})"));
  EXPECT_EQ(answer_posted_acknowledgement(std::vector<AcknowledgedAlert>()).status, 404u);
  EXPECT_EQ(answer_posted_acknowledgement(failure("no")).status, 400u);
  EXPECT_EQ(answer_withdrawn_acknowledgement("x", false).status, 404u);
  EXPECT_EQ(answer_withdrawn_acknowledgement("x", true).status, 200u);
}

TEST(Acknowledgement, HasAnOwnerACommentAndAnEndWithinAWeek) {
  const Acknowledgement good{"ada", "on it", kNow, kNow + 7 * 24h};
  EXPECT_TRUE(check_acknowledgement(good));
  const auto with = [&](auto change) {
    auto other = good;
    change(other);
    return check_acknowledgement(other).has_value();
  };
  EXPECT_FALSE(with([](auto& other) { other.owner.clear(); }));
  EXPECT_FALSE(with([](auto& other) { other.comment.clear(); }));
  EXPECT_FALSE(with([](auto& other) { other.comment = "\xff"; }));
  EXPECT_FALSE(with([](auto& other) { other.comment.assign(1025, 'x'); }));
  EXPECT_FALSE(with([](auto& other) { other.expires_at += 1ms; }));
  EXPECT_FALSE(with([](auto& other) { other.expires_at = kNow; }));
}

TEST(Acknowledgement, IsOfOneAlertOrOfWhatMatchersSelectNotOfEverything) {
  const auto any = Matcher::make(MatchType::regex, "tenant", ".*", Dot::one_line).value();
  const auto one = Matcher::equal("tenant", "contoso");
  EXPECT_TRUE(check_selection({.fingerprint = "x"}));
  EXPECT_TRUE(check_selection({.matchers = {any, one}}));
  EXPECT_FALSE(check_selection({.matchers = {any}}));
  EXPECT_FALSE(check_selection({}));
  EXPECT_FALSE(check_selection({.fingerprint = "x", .matchers = {one}}));
}

}  // namespace
}  // namespace a2od
