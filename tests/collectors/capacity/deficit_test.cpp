#include "collectors/capacity/deficit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

namespace a2od::capacity {
namespace {

using testing::Each;
using testing::Field;
using testing::IsEmpty;

constexpr double kGigabyte = 1024.0 * 1024 * 1024;

Store gigabytes(double entitled, double consumed) { return {entitled * kGigabyte, consumed * kGigabyte}; }

struct DeficitCase {
  std::string name;
  TenantStorage storage;
  double deficit;        ///< GB
  double free_database;  ///< GB
};
class DeficitRule : public testing::TestWithParam<DeficitCase> {};

TEST_P(DeficitRule, CoversWhatItMay) {
  const auto deficit = deficit_of(GetParam().storage);
  ASSERT_TRUE(deficit);
  EXPECT_DOUBLE_EQ(deficit->bytes, GetParam().deficit * kGigabyte);
  EXPECT_DOUBLE_EQ(deficit->free_database, GetParam().free_database * kGigabyte);
}

/// Entitled and consumed; database, file, log.
TenantStorage storage(Store database, Store file, Store log) { return {database, file, log}; }

INSTANTIATE_TEST_SUITE_P(
    MicrosoftsScenarios, DeficitRule,
    testing::Values(DeficitCase{"FileSurplusNeverHelps",
                                storage(gigabytes(100, 110), gigabytes(400, 200), gigabytes(10, 5)), 10, 0},
                    DeficitCase{"DatabaseSurplusTooSmallForLog",
                                storage(gigabytes(100, 95), gigabytes(400, 200), gigabytes(10, 20)), 5, 0},
                    DeficitCase{"DatabaseAndLogSurplusTooSmallForFile",
                                storage(gigabytes(100, 20), gigabytes(200, 290), gigabytes(10, 5)), 5, 0},
                    DeficitCase{"DatabaseSurplusCoversLog",
                                storage(gigabytes(100, 80), gigabytes(400, 200), gigabytes(10, 20)), 0, 10}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Others, DeficitRule,
    testing::Values(
        DeficitCase{"AllWithin", storage(gigabytes(10, 5), gigabytes(20, 5), gigabytes(2, 1)), 0, 5},
        DeficitCase{"ExactlyFull", storage(gigabytes(10, 10), gigabytes(20, 20), gigabytes(2, 2)), 0, 0},
        DeficitCase{"LogSurplusSparesDatabaseSurplus", storage(gigabytes(10, 8), gigabytes(20, 21), gigabytes(2, 1)), 0,
                    2},
        DeficitCase{"LogSurplusDoesNotCoverDatabase", storage(gigabytes(10, 11), gigabytes(20, 5), gigabytes(9, 1)), 1,
                    0},
        DeficitCase{"OneSurplusIsSpentOnce", storage(gigabytes(10, 7), gigabytes(20, 22), gigabytes(2, 4)), 1, 0},
        DeficitCase{"EverythingOver", storage(gigabytes(10, 11), gigabytes(20, 22), gigabytes(2, 5)), 6, 0},
        DeficitCase{"NoDatabaseEntitlementAlone", storage(gigabytes(0, 2), gigabytes(20, 5), gigabytes(2, 1)), 2, 0}),
    [](const auto& info) { return info.param.name; });

TEST(Deficit, AnyUnknownInputMakesItUnknown) {
  const TenantStorage known{gigabytes(10, 5), gigabytes(10, 5), gigabytes(10, 5)};
  for (auto store : {&TenantStorage::database, &TenantStorage::file, &TenantStorage::log}) {
    for (auto figure : {&Store::entitled, &Store::consumed}) {
      auto with_gap = known;
      (with_gap.*store).*figure = std::nullopt;
      EXPECT_EQ(deficit_of(with_gap).has_value(), false);
    }
  }
}

TEST(Deficit, AnUnmeasuredSurplusIsNotTheLackOfOne) {
  const TenantStorage storage{{100 * kGigabyte, std::nullopt}, gigabytes(400, 200), gigabytes(10, 20)};
  EXPECT_FALSE(deficit_of(storage));
}

TEST(Deficit, FractionsThatCancelOutLeaveNothing) {
  constexpr double kMegabyte = 1024.0 * 1024;
  const TenantStorage storage{{0.3 * kMegabyte, 0.1 * kMegabyte}, gigabytes(1, 0), {0.1 * kMegabyte, 0.3 * kMegabyte}};
  EXPECT_EQ(deficit_of(storage)->bytes, 0);
}

TEST(Deficit, ATenantEntitledToNothingMayUseTheDefaultEnvironmentsIncludedStorage) {
  const auto deficit = deficit_of({gigabytes(0, 0.5), gigabytes(0, 2.9), gigabytes(0, 0.1)});
  ASSERT_TRUE(deficit);
  EXPECT_EQ(deficit->bytes, 0);
  EXPECT_FALSE(deficit->entitled);
  EXPECT_THAT(operation_states(*deficit), IsEmpty());
}

TEST(Deficit, ATenantEntitledToNothingIsOverBeyondTheIncludedStorage) {
  const auto deficit = deficit_of({gigabytes(0, 4), gigabytes(0, 1), gigabytes(0, 0)});
  EXPECT_DOUBLE_EQ(deficit->bytes, kGigabyte);
}

TEST(LegacyDeficit, IsConsumptionBeyondTheTotal) {
  EXPECT_DOUBLE_EQ(legacy_deficit_of(gigabytes(10, 12))->bytes, 2 * kGigabyte);
  EXPECT_DOUBLE_EQ(legacy_deficit_of(gigabytes(12, 10))->bytes, 0);
  EXPECT_FALSE(legacy_deficit_of({std::nullopt, 5}));
}

bool is_blocked(const Deficit& deficit, std::string_view operation) {
  const auto states = operation_states(deficit);
  return std::ranges::find(states, operation, &OperationState::operation)->blocked;
}

TEST(BlockedOperations, ADeficitBlocksAll) {
  EXPECT_THAT(operation_states({.bytes = 1, .free_database = 50 * kGigabyte}),
              Each(Field(&OperationState::blocked, true)));
}

TEST(BlockedOperations, PlentyBlocksNone) {
  const auto states = operation_states({.bytes = 0, .free_database = 50 * kGigabyte});
  EXPECT_EQ(states.size(), std::size(kOperations));
  EXPECT_THAT(states, Each(Field(&OperationState::blocked, false)));
}

TEST(BlockedOperations, LessThanAFreeGigabyteBlocksThoseThatNeedIt) {
  const Deficit little{.bytes = 0, .free_database = kGigabyte - 1};
  for (const auto* operation : {"create", "recover", "convert"})
    EXPECT_TRUE(is_blocked(little, operation)) << operation;
  for (const auto* operation : {"copy", "restore", "add_database"})
    EXPECT_FALSE(is_blocked(little, operation)) << operation;
}

TEST(BlockedOperations, AFreeGigabyteIsEnough) {
  EXPECT_FALSE(is_blocked({.bytes = 0, .free_database = kGigabyte}, "create"));
}

}  // namespace
}  // namespace a2od::capacity
