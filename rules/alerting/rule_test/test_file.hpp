// Files of rule unit tests, in the format of `promtool test rules`.
#pragma once

#include "config/problem.hpp"
#include "config/time.hpp"
#include "rules/series/labels.hpp"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace a2od {

struct InputSeries {
  Labels labels;
  std::vector<std::optional<double>> samples;  ///< one each interval, beginning at 0
};

struct ExpectedAlert {
  Labels labels;  ///< `alertname` included
  std::map<std::string, std::string> annotations;
};

/// Which alerts of a name fire at a time.
struct AlertCheck {
  Position position;
  Milliseconds at{};
  std::string alertname;
  std::vector<ExpectedAlert> alerts;
};

struct ExpectedSample {
  Labels labels;
  double value = 0;
};

/// What an expression comes to at a time.
struct ExpressionCheck {
  Position position;
  Milliseconds at{};
  std::string expression;
  std::vector<ExpectedSample> samples;
};

struct RuleTest {
  Position position;
  std::string name;
  Milliseconds interval{};
  std::vector<InputSeries> series;
  std::vector<AlertCheck> alert_checks;
  std::vector<ExpressionCheck> expression_checks;
  std::map<std::string, std::string> external_labels;
  std::string external_url;
};

struct RuleTestFile {
  std::string file;
  std::vector<std::string> rule_files;  ///< patterns, relative to the folder of the test file
  Milliseconds evaluation_interval{};
  std::vector<std::string> group_order;
  bool fuzzy = false;  ///< values may differ by a few units in the last place
  std::vector<RuleTest> tests;
};

/// Strictly, with every fault and its position.
[[nodiscard]] std::expected<RuleTestFile, Problems> read_rule_test_file(const std::string& path);

}  // namespace a2od
