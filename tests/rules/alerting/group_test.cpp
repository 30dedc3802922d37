// Prometheus' semantics of groups: states and their times, series of alerts, notices, errors of single rules.
#include "rules/alerting/group.hpp"

#include "scene.hpp"

#include <gmock/gmock.h>

namespace a2od::test {
namespace {

const Labels kDown{{"__name__", "up"}, {"environment", "prod"}};
const Labels kOther{{"__name__", "up"}, {"environment", "test"}};

constexpr std::string_view kImmediate = R"(
groups:
  - name: g
    rules:
      - alert: Down
        expr: up == 0
        labels: {severity: page}
        annotations: {summary: "{{ $labels.environment }} is {{ $value }}"}
)";

constexpr std::string_view kPatient = R"(
groups:
  - name: g
    rules:
      - alert: Down
        expr: up == 0
        for: 3m
)";

constexpr std::string_view kKept = R"(
groups:
  - name: g
    rules:
      - alert: Down
        expr: up == 0
        keep_firing_for: 5m
)";

TEST(Group, WithoutForAnAlertFiresAtOnce) {
  Scene scene(kImmediate);
  scene.set(kDown, 0);
  const auto evaluation = scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
  ASSERT_EQ(evaluation.notices.size(), 1U);
  const AlertNotice& notice = evaluation.notices[0];
  EXPECT_EQ(notice.labels, (Labels{{"alertname", "Down"}, {"environment", "prod"}, {"severity", "page"}}));
  EXPECT_EQ(notice.annotations.at("summary"), "prod is 0");
  EXPECT_EQ(notice.starts_at, scene.now);
  EXPECT_EQ(notice.ends_at, scene.now + 4min);
  EXPECT_TRUE(evaluation.alerts_changed);
}

TEST(Group, ForIsCountedFromTheFirstEvaluationThatSawTheAlert) {
  Scene scene(kPatient);
  scene.set(kDown, 0);
  EXPECT_TRUE(scene.pass().notices.empty());
  const Timestamp first = scene.now;
  scene.pass(2min);
  EXPECT_EQ(scene.state("Down", "prod"), "pending");
  EXPECT_EQ(scene.pass().notices.size(), 1U);
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
  EXPECT_EQ(scene.find("Down", "prod")->active_at, first);
  EXPECT_EQ(scene.find("Down", "prod")->fired_at, scene.now);
}

TEST(Group, APendingAlertThatVanishesIsForgottenWithoutANotice) {
  Scene scene(kPatient);
  scene.set(kDown, 0);
  scene.pass(2min);
  scene.set(kDown, 1);
  EXPECT_TRUE(scene.pass().notices.empty());
  EXPECT_EQ(scene.state("Down", "prod"), "");
  scene.set(kDown, 0);
  scene.pass(3min);
  EXPECT_EQ(scene.state("Down", "prod"), "pending");
}

TEST(Group, AResolvedAlertIsToldOfForFifteenMinutes) {
  Scene scene(kImmediate);
  scene.set(kDown, 0);
  scene.pass();
  const Timestamp fired = scene.now;
  scene.set(kDown, 1);
  auto evaluation = scene.pass();
  const Timestamp resolved = scene.now;
  EXPECT_EQ(scene.state("Down", "prod"), "");
  int notices = 0;
  for (int minute = 0; minute < 40; ++minute, evaluation = scene.pass()) {
    for (const AlertNotice& notice : evaluation.notices) {
      ++notices;
      EXPECT_EQ(notice.ends_at, resolved);
      EXPECT_EQ(notice.starts_at, fired);
      EXPECT_LE(scene.now - resolved, 15min);
    }
  }
  EXPECT_EQ(notices, 8);  // at once, and at each first evaluation later than a resend delay of a minute
  EXPECT_TRUE(scene.group().save().empty());
}

TEST(Group, AFiringAlertIsSentAgainAfterTheResendDelay) {
  Scene scene(kImmediate);
  scene.options.resend_delay = 3min;
  scene.set(kDown, 0);
  std::vector<int> sent;
  for (int minute = 1; minute <= 10; ++minute) {
    const auto evaluation = scene.pass();
    if (!evaluation.notices.empty()) sent.push_back(minute);
    for (const auto& notice : evaluation.notices) EXPECT_EQ(notice.ends_at, scene.now + 12min);
  }
  EXPECT_EQ(sent, (std::vector<int>{1, 5, 9}));
}

