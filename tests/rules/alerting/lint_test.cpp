#include "rules/alerting/lint.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Metric kMetrics[] = {{"d365_jobs_stuck", MetricType::gauge, "", "Stuck jobs."},
                               {"d365_jobs_failed_total", MetricType::counter, "", "Failed jobs."}};

std::vector<std::string> warnings(const std::string& expression, const std::string& annotations = "{summary: s}") {
  const auto text = fmt::format(R"(
groups:
  - name: g
    rules:
      - record: d365_recorded:sum
        expr: vector(1)
      - alert: A
        expr: '{}'
        annotations: {}
)",
                                expression, annotations);
  const auto groups = parse_rule_file("rules.yml", text);
  EXPECT_TRUE(groups) << expression;
  std::vector<std::string> messages;
  if (groups)
    for (const auto& problem : lint_rules(*groups, {.metrics = kMetrics})) messages.push_back(problem.message);
  return messages;
}

TEST(Lint, GoodRulesAreNotWarnedOf) {
  for (const auto* expression :
       {"d365_jobs_stuck > 5", "increase(d365_jobs_failed_total[1h]) > 3", "d365_recorded:sum > 1", "my_metric > 1",
        "absent(d365_jobs_failed_total)", "count(d365_jobs_failed_total) > 3",
        "d365_jobs_stuck > 1 and d365_jobs_failed_total", "changes(d365_jobs_stuck[1m]) > 0",
        "rate(d365_jobs_failed_total[5m]) > 0", "rate(d365_jobs_failed_total[30s * 4]) > 0",
        "d365_jobs_stuck{tenant=\"a\",tenant=~\"a|b\"}"})
    EXPECT_THAT(warnings(expression), IsEmpty()) << expression;
}

TEST(Lint, AMetricThatNobodyBringsIsNamedWithTheOneThatWasMeant) {
  EXPECT_THAT(warnings("d365_jobs_stuk > 5"),
              ElementsAre("A reads 'd365_jobs_stuk', which no collector brings: did you mean 'd365_jobs_stuck'?"));
  EXPECT_THAT(warnings("rate(a2od_nonsense[5m]) > 5"),
              ElementsAre("A reads 'a2od_nonsense', which no collector brings"));
}

TEST(Lint, AWarningPointsIntoTheExpression) {
  const auto groups = parse_rule_file("rules.yml", R"(
groups:
  - name: g
    rules:
      - alert: A
        expr: |
          my_metric > 1
            and d365_jobs_stuk > 5
        annotations: {summary: s}
)");
  const auto problems = lint_rules(*groups, {.metrics = kMetrics});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].where, (Position{8, 17}));
}

TEST(Lint, ACounterIsNotComparedAsItIs) {
  EXPECT_THAT(warnings("d365_jobs_failed_total > 5"), ElementsAre(HasSubstr("only ever grows")));
  EXPECT_THAT(warnings("sum by (tenant) (d365_jobs_failed_total) > 5"), ElementsAre(HasSubstr("only ever grows")));
}

TEST(Lint, WhatCanNeverMatchIsSaid) {
  EXPECT_THAT(warnings("d365_jobs_stuck{tenant=\"a\",tenant=\"b\"}"), ElementsAre(HasSubstr("exclude each other")));
  EXPECT_THAT(warnings("rate(d365_jobs_failed_total[1m]) > 0"), ElementsAre(HasSubstr("needs two samples")));
  EXPECT_THAT(warnings("rate({__name__=\"d365_jobs_failed_total\"}[1m]) > 0"),
              ElementsAre(HasSubstr("needs two samples")));
  EXPECT_THAT(warnings("rate(node_cpu_seconds_total[1m]) > 0"), IsEmpty()) << "an exporter may be scraped more often";
}

TEST(Lint, AnAlertHasASummary) {
  EXPECT_THAT(warnings("d365_jobs_stuck > 5", "{description: d}"), ElementsAre(HasSubstr("no annotation 'summary'")));
}

}  // namespace
}  // namespace a2od
