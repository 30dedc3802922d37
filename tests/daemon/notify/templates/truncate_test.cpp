#include "daemon/notify/templates/truncate.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

TEST(Truncate, LeavesWhatFits) {
  EXPECT_EQ(truncate_runes("añ", 2).text, "añ");
  EXPECT_FALSE(truncate_runes("añ", 2).cut);
  EXPECT_EQ(truncate_bytes("añ", 3).text, "añ");
  EXPECT_FALSE(truncate_bytes("añ", 3).cut);
}

TEST(Truncate, MarksWhatIsMissingWhereThereIsRoom) {
  EXPECT_EQ(truncate_runes("ñandúes", 5).text, "ñand…");
  EXPECT_EQ(truncate_runes("ñandú", 3).text, "ñan");
  EXPECT_EQ(truncate_runes("ñandú", 0).text, "");
  EXPECT_TRUE(truncate_runes("ñandú", 0).cut);
  EXPECT_EQ(truncate_bytes("añandú", 5).text, "a…");
  EXPECT_EQ(truncate_bytes("abcd", 3).text, "…");
  EXPECT_EQ(truncate_bytes("abcd", 2).text, "..");
  EXPECT_EQ(truncate_bytes("abcd", 0).text, "");
}

TEST(Truncate, CountsBytesThatAreNoCharacter) {
  EXPECT_EQ(truncate_runes("\xff\xff\xff\xff\xff", 4).text, "\uFFFD\uFFFD\uFFFD…");
  EXPECT_EQ(truncate_runes("\xff\xff", 2).text, "\xff\xff");
}

}  // namespace
}  // namespace a2od
