#include "collectors/cloud/url.hpp"

#include "collectors/cloud/http_connection.hpp"

#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

TEST(Url, KeepsPathAndQueryByteForByte) {
  const auto url = parse_url("HTTPS://Org.CRM4.dynamics.com/api/data?$filter=a eq '%20'+\"x\"#part").value();
  EXPECT_EQ(url.origin.host, "org.crm4.dynamics.com");
  EXPECT_EQ(url.origin.port, 443);
  EXPECT_EQ(url.target, "/api/data?$filter=a eq '%20'+\"x\"");
}

TEST(Url, FillsInPortAndPath) {
  EXPECT_EQ(parse_url("http://a.test").value(), (Url{{Origin::Scheme::http, "a.test", 80}, "/"}));
  EXPECT_EQ(parse_url("https://a.test:8443?x").value(), (Url{{Origin::Scheme::https, "a.test", 8443}, "/?x"}));
  EXPECT_EQ(parse_url("https://[::1]:8443/").value().origin.host, "::1");
}

TEST(Url, TheAuthorityShowsOnlyAnUnusualPort) {
  EXPECT_EQ(parse_url("https://a.test:443/").value().origin.authority(), "a.test");
  EXPECT_EQ(parse_url("https://[::1]:8443/").value().origin.authority(), "[::1]:8443");
  EXPECT_EQ(parse_url("http://a.test:443/").value().origin.authority(), "a.test:443");
}

TEST(Url, WhatIsNoAddressIsRefusedWithoutRepeatingIt) {
  for (const auto* text : {"", "a.test", "ftp://a.test", "https://", "https:///x", "https://user@a.test/",
                           "https://a.test:0/", "https://a.test:65536/", "https://a.test:/", "https://a b/",
                           "https://[::1/", "https://[::1]x/", "https://a.test/\r\nX: secret", "https://a%00.test/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_FALSE(url.error().message.contains("secret"));
  }
  EXPECT_FALSE(parse_url("https://" + std::string(300, 'a')));
}

TEST(Url, FormFieldsEncodeAllButUnreservedCharacters) {
  EXPECT_EQ(form_field("client_secret", "a+b c&d=~é"), "client_secret=a%2Bb%20c%26d%3D~%C3%A9");
}

TEST(Url, ARedirectLeadsToAnAddressOrToOneThatIsRelative) {
  const Url from{{Origin::Scheme::https, "host.test", 8443}, "/a/metrics?x=1"};
  const auto to = [&](std::string_view location) {
    const auto url = redirect_target(from, location);
    return url ? url->origin.authority() + url->target : "nowhere";
  };
  EXPECT_EQ(to("https://other.test/m#f"), "other.test/m");
  EXPECT_EQ(to("/m?y=2"), "host.test:8443/m?y=2");
  EXPECT_EQ(to("metrics/"), "host.test:8443/a/metrics/");
  EXPECT_EQ(to("../b"), "host.test:8443/b");
  EXPECT_EQ(to("?y=2"), "host.test:8443/a/metrics?y=2");
  EXPECT_EQ(to("//other.test/m"), "other.test/m");
  EXPECT_EQ(to(""), "nowhere") << "not here again";
  EXPECT_EQ(to("ftp://other.test/m"), "nowhere");
  EXPECT_EQ(to("//user@other.test/m"), "nowhere");
}

TEST(HostPattern, AStarMatchesWhatIsBelowIt) {
  EXPECT_TRUE(matches_host("*.dynamics.com", "org.crm4.dynamics.com"));
  EXPECT_TRUE(matches_host("*.Dynamics.com", "ORG.dynamics.com"));
  EXPECT_FALSE(matches_host("*.dynamics.com", "dynamics.com"));
  EXPECT_FALSE(matches_host("*.dynamics.com", "evildynamics.com"));
  EXPECT_TRUE(matches_host("login.test", "LOGIN.test"));
  EXPECT_FALSE(matches_host("login.test", "x.login.test"));
}

TEST(HostPattern, TheFirstThatMatchesWins) {
  const Origin origin{Origin::Scheme::https, "a.test", 443};
  const std::vector<ConnectOverride> overrides{
      {"b.test", "10.0.0.1", 1}, {"*.test", "10.0.0.2", 2}, {"*", "10.0.0.3", 3}};
  EXPECT_EQ(destination_of(origin, overrides, {}, {}).address, "10.0.0.2");
  EXPECT_EQ(destination_of(origin, {}, {}, {}).address, "a.test");
}

}  // namespace
}  // namespace a2od::cloud
