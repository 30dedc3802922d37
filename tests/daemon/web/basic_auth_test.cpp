#include "daemon/web/basic_auth.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

// bcrypt of "secret" at cost 4, as htpasswd -B writes it
constexpr const char* kHash = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

TEST(BasicAuth, ReadsUserAndPassword) {
  const auto credentials = parse_basic("Basic cHJvbWV0aGV1czpzZWM6cmV0");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "prometheus");
  EXPECT_EQ(credentials->password, "sec:ret");
}

TEST(BasicAuth, RefusesWhatIsNotBasic) {
  for (const auto* header : {"", "Basic", "Basic ", "Bearer abc=", "Basic !!!!", "Basic YWJj", "Basic YWJ"})
    EXPECT_FALSE(parse_basic(header)) << header;
}

TEST(BasicAuth, BcryptTellsRightFromWrong) {
  const std::string empty_salt_hash = "$2y$04$......................";
  EXPECT_TRUE(matches_bcrypt("secret", kHash));
  EXPECT_FALSE(matches_bcrypt("wrong", kHash));
  EXPECT_FALSE(matches_bcrypt("secret", "plain"));
  EXPECT_FALSE(matches_bcrypt("secret", ""));
  EXPECT_FALSE(matches_bcrypt("secret", empty_salt_hash));
}

TEST(BasicAuth, AnUnknownUserIsComparedWithAHashToo) {
  const BasicAuth auth({{"prometheus", kHash}});
  EXPECT_TRUE(auth.hash_for("nobody").starts_with("$2y$"));
  EXPECT_FALSE(auth.knows("nobody"));
}

TEST(BasicAuth, RemembersBothAnswers) {
  BasicAuth auth({{"prometheus", kHash}});
  EXPECT_FALSE(auth.remembered({"prometheus", "secret"}).has_value());
  auth.remember({"prometheus", "secret"}, true);
  auth.remember({"prometheus", "wrong"}, false);
  EXPECT_EQ(auth.remembered({"prometheus", "secret"}), true);
  EXPECT_EQ(auth.remembered({"prometheus", "wrong"}), false);
  EXPECT_FALSE(auth.remembered({"prometheuss", "ecret"}).has_value());
}

}  // namespace
}  // namespace a2od
