// Pages read one after the other: what is known, new, vanished or refused, whatever order and syntax they come in.
#include "collectors/scrape/page.hpp"

#include "tests/collectors/scrape/scrape_fixtures.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

/// Gives new series numbers as their handles, and knows which labels each has.
class Pages {
 public:
  explicit Pages(const ScrapeTarget& target = test::scrape_target()) : reader(target) {}

  PageReport read(std::string_view page, ExpositionSyntax syntax = ExpositionSyntax::text) {
    std::map<std::size_t, ExposedLabels> found;
    auto report =
        reader.read(page, syntax, [&](std::size_t line, const ExposedLabels& labels) { found[line] = labels; });
    if (report.error) return report;
    for (auto& [line, labels] : found) {
      reader.lines()[line].handle = series.size();
      series.push_back(std::move(labels));
    }
    return report;
  }

  /// Name and label x of each kept series, with its value.
  [[nodiscard]] std::vector<std::pair<std::string, double>> samples() {
    std::vector<std::pair<std::string, double>> all;
    for (std::size_t i = 0; i < reader.lines().size(); ++i)
      if (reader.lines()[i].handle != PageReader::kDropped)
        all.emplace_back(name_of(reader.lines()[i].handle), reader.values()[i]);
    return all;
  }
  [[nodiscard]] std::vector<std::string> vanished() const {
    std::vector<std::string> all;
    for (const auto handle : reader.vanished()) all.push_back(name_of(handle));
    return all;
  }

  PageReader reader;
  std::vector<ExposedLabels> series;

 private:
  [[nodiscard]] std::string name_of(PageReader::Handle handle) const {
    const auto& labels = series.at(handle);
    return std::string(label_value(labels, "__name__")) + std::string(label_value(labels, "x"));
  }
};

TEST(Page, ASeriesIsNewOnce) {
  Pages pages;
  EXPECT_EQ(pages.read("# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 2\n").added, 2u);
  EXPECT_EQ(pages.read("# TYPE a gauge\na{x=\"1\"} 3\na{x=\"2\"} 4.5\n").added, 0u);
  EXPECT_THAT(pages.samples(), ElementsAre(Pair("a1", 3), Pair("a2", 4.5)));
  EXPECT_THAT(pages.vanished(), IsEmpty());
}

TEST(Page, SeriesHaveTheLabelsOfTheirTarget) {
  Pages pages;
  pages.read("a{x=\"1\"} 1\n");
  EXPECT_THAT(pages.series[0],
              ElementsAre(Pair("__name__", "a"), Pair("instance", "host:9100"), Pair("job", "node"), Pair("x", "1")));
}

TEST(Page, MetadataIsThatOfTheLastPageThatWasTaken) {
  Pages pages;
  EXPECT_THAT(*pages.reader.metadata(), IsEmpty());
  pages.read("# HELP a What a\\nis.\n# TYPE a gauge\na 1\n# TYPE b counter\nb 1\n");
  const MetricMetadata a{MetricFamilyType::gauge, "", "What a\nis."};
  const MetricMetadata b{MetricFamilyType::counter, "", ""};
  EXPECT_THAT(*pages.reader.metadata(), UnorderedElementsAre(Pair("a", a), Pair("b", b)));

  const auto kept = pages.reader.metadata();
  pages.read("# HELP a What a\\nis.\n# TYPE a gauge\na 2\n# TYPE b counter\nb 2\n");
  EXPECT_EQ(pages.reader.metadata(), kept);
  EXPECT_TRUE(pages.read("# TYPE a counter\na oops\n").error);
  EXPECT_EQ(pages.reader.metadata(), kept);

  pages.read("# TYPE c_seconds gauge\n# UNIT c_seconds seconds\nc_seconds 1\n# EOF\n", ExpositionSyntax::open_metrics);
  const MetricMetadata c{MetricFamilyType::gauge, "seconds", ""};
  EXPECT_THAT(*pages.reader.metadata(), ElementsAre(Pair("c_seconds", c)));
}

TEST(Page, MetadataOfAPageIsBounded) {
  Pages pages;
  const std::string help(MetadataReader::kMostBytes - sizeof(PageMetadata::value_type) - 1, 'h');
  pages.read(fmt::format("# HELP a {}\n# HELP b too much\na 1\nb 1\n", help));
  EXPECT_THAT(*pages.reader.metadata(), ElementsAre(Pair("a", testing::_)));
}

