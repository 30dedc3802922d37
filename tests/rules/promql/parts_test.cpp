#include "rules/promql/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od::promql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Each with a dot for every expression around it.
std::vector<std::string> parts(std::string_view text, std::size_t most = 100) {
  std::vector<std::string> found;
  const auto expression = Expression::parse(text);
  EXPECT_TRUE(expression);
  for (const auto& [part, depth] : expression->parts(most)) found.push_back(std::string(depth, '.') + part);
  return found;
}

TEST(ExpressionParts, AreAllThatHaveAValueOfTheirOwnOuterOnesFirst) {
  EXPECT_THAT(
      parts("(sum by (a) (rate(x{b=\"1\"}[5m]))) > 2 and on (a) y"),
      ElementsAre("(sum by (a) (rate(x{b=\"1\"}[5m]))) > 2 and on (a) y", ".(sum by (a) (rate(x{b=\"1\"}[5m]))) > 2",
                  "..sum by (a) (rate(x{b=\"1\"}[5m]))", "...rate(x{b=\"1\"}[5m])", "....x{b=\"1\"}[5m]", ".y"));
  EXPECT_THAT(parts("max_over_time((x > 1)[1h:5m])"),
              ElementsAre("max_over_time((x > 1)[1h:5m])", ".(x > 1)[1h:5m]", "..x > 1", "...x"));
}

TEST(ExpressionParts, OfALiteralThereAreNone) { EXPECT_THAT(parts("(1)"), IsEmpty()); }

TEST(ExpressionParts, AreNoMoreThanAskedFor) {
  EXPECT_THAT(parts("a + b + c", 3), ElementsAre("a + b + c", ".a + b", "..a"));
}

TEST(ExpressionParts, ReadBackAsExpressions) {
  for (const auto& part :
       Expression::parse("-(x offset 5m)^2 < bool -1 unless absent(y{z=~\"a|b\"} @ end())")->parts(100))
    EXPECT_TRUE(Expression::parse(part.text)) << part.text;
}

}  // namespace
}  // namespace a2od::promql
