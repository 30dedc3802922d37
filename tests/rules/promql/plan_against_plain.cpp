#include "tests/rules/promql/plan_against_plain.hpp"

#include "rules/promql/functions.hpp"
#include "rules/promql/parser.hpp"
#include "tests/rules/promql/random_expressions.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace a2od::promql {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kExpressions = 12;
constexpr std::size_t kSnapshots = 6;

/// What one evaluation comes to: rows by label set, or an error.
using Outcome = std::expected<plain::Vector, std::string>;

plain::LabelMap to_map(const Labels& labels) {
  plain::LabelMap map;
  for (const auto& [name, value] : labels.pairs()) map.emplace(name, value);
  return map;
}

Outcome outcome_of(const std::expected<Value, EvaluationError>& value) {
  if (!value) return std::unexpected(value.error().message);
  plain::Vector rows;
  if (const auto* scalar = std::get_if<Scalar>(&*value)) rows[{}] = scalar->value;
  if (const auto* vector = std::get_if<Vector>(&*value))
    for (const auto& [labels, number] : *vector)
      if (!rows.emplace(to_map(labels), number).second) return std::unexpected("two rows of the same labels");
  return rows;
}

bool near(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  constexpr double kRounding = 1e-9;
  return a == b || std::abs(a - b) <= kRounding * std::max({std::abs(a), std::abs(b), 1.0});
}

bool same(const Outcome& a, const Outcome& b) {
  if (!a || !b) return !a && !b;
  return std::ranges::equal(
      *a, *b, [](const auto& x, const auto& y) { return x.first == y.first && near(x.second, y.second); });
}

std::string text_of(const Outcome& outcome) {
  if (!outcome) return outcome.error();
  std::string text = fmt::format("{} rows", outcome->size());
  for (const auto& [labels, value] : *outcome) text += fmt::format("\n    {} {}", to_labels(labels).to_string(), value);
  return text;
}

struct Plan {
  ExprPtr tree;
  Expression expression;
};

struct Moment {
  Timestamp at;
  Snapshot series;
};

class Comparison {
 public:
  Comparison(std::uint64_t seed, Keeper& keeper, Compared& compared)
      : random_(seed), keeper_(keeper), compared_(compared), estate_(random_) {
    spare_ = random_() % 2 == 0 ? 0min : 20min;
    RandomExpressions expressions(random_);
    while (plans_.size() < kExpressions) {
      const std::string text = expressions.next();
      auto tree = parse_expression(text);
      auto expression = Expression::parse(text);
      if (!tree || !expression) {
        ADD_FAILURE() << text << " does not parse: " << expression.error().message;
        return;
      }
      plans_.push_back({std::move(*tree), std::move(*expression)});
    }
    set_windows();
    keeper_.begin(estate_.store());
  }

  void run(int intervals) {
    for (int i = 0; i < intervals && !testing::Test::HasFailure(); ++i) {
      estate_.step();
      keeper_.keep(estate_.store(), estate_.now());
      if (i % 5 == 0) estate_.store().truncate_windows(estate_.now(), estate_.now(), [](SeriesRef) { return false; });
      if (one_in(50)) restart();
      moments_.push_back({estate_.now(), estate_.store().snapshot()});
      if (moments_.size() > kSnapshots) moments_.pop_front();
      for (Plan& plan : plans_)
        if (one_in(3)) ask(plan);
    }
  }

 private:
  bool one_in(std::uint64_t times) { return random_() % times == 0; }

  [[nodiscard]] std::vector<SeriesWindow> windows(Timestamp now) const {
    std::vector<SeriesWindow> all;
    for (const Plan& plan : plans_)
      std::ranges::move(plan.expression.reads(now, now, 0ms, {}), std::back_inserter(all));
    for (SeriesWindow& window : all) {
      window.after -= spare_;
      window.until = now;  // what an offset does not read yet, it will
    }
    return all;
  }

