// Which alerts inhibit which.
#include "daemon/notify/inhibition.hpp"

#include "config/matchers.hpp"
#include "daemon/notify/notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace a2od {
namespace {

using testing::Eq;
using testing::Optional;

std::vector<Matcher> matchers(std::string_view text) { return parse_matchers(text, MatcherSyntax::fallback).value(); }

class InhibitionTest : public testing::Test {
 protected:
  void fires(const Labels& labels) {
    inhibition_.add(fingerprint(labels), labels);
    firing_.insert(fingerprint(labels));
  }
  void ends(const Labels& labels) { firing_.erase(fingerprint(labels)); }

  [[nodiscard]] std::optional<std::string> inhibiting(const Labels& labels) {
    inhibition_.add(fingerprint(labels), labels);
    return inhibition_.inhibiting(fingerprint(labels), [&](const std::string& id) { return firing_.contains(id); });
  }

  const Labels down_{{"alertname", "TenantDown"}, {"tenant", "contoso"}};
  const Labels full_{{"alertname", "Full"}, {"tenant", "contoso"}, {"environment", "prod"}};
  Inhibition inhibition_{{{"", matchers("alertname=TenantDown"), matchers("alertname!=TenantDown"), {"tenant"}}}};
  std::set<std::string> firing_;
};

TEST_F(InhibitionTest, MayComeFromWhatIsNotKnownYet) {
  EXPECT_FALSE(inhibiting(full_));
  const auto may_be = [&](const Labels& expected) {
    inhibition_.expect(std::vector{expected});
    return inhibition_.may_inhibit(fingerprint(full_));
  };
  EXPECT_TRUE(may_be(Labels{{"alertname", "TenantDown"}})) << "of any tenant";
  EXPECT_TRUE(may_be(Labels{{"alertname", "TenantDown"}, {"tenant", "contoso"}, {"severity", "page"}}));
  EXPECT_TRUE(may_be(Labels{{"severity", "page"}})) << "of any name";
  EXPECT_FALSE(may_be(Labels{{"alertname", "TenantDown"}, {"tenant", "fabrikam"}}));
  EXPECT_FALSE(may_be(Labels{{"alertname", "Full"}}));
  inhibition_.expect({});
  EXPECT_FALSE(inhibition_.may_inhibit(fingerprint(full_)));
  inhibition_.expect(std::vector{Labels{{"severity", "page"}}});
  EXPECT_FALSE(inhibition_.may_inhibit(fingerprint(down_))) << "no target of any rule";
}

TEST_F(InhibitionTest, HoldsWhileTheSourceFires) {
  EXPECT_THAT(inhibiting(full_), Eq(std::nullopt));
  fires(down_);
  EXPECT_THAT(inhibiting(full_), Optional(fingerprint(down_)));
  ends(down_);
  EXPECT_THAT(inhibiting(full_), Eq(std::nullopt));
}

TEST_F(InhibitionTest, AsksForEqualLabels) {
  fires({{"alertname", "TenantDown"}, {"tenant", "fabrikam"}});
  EXPECT_THAT(inhibiting(full_), Eq(std::nullopt));
  fires({{"alertname", "TenantDown"}});
  EXPECT_THAT(inhibiting({{"alertname", "Full"}}), Optional(fingerprint({{"alertname", "TenantDown"}})))
      << "both have none";
}

TEST_F(InhibitionTest, TheSourceItselfIsTold) {
  fires(down_);
  EXPECT_THAT(inhibiting(down_), Eq(std::nullopt));
}

TEST_F(InhibitionTest, AlertsOnBothSidesDoNotInhibitEachOther) {
  inhibition_ = Inhibition({{"", matchers("severity=~\"page|ticket\""), matchers("severity=~\"page|ticket\""), {}}});
  fires({{"severity", "page"}});
  EXPECT_THAT(inhibiting({{"severity", "ticket"}}), Eq(std::nullopt));
}

TEST_F(InhibitionTest, ASourceIsForgotten) {
  fires(down_);
  inhibition_.remove(fingerprint(down_), down_);
  EXPECT_THAT(inhibiting(full_), Eq(std::nullopt)) << "even if it fired";
  inhibition_.remove(fingerprint(full_), full_);
  EXPECT_THAT(inhibition_.inhibiting(fingerprint(full_), [](const auto&) { return true; }), Eq(std::nullopt));
}

TEST_F(InhibitionTest, OfAnAlertThatIsNotThereIsForetold) {
  fires(down_);
  const auto fires = [&](const std::string& id) { return firing_.contains(id); };
  EXPECT_THAT(inhibition_.inhibiting(full_, fires), Optional(fingerprint(down_)));
  EXPECT_THAT(inhibition_.inhibiting(Labels{{"alertname", "Full"}, {"tenant", "fabrikam"}}, fires), Eq(std::nullopt));
  EXPECT_THAT(inhibition_.inhibiting(fingerprint(full_), fires), Eq(std::nullopt)) << "it was not added by that";
}

}  // namespace
}  // namespace a2od