TEST(Page, WhatVanishedIsTold) {
  Pages pages;
  pages.read("a 1\nb 2\nc 3\n");
  pages.read("a 1\nc 3\n");
  EXPECT_THAT(pages.vanished(), ElementsAre("b"));
  pages.read("a 1\nc 3\n");
  EXPECT_THAT(pages.vanished(), IsEmpty());
  pages.read("a 1\n");
  EXPECT_THAT(pages.vanished(), ElementsAre("c"));
  pages.read("");
  EXPECT_THAT(pages.vanished(), ElementsAre("a"));
}

TEST(Page, OrderDoesNotMatter) {
  Pages pages;
  pages.read("a 1\nb 2\nc 3\n");
  EXPECT_EQ(pages.read("c 4\nd 5\nb 6\na 7\n").added, 1u);
  EXPECT_THAT(pages.samples(), ElementsAre(Pair("c", 4), Pair("d", 5), Pair("b", 6), Pair("a", 7)));
  EXPECT_THAT(pages.vanished(), IsEmpty());
}

TEST(Page, ANameThatBeginsAnotherIsNotTakenForIt) {
  Pages pages;
  pages.read("a 1\na{x=\"1\"} 2\nab 3\n");
  EXPECT_EQ(pages.read("a {x=\"1\"} 4\nab 5\na 6\na{x=\"1\"} 7\n").added, 1u) << "written otherwise, it is new text";
  EXPECT_THAT(pages.samples(), ElementsAre(Pair("a1", 4), Pair("ab", 5), Pair("a", 6), Pair("a1", 7)));
}

TEST(Page, NumbersAreReadToTheLastBitWhereTheSeriesIsKnown) {
  for (const auto* number : {"0", "-0", "1", "-1", "123456789012345", "1234567890123456", "0.1", ".5", "5.", "-12.75",
                             "1e-7", "1.7976931348623157e308", "NaN", "+Inf", "-Inf", "0.30000000000000004",
                             "99999999999999999999", "000000000000000000001.5", "+3"}) {
    Pages pages;
    pages.read("a 7\n");
    const auto report = pages.read(fmt::format("a {}\n", number));
    ASSERT_FALSE(report.error) << number << ": " << *report.error;
    const double expected = std::strtod(number, nullptr);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(pages.reader.values()[0]));
    } else {
      EXPECT_EQ(std::signbit(pages.reader.values()[0]), std::signbit(expected)) << number;
      EXPECT_EQ(pages.reader.values()[0], expected) << number;
    }
  }
}

TEST(Page, WhatIsNoSampleIsRefusedWhereTheSeriesIsKnown) {
  for (const auto* line : {"a", "a ", "a x", "a 1 2 3", "a 1.2.3", "a -", "a .", "a 1 x", "a  ", "a 1}", "a 1 # {}"}) {
    Pages pages;
    pages.read("a 7\n");
    EXPECT_TRUE(pages.read(fmt::format("{}\n", line)).error) << line;
    EXPECT_FALSE(pages.read("a 8\n").error);
    EXPECT_EQ(pages.series.size(), 1u) << "what was known is known";
  }
}

TEST(Page, TimesOfSamplesAreReadAndSuchSeriesDoNotEnd) {
  Pages pages;
  pages.read("a 1 1000\nb 2\n");
  EXPECT_THAT(pages.reader.times(), ElementsAre(Pair(0u, Timestamp(Milliseconds(1000)))));
  pages.read("a 1 2000\nb 2\n");
  EXPECT_THAT(pages.reader.times(), ElementsAre(Pair(0u, Timestamp(Milliseconds(2000)))));
  pages.read("b 2\n");
  EXPECT_THAT(pages.vanished(), IsEmpty());

  auto config = test::scrape_config();
  config.track_timestamps_staleness = true;
  Pages tracked(test::target_of(config));
  tracked.read("a 1 1000\n");
  tracked.read("");
  EXPECT_THAT(tracked.vanished(), ElementsAre("a"));

  config.honor_timestamps = false;
  Pages ignored(test::target_of(config));
  ignored.read("a 1 1000\n");
  EXPECT_THAT(ignored.reader.times(), IsEmpty());
}

TEST(Page, OpenMetricsIsReadTheSameWay) {
  Pages pages;
  const auto syntax = ExpositionSyntax::open_metrics;
  EXPECT_FALSE(pages.read("# TYPE a counter\na_total 1 # {id=\"x\"} 0.5\nb 2 12.5\n# EOF\n", syntax).error);
  EXPECT_FALSE(pages.read("# TYPE a counter\na_total 3 # {id=\"y\"} 0.5\nb 4 13.5\n# EOF\n", syntax).error);
  EXPECT_THAT(pages.samples(), ElementsAre(Pair("a_total", 3), Pair("b", 4)));
  EXPECT_THAT(pages.reader.times(), ElementsAre(Pair(1u, Timestamp(Milliseconds(13500)))));
  EXPECT_THAT(*pages.read("a_total 3\nb 4 13.5\n", syntax).error, HasSubstr("EOF"));
}

