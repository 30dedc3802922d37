#include "collectors/cloud/aadsts.hpp"

#include "tests/collectors/cloud/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

using testing::HasSubstr;
using testing::Not;

const SignInSubject kSubject{"app-1", "tenant-1", "https://contoso.test/.default"};

TEST(Aadsts, EachKnownCodeIsASentenceAboutThisApplicationOrTenant) {
  for (const unsigned code : {7000215U, 7000222U, 700016U, 700027U, 700021U, 700023U, 500011U, 900023U}) {
    const std::string sentence = explain_aadsts(code, kSubject);
    EXPECT_TRUE(sentence.contains("app-1") || sentence.contains("tenant-1")) << code << sentence;
    EXPECT_THAT(sentence, Not(HasSubstr("{"))) << code;
  }
  EXPECT_THAT(explain_aadsts(7000222, kSubject), HasSubstr("has expired: create a new one"));
  EXPECT_EQ(explain_aadsts(1, kSubject), "");
}

TEST(Aadsts, AnUnknownCodeKeepsItsOwnFirstSentence) {
  const auto error = read_sign_in_error(
      R"({"error":"x","error_description":"AADSTS999: Something new. Trace ID: 1 Correlation ID: 2","error_codes":[999]})",
      kSubject);
  EXPECT_EQ(error.code, "AADSTS999");
  EXPECT_EQ(error.message, "Something new.");
}

TEST(Aadsts, TheNumberInTheTextCountsWhereTheListIsMissing) {
  EXPECT_EQ(read_sign_in_error(R"({"error_description":"AADSTS7000215: Invalid client secret."})", kSubject).code,
            "AADSTS7000215");
}

TEST(Aadsts, JunkIsNoCode) {
  for (const auto* body : {"", "[]", "<html>", R"({"error_codes":["x"]})", R"({"error_codes":[-1]})",
                           R"({"error_codes":[1e300]})", R"({"error_codes":{}})", R"({"error_description":"AADSTSx"})"})
    EXPECT_EQ(read_sign_in_error(body, kSubject).code, "") << body;
}

TEST(Aadsts, TheRecordedErrorIsUnderstood) {
  const auto body = test::sample("tenant/entra-token-error-invalid-scope.json");
  if (!body) GTEST_SKIP() << "no recorded bodies beside this working copy";
  const auto error = read_sign_in_error(*body, kSubject);
  EXPECT_EQ(error.code, "AADSTS70011");
  EXPECT_THAT(error.message, HasSubstr("https://contoso.test/.default is not valid"));
}

}  // namespace
}  // namespace a2od::cloud
