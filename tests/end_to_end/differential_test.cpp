// The same random series in Debian's Prometheus and in a2od's history; random expressions, asked of both: the same
// answers.
//
// Samples lie 137 ms behind whole seconds, queries and durations are whole seconds: no sample is on the edge of a
// window, where Prometheus 2 counts it and Prometheus 3 does not. A2OD_EXPRESSIONS asks more than 1,000 of them,
// A2OD_SEED others.
#include "daemon/history/history.hpp"
#include "daemon/web/api/query.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::uint64_t setting(const char* name, std::uint64_t usual) {
  const char* given = std::getenv(name);
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

using Random = std::mt19937_64;
template <class T>
const T& one_of(Random& random, const std::vector<T>& all) {
  return all[random() % all.size()];
}

struct GeneratedSeries {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<Timestamp, double>> samples;
};

constexpr auto kSpan = 3h;
/// Near zero, Prometheus 2 and 3 extrapolate counters by different rules where the first sample of a window comes late.
constexpr double kFarFromZero = 1e6;

/// Gauges that wander, counters that are reset, histograms; with gaps, late beginnings and early ends.
class Series {
 public:
  Series(Random& random, Timestamp begin) : random_(random), begin_(begin) {
    for (const auto* a : {"x", "y", "z"}) {
      for (const auto* b : {"1", "2", "3"}) {
        gauge("memory_bytes", {{"a", a}, {"b", b}});
        counter("requests_total", {{"a", a}, {"b", b}, {"code", b == std::string("1") ? "500" : "200"}});
      }
      gauge("up", {{"a", a}});
      histogram("wait_seconds", {{"a", a}});
    }
  }
  std::vector<GeneratedSeries> all;

 private:
  using LabelList = std::vector<std::pair<std::string, std::string>>;
  /// Times at which a series has samples.
  std::vector<Timestamp> times() {
    const auto step = one_of<Milliseconds>(random_, {15s, 15s, 15s, 60s, 240s});
    auto at = begin_ + (random_() % 4 == 0 ? Milliseconds(20min) : Milliseconds(0)) + 137ms;
    const auto end = begin_ + (random_() % 4 == 0 ? 2h : kSpan);
    std::vector<Timestamp> all_times;
    for (; at < end; at += step) {
      if (random_() % 150 == 0) at += step * (1 + static_cast<int>(random_() % 40));
      all_times.push_back(at);
    }
    return all_times;
  }
  void gauge(std::string name, LabelList labels) {
    GeneratedSeries series{std::move(name), std::move(labels), {}};
    double value = static_cast<double>(random_() % 100);
    for (const auto at : times()) {
      if (random_() % 3 == 0) value += static_cast<double>(random_() % 41) / 4 - 5;
      series.samples.emplace_back(at, value);
    }
    all.push_back(std::move(series));
  }
  void counter(std::string name, LabelList labels) {
    GeneratedSeries series{std::move(name), std::move(labels), {}};
    double value = kFarFromZero;
    for (const auto at : times()) {
      value = random_() % 120 == 0 ? kFarFromZero / 2 : value + static_cast<double>(random_() % 1000) / 8;
      series.samples.emplace_back(at, value);
    }
    all.push_back(std::move(series));
  }
  void histogram(const std::string& name, const LabelList& labels) {
    const std::vector<std::string> bounds{"0.1", "0.5", "1", "5", "+Inf"};
    std::vector<GeneratedSeries> buckets;
    for (const auto& bound : bounds) {
      auto with_bound = labels;
      with_bound.emplace_back("le", bound);
      buckets.push_back({name + "_bucket", with_bound, {}});
    }
    std::vector<double> counts(bounds.size(), kFarFromZero);
    for (const auto at : times()) {
      double more = 0;
      for (std::size_t i = 0; i < bounds.size(); ++i) {
        more += static_cast<double>(1 + random_() % 5);  // an empty bucket makes a quantile jump
        counts[i] += more;
        buckets[i].samples.emplace_back(at, counts[i]);
      }
    }
    std::ranges::move(buckets, std::back_inserter(all));
  }

  Random& random_;
  Timestamp begin_;
};

/// Expressions that Prometheus 2.42 and a2od both have. None depends on the order of equal values, or makes something
/// of the last digit of a number; none comes to infinity, whose variance is 0 in one and NaN in the other.
class Expressions {
 public:
  Expressions(Random& random, Timestamp begin) : random_(random), begin_(begin) {}