TEST(Page, BoundsOfBucketsAreFloatsOnceTheTypeSaysSo) {
  Pages pages;
  pages.read("a_bucket{le=\"1\"} 1\n");
  EXPECT_EQ(label_value(pages.series.at(0), "le"), "1");
  pages.read("# TYPE a histogram\na_bucket{le=\"1\"} 1\n");
  EXPECT_EQ(label_value(pages.series.at(1), "le"), "1.0");
}

TEST(Page, LabelsOfThePageGiveWayUnlessTheyAreHonored) {
  constexpr const char* kPage = "a{job=\"own\",instance=\"\",exported_job=\"other\"} 1\n";
  Pages pages;
  pages.read(kPage);
  EXPECT_THAT(pages.series[0],
              ElementsAre(Pair("__name__", "a"), Pair("exported_exported_job", "own"), Pair("exported_job", "other"),
                          Pair("instance", "host:9100"), Pair("job", "node")));
  auto config = test::scrape_config();
  config.honor_labels = true;
  Pages honored(test::target_of(config));
  honored.read(kPage);
  EXPECT_THAT(honored.series[0], ElementsAre(Pair("__name__", "a"), Pair("exported_job", "other"), Pair("job", "own")))
      << "an empty label keeps the target's away";
}

TEST(Page, WhatRelabellingDropsIsCountedAndForgotten) {
  auto config = test::scrape_config();
  config.metric_relabel_configs = {
      {.action = RelabelConfig::Action::drop, .source_labels = {"__name__"}, .regex = "go_.*"},
      {.source_labels = {"x"}, .regex = "(.+)", .target_label = "y", .replacement = "was $1"}};
  Pages pages(test::target_of(config));
  for (const std::size_t added : {1u, 0u}) {
    const auto report = pages.read("go_gc 1\na{x=\"1\"} 2\ngo_threads 3\n");
    EXPECT_EQ(report.scraped, 3u);
    EXPECT_EQ(report.kept, 1u);
    EXPECT_EQ(report.added, added);
    EXPECT_THAT(pages.samples(), ElementsAre(Pair("a1", 2)));
  }
  EXPECT_EQ(label_value(pages.series[0], "y"), "was 1");
  pages.read("a{x=\"1\"} 2\n");
  EXPECT_THAT(pages.vanished(), IsEmpty());
}

TEST(Page, OverALimitTheWholePageIsRefused) {
  const auto refused = [](auto change, std::string_view page) {
    auto config = test::scrape_config();
    change(config);
    Pages pages(test::target_of(config));
    return pages.read(page).error.value_or("");
  };
  const std::string_view page = "a{x=\"long value\",long_name=\"1\"} 1\nb 2\n";
  EXPECT_EQ(refused([](auto& config) { config.sample_limit = 1; }, page), "2 samples are over sample_limit 1");
  EXPECT_EQ(refused([](auto& config) { config.sample_limit = 2; }, page), "");
  EXPECT_EQ(refused([](auto& config) { config.label_limit = 4; }, page),
            "line 1: series 'a' has 5 labels, over label_limit 4");
  EXPECT_THAT(refused([](auto& config) { config.label_name_length_limit = 8; }, page), HasSubstr("'long_name' has 9"));
  EXPECT_THAT(refused([](auto& config) { config.label_value_length_limit = 9; }, page), HasSubstr("'x' has 10 bytes"));
  EXPECT_THAT(
      refused([](auto& config) { config.metric_relabel_configs = {{.target_label = "__name__", .replacement = ""}}; },
              page),
      HasSubstr("without a name"));
  EXPECT_THAT(refused([](auto&) {}, "a{x=\"1\",x=\"2\"} 1\n"), HasSubstr("label 'x' twice"));
  EXPECT_THAT(refused([](auto&) {}, "a{\"\xff\"=\"1\"} 1\n"), HasSubstr("whose name is not UTF-8"));
}

