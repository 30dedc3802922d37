#include "daemon/web/api/query.hpp"

#include "daemon/web/api/syntax_tree.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using testing::HasSubstr;

const Timestamp kNow{Milliseconds(1'700'000'000'000)};

struct ApiTest : testing::Test {
  Store store;
  ApiTest() { store.append(Labels{{"__name__", "used"}, {"environment", "prod"}}, kNow, 1.5); }
};

TEST_F(ApiTest, AnInstantQueryIsAnsweredAsPrometheusDoes) {
  const auto reply = answer_query(SeriesSource(store.snapshot()), parse_parameters("query=used"), kNow, {});
  EXPECT_EQ(reply.status, 200u);
  EXPECT_EQ(boost::json::parse(reply.body),
            boost::json::parse(R"({"status":"success","data":{"resultType":"vector","result":[
                {"metric":{"__name__":"used","environment":"prod"},"value":[1700000000,"1.5"]}]}})"));
}

TEST_F(ApiTest, ARangeQueryGivesAMatrix) {
  const auto parameters = parse_parameters("query=used*2&start=1700000000&end=1700000060&step=30");
  const auto reply = answer_query_range(SeriesSource(store.snapshot()), parameters, {});
  EXPECT_EQ(boost::json::parse(reply.body),
            boost::json::parse(R"({"status":"success","data":{"resultType":"matrix","result":[
                {"metric":{"environment":"prod"},"values":[[1700000000,"3"],[1700000030,"3"],[1700000060,"3"]]}]}})"));
}

TEST_F(ApiTest, ABadExpressionSaysWhere) {
  const auto reply = answer_query(SeriesSource(store.snapshot()), parse_parameters("query=sum(used"), kNow, {});
  EXPECT_EQ(reply.status, 400u);
  EXPECT_THAT(reply.body, HasSubstr("\"errorType\":\"bad_data\""));
  EXPECT_THAT(reply.body, HasSubstr("parse error"));
}

TEST_F(ApiTest, BadParametersAreNamed) {
  for (const auto* query :
       {"start=1&end=2&step=1", "query=1&end=2&step=1", "query=1&start=2&end=1&step=1", "query=1&start=1&end=2&step=0",
        "query=1&start=1&end=2&step=-5", "query=1&start=x&end=2&step=1"})
    EXPECT_EQ(answer_query_range(SeriesSource(store.snapshot()), parse_parameters(query), {}).status, 400u) << query;
  EXPECT_EQ(answer_query(SeriesSource(store.snapshot()), parse_parameters("query=1&time=9e99"), kNow, {}).status, 400u);
}

TEST_F(ApiTest, ACancelledQueryIsATimeout) {
  const std::atomic<bool> cancelled = true;
  const auto reply =
      answer_query(SeriesSource(store.snapshot()), parse_parameters("query=used"), kNow, {.cancelled = &cancelled});
  EXPECT_EQ(reply.status, 503u);
  EXPECT_THAT(reply.body, HasSubstr("\"errorType\":\"timeout\""));
}

TEST_F(ApiTest, LookBackAndLimitAreTheRequests) {
  const auto query = [&](std::string_view text) {
    return answer_query(SeriesSource(store.snapshot()), parse_parameters(text), kNow, {}).body;
  };
  EXPECT_THAT(query("query=used&time=1700000400"), HasSubstr("\"result\":[]"));
  EXPECT_THAT(query("query=used&time=1700000400&lookback_delta=10m"), HasSubstr("\"1.5\""));
  EXPECT_THAT(query("query=used&lookback_delta=-1"), HasSubstr("bad_data"));
  store.append(Labels{{"__name__", "used"}, {"environment", "test"}}, kNow, 2);
  EXPECT_THAT(query("query=used&limit=1"), HasSubstr("truncated"));
}

TEST_F(ApiTest, WhatIsDoubtfulIsSaidBesideTheResult) {
  const auto query = [&](std::string_view text) {
    return answer_query(SeriesSource(store.snapshot()), parse_parameters(text), kNow, {}).body;
  };
  EXPECT_THAT(query("query=quantile(2,used)"), HasSubstr("\"warnings\":[\"PromQL warning: quantile value"));
  store.append(Labels{{"__name__", "used"}, {"environment", "prod"}}, kNow + Milliseconds(60'000), 2);
  EXPECT_THAT(query("query=rate(used[5m])&time=1700000060"),
              HasSubstr("\"infos\":[\"PromQL info: metric might not be"));
}

TEST_F(ApiTest, AnExpressionIsFormatted) {
  EXPECT_EQ(answer_format_query(parse_parameters("query=sum+by(a)(rate(x[5m]))")).body,
            R"x({"status":"success","data":"sum by (a) (rate(x[5m]))"})x");
  EXPECT_EQ(answer_format_query(parse_parameters("query=sum(")).status, 400u);
}

TEST_F(ApiTest, ALongExpressionIsFormattedOverSeveralLines) {
  const auto text = answer_format_query(parse_parameters(
      "query=sum+by(environment)(rate(d365_flows_failed_total{tenant%3D\"contoso\"}[5m]))/on(environment)"
      "count+by(environment)(d365_environment_state{state%3D\"Enabled\"})>0.1"));
  EXPECT_EQ(boost::json::parse(text.body).at("data").as_string(),
            R"(    sum by (environment) (rate(d365_flows_failed_total{tenant="contoso"}[5m]))
  / on (environment)
    count by (environment) (d365_environment_state{state="Enabled"})
>
  0.1)");
}

TEST_F(ApiTest, AnExpressionIsShownAsATree) {
  const auto tree =
      answer_parse_query(parse_parameters("query=-sum+by(a)(rate(x{b!%3D\"c\"}[5m]+offset+1m))+%3E+bool+2"));
  ASSERT_EQ(tree.status, 200u) << tree.body;
  const auto root = boost::json::parse(tree.body).at("data");
  EXPECT_EQ(root.at("type"), "binaryExpr");
  EXPECT_EQ(root.at("bool"), true);
  EXPECT_TRUE(root.at("matching").is_null());
  EXPECT_EQ(root.at("rhs").at("val"), "2");
  const auto& sum = root.at("lhs").at("expr");
  EXPECT_EQ(sum.at("grouping"), boost::json::parse(R"(["a"])"));
  const auto& call = sum.at("expr");
  EXPECT_EQ(call.at("func").at("argTypes"), boost::json::parse(R"(["matrix"])"));
  const auto& selector = call.at("args").at(0);
  EXPECT_EQ(selector.at("range"), 300'000);
  EXPECT_EQ(selector.at("offset"), 60'000);
  EXPECT_EQ(selector.at("matchers").at(0).at("type"), "!=");
  EXPECT_EQ(answer_parse_query(parse_parameters("query=sum(")).status, 400u);
}

TEST(Parameters, AreDecodedAsBrowsersWriteThem) {
  const auto parameters = parse_parameters("query=a+%3D+1%2B2&time=5&&broken=%zz&flag");
  EXPECT_EQ(parameters.find("query")->second, "a = 1+2");
  EXPECT_EQ(parameters.find("broken")->second, "%zz");
  EXPECT_EQ(parameters.find("flag")->second, "");
}

TEST(FormatTime, IsRfc3339InUtc) { EXPECT_EQ(format_time(kNow + Milliseconds(7)), "2023-11-14T22:13:20.007Z"); }

}  // namespace
}  // namespace a2od