  std::string vector(int depth) {
    if (depth <= 0) return leaf();
    switch (random_() % 11) {
      case 0:
        return fmt::format("{} {}({})", aggregation(), grouping(), vector(depth - 1));
      case 1:
        return fmt::format("({} {} {})", vector(depth - 1), one_of<std::string>(random_, {"+", "-", "*", "/"}),
                           number());
      case 2:
        return fmt::format("({} {} {})", vector(depth - 1),
                           one_of<std::string>(random_, {">", "<", ">= bool", "!=", "== bool", "<= bool"}),
                           one_of<std::string>(random_, {"3.1415", "100.001", "-4.2"}));
      case 3: {
        const auto on = one_of<std::string>(random_, {"a", "b", "a, b"});
        return fmt::format("(sum by ({0}) ({1}) {2} on ({0}) max by ({0}) ({3}))", on, vector(depth - 1),
                           one_of<std::string>(random_, {"+", "-", "*"}), vector(depth - 1));
      }
      case 4:
        return fmt::format("({} {} on (a) {})", vector(depth - 1),
                           one_of<std::string>(random_, {"and", "or", "unless"}), vector(depth - 1));
      case 5:
        return fmt::format("({0} * on (a) group_left avg by (a) ({1}))", leaf(), vector(depth - 1));
      case 6:
        return fmt::format("{}({})", one_of<std::string>(random_, {"abs", "atan", "-", "sort"}), vector(depth - 1));
      case 7:
        return fmt::format("clamp({}, {}, {})", vector(depth - 1), "-7.5", "33.25");
      case 8:  // within another subquery, times are whole minutes: so that none is on the edge, ranges are not
        return fmt::format("{}({}[{}:{}])", over_time(), vector(depth - 1),
                           one_of<std::string>(random_, {"1217s", "551s", "1879s"}),
                           one_of<std::string>(random_, {"1m", "3m", "7m"}));
      case 9:
        return fmt::format("label_replace({}, \"c\", \"$1-$2\", \"a\", \"(.)(.*)\")", vector(depth - 1));
      default:
        return fmt::format("quantile {}(0.{}, {})", grouping(), random_() % 10, vector(depth - 1));
    }
  }

 private:
  std::string leaf() {
    switch (random_() % 8) {
      case 0:
        return gauge() + shift();
      case 1:
        return fmt::format("{}(requests_total{}[{}]{})",
                           one_of<std::string>(random_, {"rate", "increase", "irate", "resets", "changes"}), matchers(),
                           range(), shift());
      case 2:
        return fmt::format("{}({}[{}]{})", over_time(), gauge(), range(), shift());
      case 3:
        return fmt::format("{}({}[{}]{})", one_of<std::string>(random_, {"delta", "idelta", "deriv"}), gauge(), range(),
                           shift());
      case 4:
        return fmt::format("histogram_quantile(0.{}, sum by (le, a) (rate(wait_seconds_bucket[{}])))",
                           1 + random_() % 9, range());
      case 5:
        return fmt::format("predict_linear({}[{}], 600)", gauge(), range());
      case 6:
        return fmt::format("timestamp({})", gauge());
      default:
        return fmt::format("absent({}{{a=\"{}\"}})", one_of<std::string>(random_, {"up", "memory_bytes"}),
                           one_of<std::string>(random_, {"x", "none"}));
    }
  }
  std::string gauge() { return one_of<std::string>(random_, {"memory_bytes", "up"}) + matchers(); }
  std::string matchers() {
    return one_of<std::string>(random_,
                               {"", "", "{a=\"x\"}", "{a!=\"y\"}", "{a=~\"x|z\"}", "{b!~\"1|2\"}", "{b=\"\"}"});
  }
  std::string range() { return one_of<std::string>(random_, {"1m", "5m", "13m", "30m", "1h"}); }
  std::string shift() {
    switch (random_() % 6) {
      case 0:
        return fmt::format(" offset {}", one_of<std::string>(random_, {"5m", "1h", "-3m"}));
      case 1:
        return fmt::format(" @ {}", std::chrono::floor<std::chrono::seconds>(begin_.time_since_epoch()).count() +
                                        static_cast<std::int64_t>(random_() % 10'000));
      default:
        return "";
    }
  }
  std::string over_time() {
    return one_of<std::string>(random_, {"avg_over_time", "min_over_time", "max_over_time", "sum_over_time",
                                         "count_over_time", "last_over_time", "present_over_time", "stddev_over_time"});
  }
  std::string aggregation() {
    return one_of<std::string>(random_, {"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"});
  }
  std::string grouping() {
    return one_of<std::string>(random_, {"", "by (a) ", "by (a, b) ", "without (b) ", "without (a, code) "});
  }
  std::string number() { return one_of<std::string>(random_, {"3.1415", "2", "0.5", "100.001", "-4.2"}); }

  Random& random_;
  Timestamp begin_;
};

std::string open_metrics(const std::vector<GeneratedSeries>& all) {
  std::map<std::string, std::string> by_name;
  for (const auto& series : all) {
    std::string labels;
    for (const auto& [name, value] : series.labels)
      labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, value);
    for (const auto& [at, value] : series.samples)
      by_name[series.name] += fmt::format("{}{{{}}} {} {:.3f}\n", series.name, labels, value,
                                          static_cast<double>(at.time_since_epoch().count()) / 1000);
  }
  std::string page;
  for (const auto& [name, samples] : by_name) page += fmt::format("# TYPE {} unknown\n{}", name, samples);
  return page + "# EOF\n";
}

void write_history(const std::filesystem::path& folder, const std::vector<GeneratedSeries>& all) {
  std::map<Timestamp, std::vector<std::pair<Labels, double>>> moments;
  for (const auto& series : all) {
    std::vector<Labels::Pair> pairs{{kMetricName, series.name}};
    for (const auto& [name, value] : series.labels) pairs.emplace_back(name, value);
    const auto labels = Labels::from(std::move(pairs));
    for (const auto& [at, value] : series.samples) moments[at].emplace_back(labels, value);
  }
  Store store;
  SampleLog log;
  store.set_log(&log);
  HistoryWriter writer({.folder = folder});
  for (const auto& [at, samples] : moments) {
    for (const auto& [labels, value] : samples) store.append(labels, at, value);
    writer.write(log.take());
    writer.upkeep(at);
  }
  ASSERT_TRUE(writer.status().writing) << writer.status().last_error;
}

/// By labels: times and values. Nothing where the query failed.
using Rows = std::map<std::string, std::map<double, double>>;

std::optional<Rows> rows_of(const json::value& answer) {
  if (answer.at("status").as_string() != "success") return std::nullopt;
  Rows rows;
  const auto& data = answer.at("data");
  const auto add = [](std::map<double, double>& row, const json::value& point) {
    row[point.at(0).to_number<double>()] = std::stod(std::string(point.at(1).as_string()));
  };
  if (data.at("resultType").as_string() == "scalar") {
    add(rows[""], data.at("result"));
    return rows;
  }
  for (const auto& series : data.at("result").as_array()) {
    std::map<std::string, std::string> labels;
    for (const auto& [name, value] : series.at("metric").as_object()) labels.emplace(name, value.as_string());
    std::string key;
    for (const auto& [name, value] : labels) key += name + "=" + value + ",";
    if (const auto* value = series.as_object().if_contains("value")) add(rows[key], *value);
    if (const auto* values = series.as_object().if_contains("values"))
      for (const auto& point : values->as_array()) add(rows[key], point);
  }
  return rows;
}

bool near(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b)) + 1e-7;
}

