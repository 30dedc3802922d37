#include "rules/promql/parser.hpp"

#include "rules/promql/functions.hpp"
#include "rules/promql/printer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace a2od::promql {
namespace {

TEST(Parser, PrintsAsPrometheusDoes) {
  const struct {
    std::string_view text;
    std::string_view printed;
  } rows[] = {
      {"sum(up)by(job)", "sum by (job) (up)"},
      {"a-on(b)group_left c", "a - on (b) group_left () c"},
      {"up{job='x',y!~\"z\"}[5m] offset -1h @ 10", "up{job=\"x\",y!~\"z\"}[5m] @ 10.000 offset -1h"},
      {"rate(a[90s])[1h:5m] @ start()", "rate(a[1m30s])[1h:5m] @ start()"},
      {"topk(3,a)>bool 1e6", "topk(3, a) > bool 1000000"},
      {"{\"my.metric\"}", "{__name__=\"my.metric\"}"},
      {"predict_linear(foo[1h],4*3600)", "predict_linear(foo[1h], 4 * 3600)"},
      {"-1^2", "-1 ^ 2"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_expression(row.text);
    ASSERT_TRUE(parsed) << row.text << ": " << parsed.error().message;
    EXPECT_EQ(print(**parsed), row.printed);
  }
}

/// With all parentheses written out.
std::string bound(const Expr& expr) {
  if (const auto* node = std::get_if<Binary>(&expr.node)) {
    return "(" + bound(*node->left) + std::string(to_string(node->op)) + bound(*node->right) + ")";
  }
  if (const auto* node = std::get_if<Unary>(&expr.node)) return "-" + bound(*node->inner);
  return print(expr);
}

TEST(Parser, OperatorsBindByPrecedence) {
  const struct {
    std::string_view text;
    std::string_view bound;
  } rows[] = {
      {"a + b * c", "(a+(b*c))"},       {"a ^ b ^ c", "(a^(b^c))"},   {"a - b - c", "((a-b)-c)"},
      {"a or b and c", "(aor(bandc))"}, {"-a ^ b", "-(a^b)"},         {"-a * b", "(-a*b)"},
      {"a == b + c", "(a==(b+c))"},     {"2 ^ -b * c", "((2^-b)*c)"}, {"a unless b and c", "((aunlessb)andc)"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_expression(row.text);
    ASSERT_TRUE(parsed) << row.text << ": " << parsed.error().message;
    EXPECT_EQ(bound(**parsed), row.bound);
  }
}

TEST(Parser, KeywordsMayBeMetricNames) {
  for (const std::string_view text : {"sum", "start", "by{a=\"b\"}", "step{offset=\"1s\"}[5m]", "a + count", "on"}) {
    const bool accepted = parse_expression(text).has_value();
    EXPECT_EQ(accepted, text != "on") << text;
  }
}

TEST(Parser, ErrorsSayWhatAndWhere) {
  const struct {
    std::string_view text;
    std::size_t begin;
    std::size_t end;
    std::string_view message;
  } rows[] = {
      {"", 0, 0, "no expression found in input"},
      {"1+", 2, 2, "unexpected end of input"},
      {"(1))", 3, 4, "unexpected right parenthesis ')'"},
      {"sum(", 4, 4, "unclosed left parenthesis"},
      {"1 == 1", 0, 6, "comparisons between scalars must use BOOL modifier"},
      {"foo and 1", 0, 9, "set operator \"and\" not allowed in binary scalar expression"},
      {"foo and bool bar", 8, 12, "bool modifier can only be used on comparison operators"},
      {"rate(foo)", 5, 8, "expected type range vector in call to function \"rate\", got instant vector"},
      {"rate(foo[5m]", 12, 12, "unclosed left parenthesis"},
      {"foo[0s]", 4, 6, "duration must be greater than 0"},
      {"foo offset 1m offset 2m", 0, 13, "offset may not be set multiple times"},
      {"{}", 0, 2, "vector selector must contain at least one non-empty matcher"},
      {"foo{a=~\"(\"}", 7, 10, "regular expression \"(\" for label 'a': missing ): ("},
      {"foo{__name__=\"bar\"}", 0, 19, "metric name must not be set twice: \"foo\" or \"bar\""},
      {"nope(foo)", 0, 4, "unknown function with name \"nope\""},
      {"floor()", 0, 7, "expected 1 argument(s) in call to \"floor\", got 0"},
      {"topk(foo)", 0, 9, "wrong number of arguments for aggregate expression provided, expected 2, got 1"},
      {"a + on(x) group_left(x) b", 10, 20, "label \"x\" must not occur in ON and GROUP clause at once"},
      {"sum by (==) (a)", 8, 10, "unexpected <op:==> in grouping opts, expected label"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_expression(row.text);
    ASSERT_FALSE(parsed) << row.text;
    EXPECT_EQ(parsed.error().message, row.message) << row.text;
    EXPECT_EQ(parsed.error().begin, row.begin) << row.text;
    EXPECT_EQ(parsed.error().end, row.end) << row.text;
  }
}

TEST(Parser, RefusesByNameWhatItCannotEvaluate) {
  const struct {
    std::string_view text;
    std::string_view message;
  } rows[] = {
      {"histogram_count(a)", "function \"histogram_count\" is not supported yet"},
      {"histogram_stddev(a)", "function \"histogram_stddev\" is not supported yet"},
      {"a anchored", "the modifier anchored is not supported yet"},
      {"a + fill(1) b", "the modifier fill is not supported yet"},
      {"a </ 1", "trimming of native histograms is not supported yet"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_expression(row.text);
    ASSERT_FALSE(parsed) << row.text;
    EXPECT_EQ(parsed.error().message, row.message);
  }
}

TEST(Parser, PrintsAnInfiniteBaseSoThatItIsReadAgain) {
  const auto printed = Expression::parse("a ^ Inf ^ b == +Inf")->canonical();
  EXPECT_EQ(printed, "a ^ Inf ^ b == +Inf");
  EXPECT_EQ(Expression::parse(printed)->canonical(), printed);
}

TEST(Parser, PrintsDurationsAsTheyAreWritten) {
  for (const std::string_view text :
       {"a[5m + 1m]", "a[(step())]", "a[2m * (10 + 5)]", "a[max_of(range(), 5s)]", "a offset -(5)", "a offset -step()",
        "a[(5m):(1m)]", "a[4s + 4s:1s * 2] offset (5s - 8)", "a offset (-1 ^ 2)"}) {
    const auto parsed = parse_expression(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(print(**parsed), text);
  }
  EXPECT_EQ(print(**parse_expression("a offset +(STEP())")), "a offset (step())");
}

TEST(Parser, ExperimentalFunctionsAreOffUntilTheyAreEnabled) {
  for (const std::string_view text :
       {"mad_over_time(a[5m])", "sort_by_label(a, \"b\")", "step() * 2", "limitk(1, a)"}) {
    const auto refused = parse_expression(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(refused.error().message.find("--enable-feature=promql-experimental-functions"), std::string::npos);
    enable_experimental_functions(true);
    EXPECT_TRUE(parse_expression(text)) << text;
    enable_experimental_functions(false);
  }
}

TEST(Parser, RefusesDurationsThatAreNone) {
  const struct {
    std::string_view text;
    std::string_view message;
  } rows[] = {
      {"a[0]", "duration must be greater than 0"},
      {"a[-5m]", "duration must be greater than 0"},
      {"a[5m / 0]", "division by zero"},
      {"a[5m % 0s]", "modulo by zero"},
      {"a[step(1)]", "unexpected number \"1\" in range, expected \")\""},
      {"a[b]", "unexpected identifier \"b\" in range, expected number or duration"},
      {"a[1e300]", "duration out of range"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_expression(row.text);
    ASSERT_FALSE(parsed) << row.text;
    EXPECT_EQ(parsed.error().message, row.message);
  }
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Parser, NestingIsLimitedHoweverItIsWritten) {
  const std::string inputs[] = {repeated("(", 100'000) + "1",         repeated("-", 100'000) + "a",
                                "1" + repeated("+1", 50'000),         "1" + repeated("^1", 50'000),
                                "a[" + repeated("(", 50'000) + "1",   "a[1" + repeated("+1", 50'000) + "]",
                                "a[1" + repeated("^1", 50'000) + "]", "a[" + repeated("-", 50'000) + "1]",
                                repeated("sum(", 50'000) + "a",       repeated("a or ", 20'000) + "a"};
  for (const std::string& text : inputs) {
    const auto parsed = parse_expression(text);
    ASSERT_FALSE(parsed) << text.substr(0, 10);
    EXPECT_EQ(parsed.error().message, "expression is nested too deeply") << text.substr(0, 10);
  }
}

TEST(Parser, ASubqueryOfSubqueriesIsNested) {
  EXPECT_TRUE(parse_expression("max_over_time(rate(a[1m])[10m:1m])"));
  const auto parsed = parse_expression("max_over_time(a[5m][10m:1m])");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "subquery is only allowed on instant vector, got matrix instead");
}

}  // namespace
}  // namespace a2od::promql
