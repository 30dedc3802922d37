#include "evaluation_fixture.hpp"
#include "rules/promql/functions.hpp"

#include <limits>

namespace a2od::promql {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class PromQL : public Evaluation {
 protected:
  PromQL() {
    load({{"__name__", "jobs"}, {"env", "prod"}, {"queue", "a"}}, {0, 1, 2, 3, 4, 5});
    load({{"__name__", "jobs"}, {"env", "prod"}, {"queue", "b"}}, {10, 10, 10, 10, 10, 10});
    load({{"__name__", "jobs"}, {"env", "test"}, {"queue", "a"}}, {7, 7, 7, 3, 3, 3});
    load({{"__name__", "limit"}, {"env", "prod"}}, {8, 8, 8, 8, 8, 8});
    load({{"__name__", "limit"}, {"env", "test"}}, {2, 2, 2, 2, 2, 2});
    load({{"__name__", "info"}, {"env", "prod"}, {"region", "eu"}}, {1, 1, 1, 1, 1, 1});
    load({{"__name__", "odd"}}, {kNaN, kNaN, 4, 2, kNaN, 3});
  }

  struct Row {
    std::string_view text;
    std::string_view result;
  };
  void expect_all(std::initializer_list<Row> rows) {
    for (const Row& row : rows) EXPECT_EQ(evaluate(row.text), row.result) << row.text;
  }
};

TEST_F(PromQL, Selects) {
  expect_all({
      {"jobs{env=\"test\"}", "jobs{env=\"test\", queue=\"a\"} 3"},
      {"jobs{env=~\"t.*\"} offset 3m", "jobs{env=\"test\", queue=\"a\"} 7"},
      {"jobs{env!=\"prod\"} @ 60", "jobs{env=\"test\", queue=\"a\"} 7"},
      {"{__name__=~\"lim.+\", env=\"prod\"}", "limit{env=\"prod\"} 8"},
      {"limit{env=\"prod\"} offset -1m", "limit{env=\"prod\"} 8"},
      {"nothing", ""},
  });
}

TEST_F(PromQL, ScalarsAndStrings) {
  expect_all({
      {"1 + 2 * 3 ^ 2", "19"},
      {"-2 ^ 2", "-4"},
      {"5 % 3 > bool 1", "1"},
      {"1 / 0", "+Inf"},
      {"time()", "300"},
      {"scalar(limit{env=\"prod\"}) / 2", "4"},
      {"scalar(limit)", "NaN"},
      {"\"text\"", "text"},
      {"0x10 + 1h", "3616"},
  });
}

TEST_F(PromQL, OperatorsWithScalars) {
  expect_all({
      {"limit * 2", "{env=\"prod\"} 16; {env=\"test\"} 4"},
      {"limit > 5", "limit{env=\"prod\"} 8"},
      {"5 < limit", "limit{env=\"prod\"} 8"},
      {"limit > bool 5", "{env=\"prod\"} 1; {env=\"test\"} 0"},
      {"-limit{env=\"test\"}", "{env=\"test\"} -2"},
      {"2 - limit", "{env=\"prod\"} -6; {env=\"test\"} 0"},
  });
}

TEST_F(PromQL, VectorsMatchOneToOne) {
  expect_all({
      {"limit + limit", "{env=\"prod\"} 16; {env=\"test\"} 4"},
      {"sum by (env) (jobs) > limit", "{env=\"prod\"} 15; {env=\"test\"} 3"},
      {"jobs{queue=\"a\"} > on (env) limit", "{env=\"test\"} 3"},
      {"jobs{queue=\"a\"} / ignoring (queue) limit", "{env=\"prod\"} 0.625; {env=\"test\"} 1.5"},
      {"limit == ignoring (env) limit",
       "found duplicate series for the match group {} on the right hand-side of the operation: [limit{env=\"test\"}, "
       "limit{env=\"prod\"}];many-to-many matching not allowed: matching labels must be unique on one side"},
      {"jobs > on (env) limit",
       "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"},
  });
}

TEST_F(PromQL, VectorsMatchManyToOne) {
  expect_all({
      {"jobs - on (env) group_left limit",
       "{env=\"prod\", queue=\"a\"} -3; {env=\"prod\", queue=\"b\"} 2; {env=\"test\", queue=\"a\"} 1"},
      {"jobs * on (env) group_left (region) info",
       "{env=\"prod\", queue=\"a\", region=\"eu\"} 5; {env=\"prod\", queue=\"b\", region=\"eu\"} 10"},
      {"limit < on (env) group_right jobs", "jobs{env=\"prod\", queue=\"b\"} 8; jobs{env=\"test\", queue=\"a\"} 2"},
  });
}

TEST_F(PromQL, SetOperators) {
  expect_all({
      {"limit and on (env) info", "limit{env=\"prod\"} 8"},
      {"limit unless on (env) info", "limit{env=\"test\"} 2"},
      {"limit{env=\"prod\"} or limit", "limit{env=\"prod\"} 8; limit{env=\"test\"} 2"},
      {"info or on (env) limit", "info{env=\"prod\", region=\"eu\"} 1; limit{env=\"test\"} 2"},
  });
}

TEST_F(PromQL, Aggregates) {
  expect_all({
      {"sum(jobs)", "{} 18"},
      {"avg by (env) (jobs)", "{env=\"prod\"} 7.5; {env=\"test\"} 3"},
      {"max without (queue) (jobs)", "{env=\"prod\"} 10; {env=\"test\"} 3"},
      {"min(jobs)", "{} 3"},
      {"count by (queue) (jobs)", "{queue=\"a\"} 2; {queue=\"b\"} 1"},
      {"group(jobs)", "{} 1"},
      {"stdvar by (env) (jobs)", "{env=\"prod\"} 6.25; {env=\"test\"} 0"},
      {"quantile(0.5, jobs)", "{} 5"},
      {"topk(2, jobs)", "jobs{env=\"prod\", queue=\"b\"} 10; jobs{env=\"prod\", queue=\"a\"} 5"},
      {"topk by (env) (1, jobs)", "jobs{env=\"prod\", queue=\"b\"} 10; jobs{env=\"test\", queue=\"a\"} 3"},
      {"bottomk(1, jobs)", "jobs{env=\"test\", queue=\"a\"} 3"},
      {"count_values(\"n\", jobs > 3)", "{n=\"10\"} 1; {n=\"5\"} 1"},
      {"topk(NaN, jobs)", "Parameter value is NaN"},
      {"sum(nothing)", ""},
  });
}

TEST_F(PromQL, SumsKeepWhatIsSmall) {
  load({{"__name__", "big"}, {"n", "1"}}, {1e100, 1e100, 1e100, 1e100, 1e100, 1e100});
  load({{"__name__", "big"}, {"n", "2"}}, {1, 1, 1, 1, 1, 1});
  load({{"__name__", "big"}, {"n", "3"}}, {-1e100, -1e100, -1e100, -1e100, -1e100, -1e100});
  EXPECT_EQ(evaluate("sum(big)"), "{} 1");
}

TEST_F(PromQL, FunctionsOfRanges) {
  expect_all({
      {"rate(jobs{queue=\"a\",env=\"prod\"}[4m]) * 60", "{env=\"prod\", queue=\"a\"} 1"},
      {"increase(jobs{queue=\"b\"}[4m])", "{env=\"prod\", queue=\"b\"} 0"},
      {"delta(jobs{env=\"test\"}[3m])", "{env=\"test\", queue=\"a\"} 0"},
      {"irate(jobs{queue=\"a\",env=\"prod\"}[4m]) * 60", "{env=\"prod\", queue=\"a\"} 1"},
      {"changes(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 1"},
      {"resets(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 1"},
      {"sum_over_time(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 30"},
      {"count_over_time(jobs{env=\"test\"}[5m])", "{env=\"test\", queue=\"a\"} 5"},
      {"avg_over_time(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 5"},
      {"min_over_time(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 3"},
      {"max_over_time(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 7"},
      {"last_over_time(limit{env=\"test\"}[6m])", "limit{env=\"test\"} 2"},
      {"quantile_over_time(0.5, jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 5"},
      {"stdvar_over_time(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 4"},
      {"deriv(jobs{queue=\"a\",env=\"prod\"}[6m]) * 60", "{env=\"prod\", queue=\"a\"} 1"},
      {"predict_linear(jobs{queue=\"a\",env=\"prod\"}[6m], 600)", "{env=\"prod\", queue=\"a\"} 15"},
      {"max_over_time(odd[6m])", "{} 4"},
      {"rate(limit[30s])", ""},
  });
}

TEST_F(PromQL, FunctionsOfVectors) {
  expect_all({
      {"clamp(limit, 3, 6)", "{env=\"prod\"} 6; {env=\"test\"} 3"},
      {"clamp(limit, 6, 3)", ""},
      {"round(limit / 3)", "{env=\"prod\"} 3; {env=\"test\"} 1"},
      {"sort_desc(limit)", "limit{env=\"prod\"} 8; limit{env=\"test\"} 2"},
      {"absent(nothing{a=\"b\", c=~\"d\"})", "{a=\"b\"} 1"},
      {"absent(limit)", ""},
      {"absent_over_time(nothing{a=\"b\"}[5m])", "{a=\"b\"} 1"},
      {"timestamp(info)", "{env=\"prod\", region=\"eu\"} 300"},
      {"vector(3)", "{} 3"},
      {"year(vector(1700000000))", "{} 2023"},
      {"minute()", "{} 5"},
      {"label_replace(info, \"site\", \"$1-x\", \"region\", \"(.*)\")",
       "info{env=\"prod\", region=\"eu\", site=\"eu-x\"} 1"},
      {"label_join(info, \"both\", \"/\", \"env\", \"region\")",
       "info{both=\"prod/eu\", env=\"prod\", region=\"eu\"} 1"},
      {"label_replace(limit, \"env\", \"\", \"env\", \".*\")", "vector cannot contain metrics with the same labelset"},
      {"rate({__name__=~\"limit|info\", env=\"prod\", region=\"\"}[5m])", "{env=\"prod\"} 0"},
  });
}

TEST_F(PromQL, Subqueries) {
  expect_all({
      {"max_over_time(sum(jobs)[5m:1m])", "{} 19"},
      {"sum_over_time(limit{env=\"test\"}[4m:2m])", "{env=\"test\"} 4"},
      {"avg_over_time(vector(time())[2m:])", "{} 270"},
  });
}

TEST_F(PromQL, DurationsAreComputed) {
  expect_all({
      {"sum_over_time(limit{env=\"test\"}[2m * 2])", "{env=\"test\"} 8"},
      {"jobs{env=\"test\"} offset (1m + 60 * 2)", "jobs{env=\"test\", queue=\"a\"} 7"},
      {"jobs{env=\"test\"} offset -(2 ^ 2)", "jobs{env=\"test\", queue=\"a\"} 3"},
      {"sum_over_time(limit{env=\"test\"}[4m:min_of(2m, 5m)])", "{env=\"test\"} 4"},
      {"rate(jobs[step()])", "duration must be greater than 0"},
      {"rate(jobs[5m / (1 - 1)])", "division by zero"},
      {"jobs offset (1 / 1e-300)", "duration is out of range"},
      {"min_of(3, 5) + max_of(1, NaN)", "NaN"},
  });
  auto expression = Expression::parse("count_over_time(limit{env=\"prod\"}[step() * 2])");
  const auto matrix = expression->evaluate_range(store.snapshot(), minute(2), minute(4), std::chrono::minutes(1), {});
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->at(0).points.at(0).value, 2);
  EXPECT_EQ(Expression::parse("a[5m + 5m] offset (1h * 2)")->reach({}), std::chrono::minutes(130));
}

