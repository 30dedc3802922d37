// Every metric that the shipped rules read is one that a collector or the daemon declares.
#include "collectors/collector.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/self_metrics.hpp"
#include "rules/alerting/group.hpp"
#include "rules/promql/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace a2od {
namespace {

std::set<std::string_view> declared() {
  std::set<std::string_view> names{"up", "ALERTS", "ALERTS_FOR_STATE"};
  for (const auto& metric : declared_metrics(all_collectors())) names.insert(metric.name);
  return names;
}

std::vector<std::string> library_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(A2OD_SOURCE_DIR "/rules/library"))
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  return files;
}

TEST(Declarations, CoverEveryMetricThatTheLibraryReads) {
  const auto known = declared();
  const auto groups = read_rule_files(library_files());
  ASSERT_TRUE(groups);
  for (const auto& group : *groups)
    for (const auto& rule : group.rules)
      for (const auto& metric : promql::Expression::parse(rule.expression)->metric_names())
        EXPECT_TRUE(known.contains(metric)) << rule.name() << " reads " << metric;
}

TEST(Declarations, FollowPrometheusNaming) {
  const auto check = [](const Metric& metric) {
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::counter) << metric.name;
    EXPECT_FALSE(metric.help.empty()) << metric.name;
    if (!metric.unit.empty()) EXPECT_TRUE(metric.name.find(metric.unit) != std::string_view::npos) << metric.name;
  };
  for (const auto& metric : declared_metrics(all_collectors())) check(metric);
}

TEST(Declarations, AreThePageOfMetrics) {
  std::ifstream file(A2OD_SOURCE_DIR "/collectors/METRICS.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page == metrics_reference()) << "a2od metrics >collectors/METRICS.md writes it anew";
}

}  // namespace
}  // namespace a2od
