#include "daemon/web/api/explain.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <string>

namespace a2od {
namespace {

using namespace test;
namespace json = boost::json;

struct ExplainApi : testing::Test {
  Store store;
  Explanation about;

  ExplainApi() {
    for (const std::string_view environment : {"prod", "test"})
      store.append(Labels{{"__name__", "used"}, {"environment", environment}}, kStart, environment == "prod" ? 95 : 5);
    about.labels = Labels{{"alertname", "Full"}, {"environment", "prod"}, {"severity", "page"}};
    about.rules.push_back({.rule = {.alert = "Full", .expression = "max by (environment) (used) > 90"},
                           .labels_given = {"alertname", "severity"}});
  }

  json::object answer(promql::EvaluationLimits limits = {}) {
    const auto reply = answer_explain(SeriesSource(store.snapshot()), about, kStart, limits);
    EXPECT_EQ(reply.status, 200U);
    return parsed(reply.body).at("data").as_object();
  }
};

TEST_F(ExplainApi, EachPartOfTheExpressionIsShownForTheAlertsLabelsAlone) {
  const auto data = answer();
  const auto& parts = data.at("rules").at(0).at("parts").as_array();
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0], parsed(R"({"expression":"max by (environment) (used) > 90","depth":0,"type":"vector",
      "series":[{"labels":{"environment":"prod"},"value":"95"}],"concerned":1,"total":1})"));
  EXPECT_EQ(parts[2], parsed(R"({"expression":"used","depth":2,"type":"vector",
      "series":[{"labels":{"__name__":"used","environment":"prod"},"value":"95"}],"concerned":1,"total":2})"));
  EXPECT_EQ(data.at("fingerprint").as_string(), fingerprint(about.labels));
}

TEST_F(ExplainApi, ALabelThatTheRuleSetsSaysNothingOfTheSeries) {
  store.append(Labels{{"__name__", "used"}, {"environment", "prod"}, {"severity", "low"}}, kStart, 1);
  about.rules[0].rule.expression = "used";
  EXPECT_EQ(answer().at("rules").at(0).at("parts").at(0).at("concerned"), 2);
}

TEST_F(ExplainApi, SeriesArePartlyShownAndAllCounted) {
  for (int i = 0; i < 100; ++i)
    store.append(Labels{{"__name__", "job"}, {"environment", "prod"}, {"id", std::to_string(i)}}, kStart, 1);
  about.rules[0].rule.expression = "sum(rate(job[5m])) > bool 0";
  const auto data = answer();
  const auto& parts = data.at("rules").at(0).at("parts").as_array();
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[3].at("type"), "matrix");
  EXPECT_EQ(parts[3].at("series").as_array().size(), 5U);
  EXPECT_EQ(parts[3].at("concerned"), 100);
}

TEST_F(ExplainApi, TheNextStepOfTheEscalationIsShown) {
  about.routing.routes.emplace_back().escalation = {
      .step = 1, .after = 30min, .receiver = "lead", .due = kStart + 30min};
  about.routing.routes.emplace_back();
  const auto data = answer();
  const auto& routes = data.at("notification").at("routes");
  EXPECT_EQ(routes.at(0).at("escalation"),
            parsed(R"({"step":1,"after":1800,"receiver":"lead","dueAt":"2026-11-22T10:30:00.000Z"})"));
  EXPECT_TRUE(routes.at(1).at("escalation").is_null());
}

TEST_F(ExplainApi, APartThatFailsSaysSoAndTheOthersAreShown) {
  store.append(Labels{{"__name__", "used"}, {"environment", "prod"}, {"disk", "b"}}, kStart, 1);
  about.rules[0].rule.expression = "used + on (environment) used";
  const auto data = answer();
  const auto& parts = data.at("rules").at(0).at("parts").as_array();
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_TRUE(parts[0].as_object().contains("error"));
  EXPECT_EQ(parts[1].at("concerned"), 2);
}

TEST_F(ExplainApi, AnExpressionOfManyPartsIsCut) {
  std::string expression = "used";
  for (int i = 0; i < 60; ++i) expression += " + used";
  about.rules[0].rule.expression = expression;
  EXPECT_EQ(answer().at("rules").at(0).at("parts").as_array().size(), 50U);
}

}  // namespace
}  // namespace a2od
