#include "collectors/exposition/parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace a2od {
namespace {

using Entry = ExpositionParser::Entry;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// The error of the first entry that has one; empty when all is good.
std::string fault(std::string_view text, ExpositionSyntax syntax) {
  ExpositionParser parser(text, syntax);
  for (;;) {
    const auto entry = parser.next();
    if (!entry) return entry.error().message;
    if (*entry == Entry::end) return {};
  }
}

TEST(ExpositionParser, ReadsTextEntryByEntry) {
  ExpositionParser parser(
      "# HELP requests_total Answered \\\\ or\\nnot.\n"
      "#\t TYPE requests_total counter\n"
      "\n"
      "# nothing of note\n"
      "  requests_total { code=\"200\" path = \"/\\\"a\\\"\\n\", } 1e3 1700000000000\n"
      "{\"my.requests\", \"a b\"=\"c\"} NaN",
      ExpositionSyntax::text);
  EXPECT_EQ(parser.next(), Entry::help);
  EXPECT_EQ(parser.metric(), "requests_total");
  EXPECT_EQ(parser.help(), "Answered \\ or\nnot.");
  EXPECT_EQ(parser.next(), Entry::type);
  EXPECT_EQ(parser.type(), MetricFamilyType::counter);
  EXPECT_EQ(parser.next(), Entry::comment);
  EXPECT_EQ(parser.comment(), "# nothing of note");
  EXPECT_EQ(parser.next(), Entry::series);
  EXPECT_EQ(parser.line(), 5U);
  EXPECT_EQ(parser.series(), "requests_total { code=\"200\" path = \"/\\\"a\\\"\\n\", }");
  EXPECT_THAT(parser.labels(),
              ElementsAre(Pair("__name__", "requests_total"), Pair("code", "200"), Pair("path", "/\"a\"\n")));
  EXPECT_EQ(parser.value(), 1000);
  EXPECT_EQ(parser.timestamp(), Timestamp(Milliseconds(1700000000000)));
  EXPECT_EQ(parser.next(), Entry::series);
  EXPECT_THAT(parser.labels(), ElementsAre(Pair("__name__", "my.requests"), Pair("a b", "c")));
  EXPECT_TRUE(std::isnan(parser.value()));
  EXPECT_FALSE(parser.timestamp());
  EXPECT_EQ(parser.next(), Entry::end);
  EXPECT_EQ(parser.next(), Entry::end);
}

TEST(ExpositionParser, WritesBoundsAsFloatsWhereTheTypeSaysThatTheyAre) {
  const auto labels = [](std::string text) {
    ExpositionParser parser(text, ExpositionSyntax::text);
    EXPECT_EQ(parser.next(), Entry::type);
    EXPECT_EQ(parser.next(), Entry::series);
    return parser.labels().back().second;
  };
  EXPECT_EQ(labels("# TYPE a histogram\na_bucket{le=\"1\"} 2\n"), "1.0");
  EXPECT_EQ(labels("# TYPE a histogram\na_bucket{le=\"+Inf\"} 2\n"), "+Inf");
  EXPECT_EQ(labels("# TYPE a histogram\na_bucket{le=\"1e-06\"} 2\n"), "1e-06");
  EXPECT_EQ(labels("# TYPE a histogram\na_bucket{le=\"999999\"} 2\n"), "999999.0");
  EXPECT_EQ(labels("# TYPE a histogram\na_bucket{le=\"1000000\"} 2\n"), "1e+06");
  EXPECT_EQ(labels("# TYPE a histogram\na_bucket{le=\"10485760\"} 2\n"), "1.048576e+07");
  EXPECT_EQ(labels("# TYPE a summary\na{quantile=\"0.99\"} 2\n"), "0.99");
  EXPECT_EQ(labels("# TYPE a gauge\na{le=\"1\"} 2\n"), "1");
}

TEST(ExpositionParser, ReadsOpenMetrics) {
  ExpositionParser parser(
      "# TYPE wait_seconds histogram\n"
      "# UNIT wait_seconds seconds\n"
      "wait_seconds_bucket{le=\"1\"} 4 1700000000.123 # {trace=\"x\"} 0.5 1700000000\n"
      "# EOF\n",
      ExpositionSyntax::open_metrics);
  EXPECT_EQ(parser.next(), Entry::type);
  EXPECT_EQ(parser.next(), Entry::unit);
  EXPECT_EQ(parser.unit(), "seconds");
  EXPECT_EQ(parser.next(), Entry::series);
  EXPECT_EQ(parser.timestamp(), Timestamp(Milliseconds(1700000000123)));
  ASSERT_TRUE(parser.exemplar());
  EXPECT_THAT(parser.exemplar()->labels, ElementsAre(Pair("trace", "x")));
  EXPECT_EQ(parser.exemplar()->value, 0.5);
  EXPECT_EQ(parser.exemplar()->at, Timestamp(Milliseconds(1700000000000)));
  EXPECT_EQ(parser.next(), Entry::end);
}

TEST(ExpositionParser, RefusesWithLineAndReason) {
  const auto text = [](std::string_view page) { return fault(page, ExpositionSyntax::text); };
  EXPECT_EQ(text("up 1\n\nup{a=\"b\"} x\n"), "line 3: 'x' is no number");
  EXPECT_THAT(text("up"), HasSubstr("expected a value, found the end"));
  EXPECT_THAT(text("up{a=\"b} 1\n"), HasSubstr("double quotes does not end"));
  EXPECT_THAT(text("up{a=\"\xff\"} 1\n"), HasSubstr("'a' is not valid UTF-8"));
  EXPECT_THAT(text("{\"a\xff\"} 1\n"), HasSubstr("name is not valid UTF-8"));
  EXPECT_THAT(text("# TYPE \"a\xff\" gauge\n"), HasSubstr("name is not valid UTF-8"));
  EXPECT_THAT(text("{a=\"b\"} 1\n"), HasSubstr("no metric's name"));
  EXPECT_THAT(text("up{\"down\"} 1\n"), HasSubstr("given twice"));
  EXPECT_THAT(text("up 0x1p3\n"), HasSubstr("no number"));
  EXPECT_THAT(text("up 1_0\n"), HasSubstr("no number"));
  EXPECT_THAT(text("up 1 2 3\n"), HasSubstr("expected the end of the line"));
  EXPECT_THAT(text("# TYPE up odd\n"), HasSubstr("'odd' is no type"));
  const auto open = [](std::string_view page) { return fault(page, ExpositionSyntax::open_metrics); };
  EXPECT_THAT(open("up 1\n"), HasSubstr("expected # EOF at the end"));
  EXPECT_THAT(open("# EOF\nup 1\n"), HasSubstr("more behind # EOF"));
  EXPECT_THAT(open("\n# EOF\n"), HasSubstr("expected a series"));
  EXPECT_THAT(open("up  1\n# EOF\n"), HasSubstr("expected a value"));
  EXPECT_THAT(open("# UNIT up seconds\n# EOF\n"), HasSubstr("does not end with its unit"));
  EXPECT_THAT(open("up 1 NaN\n# EOF\n"), HasSubstr("no time in seconds"));
  EXPECT_THAT(open("up{a=\"b\"c=\"d\"} 1\n# EOF\n"), HasSubstr("expected , or }"));
}

TEST(ExpositionParser, RepeatsLittleOfWhatItRefusesAndNothingThatIsNoText) {
  const auto error = fault("up \x1b[31m\xff" + std::string(1'000'000, 'x') + "\n", ExpositionSyntax::text);
  EXPECT_THAT(error, HasSubstr("' [31m\uFFFDxxx"));
  EXPECT_LT(error.size(), 200U);
}

TEST(ExpositionParser, SurvivesAnyBytes) {
  std::mt19937_64 random(5);
  const std::string page =
      "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\",\"x\"=\"\\\"\"} 1 2 # {a=\"b\"} 1 2\n{\"a b\"} NaN\n# EOF\n";
  for (int round = 0; round < 20'000; ++round) {
    auto text = page;
    for (auto changes = random() % 4 + 1; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % text.size());
    (void)fault(text, round % 2 == 0 ? ExpositionSyntax::text : ExpositionSyntax::open_metrics);
  }
}

}  // namespace
}  // namespace a2od