TEST(Group, AnAlertThatReturnsAfterItsResolutionIsANewOne) {
  Scene scene(kImmediate);
  scene.set(kDown, 0);
  scene.pass();
  scene.set(kDown, 1);
  scene.pass();
  scene.set(kDown, 0);
  const auto evaluation = scene.pass();
  ASSERT_EQ(evaluation.notices.size(), 1U);
  EXPECT_EQ(evaluation.notices[0].starts_at, scene.now);
  EXPECT_GT(evaluation.notices[0].ends_at, scene.now);
}

TEST(Group, KeepFiringForOutlivesTheExpression) {
  Scene scene(kKept);
  scene.set(kDown, 0);
  scene.pass();
  scene.set(kDown, 1);
  scene.pass(5min);
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "");
}

TEST(Group, KeepFiringForBeginsAnewWhenTheExpressionHoldsAgain) {
  Scene scene(kKept);
  scene.set(kDown, 0);
  scene.pass();
  scene.set(kDown, 1);
  scene.pass(4min);
  scene.set(kDown, 0);
  scene.pass();
  scene.set(kDown, 1);
  scene.pass(5min);
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
}

TEST(Group, AlertsAreShownAsSeriesThatEndWithThem) {
  Scene scene(kPatient);
  const Labels pending{
      {"__name__", "ALERTS"}, {"alertname", "Down"}, {"alertstate", "pending"}, {"environment", "prod"}};
  const Labels firing = pending.with("alertstate", "firing");
  const Labels since{{"__name__", "ALERTS_FOR_STATE"}, {"alertname", "Down"}, {"environment", "prod"}};
  scene.set(kDown, 0);
  scene.pass();
  EXPECT_EQ(scene.stored(pending), "1");
  EXPECT_EQ(scene.stored(since), "1700000100");
  scene.pass(3min);
  EXPECT_EQ(scene.stored(pending), "none");
  EXPECT_EQ(scene.stored(firing), "1");
  scene.set(kDown, 1);
  scene.pass();
  EXPECT_EQ(scene.stored(firing), "none");
  EXPECT_EQ(scene.stored(since), "none");
}

TEST(Group, LaterRulesSeeWhatEarlierOnesWroteInTheSameCycle) {
  Scene scene(R"(
groups:
  - name: g
    rules:
      - record: environments:down
        expr: count(up == 0)
        labels: {team: crm}
      - alert: SomeDown
        expr: environments:down > 0
      - alert: Meta
        expr: ALERTS{alertname="SomeDown",alertstate="firing"} == 1
        labels: {alertstate: ""}
)");
  scene.set(kDown, 0);
  scene.pass();
  EXPECT_EQ(scene.stored({{"__name__", "environments:down"}, {"team", "crm"}}), "1");
  EXPECT_EQ(scene.state("SomeDown"), "firing");
  EXPECT_EQ(scene.state("Meta"), "firing");
}

TEST(Group, ARecordedSeriesEndsWhenItsExpressionYieldsNothing) {
  Scene scene("groups: [{name: g, rules: [{record: down, expr: up == 0}]}]");
  scene.set(kDown, 0);
  scene.pass();
  EXPECT_EQ(scene.stored({{"__name__", "down"}, {"environment", "prod"}}), "0");
  scene.set(kDown, 1);
  scene.pass();
  EXPECT_EQ(scene.stored({{"__name__", "down"}, {"environment", "prod"}}), "none");
}

TEST(Group, RecordedSeriesKeepTheirValuesApartWhereTheOrderOfTheResultChanges) {
  Scene scene("groups: [{name: g, rules: [{record: sorted, expr: sort(up)}]}]");
  for (const auto& [prod, test] :
       {std::pair(1, 2), std::pair(3, 4), std::pair(6, 5), std::pair(8, 7), std::pair(9, 10)}) {
    scene.set(kDown, prod);
    scene.set(kOther, test);
    scene.pass();
    EXPECT_EQ(scene.stored(kDown.with("__name__", "sorted")), std::to_string(prod));
    EXPECT_EQ(scene.stored(kOther.with("__name__", "sorted")), std::to_string(test));
  }
}