TEST_F(PromQL, ExperimentalFunctions) {
  enable_experimental_functions(true);
  load({{"__name__", "node"}, {"n", "a10"}}, {1, 1, 1, 1, 1, 1});
  load({{"__name__", "node"}, {"n", "a9"}}, {2, 2, 2, 2, 2, 2});
  expect_all({
      {"sort_by_label(node, \"n\")", "node{n=\"a9\"} 2; node{n=\"a10\"} 1"},
      {"sort_by_label_desc(node, \"n\")", "node{n=\"a10\"} 1; node{n=\"a9\"} 2"},
      {"limitk(1, node)", "node{n=\"a10\"} 1"},
      {"mad_over_time(jobs{queue=\"a\",env=\"prod\"}[6m])", "{env=\"prod\", queue=\"a\"} 1.5"},
      {"ts_of_max_over_time(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 120"},
      {"ts_of_min_over_time(jobs{env=\"test\"}[6m])", "{env=\"test\", queue=\"a\"} 300"},
      {"double_exponential_smoothing(jobs{queue=\"b\"}[6m], 0.5, 0.5)", "{env=\"prod\", queue=\"b\"} 10"},
      {"double_exponential_smoothing(jobs[6m], 2, 0.5)",
       "invalid smoothing factor. Expected: 0 < sf < 1, got: 2.000000"},
      {"start() + step()", "300"},
      {"limit_ratio(0, node)", ""},
      {"limit_ratio(1, node)", "node{n=\"a10\"} 1; node{n=\"a9\"} 2"},
      {"limit_ratio(0.3, node) and limit_ratio(-0.7, node)", ""},
      {"count(limit_ratio(0.3, node) or limit_ratio(-0.7, node))", "{} 2"},
      {"limit_ratio(NaN, node)", "Ratio value is NaN"},
  });
  enable_experimental_functions(false);
}

