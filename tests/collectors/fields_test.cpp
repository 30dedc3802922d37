#include "collectors/fields.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>

namespace a2od {
namespace {

class FieldsTest : public testing::Test {
 protected:
  boost::json::value body = boost::json::parse(R"({
      "text": "a", "number": 1.5, "written": "2.5", "flag": true, "null": null, "never": "0001-01-01T00:00:00Z",
      "list": [{"text": "b"}, {"text": 3}], "object": {"text": "c"}})");
  std::string fault;
  Fields fields{body, "body", fault};
};

TEST_F(FieldsTest, ReadsEachType) {
  EXPECT_EQ(fields.text({"text"}), "a");
  EXPECT_EQ(fields.text({"object", "text"}), "c");
  EXPECT_EQ(fields.number({"number"}), 1.5);
  EXPECT_EQ(fields.number({"written"}), 2.5);
  EXPECT_EQ(fields.flag({"flag"}), true);
  EXPECT_EQ(fault, "");
}

TEST_F(FieldsTest, MissingAndNullAreEmptyAndNoFault) {
  EXPECT_EQ(fields.text({"absent"}), std::nullopt);
  EXPECT_EQ(fields.text({"absent", "deeper"}), std::nullopt);
  EXPECT_EQ(fields.number({"null"}), std::nullopt);
  EXPECT_EQ(fields.flag({"null"}), std::nullopt);
  EXPECT_EQ(fields.time({"never"}), std::nullopt);
  EXPECT_TRUE(fields.items({"null"}).empty());
  EXPECT_EQ(fault, "");
}

TEST_F(FieldsTest, AnotherTypeIsAFaultWithItsPath) {
  EXPECT_EQ(fields.text({"object"}), std::nullopt);
  EXPECT_EQ(fault, "body.object: expected a string");
}

TEST_F(FieldsTest, TheFirstFaultStands) {
  EXPECT_EQ(fields.flag({"text"}), std::nullopt);
  EXPECT_EQ(fields.number({"flag"}), std::nullopt);
  EXPECT_EQ(fault, "body.text: expected true or false");
}

TEST_F(FieldsTest, ItemsKnowTheirPlace) {
  const auto items = fields.items({"list"});
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].text({"text"}), "b");
  EXPECT_EQ(items[1].text({"text"}), std::nullopt);
  EXPECT_EQ(fault, "body.list[1].text: expected a string");
}

TEST_F(FieldsTest, WhatIsRequiredMustBeThere) {
  EXPECT_EQ(fields.required_text({"absent"}), "");
  EXPECT_EQ(fault, "body.absent: expected a string that is not empty");
}

TEST_F(FieldsTest, AnObjectIsAnObject) {
  const Fields list(body.at("list"), "body.list", fault);
  EXPECT_EQ(fault, "body.list: expected an object");
}

}  // namespace
}  // namespace a2od
