#include "tests/rules/promql/random_expressions.hpp"

#include <fmt/format.h>

namespace a2od::promql {

std::string RandomExpressions::next() {
  constexpr int kDeepest = 4;
  const int depth = static_cast<int>(random_() % kDeepest);
  return random_() % 20 == 0 ? scalar(depth) : vector(depth);
}

std::string RandomExpressions::vector(int depth, Values values) {
  if (depth <= 0) return leaf(values);
  const int below = depth - 1;
  switch (random_() % 16) {
    case 0:
    case 1:
      return aggregation(below, values);
    case 2:
      return fmt::format("({} {} {})", vector(below, values), one_of({"+", "-", "*"}), one_of({"2", "0.5", "-4"}));
    case 3:
      return fmt::format("({} {} {})", vector(below, values), one_of({">", "<", ">= bool", "!=", "== bool", "<= bool"}),
                         one_of({"3.1415", "100.001", "-4.2"}));
    case 4:
    case 5:
      return matching(below);
    case 6:
    case 7:
      return set_operation(below, values);
    case 8:
      return fmt::format("({}({}))", one_of({"abs", "sgn", "ceil", "floor", "round", "-", "-", "sort", "sort_desc"}),
                         vector(below, Values::without_rounding));
    case 9:
      return random_() % 2 == 0 ? fmt::format("clamp({}, -7.5, {})", vector(below, values), one_of({"33.25", "-8"}))
                                : fmt::format("clamp_{}({}, {})", one_of({"min", "max"}), vector(below, values),
                                              one_of({"-7.5", "33.25"}));
    case 10:
      return fmt::format("label_replace({}, \"{}\", \"$1-$2\", \"{}\", \"(.)(.*)\")", vector(below, values),
                         one_of({"queue", "copy"}), one_of({"env", "queue", "code"}));
    case 11:
      return fmt::format(
          "{}({}[{}:{}]{})",
          one_of({"max_over_time", "min_over_time", "count_over_time", "last_over_time", "sum_over_time", "changes"}),
          vector(below, Values::without_rounding), one_of({"3m", "5m", "7m20s"}), one_of({"", "1m", "90s"}), shift());
    case 12:
      return fmt::format("({} % {})", vector(below, Values::without_rounding), one_of({"3", "0.5", "-4", "0"}));
    case 13:
      return fmt::format("label_join({}, \"{}\", \"/\", {})", vector(below, values), one_of({"queue", "copy"}),
                         one_of({"\"env\", \"queue\"", "\"queue\", \"none\", \"code\"", "\"none\""}));
    case 14:
      return with_info();
    default:
      return fmt::format("absent({})", vector(below, values));
  }
}

std::string RandomExpressions::leaf(Values values) {
  switch (random_() % (values == Values::any ? 14 : 11)) {
    case 0:
    case 1:
    case 2:
      return gauge() + shift();
    case 3:
      return counter() + shift();
    case 4:
    case 5:
      return fmt::format("{}({}[{}]{})", one_of({"rate", "increase", "irate", "resets", "changes"}), counter(), range(),
                         shift());
    case 6:
      return fmt::format("{}({}[{}]{})",
                         one_of({"min_over_time", "max_over_time", "sum_over_time", "count_over_time", "last_over_time",
                                 "present_over_time", "changes", "delta", "idelta"}),
                         gauge(), range(), shift());
    case 7:
      return fmt::format("{}({}{})", one_of({"absent_over_time", "count_over_time"}), gauge(), "[" + range() + "]");
    case 8:
      if (random_() % 2 == 0)
        return fmt::format("{}(timestamp({}))", one_of({"minute", "hour", "day_of_week", "day_of_year", "month"}),
                           gauge());
      return fmt::format("(time() - timestamp({}))", gauge());  // a spread of larger numbers is lost in rounding
    case 9:
      return fmt::format("{{__name__=~\"{}\"{}}}", one_of({"jobs|lag", "info|up", "j.*", "jobs|errors_total"}),
                         one_of({"", ",env=~\"e[0-4]\""}));
    case 10:
      return fmt::format("vector({})", one_of({"1", "time() % 3600", "scalar(sum(jobs))"}));
    case 11:
      return fmt::format("{}({}[{}]{})", one_of({"avg_over_time", "stddev_over_time", "stdvar_over_time", "deriv"}),
                         gauge(), range(), shift());
    case 12:
      return one_of({fmt::format("predict_linear({}[{}], 600)", gauge(), range()),
                     fmt::format("quantile_over_time({}, {}[{}])", one_of({"0.5", "0.9", "1.5"}), gauge(), range())});
    default:
      return fmt::format("histogram_quantile({}, sum by (le, env) (rate(wait_bucket{}[{}])))",
                         one_of({"0.5", "0.9", "-1"}), matchers(), range());
  }
}

std::string RandomExpressions::aggregation(int depth, Values values) {
  switch (random_() % 9) {
    case 0:
    case 1:
      return fmt::format("{} {}({}, {})", one_of({"topk", "bottomk", "limitk"}), grouping(),
                         one_of({"1", "2", "3", "0"}), vector(depth, Values::without_rounding));
    case 2:
      return fmt::format("count_values {}(\"{}\", {})", grouping(), one_of({"v", "queue"}), gauge());
    case 3:
      return fmt::format("quantile {}({}, {})", grouping(), one_of({"0.5", "0.95", "0", "1", "-1"}),
                         vector(depth, Values::without_rounding));
    case 4:
      return fmt::format("limit_ratio({}, {})", one_of({"0.5", "-0.5", "0.9", "-0.1", "0", "1"}),
                         vector(depth, values));
    case 5:
      if (values == Values::any)
        return fmt::format("{} {}({})", one_of({"avg", "stddev", "stdvar"}), grouping(), vector(depth));
      [[fallthrough]];
    default:
      return fmt::format("{} {}({})", one_of({"sum", "sum", "min", "max", "count", "group"}), grouping(),
                         vector(depth, values));
  }
}

std::string RandomExpressions::matching(int depth) {
  const auto values = Values::without_rounding;
  const auto op = one_of({"+", "-", "*", "/", ">", "<=", "== bool", "!= bool", ">", "atan2"});
  switch (random_() % 7) {
    case 0:
      return fmt::format("(jobs{}{} {} lag{})", matchers(), shift(), op, matchers());
    case 1:
      return fmt::format("({} {} on (env) group_left {} info)", gauge(), one_of({"*", "+", ">"}),
                         one_of({"", "(version)", "()"}));
    case 2:
      return fmt::format("(info{} {} on (env) group_right (version) {})", matchers(), one_of({"*", "-", "<"}),
                         counter());
    case 3:
      return fmt::format("({} {} on (env) group_left max by (env) ({}))", leaf(values), op, vector(depth, values));
    case 4:
      return fmt::format("(jobs{} {} ignoring (queue) group_left sum without (queue) (jobs{}))", matchers(), op,
                         matchers());
    case 5:
      return fmt::format("({} {} {})", vector(depth, values), op, vector(depth, values));  // most often an error
    default: {
      const auto on = one_of({"env", "queue", "env, queue"});
      return fmt::format("(sum by ({0}) ({1}) {2} on ({0}) max by ({0}) ({3}))", on, vector(depth, values), op,
                         vector(depth, values));
    }
  }
}

std::string RandomExpressions::set_operation(int depth, Values values) {
  return fmt::format("({} {} {} {})", vector(depth, values), one_of({"and", "or", "unless", "or"}),
                     one_of({"", "on (env)", "ignoring (queue)", "on (env, queue)", "on ()"}), vector(depth, values));
}

std::string RandomExpressions::with_info() {
  const auto load = "load" + matchers();
  const auto base =
      one_of({load + shift(), fmt::format("max_over_time({}[{}]{})", load, range(), shift()),
              fmt::format("sum by (job, instance) ({}{})", load, shift()), "target_info" + matchers(), gauge()});
  return fmt::format(
      "info({}{})", base,
      one_of({"", "", ", {version=~\".+\"}", ", {version=\"1\"}", ", {version!=\"1\", env=~\".*\"}", ", {none=\"\"}"}));
}

std::string RandomExpressions::scalar(int depth) {
  return fmt::format("scalar({}) {} {}", vector(depth), one_of({"+", "*", "> bool", "-"}),
                     one_of({"2", "time()", "scalar(up{env=\"e1\"})", "-(3)"}));
}

std::string RandomExpressions::gauge() { return one_of({"jobs", "lag", "jobs", "up", "info"}) + matchers(); }

std::string RandomExpressions::counter() { return "errors_total" + matchers(); }

std::string RandomExpressions::matchers() {
  return one_of({"", "", "", "{env=\"e1\"}", "{env!=\"e2\"}", "{env=~\"e[0-3]\"}", "{env!~\"e.\"}", "{queue=\"\"}",
                 "{queue=~\"a|b\"}", "{env=~\"t.+\"}", "{queue!=\"a\", env=~\".*\"}", "{env=\"none\"}"});
}

std::string RandomExpressions::range() { return one_of({"1m", "2m", "5m", "9m30s"}); }

std::string RandomExpressions::shift() {
  switch (random_() % 10) {
    case 0:
    case 1:
      return one_of({" offset 2m", " offset 90s", " offset -1m"});
    case 2:
      return one_of({" @ start()", " @ end()", " @ end() offset 1m"});
    default:
      return "";
  }
}

std::string RandomExpressions::grouping() {
  return one_of(
      {"", "by (env) ", "by (env, queue) ", "without (queue) ", "without (env, code) ", "by (queue, version) "});
}

}  // namespace a2od::promql