TEST_F(PromQL, SeveralQuantilesAtOnceHaveALabelEach) {
  enable_experimental_functions(true);
  for (const auto& [bound, count] : {std::pair("1", 5.0), std::pair("2", 10.0), std::pair("+Inf", 10.0)})
    load({{"__name__", "wait_bucket"}, {"le", bound}, {"queue", "a"}}, {count, count, count, count, count, count});
  expect_all({
      {"histogram_quantiles(wait_bucket, \"q\", 0.5, 1)", "{q=\"0.5\", queue=\"a\"} 1; {q=\"1.0\", queue=\"a\"} 2"},
      {"histogram_quantiles(wait_bucket, \"q\", scalar(up))", "does not parse: expected a number as a quantile"},
      {"histogram_quantiles(wait_bucket, \"q\")",
       "does not parse: expected at least 3 argument(s) in call to \"histogram_quantiles\", got 2"},
  });
  enable_experimental_functions(false);
}

TEST_F(PromQL, InfoAddsLabelsOfTheSameTarget) {
  enable_experimental_functions(true);
  load({{"__name__", "used"}, {"job", "j"}, {"instance", "1"}}, {5, 5, 5, 5, 5, 5});
  load({{"__name__", "target_info"}, {"job", "j"}, {"instance", "1"}, {"region", "eu"}}, {1, 1, 1, 1, 1, 1});
  load({{"__name__", "target_info"}, {"job", "j"}, {"instance", "2"}, {"region", "us"}}, {1, 1, 1, 1, 1, 1});
  load({{"__name__", "build_info"}, {"job", "j"}, {"instance", "1"}, {"region", "asia"}}, {1, 1, 1, 1, 1, 1});
  expect_all({
      {"info(used)", "used{instance=\"1\", job=\"j\", region=\"eu\"} 5"},
      {"info(used, {region=~\".+\"})", "used{instance=\"1\", job=\"j\", region=\"eu\"} 5"},
      {"info(used, {region=\"us\"})", ""},
      {"info(used, {other=~\".*\"})", "used{instance=\"1\", job=\"j\"} 5"},
      {"info(used, {__name__=\"build_info\"})", "used{instance=\"1\", job=\"j\", region=\"asia\"} 5"},
      {"info(used, {__name__=~\".+_info\"})", "conflicting label: region"},
  });
  EXPECT_EQ(Expression::parse("info(a, b{c=\"d\"})").error().message,
            "expected label selectors only, got vector selector instead");
  enable_experimental_functions(false);
}