TEST(Group, ARecordedSeriesThatTheStoreHasForgottenIsRecordedAgain) {
  Scene scene("groups: [{name: g, rules: [{record: copy, expr: up}]}]");
  scene.set(kDown, 1);
  scene.pass();
  scene.store().truncate(scene.now + 1ms);
  scene.set(kOther, 2);
  scene.pass();
  EXPECT_EQ(scene.stored(kDown.with("__name__", "copy")), "1");
  scene.store().truncate(scene.now + 1ms);
  scene.pass();  // what is scraped takes the places that the recorded ones had
  EXPECT_EQ(scene.stored(kDown.with("__name__", "copy")), "1");
  EXPECT_EQ(scene.stored(kOther.with("__name__", "copy")), "2");
}

TEST(Group, EqualLabelSetsLeaveWhatWasRecordedBefore) {
  Scene scene("groups: [{name: g, rules: [{record: same, expr: up, labels: {environment: all}}]}]");
  const Labels same{{"__name__", "same"}, {"environment", "all"}};
  scene.set(kDown, 1);
  scene.pass();
  scene.set(kOther, 2);
  EXPECT_EQ(scene.pass().failed_rules, 1U);
  EXPECT_EQ(scene.stored(same), "1");
  scene.end(kOther);
  scene.set(kDown, 3);
  EXPECT_EQ(scene.pass().failed_rules, 0U);
  EXPECT_EQ(scene.stored(same), "3");
}

TEST(Group, EqualLabelSetsAreAnErrorOfThatRuleAlone) {
  Scene scene(R"(
groups:
  - name: g
    rules:
      - alert: Same
        expr: up == 0
        labels: {environment: all}
      - record: same
        expr: up
        labels: {environment: all}
      - alert: Down
        expr: up == 0
)");
  scene.set(kDown, 0);
  scene.set(kOther, 0);
  const auto evaluation = scene.pass();
  EXPECT_EQ(evaluation.failed_rules, 2U);
  EXPECT_EQ(scene.error_of("Same"), "vector contains metrics with the same labelset after applying alert labels");
  EXPECT_EQ(scene.error_of("same"), "vector contains metrics with the same labelset after applying rule labels");
  EXPECT_EQ(scene.error_of("Down"), "");
  EXPECT_EQ(evaluation.notices.size(), 2U);
  EXPECT_EQ(scene.stored({{"__name__", "same"}, {"environment", "all"}}), "none");
}

TEST(Group, OverTheLimitARuleFailsAndHoldingKeepsItsAlerts) {
  Scene scene("groups: [{name: g, limit: 1, rules: [{alert: Down, expr: up == 0}, {record: all, expr: up}]}]");
  scene.set(kDown, 0);
  scene.pass();
  scene.set(kOther, 0);
  EXPECT_EQ(scene.pass().failed_rules, 2U);
  EXPECT_EQ(scene.error_of("Down"), "exceeded limit of 1 with 2 alerts");
  EXPECT_EQ(scene.error_of("all"), "exceeded limit of 1 with 2 series");
  EXPECT_EQ(scene.state("Down", "prod"), "firing, held");
}

TEST(Group, OverTheLimitPrometheusForgetsTheAlerts) {
  Scene scene("groups: [{name: g, limit: 1, rules: [{alert: Down, expr: up == 0}]}]");
  scene.options.hold = false;
  scene.set(kDown, 0);
  scene.pass();
  scene.set(kOther, 0);
  scene.pass();
  EXPECT_EQ(scene.error_of("Down"), "exceeded limit of 1 with 2 alerts");
  EXPECT_EQ(scene.state("Down", "prod"), "");
}

