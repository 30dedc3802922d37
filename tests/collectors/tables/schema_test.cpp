#include "collectors/tables/schema.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

std::shared_ptr<const TableSchema> schema_with(std::set<std::string, std::less<>> attributes) {
  return std::make_shared<const TableSchema>(TableSchema{"mailboxes", "prvReadMailbox", "", std::move(attributes)});
}

TEST(TableSchema, FindsALookupByItsAttribute) {
  const auto schema = schema_with({"name", "profile"});
  EXPECT_TRUE(schema->has("name"));
  EXPECT_TRUE(schema->has("_profile_value"));
  EXPECT_FALSE(schema->has("_owner_value"));
  EXPECT_FALSE(schema->has("profile_value"));
}

TEST(Schemas, RememberTablesAndThatThereIsNone) {
  Schemas schemas;
  EXPECT_EQ(schemas.find("h", "mailbox"), nullptr);
  schemas.learn("h", "mailbox", schema_with({"name"}));
  schemas.learn("h", "flowrun", nullptr);
  EXPECT_EQ(schemas.find("h", "mailbox")->schema->entity_set, "mailboxes");
  EXPECT_EQ(schemas.find("h", "flowrun")->schema, nullptr);
  EXPECT_EQ(schemas.find("other", "mailbox"), nullptr);
}

TEST(Schemas, ForgetAHostWhoseMetadataChanged) {
  Schemas schemas;
  schemas.learn("h", "mailbox", schema_with({"name"}));
  schemas.learn("other", "mailbox", schema_with({"name"}));
  schemas.saw_version("h", "1");
  schemas.saw_version("h", "");
  schemas.saw_version("h", "1");
  EXPECT_NE(schemas.find("h", "mailbox"), nullptr);
  schemas.saw_version("h", "2");
  EXPECT_EQ(schemas.find("h", "mailbox"), nullptr);
  EXPECT_NE(schemas.find("other", "mailbox"), nullptr);
}

TEST(Schemas, HoldEqualSchemasOfSeveralHostsOnce) {
  Schemas schemas;
  schemas.learn("h", "mailbox", schema_with({"name"}));
  schemas.learn("same", "mailbox", schema_with({"name"}));
  schemas.learn("newer", "mailbox", schema_with({"name", "profile"}));
  EXPECT_EQ(schemas.find("h", "mailbox")->schema, schemas.find("same", "mailbox")->schema);
  EXPECT_NE(schemas.find("h", "mailbox")->schema, schemas.find("newer", "mailbox")->schema);
}

}  // namespace
}  // namespace a2od