bool same(const std::optional<Rows>& a, const std::optional<Rows>& b) {
  if (!a || !b) return !a && !b;
  return std::ranges::equal(*a, *b, [](const auto& x, const auto& y) {
    return x.first == y.first && std::ranges::equal(x.second, y.second, [](const auto& p, const auto& q) {
             return p.first == q.first && near(p.second, q.second);
           });
  });
}

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c)
                                                            : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

TEST(Differential, RandomExpressionsComeToTheSameInPrometheusAndHere) {
  Stage stage("differential");
  const auto seed = setting("A2OD_SEED", 20'261'126);
  Random random(seed);
  const Timestamp begin = std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now()) - 24h;
  const auto series = Series(random, begin).all;
  write_file(stage.folder / "series.om", open_metrics(series));
  const auto made = run({A2OD_PEERS_DIR "/promtool", "tsdb", "create-blocks-from", "openmetrics",
                         (stage.folder / "series.om").string(), (stage.folder / "tsdb").string()});
  ASSERT_EQ(made.code, 0) << made.output;
  stage.start_prometheus("global: {}\n", {"--enable-feature=promql-negative-offset"});
  write_history(stage.folder / "history", series);
  const auto port = stage.prometheus_port;

  const SeriesSource source({}, begin + kSpan, begin + kSpan, stage.folder / "history", {});
  Expressions expressions(random, begin);
  std::size_t with_rows = 0;
  std::size_t differing = 0;
  const auto count = setting("A2OD_EXPRESSIONS", 1000);
  for (std::uint64_t i = 0; i < count && differing < 5; ++i) {
    const auto expression = expressions.vector(static_cast<int>(random() % 4));
    const auto at = std::chrono::floor<std::chrono::seconds>(begin.time_since_epoch()).count() + 13 +
                    60 * static_cast<std::int64_t>(random() % 180);
    const bool is_range = i % 4 == 0;
    const auto parameters = is_range
                                ? fmt::format("query={}&start={}&end={}&step=180", encoded(expression), at, at + 3600)
                                : fmt::format("query={}&time={}", encoded(expression), at);
    const auto here = is_range ? answer_query_range(source, parse_parameters(parameters), {})
                               : answer_query(source, parse_parameters(parameters), begin, {});
    const auto there = get(port, fmt::format("/api/v1/{}?{}", is_range ? "query_range" : "query", parameters));
    const auto ours = rows_of(json::parse(here.body));
    const auto theirs = rows_of(json::parse(there.body));
    with_rows += theirs && !theirs->empty() ? 1 : 0;
    if (same(ours, theirs)) continue;
    ++differing;
    ADD_FAILURE() << expression << "\n  at " << at << (is_range ? ", an hour from then" : "") << ", seed " << seed
                  << "\n  Prometheus: " << there.body.substr(0, 1500)
                  << "\n  here:       " << here.body.substr(0, 1500);
  }
  EXPECT_GT(with_rows, count / 2) << "most expressions should come to something";
  RecordProperty("expressions", static_cast<int>(count));
}

}  // namespace
}  // namespace a2od::end_to_end
