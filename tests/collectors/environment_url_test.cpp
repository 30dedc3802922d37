#include "collectors/environment_url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace a2od {
namespace {

TEST(EnvironmentUrl, LosesItsSlashAndItsCapitals) {
  EXPECT_EQ(normalised_url("https://Contoso.crm4.dynamics.com/"), "https://contoso.crm4.dynamics.com");
  EXPECT_EQ(normalised_url("https://contoso.crm4.dynamics.com"), "https://contoso.crm4.dynamics.com");
  EXPECT_EQ(normalised_url("HTTPS://contoso.crm4.dynamics.com:443/"), "https://contoso.crm4.dynamics.com");
}

class ImplausibleUrl : public testing::TestWithParam<std::string> {};

TEST_P(ImplausibleUrl, IsRefused) { EXPECT_EQ(normalised_url(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Texts, ImplausibleUrl,
                         testing::Values("", "contoso.crm4.dynamics.com", "http://contoso.crm4.dynamics.com",
                                         "https://", "https:///", "https://localhost/", "https://10.0.0.1/",
                                         "https://[::1]/", "https://169.254.169.254",
                                         "https://user@contoso.crm.dynamics.com",
                                         "https://contoso.crm.dynamics.com:8443/", "https://contoso.crm.dynamics.com/a",
                                         "https://contoso.crm.dynamics.com/?a=b", "https://contoso.crm.dynamics.com?a",
                                         "https://contoso.crm.dynamics.com/#x", "https://con toso.com/",
                                         "https://contoso.com\r\nHost: evil", "https://contoso.",
                                         "https://" + std::string(300, 'a') + ".com", "javascript://a.b"));

TEST(EnvironmentUrl, HasAHost) {
  EXPECT_EQ(host_of("https://contoso.crm4.dynamics.com"), "contoso.crm4.dynamics.com");
  EXPECT_EQ(host_of("https://127.0.0.1:8443"), "127.0.0.1");
}

TEST(EnvironmentId, IsOfLettersDigitsAndDashes) {
  EXPECT_TRUE(is_environment_id("Default-f6976b02-5a42-4e90-ac3d-8bf516ce0859"));
  for (const auto* bad : {"", "a/b", "..", "a b", "a'b", "a?b", "a%2f", "é"})
    EXPECT_FALSE(is_environment_id(bad)) << bad;
  EXPECT_FALSE(is_environment_id(std::string(129, 'a')));
}

}  // namespace
}  // namespace a2od
