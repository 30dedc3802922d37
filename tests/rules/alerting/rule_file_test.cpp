// Rule files: what is read, and that each fault is reported with its place.
#include "rules/alerting/group.hpp"

#include <gmock/gmock.h>

namespace a2od {
namespace {

std::vector<std::string> problems_of(std::string_view text) {
  const auto groups = parse_rule_file("r.yml", text);
  std::vector<std::string> problems;
  if (groups) return problems;
  for (const Problem& problem : groups.error()) problems.push_back(to_string(problem));
  return problems;
}

TEST(RuleFile, YieldsWhatItSays) {
  const auto groups = parse_rule_file("r.yml", R"(
groups:
  - name: g
    interval: 30s
    query_offset: 1m
    limit: 7
    labels: {team: crm}
    rules:
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 1h
        labels: {severity: page, level: 2}
        annotations: {summary: "{{ $labels.job }} is down"}
      - record: job:up:sum
        expr: sum by (job) (up)
)");
  ASSERT_TRUE(groups);
  ASSERT_EQ(groups->size(), 1U);
  const GroupDefinition& group = groups->front();
  EXPECT_EQ(group.name, "g");
  EXPECT_EQ(group.interval, std::chrono::seconds(30));
  EXPECT_EQ(group.query_offset, std::chrono::minutes(1));
  EXPECT_EQ(group.limit, 7U);
  EXPECT_EQ(group.labels.at("team"), "crm");
  ASSERT_EQ(group.rules.size(), 2U);
  EXPECT_EQ(group.rules[0].hold_for, std::chrono::minutes(5));
  EXPECT_EQ(group.rules[0].keep_firing_for, std::chrono::hours(1));
  EXPECT_EQ(group.rules[0].labels.at("level"), "2");
  EXPECT_EQ(group.rules[0].position, (Position{9, 9}));
  EXPECT_EQ(group.rules[1].name(), "job:up:sum");
}

TEST(RuleFile, MayBeEmpty) {
  EXPECT_THAT(problems_of(""), testing::IsEmpty());
  EXPECT_THAT(problems_of("groups:"), testing::IsEmpty());
  EXPECT_THAT(problems_of("groups: [{name: g}]"), testing::IsEmpty());
}

TEST(RuleFile, ReportsAllFaultsAtOnceInTheOrderOfTheirPlaces) {
  const auto problems = problems_of(R"(groups:
  - name: g
    intervall: 1m
    rules:
      - alert: A
        expr: up ==
        for: soon
      - expr: up
      - record: r
        record: s
)");
  ASSERT_EQ(problems.size(), 6U);
  EXPECT_THAT(problems[0],
              testing::StartsWith("r.yml:3:5: unknown key 'intervall' in a group, did you mean 'interval'?"));
  EXPECT_THAT(problems[1], testing::StartsWith("r.yml:6:"));
  EXPECT_THAT(problems[2], testing::StartsWith("r.yml:7:14: 'for': "));
  EXPECT_EQ(problems[3], "r.yml:8:9: a rule needs 'alert' or 'record'");
  EXPECT_EQ(problems[4], "r.yml:9:9: rule 'r' needs an 'expr'");
  EXPECT_EQ(problems[5], "r.yml:10:9: key 'record' is given twice, first in line 9; expected it once");
}

TEST(RuleFile, PointsIntoABlockOfAnExpression) {
  const auto problems = problems_of(
      "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: |\n"
      "          up == 0\n            unless nosuch(up)\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0], testing::StartsWith("r.yml:7:20: "));
}

TEST(RuleFile, PointsIntoATemplate) {
  const auto problems = problems_of(
      "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up\n        annotations:\n"
      "          summary: \"is {{ humanise $value }}\"\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0], "r.yml:7:27: template: function 'humanise' is not supported, did you mean 'humanize'?");
}

struct Fault {
  std::string_view text;
  std::string_view message;
};

TEST(RuleFile, RefusesWhatPrometheusRefuses) {
  const Fault kFaults[] = {
      {"groups: [{rules: []}]", "a group needs a 'name'"},
      {"groups: [{name: g}, {name: g}]", "group 'g' is in the file twice"},
      {"groups: [{name: g, rules: [{alert: A, record: b, expr: up}]}]", "'alert' or 'record', not both"},
      {"groups: [{name: g, rules: [{record: b, expr: up, for: 1m}]}]", "a recording rule has no 'for'"},
      {"groups: [{name: g, rules: [{record: b, expr: up, keep_firing_for: 1m}]}]", "has no 'keep_firing_for'"},
      {"groups: [{name: g, rules: [{record: b, expr: up, annotations: {a: b}}]}]", "has no 'annotations'"},
      {"groups: [{name: g, rules: [{record: 'up{a=\"b\"}', expr: up}]}]", "has braces"},
      {"groups: [{name: g, rules: [{alert: A, expr: up, labels: {__name__: b}}]}]", "'__name__' is not a name"},
      {"groups: [{name: g, labels: {__name__: b}}]", "'__name__' is not a name"},
      {"groups: [{name: g, rules: [{alert: A, expr: up, labels: {a: [b]}}]}]", "'a' must be a text"},
      {"groups: [{name: g, rules: [{alert: A, expr: up, labels: {a: '{{ $label.x }}'}}]}]", "undefined variable"},
      {"groups: [{name: g, limit: many}]", "'limit' is 'many', expected a whole number"},
      {"groups: [{name: g, rules: {}}]", "'rules' must be a list"},
      {"groups: [1]", "a group must be a mapping"},
      {"groups: [{name: g, rules: [{alert: A, expr: 'up[5m]'}]}]", "a rule needs a vector or a scalar"},
  };
  for (const Fault& fault : kFaults) {
    EXPECT_THAT(problems_of(fault.text), testing::ElementsAre(testing::HasSubstr(fault.message))) << fault.text;
  }
}

TEST(RuleFile, MayHaveRulesOfOneNameAndLabelsAsInPrometheus) {
  EXPECT_THAT(problems_of(R"(groups:
  - name: g
    rules:
      - {alert: A, expr: up, labels: {severity: page}}
      - {alert: A, expr: down, labels: {severity: page}}
)"),
              testing::IsEmpty());
}

TEST(RuleFile, ASecondDocumentIsLeftOutAndTold) {
  Problems warnings;
  const auto groups =
      parse_rule_file("r.yml", "groups: [{name: g}]\n---\ngroups: [{name: h}]\n", {.warnings = &warnings});
  ASSERT_TRUE(groups);
  ASSERT_EQ(groups->size(), 1U);
  EXPECT_EQ(groups->front().name, "g");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(to_string(warnings[0]), "r.yml:2:1: a second document begins: it is left out, as Prometheus does");
}

TEST(RuleFile, NamesOfPrometheusThreeAreRefusedWhereAskedFor) {
  constexpr std::string_view kText =
      "groups: [{name: g, rules: [{record: 'a.b', expr: up, labels: {x-y: z}}, {record: 'a:b', expr: up, labels: {x_y: "
      "z}}]}]";
  EXPECT_TRUE(parse_rule_file("r.yml", kText));
  const auto strict = parse_rule_file("r.yml", kText, {.legacy_names = true});
  ASSERT_FALSE(strict);
  ASSERT_EQ(strict.error().size(), 2U);
  EXPECT_EQ(to_string(strict.error()[0]), "r.yml:1:37: 'a.b' is a name for Prometheus 3 alone");
}

TEST(RuleFile, ReadsSeveralAndReportsTheFaultsOfAll) {
  const std::vector<std::string> paths = {"/nonexistent/a.yml", "/nonexistent/b.yml"};
  const auto groups = read_rule_files(paths);
  ASSERT_FALSE(groups);
  EXPECT_EQ(groups.error().size(), 2U);
}

}  // namespace
}  // namespace a2od