TEST(Group, AQueryOffsetReadsAndWritesThePastAndCountsInThePresent) {
  Scene scene("groups: [{name: g, query_offset: 2m, rules: [{alert: Down, expr: up == 0}]}]");
  scene.set(kDown, 0);
  scene.pass(2min);
  EXPECT_EQ(scene.state("Down", "prod"), "");
  scene.pass();
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
  EXPECT_EQ(scene.find("Down", "prod")->active_at, scene.now);
  const Snapshot snapshot = scene.store().snapshot();
  const auto series = snapshot.select(std::vector{Matcher::equal("__name__", "ALERTS")});
  ASSERT_EQ(series.size(), 1U);
  EXPECT_EQ(snapshot.find(series[0])->newest(), scene.now - 2min);
}

TEST(Group, RuleLabelsWinOverThoseOfTheGroupAndBothOverTheSeries) {
  Scene scene(R"(
groups:
  - name: g
    labels: {team: platform, severity: info, environment: ""}
    rules:
      - alert: Down
        expr: up == 0
        labels: {severity: page}
)");
  scene.set(kDown, 0);
  const auto evaluation = scene.pass();
  ASSERT_EQ(evaluation.notices.size(), 1U);
  EXPECT_EQ(evaluation.notices[0].labels, (Labels{{"alertname", "Down"}, {"severity", "page"}, {"team", "platform"}}));
}

TEST(Group, AScalarIsAnAlertWithoutLabelsOfItsOwn) {
  Scene scene("groups: [{name: g, rules: [{alert: Always, expr: '1'}]}]");
  scene.pass();
  EXPECT_EQ(scene.state("Always"), "firing");
}

TEST(Group, TemplatesMayAskTheStore) {
  Scene scene(R"(
groups:
  - name: g
    rules:
      - alert: Down
        expr: up == 0
        annotations: {all: "{{ range query \"sort(up)\" }}{{ .Labels.environment }}={{ .Value }} {{ end }}"}
)");
  scene.set(kDown, 0);
  scene.set(kOther, 5);
  EXPECT_EQ(scene.pass().notices.at(0).annotations.at("all"), "prod=0 test=5 ");
}

TEST(Group, ATemplateThatFailsSaysSoInItsText) {
  Scene scene("groups: [{name: g, rules: [{alert: A, expr: '1', annotations: {s: '{{ humanize \"x\" }}'}}]}]");
  EXPECT_EQ(scene.pass().notices.at(0).annotations.at("s"),
            "<error expanding template: humanize: 'x' is not a number>");
}

TEST(Group, TheGeneratorLinkHoldsTheExpression) {
  Scene scene(kImmediate);
  scene.options.external_url = "https://monitor.example.com/a2od";
  scene.set(kDown, 0);
  EXPECT_EQ(scene.pass().notices.at(0).generator_url,
            "https://monitor.example.com/a2od/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
}

TEST(Group, TimeNeverGoesBack) {
  Scene scene(kImmediate);
  scene.set(kDown, 0);
  scene.pass(5min);
  scene.now -= 3min;
  EXPECT_TRUE(scene.group().evaluate(scene.store(), scene.now).notices.empty());
  EXPECT_EQ(scene.state("Down", "prod"), "firing");
}

TEST(Group, NamesTheMetricsOfAllItsRules) {
  Scene scene("groups: [{name: g, rules: [{alert: A, expr: a + b > 0}, {record: c, expr: sum(b)}]}]");
  EXPECT_THAT(scene.group().metric_names(), testing::ElementsAre("a", "b"));
}

TEST(Group, AnErrorOfAnExpressionHoldsTheRulesAlerts) {
  Scene scene(R"(
groups:
  - name: g
    rules:
      - alert: Joined
        expr: up * on () group_left () limit_metric == 0
        for: 3m
)");
  const Labels limit{{"__name__", "limit_metric"}, {"copy", "1"}};
  const Labels second = limit.with("copy", "2");
  scene.set(kDown, 0);
  scene.set(limit, 1);
  scene.pass(2min);
  scene.set(second, 1);
  EXPECT_EQ(scene.pass(10min).failed_rules, 1U);
  EXPECT_NE(scene.error_of("Joined"), "");
  EXPECT_EQ(scene.state("Joined", "prod"), "pending, held");
  scene.end(second);
  scene.pass();
  EXPECT_EQ(scene.state("Joined", "prod"), "pending");
  scene.pass();
  EXPECT_EQ(scene.state("Joined", "prod"), "firing");
}

}  // namespace
}  // namespace a2od::test