  /// Memory has no more than the expressions say that they read.
  void set_windows() {
    const Timestamp now{};
    estate_.store().set_windows([all = windows(now)](const Labels& labels) {
      auto longest = Milliseconds(1min);
      for (const auto& window : all)
        if (matches_all(window.matchers, labels)) longest = std::max(longest, -window.after.time_since_epoch());
      return longest;
    });
  }

  void restart() {
    ++compared_.restarts;
    const auto wanted = windows(estate_.now());
    estate_.replace(keeper_.restart(estate_.store(), wanted));
    set_windows();
    moments_.clear();
    for (Plan& plan : plans_)
      if (one_in(2)) plan.expression = plan.expression.clone();
  }

  void ask(Plan& plan) {
    if (spare_ > 0min && one_in(4)) {
      ask_range(plan);
    } else {
      // Snapshots are used in any order: a query may have an older one than the rule before it.
      const Moment& moment = spare_ > 0min && one_in(3) ? moments_[random_() % moments_.size()] : moments_.back();
      const bool earlier = spare_ > 0min && one_in(3);
      ask_instant(plan, moment, moment.at - std::chrono::seconds(earlier ? random_() % 300 : 0));
    }
    if (one_in(4)) plan.expression.release();
  }

  void ask_instant(Plan& plan, const Moment& moment, Timestamp at) {
    Annotations annotations;
    const auto got = outcome_of(plan.expression.evaluate(moment.series, at, {}, one_in(4) ? &annotations : nullptr));
    compare(plan, got, {.at = at, .start = at, .end = at, .known_until = moment.at});
  }

  void ask_range(Plan& plan) {
    const Moment& moment = moments_.back();
    const Milliseconds step = std::chrono::seconds(20 + random_() % 100);
    const Timestamp start = moment.at - 4min;
    const auto got = plan.expression.evaluate_range(moment.series, start, moment.at, step, {});
    plain::Query query{.at = start, .start = start, .end = moment.at, .known_until = moment.at};
    if (!got) return expect_failure_somewhere(plan, query, step, got.error().message);
    for (; query.at <= query.end; query.at += step) {
      plain::Vector rows;
      for (const MatrixSeries& series : *got)
        for (const Point& point : series.points)
          if (point.at == query.at) rows[to_map(series.labels)] = point.value;
      compare(plan, rows, query);
    }
  }

  void expect_failure_somewhere(const Plan& plan, plain::Query query, Milliseconds step, const std::string& message) {
    for (; query.at <= query.end; query.at += step)
      if (!evaluate(*plan.tree, estate_.samples(), query)) return;
    ADD_FAILURE() << plan.expression.canonical() << " over a range: " << message << ", which it should not";
  }

  void compare(const Plan& plan, const Outcome& got, const plain::Query& query) {
    const Outcome wanted = evaluate(*plan.tree, estate_.samples(), query);
    ++(!wanted ? compared_.failed : wanted->empty() ? compared_.without_rows : compared_.with_rows);
    if (same(got, wanted)) return;
    ADD_FAILURE() << plan.expression.canonical() << "\n  at " << query.at.time_since_epoch().count() << " of "
                  << query.known_until.time_since_epoch().count() << "\n  the plan says:  " << text_of(got)
                  << "\n  it should say:  " << text_of(wanted);
  }

  std::mt19937_64 random_;
  Keeper& keeper_;
  Compared& compared_;
  RandomEstate estate_;
  Milliseconds spare_{};  ///< how far back is asked, beyond what is read
  std::vector<Plan> plans_;
  std::deque<Moment> moments_;
};

/// While there is one, expressions may have what is experimental.
struct WithExperimentalFunctions {
  WithExperimentalFunctions() { enable_experimental_functions(true); }
  ~WithExperimentalFunctions() { enable_experimental_functions(false); }
};

}  // namespace

void hold_against_plain(std::uint64_t seed, int intervals, Keeper& keeper, Compared& compared) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  const WithExperimentalFunctions experimental;
  Comparison(seed, keeper, compared).run(intervals);
}

}  // namespace a2od::promql