TEST(Page, WithATimeOfItsOwnForEachOfManySamplesIsRefused) {
  Pages pages;
  std::string page;
  for (int i = 0; i < 10'000; ++i) page += fmt::format("a{} 1 {}\n", i, i);
  EXPECT_FALSE(pages.read(page + "b 1 0\n").error);
  EXPECT_THAT(pages.read(page + "b 1 10000\n").error.value_or(""), HasSubstr("honor_timestamps"));
}

TEST(Page, WithoutLimitsThoseOfOurOwnHold) {
  PageReader reader(test::scrape_target(), 2);
  const auto read = [&](std::string_view page) {
    return reader.read(page, ExpositionSyntax::text, [](std::size_t, const ExposedLabels&) {}).error.value_or("");
  };
  EXPECT_EQ(read("a 1\na 2\n"), "");
  EXPECT_EQ(read("a 1\na 2\na 3\na 4\n"), "the page has more than 2 samples, the most that a2od reads");
  EXPECT_THAT(read("a{x=\"" + std::string(std::size_t{1} << 20, 'x') + "\"} 1\n"),
              HasSubstr("the labels of series 'a' have"));
}

TEST(Page, ARefusedPageCountsWhatItHad) {
  auto config = test::scrape_config();
  config.sample_limit = 1;
  Pages pages(test::target_of(config));
  const auto report = pages.read("a 1\nb 2\nc 3\n");
  EXPECT_EQ(report.scraped, 3u);
  EXPECT_EQ(report.kept, 3u);
}

TEST(Page, BeyondTheLimitSeriesAreOnlyCounted) {
  auto config = test::scrape_config();
  config.sample_limit = 2;
  PageReader reader(test::target_of(config));
  int created = 0;
  std::string page;
  for (int i = 0; i < 1000; ++i) page += fmt::format("a{} 1\n", i);
  const auto report = reader.read(page, ExpositionSyntax::text, [&](std::size_t, const ExposedLabels&) { ++created; });
  EXPECT_EQ(report.error, "1000 samples are over sample_limit 2");
  EXPECT_EQ(created, 2);
  EXPECT_EQ(report.added, 2U);
  EXPECT_EQ(reader.values().size(), 2U);
}

TEST(Page, WhatIsDroppedDoesNotCountForTheLimit) {
  auto config = test::scrape_config();
  config.sample_limit = 1;
  config.metric_relabel_configs = {
      {.action = RelabelConfig::Action::drop, .source_labels = {"__name__"}, .regex = "go_.*"}};
  Pages pages(test::target_of(config));
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(pages.read("go_a 1\nb 2\ngo_c 3\ngo_d 4\n").error);
    EXPECT_THAT(pages.samples(), ElementsAre(Pair("b", 2)));
    EXPECT_EQ(pages.reader.values().size(), 4U);
  }
  EXPECT_TRUE(pages.read("go_a 1\nb 2\nc 3\ngo_d 4\n").error);
}

TEST(Page, ARefusedPageLeavesWhatIsKnownOfTheOneBefore) {
  Pages pages;
  pages.read("a 1\n");
  EXPECT_TRUE(pages.read("a 1 1700000000000\nb x\n").error);
  pages.read("c 1\n");
  EXPECT_THAT(pages.vanished(), ElementsAre("a")) << "its time stood in a page that was refused";
}

TEST(Page, ALabelsNameThatIsManyLinesIsOneInTheError) {
  Pages pages;
  const auto error = pages.read("{\"a\",\"x\nFORGED\"=\"1\",\"x\nFORGED\"=\"2\"} 1\n").error.value_or("");
  EXPECT_THAT(error, HasSubstr("label 'x FORGED' twice"));
}

/// Whatever is shuffled, added, removed and doubled: what is told is what a reader without memory finds.
TEST(Page, RandomPagesAreReadAsIfForTheFirstTime) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most - 1)(random); };
  Pages pages;
  std::vector<std::string> before;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> series;
    for (const auto& one : before)
      if (below(8) != 0) series.push_back(one);
    for (auto fresh = below(4); fresh > 0; --fresh)
      series.insert(series.begin() + static_cast<std::ptrdiff_t>(below(series.size() + 1)),
                    fmt::format("a{}", below(60)));
    if (below(5) == 0) std::ranges::shuffle(series, random);
    if (below(5) == 0 && !series.empty())
      std::ranges::rotate(series, series.begin() + static_cast<std::ptrdiff_t>(below(series.size())));
    std::string page;
    std::vector<std::pair<std::string, double>> expected;
    for (const auto& one : series) {
      if (below(10) == 0) page += "# a comment\n";
      const auto value = static_cast<double>(below(1000)) / 8;
      page += fmt::format("{} {}\n", one, value);
      expected.emplace_back(one, value);
    }
    ASSERT_FALSE(pages.read(page).error);
    ASSERT_EQ(pages.samples(), expected);
    std::set<std::string> gone(before.begin(), before.end());
    for (const auto& one : series) gone.erase(one);
    // A line that was doubled and is not any more is told as vanished, too; the store knows that its series goes on.
    std::set<std::string> told;
    for (const auto& one : pages.vanished())
      if (std::ranges::find(series, one) == series.end()) told.insert(one);
    ASSERT_EQ(told, gone);
    before = std::move(series);
  }
}

}  // namespace
}  // namespace a2od
