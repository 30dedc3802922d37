#include "collectors/cloud/json.hpp"

#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

using namespace std::chrono_literals;

TEST(Json, ReadsValuesByPathWhateverTheirKeysHold) {
  const auto value = parse_json(R"({"a":{"b.c":"text","n":3,"yes":true,"list":[1]}})").value();
  EXPECT_EQ(get_string(value, "a", "b.c"), "text");
  EXPECT_EQ(get_number(value, "a", "n"), 3);
  EXPECT_EQ(get_bool(value, "a", "yes"), true);
  EXPECT_EQ(get_array(value, "a", "list")->size(), 1U);
  EXPECT_NE(get_object(value, "a"), nullptr);
}

TEST(Json, AMissingOrOtherTypeIsEmpty) {
  const auto value = parse_json(R"({"a":null,"b":"x","c":[]})").value();
  EXPECT_FALSE(get_string(value, "a"));
  EXPECT_FALSE(get_string(value, "b", "deeper"));
  EXPECT_FALSE(get_string(value, "c"));
  EXPECT_FALSE(get_number(value, "b"));
  EXPECT_FALSE(get_bool(value, "b"));
  EXPECT_EQ(get_array(value, "b"), nullptr);
  EXPECT_EQ(get_object(value, "missing"), nullptr);
}

TEST(Json, NumbersWrittenAsTextCountIfTheyAreWholeAndFinite) {
  const auto value =
      parse_json(R"({"a":"3599","b":"12x","c":"inf","d":"nan","e":18446744073709551615,"f":""})").value();
  EXPECT_EQ(get_number(value, "a"), 3599);
  for (const auto* key : {"b", "c", "d", "f"}) EXPECT_FALSE(get_number(value, key)) << key;
  EXPECT_EQ(get_number(value, "e"), 18446744073709551615.0);
}

TEST(Json, AByteOrderMarkIsPassedOver) { EXPECT_TRUE(parse_json("\xEF\xBB\xBF[1]")); }

TEST(Json, DeepAndBrokenDocumentsAreRefused) {
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
  EXPECT_FALSE(parse_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')));
  for (const auto* text : {"", "{", "{} x", "{\"a\":}", "\xFF"}) EXPECT_FALSE(parse_json(text)) << text;
}

TEST(Time, AllFormsThatTheServicesWriteAreRead) {
  const Timestamp expected = std::chrono::sys_days(std::chrono::year(2024) / 10 / 27) + 12h + 3s;
  for (const auto* text :
       {"2024-10-27T12:00:03", "2024-10-27T12:00:03Z", "2024-10-27T12:00:03.0000000Z", "2024-10-27T12:00:03+00:00",
        "2024-10-27T14:00:03.0+02:00", "2024-10-27 12:00:03Z", "2024-10-27T06:30:03-0530"})
    EXPECT_EQ(parse_time(text), expected) << text;
  EXPECT_EQ(parse_time("2024-10-27T12:00:03.1239999Z"), expected + 123ms);
  EXPECT_EQ(parse_time("2024-10-27T12:00:03.5"), expected + 500ms);
  EXPECT_EQ(parse_time("2024-10-27"), expected - 12h - 3s);
}

TEST(Time, NeverIsUnset) {
  for (const auto* text : {"0001-01-01T00:00:00", "1900-01-01T00:00:00Z"}) EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Time, JunkIsNoTime) {
  for (const auto* text : {"", "2024", "2024-02-30T00:00:00Z", "2024-10-27T24:00:00Z", "2024-10-27T12:60:00Z",
                           "2024-10-27T12:00:03.Z", "2024-10-27T12:00:03.1234567890Z", "2024-10-27T12:00:03Zx",
                           "2024-10-27T12:00:03+0", "YYYY-MM-DD HH:MM:SSZ", "2024-10-27T", "-024-10-27T12:00:00Z"})
    EXPECT_FALSE(parse_time(text)) << text;
}

}  // namespace
}  // namespace a2od::cloud
