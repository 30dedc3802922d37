// From scrape_configs to targets: labels, addresses, relabelling, limits.
#include "collectors/scrape/target.hpp"

#include "tests/collectors/scrape/scrape_fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

TEST(ScrapeTargets, HaveJobInstanceAndTheLabelsOfTheirGroup) {
  auto config = test::scrape_config();
  config.static_configs = {{{"a:1", "b"}, {{"site", "leeds"}}}, {{"c:3"}, {}}};
  const auto targets = targets_of(config).value();
  ASSERT_THAT(targets.active, SizeIs(3));
  EXPECT_THAT(targets.active[0].labels,
              ElementsAre(Pair("instance", "a:1"), Pair("job", "node"), Pair("site", "leeds")));
  EXPECT_EQ(targets.active[0].address, "http://a:1/metrics");
  EXPECT_EQ(targets.active[1].url.origin.port, 80);
  EXPECT_THAT(targets.active[2].labels, ElementsAre(Pair("instance", "c:3"), Pair("job", "node")));
}

TEST(ScrapeTargets, AreRelabelledAsABlackboxExporterNeedsIt) {
  auto config = test::scrape_config();
  config.metrics_path = "/probe";
  config.scheme = ScrapeConfig::Scheme::https;
  config.params = {{"module", {"http_2xx", "second"}}};
  config.static_configs = {{{"https://contoso.example/login"}, {}}};
  config.relabel_configs = {{.source_labels = {"__address__"}, .target_label = "__param_target"},
                            {.source_labels = {"__param_target"}, .target_label = "instance"},
                            {.target_label = "__address__", .replacement = "blackbox:9115"}};
  const auto target = test::target_of(config);
  EXPECT_EQ(target.address,
            "https://blackbox:9115/probe?module=http_2xx&module=second&target=https%3A%2F%2Fcontoso.example%2Flogin");
  EXPECT_THAT(target.labels, ElementsAre(Pair("instance", "https://contoso.example/login"), Pair("job", "node")));
}

TEST(ScrapeTargets, MayHaveTimesOfTheirOwn) {
  auto config = test::scrape_config();
  config.relabel_configs = {{.target_label = "__scrape_interval__", .replacement = "1m"},
                            {.target_label = "__scrape_timeout__", .replacement = "30s"}};
  EXPECT_EQ(test::target_of(config).interval, std::chrono::minutes(1));
  EXPECT_EQ(test::target_of(config).timeout, std::chrono::seconds(30));
  config.relabel_configs[0].replacement = "20s";
  const auto targets = targets_of(config).value();
  EXPECT_THAT(targets.active, IsEmpty());
  EXPECT_THAT(targets.problems, ElementsAre(HasSubstr("job 'node': target 'host:9100': its timeout is longer")));
}

TEST(ScrapeTargets, ThatAreDroppedOrAlikeAreNotScraped) {
  auto config = test::scrape_config();
  config.static_configs = {{{"a:1", "b:1", "a:1"}, {}}};
  config.relabel_configs = {{.action = RelabelConfig::Action::drop, .source_labels = {"__address__"}, .regex = "b.*"}};
  const auto targets = targets_of(config).value();
  EXPECT_THAT(targets.active, SizeIs(1));
  ASSERT_THAT(targets.dropped, SizeIs(1));
  EXPECT_EQ(label_value(targets.dropped[0], "__address__"), "b:1");
}

TEST(ScrapeTargets, OverTheLimitAreDownAllOfThem) {
  auto config = test::scrape_config();
  config.static_configs = {{{"a:1", "b:1"}, {}}};
  config.target_limit = 1;
  const auto targets = targets_of(config).value();
  EXPECT_THAT(targets.active, SizeIs(2));
  for (const auto& target : targets.active) EXPECT_EQ(target.refused, "2 targets are over target_limit 1");
  EXPECT_THAT(targets.problems, IsEmpty()) << "the configuration stays in force";
  EXPECT_THAT(targets.over_limit, HasSubstr("2 targets are over target_limit 1"));
}

TEST(ScrapeTargets, HaveTheParametersOfTheConfigurationWhateverRelabellingLeaves) {
  auto config = test::scrape_config();
  config.static_configs = {{{"a:1"}, {}}};
  config.params = {{"empty", {""}}, {"module", {"", "b"}}, {"none", {}}};
  config.relabel_configs = {{.action = RelabelConfig::Action::label_drop, .regex = "__param_empty"},
                            {.target_label = "__param_added", .replacement = "1"}};
  EXPECT_EQ(targets_of(config).value().active.at(0).address, "http://a:1/metrics?added=1&empty=&module=&module=b");
}

TEST(ScrapeTargets, HaveAPathThatEndsWhereTheConfigurationEndsIt) {
  auto config = test::scrape_config();
  config.metrics_path = "/probe?a=b#c%20";
  config.params = {{"module", {"x"}}};
  EXPECT_EQ(test::target_of(config).address, "http://host:9100/probe%3Fa=b%23c%2520?module=x");
}

TEST(ScrapeTargets, WithAnAddressThatIsNoneAreNamed) {
  auto config = test::scrape_config();
  config.static_configs = {{{"host/path"}, {}}};
  EXPECT_THAT(targets_of(config).value().problems,
              ElementsAre(HasSubstr("target 'host/path': its address has a slash")));
}

TEST(ScrapeTargets, ThatAProxyWouldBePassedByForAreNamedWhateverMadeTheirScheme) {
  auto config = test::scrape_config();
  config.static_configs = {{{"a:1"}, {}}, {{"b:1"}, {{"__scheme__", "https"}}}};
  config.http.proxy_url = Secret("http://proxy:3128");
  const auto targets = targets_of(config).value();
  EXPECT_THAT(targets.active, SizeIs(1));
  EXPECT_THAT(targets.problems, ElementsAre(HasSubstr("target 'a:1': proxy_url is for https alone")));
  config.http.no_proxy = "a";
  EXPECT_THAT(targets_of(config).value().active, SizeIs(2));
}

}  // namespace
}  // namespace a2od
