// The text format: what is read, and each way of being wrong.
#include "collectors/own/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace a2od {
namespace {

using testing::HasSubstr;

TEST(Exposition, IsReadAsPrometheusWritesIt) {
  const auto read = parse_exposition(
      "# HELP backup_age_seconds Since the last backup.\n"
      "# TYPE backup_age_seconds gauge\n"
      "backup_age_seconds{store=\"blob \\\"a\\\"\\n\",zone=\"1\"} 12.5 1700000000000\n"
      "\n"
      "# any comment\n"
      "# TYPE runs_total counter\n"
      "  runs_total 3\r\n"
      "odd{} NaN\nup +Inf",
      100);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->samples.size(), 4U);
  EXPECT_EQ(read->samples[0].name, "backup_age_seconds");
  EXPECT_EQ(read->samples[0].labels[0].second, "blob \"a\"\n");
  EXPECT_EQ(read->samples[0].value, 12.5);
  EXPECT_EQ(read->samples[1].value, 3);
  EXPECT_TRUE(std::isnan(read->samples[2].value));
  EXPECT_EQ(read->metrics[0].help, "Since the last backup.");
  EXPECT_EQ(read->metrics[1].type, MetricType::counter);
}

struct Fault {
  std::string text;
  std::string message;
};

TEST(Exposition, IsRefusedWithLineAndReason) {
  const Fault faults[] = {{"a 1\nb\n", "line 2: expected a value"},
                          {"1a 1", "line 1: expected a series, found '1'"},
                          {"a{b=\"c\" 1", "line 1: expected a label's name, found '1'"},
                          {"a{b=\"c 1", "a text in double quotes does not end"},
                          {"a{b=c} 1", "expected a label's value in double quotes"},
                          {"a{=\"c\"} 1", "expected a label's name, found '='"},
                          {"a{b=\"1\",b=\"2\"} 1", "label 'b' twice"},
                          {"a{__name__=\"b\"} 1", "'__name__' is no name for a label"},
                          {"a{b:c=\"d\"} 1", "expected = behind a label's name, found ':'"},
                          {"a{b=\"\"} 1\na 1", "line 2: a series that was there already"},
                          {"a 1 x", "'x' is no time in milliseconds"},
                          {"a 1 2 3", "expected the end of the line"},
                          {"a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1", "line 2: a series that was there already"},
                          {"a 1e", "'1e' is no number"},
                          {"# TYPE a counted", "'counted' is no type of a metric"},
                          {"{\"a.b\"} 1", "'a.b' is no name for a metric"},
                          {"a 1\nb 1\nc 1", "line 3: over 2 samples"}};
  for (const auto& fault : faults) {
    const auto read = parse_exposition(fault.text, 2);
    ASSERT_FALSE(read) << fault.text;
    EXPECT_THAT(read.error().message, HasSubstr(fault.message)) << fault.text;
  }
}

}  // namespace
}  // namespace a2od
