#include "collectors/async/file_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

TEST(FileLimit, EnoughIsNoWarning) { EXPECT_FALSE(file_limit_warning({.soft = 1024, .hard = 4096}, 1024)); }

TEST(FileLimit, TooFewNamesBothNumbersAndTheRemedy) {
  const auto warning = file_limit_warning({.soft = 256, .hard = 256}, 10'000);
  ASSERT_TRUE(warning);
  EXPECT_THAT(*warning, testing::AllOf(testing::HasSubstr("256"), testing::HasSubstr("10000"),
                                       testing::HasSubstr("LimitNOFILE")));
}

TEST(FileLimit, TheSoftLimitIsRaisedToTheHardOne) {
  const auto limit = raise_file_limit();
  EXPECT_GT(limit.soft, 0U);
  EXPECT_EQ(limit.soft, limit.hard);
}

}  // namespace
}  // namespace a2od
