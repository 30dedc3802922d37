// What a fresh installation logs instead of sending.
#include "daemon/notify/learning.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;

std::vector<std::string> news(Learning& learning, const AlertNotice& notice, Timestamp now) {
  return learning.news(std::span(&notice, 1), now);
}

TEST(Learning, EndsAtItsTime) {
  const Learning learning(kStart + 72h);
  EXPECT_TRUE(learning.active(kStart));
  EXPECT_FALSE(learning.active(kStart + 72h));
  EXPECT_FALSE(Learning().active(kStart)) << "without being asked for, nothing is withheld";
}

TEST(Learning, SaysOnceThatAnAlertFiresAndOnceThatItEnded) {
  Learning learning(kStart + 72h);
  const auto alert = firing("Down", kStart);
  EXPECT_THAT(news(learning, alert, kStart),
              testing::ElementsAre("firing {alertname=\"Down\", tenant=\"contoso\"}: Down is up to something"));
  EXPECT_THAT(news(learning, refreshed(alert, kStart + 1min), kStart + 1min), testing::IsEmpty());
  EXPECT_THAT(news(learning, resolved(alert, kStart + 2min), kStart + 2min),
              testing::ElementsAre(testing::StartsWith("resolved {alertname=\"Down\"")));
  EXPECT_THAT(news(learning, resolved(alert, kStart + 2min), kStart + 3min), testing::IsEmpty())
      << "rules repeat what ended for a while";
}

}  // namespace
}  // namespace a2od
