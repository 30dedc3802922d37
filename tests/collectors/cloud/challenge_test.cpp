#include "collectors/cloud/challenge.hpp"

#include "collectors/cloud/assertion.hpp"

#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

const std::string kClaims = R"({"access_token":{"nbf":{"essential":true, "value":"1"}}})";

TEST(Challenge, ClaimsAreDecoded) {
  const std::string encoded = base64url(kClaims);
  for (const std::string& header : {"Bearer claims=\"" + encoded + "\"",
                                    "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"" + encoded + "\"",
                                    "Bearer realm=\"claims=\", CLAIMS=\"" + encoded + "==\""})
    EXPECT_EQ(claims_of_challenge(header), kClaims) << header;
}

TEST(Challenge, WithoutClaimsThereAreNone) {
  for (const std::string header :
       {"", "Bearer", "Bearer error=\"invalid_token\"", "Bearer claims=", "Bearer claims=\"", "Bearer claims=\"!!\"",
        "Bearer claims=\"aGVsbG8\"", "Bearer xclaims=\"e30\"", "\"\"\"", "claims=\"W10\""})
    EXPECT_EQ(claims_of_challenge(header), "") << header;
}

TEST(Challenge, TheFirstHeaderWithClaimsCounts) {
  const Headers headers{{"WWW-Authenticate", "Negotiate"},
                        {"www-authenticate", "Bearer claims=\"" + base64url("{}") + "\""}};
  EXPECT_EQ(claims_of_challenges(headers), "{}");
}

}  // namespace
}  // namespace a2od::cloud
