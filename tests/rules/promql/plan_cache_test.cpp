#include "evaluation_fixture.hpp"

#include <random>

namespace a2od::promql {
namespace {

/// Series that come, repeat, change, end and vanish, as an estate's do.
class Churn : public Evaluation {
 protected:
  void step(int now) {
    for (int i = 0; i < 12; ++i) touch(now);
    if (now % 7 == 0) store.truncate(minute(now - 10));
  }

 private:
  void touch(int now) {
    const std::string name = pick({"m", "n", "info"});
    const std::string environment = "e" + std::to_string(random() % (now % 20 < 10 ? 8 : 300));
    const std::string queue = pick({"a", "b", ""});
    const Labels labels{{"__name__", name}, {"env", environment}, {"queue", name == "info" ? "" : queue}};
    if (random() % 8 == 0) {
      store.mark_stale(labels, minute(now));
    } else {
      store.append(labels, minute(now), static_cast<double>(random() % 4));
    }
  }
  std::string pick(std::initializer_list<const char*> options) { return options.begin()[random() % options.size()]; }

  std::mt19937 random{7};
};

TEST_F(Churn, ACachedPlanYieldsWhatAFreshOneYields) {
  const std::string_view texts[] = {
      "m",
      "{env=~\"e[0-3]\"}",
      "sum by (env) (m)",
      "topk(2, n)",
      "m > 1",
      "m + ignoring (queue) group_left info",
      "sum by (env) (m) / on (env) group_left sum by (env) (n)",
      "m and on (env) info",
      "m or n",
      "m unless on (env) n",
      "rate(m[10m])",
      "sum(rate(m[10m])) by (queue)",
      "count_values(\"v\", m)",
      "label_replace(m, \"x\", \"$1\", \"env\", \"e(.).*\")",
      "max_over_time(sum by (env) (m)[8m:2m])",
      "quantile by (queue) (0.5, n)",
      "absent(m{env=\"e1\"})",
      "histogram_quantile(0.5, label_replace(m, \"le\", \"$1\", \"env\", \"e(.)\"))",
      "m == on (env, queue) n",
      "{__name__=~\"m|n\"} + 1",
  };
  std::vector<Expression> cached;
  for (const auto text : texts) cached.push_back(*Expression::parse(text));
  for (int now = 0; now < 150; ++now) {
    step(now);
    for (Expression& expression : cached) {
      Expression fresh = expression.clone();
      ASSERT_EQ(evaluate(expression, now), evaluate(fresh, now)) << expression.canonical() << " at minute " << now;
    }
  }
}

TEST_F(Churn, ARangeQueryYieldsWhatItsInstantsYield) {
  for (int now = 0; now < 60; ++now) step(now);
  for (const std::string_view text :
       {"sum by (env) (m)", "max_over_time(sum by (env) (m)[8m:2m])", "m + on () group_left count(n)"}) {
    auto range = *Expression::parse(text);
    auto instant = *Expression::parse(text);
    const auto matrix = range.evaluate_range(store.snapshot(), minute(20), minute(59), std::chrono::minutes(3), {});
    ASSERT_TRUE(matrix) << matrix.error().message;
    std::size_t points = 0;
    for (double at = 20; at <= 59; at += 3) {
      for (const auto& sample : std::get<Vector>(*instant.evaluate(store.snapshot(), minute(at), {}))) {
        const auto series = std::ranges::find(*matrix, sample.labels, &MatrixSeries::labels);
        ASSERT_NE(series, matrix->end());
        EXPECT_NE(std::ranges::find(series->points, Point{minute(at), sample.value}), series->points.end());
        ++points;
      }
    }
    std::size_t found = 0;
    for (const MatrixSeries& series : *matrix) found += series.points.size();
    EXPECT_EQ(found, points) << text;
  }
}

TEST_F(Churn, ASeriesThatIsToldApartByItsNameAloneIsNoticedWhenItComes) {
  load({{"__name__", "m_total"}, {"env", "a"}}, {1, 2, 3});
  auto rates = *Expression::parse("rate({__name__=~\"m_total|n_total\"}[10m]) > 0");
  auto negated = *Expression::parse("-{__name__=~\"m_total|n_total\"}");
  EXPECT_EQ(evaluate(rates, 2).substr(0, 11), "{env=\"a\"} 0");
  EXPECT_EQ(evaluate(negated, 2), "{env=\"a\"} -3");
  load({{"__name__", "n_total"}, {"env", "b"}}, {1, 2, 3});
  EXPECT_EQ(evaluate(negated, 2), "{env=\"a\"} -3; {env=\"b\"} -3");
  load({{"__name__", "n_total"}, {"env", "a"}}, {1, 2, 3});
  EXPECT_EQ(evaluate(rates, 2), "vector cannot contain metrics with the same labelset");
  EXPECT_EQ(evaluate(negated, 2), "vector cannot contain metrics with the same labelset");
}

TEST_F(Churn, WhatALaterSnapshotShowedIsThereAgainAfterAnEarlierOne) {
  store.append({{"__name__", "m"}, {"env", "first"}}, minute(0), 1);
  const Snapshot earlier = store.snapshot();
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::to_string(i);
    store.append({{"__name__", "m"}, {"env", name}}, minute(0), 1);
  }
  const Snapshot later = store.snapshot();
  auto count = *Expression::parse("count(m)");
  const auto counted = [&](const Snapshot& series) {
    return std::get<Vector>(*count.evaluate(series, minute(1), {})).at(0).value;
  };
  EXPECT_EQ(counted(later), 101);
  EXPECT_EQ(counted(earlier), 1);
  EXPECT_EQ(counted(later), 101);
}

TEST_F(Churn, AnExpressionMayBeUsedWithAnotherStore) {
  store.append({{"__name__", "m"}}, minute(0), 1);
  auto expression = *Expression::parse("sum(m)");
  EXPECT_EQ(evaluate(expression, 1), "{} 1");
  Store other;
  other.append({{"__name__", "m"}}, minute(0), 5);
  const auto value = expression.evaluate(other.snapshot(), minute(1), {});
  EXPECT_EQ(std::get<Vector>(*value).at(0).value, 5);
}

}  // namespace
}  // namespace a2od::promql