TEST_F(PromQL, TheTypeAndUnitOfAMetricGoWithItsName) {
  load({{"__name__", "used"}, {"__type__", "gauge"}, {"__unit__", "bytes"}, {"env", "prod"}}, {1, 1, 1, 1, 1, 1});
  EXPECT_EQ(evaluate("used * 2"), "{env=\"prod\"} 2");
}

TEST_F(PromQL, HistogramQuantileInterpolates) {
  load({{"__name__", "h_bucket"}, {"le", "1"}}, {0, 0, 0, 0, 0, 2});
  load({{"__name__", "h_bucket"}, {"le", "2"}}, {0, 0, 0, 0, 0, 4});
  load({{"__name__", "h_bucket"}, {"le", "+Inf"}}, {0, 0, 0, 0, 0, 4});
  EXPECT_EQ(evaluate("histogram_quantile(0.75, h_bucket)"), "{} 1.5");
  EXPECT_EQ(evaluate("histogram_fraction(1, 2, h_bucket)"), "{} 0.5");
}

TEST_F(PromQL, ARangeQueryYieldsSortedSeries) {
  auto expression = Expression::parse("limit > 5 or jobs{queue=\"b\"}");
  const auto matrix = expression->evaluate_range(store.snapshot(), minute(0), minute(2), std::chrono::minutes(1), {});
  ASSERT_TRUE(matrix);
  ASSERT_EQ(matrix->size(), 2U);
  EXPECT_EQ(matrix->at(0).labels, Labels({{"__name__", "jobs"}, {"env", "prod"}, {"queue", "b"}}));
  EXPECT_EQ(matrix->at(1).points.size(), 3U);
}

