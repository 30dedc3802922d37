#include "collectors/exposition/families.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

TEST(Families, PutTogetherWhatBelongsTogether) {
  const auto families = parse_families(
      "# HELP wait_seconds How long.\n"
      "# TYPE wait_seconds histogram\n"
      "wait_seconds_bucket{queue=\"a\",le=\"1\"} 3\n"
      "wait_seconds_bucket{queue=\"a\",le=\"+Inf\"} 4\n"
      "wait_seconds_sum{queue=\"a\"} 9.5\n"
      "wait_seconds_count{queue=\"a\"} 4\n"
      "up 1\n"
      "up_sum 2\n");
  ASSERT_TRUE(families) << families.error().message;
  ASSERT_THAT(*families, SizeIs(3));
  EXPECT_EQ((*families)[0].name, "up");
  EXPECT_EQ((*families)[1].name, "up_sum");
  const auto& wait = (*families)[2];
  EXPECT_EQ(wait.help, "How long.");
  ASSERT_THAT(wait.metrics, SizeIs(1));
  EXPECT_THAT(wait.metrics[0].labels, ElementsAre(Pair("queue", "a")));
  EXPECT_EQ(wait.metrics[0].count, 4);
  EXPECT_EQ(wait.metrics[0].sum, 9.5);
  EXPECT_THAT(wait.metrics[0].parts, SizeIs(2));
}

TEST(Families, RefuseWhatAScrapeLetsPass) {
  const auto fault = [](std::string_view text) {
    const auto families = parse_families(text);
    return families ? "" : families.error().message;
  };
  EXPECT_EQ(fault("up 1"), "the last line does not end");
  EXPECT_THAT(fault("# HELP up a\n# HELP up b\n"), HasSubstr("line 2: a second HELP for 'up'"));
  EXPECT_THAT(fault("up 1\n# TYPE up gauge\n"), HasSubstr("line 2: a second TYPE for 'up', or one behind its samples"));
  EXPECT_THAT(fault("# TYPE a histogram\na_bucket{le=\"x\"} 1\n"),
              HasSubstr("expected a number as the value of label 'le'"));
  EXPECT_THAT(fault("# TYPE a histogram\na_bucket{le=\"1\"} -1\n"), HasSubstr("a bucket of 'a' is negative"));
  EXPECT_THAT(fault("# TYPE a summary\na_count -1\n"), HasSubstr("the count of 'a' is negative"));
  EXPECT_THAT(fault("up{__name__=\"x\"} 1\n"), HasSubstr("reserved"));
  EXPECT_THAT(fault("up{a=\"b\nc\"} 1\n"), HasSubstr("line break"));
}

TEST(Families, AreLintedInPromtoolsWords) {
  const auto families = parse_families(
      "# HELP jobs Jobs.\n# TYPE jobs counter\njobs{jobName=\"a\"} 1\n"
      "# TYPE wait_milliseconds gauge\nwait_milliseconds 1\n"
      "# HELP good_total Good.\n# TYPE good_total counter\ngood_total 1\n");
  ASSERT_TRUE(families) << families.error().message;
  EXPECT_THAT(lint(*families),
              ElementsAre(LintProblem{"jobs", "counter metrics should have \"_total\" suffix"},
                          LintProblem{"jobs", "label names should be written in 'snake_case' not 'camelCase'"},
                          LintProblem{"wait_milliseconds", "no help text"},
                          LintProblem{"wait_milliseconds", "use base unit \"seconds\" instead of \"milliseconds\""}));
}

}  // namespace
}  // namespace a2od
