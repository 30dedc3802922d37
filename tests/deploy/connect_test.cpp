// deploy/CONNECT.md keeps to the program: every right that a collector needs, with what is lost, and every
// configuration.
#include "collectors/collector.hpp"
#include "config/read.hpp"
#include "rules/alerting/group.hpp"
#include "rules/promql/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace a2od::deploy {
namespace {

using testing::IsEmpty;

std::string document() {
  std::ifstream file(A2OD_SOURCE_DIR "/deploy/CONNECT.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> words_in_code(const std::string& text) {
  static const std::regex kCode("`([^`]*)`");
  std::vector<std::string> words;
  for (std::sregex_iterator at(text.begin(), text.end(), kCode), end; at != end; ++at) words.push_back((*at)[1]);
  return words;
}

/// A row of the table of rights: right, of, read by, without it.
struct Row {
  std::vector<std::string> parts;
  std::vector<std::string> lost;
};

std::map<std::string, Row> rows() {
  std::map<std::string, Row> rows;
  std::istringstream lines(document());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream row(line.substr(1));
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    if (cells.size() < 4) continue;
    rows[words_in_code(cells[0]).at(0)] = {words_in_code(cells[2]), words_in_code(cells[3])};
  }
  return rows;
}

std::map<std::string, std::set<std::string>> metrics_of_alerts() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(A2OD_SOURCE_DIR "/rules/library"))
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  std::map<std::string, std::set<std::string>> metrics;
  for (const auto& group : read_rule_files(files).value())
    for (const auto& rule : group.rules)
      for (const auto& metric : promql::Expression::parse(rule.expression)->metric_names())
        metrics[std::string(rule.name())].emplace(metric);
  return metrics;
}

/// Metrics of the collectors that have these parts.
std::set<std::string> metrics_of(const std::vector<std::string>& parts) {
  std::set<std::string> metrics;
  for (const auto& part : parts) {
    const auto* collector = find_collector(part.substr(0, part.find('/')));
    if (collector == nullptr) continue;
    for (const auto& metric : collector->metrics) metrics.emplace(metric.name);
  }
  return metrics;
}

TEST(Connect, EveryRightHasARowWithThePartsThatNeedIt) {
  std::map<std::string, std::vector<std::string>> needed;
  for (const auto& collector : all_collectors())
    for (const auto& part : collector.parts)
      if (!part.right.empty())
        needed[std::string(part.right)].push_back(std::string(collector.name) + "/" + std::string(part.name));
  const auto found = rows();
  for (const auto& [right, parts] : needed) {
    ASSERT_TRUE(found.contains(right)) << "no row of " << right;
    EXPECT_THAT(found.at(right).parts, testing::IsSupersetOf(parts)) << right;
  }
  for (const auto& [right, row] : found) EXPECT_TRUE(needed.contains(right)) << right << " is needed by nothing";
}

TEST(Connect, WhatIsLostRestsOnWhatIsNotRead) {
  const auto alerts = metrics_of_alerts();
  for (const auto& [right, row] : rows()) {
    const auto metrics = metrics_of(row.parts);
    for (const auto& word : row.lost) {
      if (!std::isupper(static_cast<unsigned char>(word.front()))) continue;
      ASSERT_TRUE(alerts.contains(word)) << right << ": there is no alert " << word;
      std::vector<std::string> common;
      std::ranges::set_intersection(alerts.at(word), metrics, std::back_inserter(common));
      EXPECT_THAT(common, testing::Not(IsEmpty())) << right << " is said to be needed for " << word;
    }
  }
}

TEST(Connect, EveryAlertOfTheEstateIsNamed) {
  const auto words = words_in_code(document());
  for (const auto& [alert, metrics] : metrics_of_alerts()) {
    const bool of_estate =
        std::ranges::any_of(metrics, [](const std::string& metric) { return metric.starts_with("d365_"); });
    if (of_estate) EXPECT_THAT(words, testing::Contains(alert));
  }
}

TEST(Connect, EveryConfigurationInItIsGood) {
  std::vector<std::string_view> names;
  for (const auto& collector : all_collectors()) names.push_back(collector.name);
  const auto text = document();
  static const std::regex kBlock("```yaml\n([^]*?)\n```");
  std::size_t count = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), kBlock), end; at != end; ++at, ++count) {
    const auto config = parse_config("CONNECT.md", (*at)[1].str(), {.collectors = names, .check_files = false});
    if (config) continue;
    for (const auto& problem : config.error()) ADD_FAILURE() << to_string(problem);
  }
  EXPECT_GE(count, 2U);
}

}  // namespace
}  // namespace a2od::deploy