TEST_F(PromQL, LimitsAreErrors) {
  auto expression = Expression::parse("jobs");
  EXPECT_EQ(expression->evaluate(store.snapshot(), minute(5), {.max_samples = 2}).error().message,
            "query processing would load too many samples into memory in query execution");
  const auto range = expression->evaluate_range(store.snapshot(), minute(0), minute(5), Milliseconds(1),
                                                {.max_points_per_series = 100});
  EXPECT_EQ(range.error().message,
            "exceeded maximum resolution of 100 points per timeseries. Try decreasing the query resolution (?step=XX)");
}

TEST_F(PromQL, AnnotationsSayWhatIsDoubtfulAndWhere) {
  load({{"__name__", "done_total"}}, {0, 1, 2, 3, 4, 5});
  load({{"__name__", "h_bucket"}, {"le", "text"}}, {1, 1, 1, 1, 1, 1});
  const auto annotations = [&](std::string_view text) {
    Annotations found;
    EXPECT_TRUE(Expression::parse(text)->evaluate(store.snapshot(), minute(5), {}, &found)) << text;
    std::string all;
    for (const auto& each : found.warnings) all += each + ";";
    for (const auto& each : found.infos) all += each + ";";
    return all;
  };
  EXPECT_EQ(annotations("rate(done_total[5m]) + jobs"), "");
  EXPECT_EQ(annotations("1 +\n  rate(limit[5m])"),
            "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"limit\" "
            "(2:8);");
  EXPECT_EQ(annotations("rate(nothing[5m])"), "");
  EXPECT_EQ(annotations("quantile(2, jobs)"),
            "PromQL warning: quantile value should be between 0 and 1, got 2 (1:10);");
  EXPECT_EQ(annotations("histogram_quantile(0.5, h_bucket)"),
            "PromQL warning: bucket label \"le\" is missing or has a malformed value of \"text\" for metric name "
            "\"h_bucket\" (1:25);");
  Annotations range;
  EXPECT_TRUE(Expression::parse("sort(jobs)")
                  ->evaluate_range(store.snapshot(), minute(1), minute(5), std::chrono::minutes(1), {}, &range));
  EXPECT_EQ(range.warnings.size(), 1U);
}

TEST_F(PromQL, TellsItsMetricsAndItsReach) {
  const auto expression = Expression::parse("sum(max_over_time(rate(a[5m] offset 1h)[1d:])) > on () b{c=\"d\"}");
  EXPECT_EQ(expression->metric_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(expression->reach({}), std::chrono::hours(25) + std::chrono::minutes(5));
}

TEST_F(PromQL, AStaleSeriesIsGoneAtOnce) {
  store.mark_stale({{"__name__", "limit"}, {"env", "prod"}}, minute(6));
  EXPECT_EQ(evaluate("limit", 6.5), "limit{env=\"test\"} 2");
  EXPECT_EQ(evaluate("count_over_time(limit{env=\"prod\"}[10m])", 6.5), "{env=\"prod\"} 6");
}

class Inputs : public PromQL {
 protected:
  std::string inputs(std::string_view text, const Labels& output) {
    auto expression = Expression::parse(text);
    std::string out;
    for (const Labels& labels : expression->inputs_of(store.snapshot(), minute(5), output, {})) {
      out += (out.empty() ? "" : "; ") + labels.to_string();
    }
    return out;
  }
};

TEST_F(Inputs, AreTheSeriesThatARowRestsOn) {
  const Labels prod{{"env", "prod"}};
  const std::string prod_jobs = R"(jobs{env="prod", queue="a"}; jobs{env="prod", queue="b"})";
  EXPECT_EQ(inputs("limit > 5", {{"__name__", "limit"}, {"env", "prod"}}), R"(limit{env="prod"})");
  EXPECT_EQ(inputs("sum by (env) (jobs)", prod), prod_jobs);
  EXPECT_EQ(inputs("sum by (env) (jobs) > limit", prod), prod_jobs + R"(; limit{env="prod"})");
  EXPECT_EQ(inputs("rate(limit[5m])", {{"env", "test"}}), R"(limit{env="test"})");
  EXPECT_EQ(inputs("max_over_time(sum by (env) (jobs)[3m:1m])", prod), prod_jobs);
  EXPECT_EQ(inputs("limit and on (env) info", {{"__name__", "limit"}, {"env", "prod"}}),
            R"(info{env="prod", region="eu"}; limit{env="prod"})");
  EXPECT_EQ(inputs("absent(nothing)", {}), "");
  EXPECT_EQ(inputs("limit > 5", {{"env", "unknown"}}), "");
}

}  // namespace
}  // namespace a2od::promql
