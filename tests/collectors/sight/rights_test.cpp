#include "collectors/sight/rights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const PartKey kKey{"dataverse", "contoso", "e1", "organization"};

Part part_with(Outcome outcome, std::string missing_right = {}) {
  Part part;
  part.name = "organization";
  part.outcome = outcome;
  part.missing_right = std::move(missing_right);
  return part;
}
Part ok() { return part_with(Outcome::ok); }
Part denied() { return part_with(Outcome::denied, "prvReadOrganization"); }

struct RightsCase {
  std::string name;
  std::vector<Part> history;
  bool lost;
};
class RightsByHistory : public testing::TestWithParam<RightsCase> {};

TEST_P(RightsByHistory, AreLostWhenOnceHadAndNowDenied) {
  Rights rights;
  for (const auto& part : GetParam().history) rights.observe(kKey, part);
  EXPECT_EQ(rights.lost(kKey), GetParam().lost);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, RightsByHistory,
    testing::Values(RightsCase{"NeverSeen", {}, false}, RightsCase{"Had", {ok()}, false},
                    RightsCase{"NeverHad", {denied()}, false}, RightsCase{"Lost", {ok(), denied()}, true},
                    RightsCase{"LostAfterNotHaving", {denied(), ok(), denied()}, true},
                    RightsCase{"Restored", {ok(), denied(), ok()}, false},
                    RightsCase{"NetworkTroubleChangesNothing", {ok(), denied(), part_with(Outcome::unreachable)}, true},
                    RightsCase{"ThrottlingIsNoLoss", {ok(), part_with(Outcome::throttled)}, false},
                    RightsCase{"FailedSignInIsNoLoss", {ok(), part_with(Outcome::denied)}, false},
                    RightsCase{"AnAbsentTableIsNotDenied", {ok(), denied(), part_with(Outcome::absent)}, false}),
    [](const auto& info) { return info.param.name; });

TEST(Rights, SaysWhenThereIsSomethingToWriteDown) {
  Rights rights;
  EXPECT_TRUE(rights.observe(kKey, ok()));
  EXPECT_FALSE(rights.observe(kKey, ok()));
  EXPECT_FALSE(rights.observe(kKey, part_with(Outcome::unreachable)));
  EXPECT_TRUE(rights.observe(kKey, denied()));
  EXPECT_FALSE(rights.observe(kKey, denied()));
}

TEST(Rights, SurviveARestart) {
  Rights before;
  before.observe(kKey, ok());
  Rights after;
  after.restore(before.save());
  after.observe(kKey, denied());
  EXPECT_TRUE(after.lost(kKey));
}

TEST(Rights, NameWhatIsMissing) {
  Rights rights;
  rights.observe(kKey, ok());
  rights.observe(kKey, denied());
  ASSERT_THAT(rights.all_lost(), SizeIs(1));
  EXPECT_EQ(rights.all_lost().front().missing_right, "prvReadOrganization");
}

TEST(Rights, OfOnePartSayNothingOfAnother) {
  Rights rights;
  auto other = kKey;
  other.part = "whoami";
  rights.observe(kKey, ok());
  rights.observe(other, denied());
  EXPECT_FALSE(rights.lost(other));
}

TEST(Rights, OfAnEnvironmentThatLeftAreForgotten) {
  Rights rights;
  rights.observe(kKey, ok());
  rights.observe(kKey, denied());
  rights.forget("contoso", "e1");
  EXPECT_THAT(rights.save(), IsEmpty());
}

}  // namespace
}  // namespace a2od
