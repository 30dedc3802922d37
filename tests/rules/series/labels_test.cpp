#include "rules/series/labels.hpp"

#include "config/quote.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace a2od {
namespace {

TEST(Labels, AreSortedAndDropEmptyValues) {
  const Labels labels{{"b", "2"}, {"a", "1"}, {"c", ""}};
  ASSERT_EQ(labels.size(), 2U);
  EXPECT_EQ(labels.pairs()[0].first, "a");
  EXPECT_EQ(labels.get("b"), "2");
  EXPECT_EQ(labels.get("c"), "");
}

TEST(Labels, EqualSetsAreEqualHoweverTheyWereBuilt) {
  const Labels one{{"a", "1"}, {"b", "2"}};
  const Labels other = Labels{{"b", "2"}, {"x", "y"}}.with("a", "1").with("x", "");
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.hash(), other.hash());
  EXPECT_EQ(Labels{}, Labels({{"a", ""}}));
}

TEST(Labels, TextIsNotMixedUpBetweenNamesAndValues) {
  EXPECT_NE(Labels({{"a", "bc"}}), Labels({{"ab", "c"}}));
  EXPECT_NE(Labels({{"a", "bc"}}).hash(), Labels({{"ab", "c"}}).hash());
}

TEST(Labels, OnlyAndWithoutAreComplements) {
  const Labels labels{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  constexpr std::array<std::string_view, 2> kNames{"a", "c"};
  EXPECT_EQ(labels.only(kNames), Labels({{"a", "1"}, {"c", "3"}}));
  EXPECT_EQ(labels.without(kNames), Labels({{"b", "2"}}));
}

TEST(Labels, OfAnyLengthGiveBackWhatTheyWereMadeOf) {
  for (const std::size_t length : {1UZ, 200UZ, 254UZ, 255UZ, 256UZ, 65'534UZ, 65'535UZ, 65'536UZ, 200'000UZ}) {
    const std::string value(length, 'v');
    const Labels labels{{"a", value}, {"b", "2"}, {"c", value}};
    EXPECT_EQ(labels.get("a"), value) << length;
    EXPECT_EQ(labels.get("b"), "2") << length;
    EXPECT_EQ(labels.get("c"), value) << length;
    EXPECT_EQ(labels, labels.with("d", "4").with("d", "")) << length;
  }
}

TEST(Labels, OrderIsPairByPair) {
  EXPECT_LT(Labels({{"a", "1"}}), Labels({{"a", "1"}, {"b", "1"}}));
  EXPECT_LT(Labels({{"a", "1"}, {"b", "1"}}), Labels({{"a", "2"}}));
}

TEST(Labels, AreWrittenAsPromQLReadsThem) {
  EXPECT_EQ(Labels({{"__name__", "up"}, {"job", "a\"b\n"}}).to_string(), R"(up{job="a\"b\n"})");
  EXPECT_EQ(Labels({{"__name__", "up"}}).to_string(), "up");
  EXPECT_EQ(Labels({{"__name__", "my.metric"}, {"a.b", "c"}}).to_string(), R"({"my.metric", "a.b"="c"})");
  EXPECT_EQ(Labels().to_string(), "{}");
  EXPECT_EQ(double_quoted("\xff\x01\xc3\xa9"), "\"\\xff\\x01\xc3\xa9\"");
}

}  // namespace
}  // namespace a2od
