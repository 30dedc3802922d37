// Which routes alerts take.
#include "daemon/notify/routes.hpp"

#include "config/matchers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RouteConfig node(std::string receiver, std::string_view matchers, std::vector<RouteConfig> below = {}) {
  RouteConfig route{.receiver = std::move(receiver), .routes = std::move(below)};
  if (!matchers.empty()) route.matchers = parse_matchers(matchers, MatcherSyntax::fallback).value();
  return route;
}

RouteConfig continuing(RouteConfig route) {
  route.continues = true;
  return route;
}

std::vector<std::string> receivers(const Routes& routes, const Labels& labels) {
  std::vector<std::string> names;
  for (const auto* route : routes.taken_by(labels)) names.push_back(route->config.receiver);
  return names;
}

const Routes kTree(node("all", "",
                        {node("pager", "severity=page", {node("night", "tenant=contoso")}),
                         continuing(node("log", "tenant=~\"con.*\"")), node("ops", "tenant=contoso")}));

TEST(Routes, TheFirstThatMatchesIsTakenAndTheDeepestInIt) {
  EXPECT_THAT(receivers(kTree, {{"severity", "page"}, {"tenant", "contoso"}}), ElementsAre("night"));
  EXPECT_THAT(receivers(kTree, {{"severity", "page"}}), ElementsAre("pager"));
}

TEST(Routes, OneThatContinuesLetsThoseBehindItHaveTheAlertToo) {
  EXPECT_THAT(receivers(kTree, {{"tenant", "contoso"}}), ElementsAre("log", "ops"));
  EXPECT_THAT(receivers(kTree, {{"tenant", "conrad"}}), ElementsAre("log")) << "not the topmost beside it";
}

TEST(Routes, WhatNoneMatchesTakesTheTopmost) {
  EXPECT_THAT(receivers(kTree, {{"tenant", "fabrikam"}}), ElementsAre("all"));
  EXPECT_THAT(receivers(Routes(), {{"tenant", "fabrikam"}}), IsEmpty()) << "there is no route at all";
}

TEST(Routes, IdsTellRoutesWithEqualMatchersApartAndKeysDoNot) {
  const Routes twins(node("all", "", {continuing(node("a", "x=~\"1\",a=b")), node("b", "a=b,x=~\"1\"")}));
  const auto all = twins.all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].key, R"({}/{a="b",x=~"1"})");
  EXPECT_EQ(all[1].key, all[2].key);
  EXPECT_EQ(all[1].id, all[1].key + "/0");
  EXPECT_EQ(all[2].id, all[1].key + "/1");
}

}  // namespace
}  // namespace a2od
