#include "rules/alerting/rule_test/run_test.hpp"

#include <gmock/gmock.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kRules = R"(
groups:
  - name: second
    rules: [{alert: Much, expr: 'doubled > 10', for: 1m, labels: {severity: page}, annotations: {summary: "is {{ $value }}"}}]
  - name: first
    rules: [{record: doubled, expr: used * 2}]
)";

struct RuleTestTest : testing::Test {
  std::vector<GroupDefinition> groups = *parse_rule_file("rules.yml", kRules);
  RuleTestFile file{.evaluation_interval = 1min, .group_order = {"first", "second"}};
  RuleTest test{.interval = 1min, .series = {{Labels{{"__name__", "used"}}, {6, 6, 6, 1, 1}}}};

  std::vector<std::string> lines_of_first_failure() const {
    const auto failures = run_rule_test(test, file, groups);
    return failures.empty() ? std::vector<std::string>{} : failures.front().lines;
  }
  void expect_alert(Milliseconds at, std::vector<ExpectedAlert> alerts) {
    test.alert_checks = {{.at = at, .alertname = "Much", .alerts = std::move(alerts)}};
  }
  const Labels much{{"alertname", "Much"}, {"severity", "page"}};
};

TEST_F(RuleTestTest, AnAlertThatFiresAsExpectedIsNoFailure) {
  expect_alert(1min, {{much, {{"summary", "is 12"}}}});
  EXPECT_THAT(lines_of_first_failure(), IsEmpty());
  expect_alert(4min, {});
  EXPECT_THAT(lines_of_first_failure(), IsEmpty());
}

TEST_F(RuleTestTest, BetweenEvaluationsTheLastOneCounts) {
  expect_alert(119s, {{much, {{"summary", "is 12"}}}});
  EXPECT_THAT(lines_of_first_failure(), IsEmpty());
}

TEST_F(RuleTestTest, WhatIsMissingAndWhatIsTooMuchIsShown) {
  expect_alert(0min, {{much, {}}});
  EXPECT_THAT(lines_of_first_failure(), ElementsAre(R"(- {alertname="Much", severity="page"})"));
  expect_alert(1min, {});
  EXPECT_THAT(lines_of_first_failure(),
              ElementsAre(R"(+ {alertname="Much", severity="page"}  annotations {summary="is 12"})"));
}

TEST_F(RuleTestTest, OnlyTheAnnotationsThatDifferAreShown) {
  expect_alert(1min, {{much, {{"summary", "is 13"}}}});
  EXPECT_THAT(lines_of_first_failure(), ElementsAre(R"(  {alertname="Much", severity="page"})",
                                                    R"(-   summary: "is 13")", R"(+   summary: "is 12")"));
}

TEST_F(RuleTestTest, GroupsAreEvaluatedInTheGivenOrder) {
  file.group_order = {"second", "first"};
  expect_alert(1min, {});  // it sees what is recorded one evaluation later
  EXPECT_THAT(lines_of_first_failure(), IsEmpty());
}

TEST_F(RuleTestTest, ExpressionsAreComparedSampleBySample) {
  test.expression_checks = {{.at = 3min, .expression = "doubled", .samples = {{Labels{{"__name__", "doubled"}}, 3}}}};
  EXPECT_THAT(lines_of_first_failure(), ElementsAre("- doubled 3", "+ doubled 2"));
  test.expression_checks = {{.at = 3min, .expression = "1 + 1", .samples = {{Labels{}, 2}}}};
  EXPECT_THAT(lines_of_first_failure(), IsEmpty());
}

TEST_F(RuleTestTest, FuzzyComparisonForgivesTheLastPlaceOnly) {
  test.expression_checks = {{.at = 0min, .expression = "0.1 + 0.2", .samples = {{Labels{}, 0.3}}}};
  EXPECT_FALSE(lines_of_first_failure().empty());
  file.fuzzy = true;
  EXPECT_THAT(lines_of_first_failure(), IsEmpty());
  test.expression_checks.front().samples.front().value = 0.3000000000000002;
  EXPECT_FALSE(lines_of_first_failure().empty());
}

TEST_F(RuleTestTest, ATestThatWouldRunForHoursIsRefused) {
  expect_alert(24h * 365 * 100, {});
  EXPECT_EQ(lines_of_first_failure().size(), 1u);
}

TEST_F(RuleTestTest, ARuleThatFailsIsAFailureOnce) {
  groups = *parse_rule_file("rules.yml", R"(
groups: [{name: g, rules: [{record: r, expr: 'label_replace(used, "b", "", "", "(")'}]}])");
  test.expression_checks = {{.at = 4min, .expression = "vector(1)", .samples = {{Labels{}, 1}}}};
  EXPECT_EQ(run_rule_test(test, file, groups).size(), 1u);
}

}  // namespace
}  // namespace a2od
