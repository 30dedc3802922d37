// What silences do over their lives.
#include "daemon/notify/silences.hpp"

#include "config/matchers.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

const Labels kDown{{"alertname", "Down"}, {"tenant", "contoso"}};

Silence silence(std::string_view matchers, Milliseconds length = 1h, Timestamp starts_at = kStart) {
  return {.matchers = parse_matchers(matchers, MatcherSyntax::fallback).value(),
          .starts_at = starts_at,
          .ends_at = starts_at + length,
          .created_by = "alice",
          .comment = "maintenance"};
}

std::vector<std::string> silencing(const Silences& silences, const Labels& labels, Timestamp now) {
  Silences::Known known;
  return silences.silencing(labels, now, known);
}

TEST(Silences, SilenceFromTheirStartToTheirEnd) {
  Silences silences;
  EXPECT_EQ(silences.set(silence("alertname=Down", 1h, kStart + 1h), "s", kStart), "s");
  EXPECT_THAT(silencing(silences, kDown, kStart + 59min), IsEmpty());
  EXPECT_THAT(silencing(silences, kDown, kStart + 60min), ElementsAre("s"));
  EXPECT_THAT(silencing(silences, {{"alertname", "Up"}}, kStart + 60min), IsEmpty());
  EXPECT_THAT(silencing(silences, kDown, kStart + 120min), IsEmpty());
}

TEST(Silences, AllMatchersMustMatchAlsoThoseWithoutAnExactValue) {
  Silences silences;
  EXPECT_TRUE(silences.set(silence("tenant=~\"con.*\""), "b", kStart));
  EXPECT_TRUE(silences.set(silence("alertname=Down,tenant!=contoso"), "c", kStart));
  EXPECT_TRUE(silences.set(silence("tenant=contoso,alertname=\"Down\",environment=\"\""), "a", kStart));
  EXPECT_THAT(silencing(silences, kDown, kStart), ElementsAre("a", "b"));
}

TEST(Silences, BeginNotBeforeTheyAreSet) {
  Silences silences;
  EXPECT_TRUE(silences.set(silence("a=b", 2h, kStart - 1h), "s", kStart));
  EXPECT_EQ(silences.find("s")->starts_at, kStart);
  EXPECT_EQ(silences.find("s")->ends_at, kStart + 1h);
}

TEST(Silences, AnActiveOneMayGetAnotherEndAndKeepsItsId) {
  Silences silences;
  ASSERT_TRUE(silences.set(silence("alertname=Down"), "s", kStart));
  auto longer = *silences.find("s");
  longer.ends_at = kStart + 5h;
  EXPECT_EQ(silences.set(longer, "new", kStart + 10min), "s");
  EXPECT_THAT(silencing(silences, kDown, kStart + 4h), ElementsAre("s"));
}

TEST(Silences, OneWithOtherMatchersTakesThePlaceOfTheOldOne) {
  Silences silences;
  ASSERT_TRUE(silences.set(silence("alertname=Down"), "old", kStart));
  auto other = silence("alertname=Up", 1h, kStart);
  other.id = "old";
  EXPECT_EQ(silences.set(other, "new", kStart + 10min), "new");
  EXPECT_EQ(silences.find("old")->state(kStart + 10min), Silence::State::expired);
  EXPECT_THAT(silencing(silences, kDown, kStart + 10min), IsEmpty());
  EXPECT_THAT(silencing(silences, {{"alertname", "Up"}}, kStart + 10min), ElementsAre("new"));
}

TEST(Silences, ExpireAtOnceAndOnce) {
  Silences silences;
  ASSERT_TRUE(silences.set(silence("alertname=Down"), "now", kStart));
  ASSERT_TRUE(silences.set(silence("alertname=Down", 1h, kStart + 2h), "later", kStart));
  EXPECT_TRUE(silences.expire("now", kStart + 1min));
  EXPECT_TRUE(silences.expire("later", kStart + 1min));
  EXPECT_THAT(silencing(silences, kDown, kStart + 1min), IsEmpty());
  EXPECT_THAT(silencing(silences, kDown, kStart + 2h), IsEmpty()) << "one that had not begun never does";
  EXPECT_EQ(silences.expire("now", kStart + 2min).error().message, "silence now already expired");
  EXPECT_EQ(silences.expire("none", kStart).error().message, kNoSuchSilence);
}

TEST(Silences, ThatWouldSilenceEverythingOrNothingAreRefused) {
  Silences silences;
  const auto error = [&](Silence refused) { return silences.set(std::move(refused), "s", kStart).error().message; };
  EXPECT_EQ(error(silence("a=\"\",b=~\".*\"")), "at least one matcher must not match the empty string");
  EXPECT_EQ(error(Silence{}), "at least one matcher required");
  EXPECT_EQ(error(silence("a=b", -1h)), "end time must not be before start time");
  EXPECT_EQ(error(silence("a=b", 1h, kStart - 2h)), "end time must not be before start time") << "it is over already";
  auto unknown = silence("a=b");
  unknown.id = "none";
  EXPECT_EQ(error(unknown), kNoSuchSilence);
  EXPECT_THAT(silences.all(), IsEmpty());
}

TEST(Silences, AreForgottenLongAfterTheirEnd) {
  Silences silences;
  ASSERT_TRUE(silences.set(silence("alertname=Down"), "s", kStart));
  EXPECT_EQ(silences.take_changes().silences.size(), 1U);
  silences.forget_expired(120h, kStart + 120h);
  EXPECT_TRUE(silences.take_changes().empty());
  silences.forget_expired(120h, kStart + 121h);
  EXPECT_THAT(silences.take_changes().removed, ElementsAre("s"));
  EXPECT_THAT(silencing(silences, kDown, kStart), IsEmpty());
}

TEST(Silences, WhatIsKnownOfAnAlertStaysTrueWhateverChanges) {
  Silences silences;
  Silences::Known known;
  auto now = kStart;
  std::uint64_t random = 7;
  for (int i = 0; i < 2'000; ++i) {
    now += 1min;
    random = random * 6364136223846793005U + 1442695040888963407U;
    const auto id = std::to_string(random >> 59U);
    switch ((random >> 40U) % 4) {
      case 0:
        (void)silences.expire(id, now);
        break;
      case 1:
        silences.forget_expired(2h, now);
        break;
      default: {
        auto other = silence((random >> 30U) % 2 == 0 ? "alertname=~\"D.*\"" : "alertname=Up", 30min, now);
        if (silences.find(id) != nullptr) other.id = id;
        (void)silences.set(other, id + "-" + std::to_string(i), now);
      }
    }
    if (i % 3 == 0) EXPECT_EQ(silences.silencing(kDown, now, known), silencing(silences, kDown, now)) << i;
  }
}

TEST(Silences, AreAsBeforeAfterARestart) {
  Silences before;
  ASSERT_TRUE(before.set(silence("alertname=Down"), "s", kStart));
  Silences after;
  after.restore(before.take_changes().silences);
  EXPECT_EQ(after.all(), before.all());
  EXPECT_TRUE(after.take_changes().empty());
  EXPECT_THAT(silencing(after, kDown, kStart), ElementsAre("s"));
}

}  // namespace
}  // namespace a2od
