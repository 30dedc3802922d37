// Runs one rule unit test: feeds its series, evaluates the groups at their times, and tells what differs.
#pragma once

#include "rules/alerting/group.hpp"
#include "rules/alerting/rule_test/test_file.hpp"

#include <string>
#include <vector>

namespace a2od {

struct TestFailure {
  Position position;  ///< of the check
  std::string what;   ///< which check: "alert Down at 5m"
  /// "- " expected and not found, "+ " found and not expected, "  " what a difference stands in.
  std::vector<std::string> lines;
};

/// As promtool does: all groups are evaluated every `evaluation_interval`, whatever their own interval is, in the order
/// that the file gives; an alert is looked for at the last evaluation that is not after its time.
[[nodiscard]] std::vector<TestFailure> run_rule_test(const RuleTest& test, const RuleTestFile& file,
                                                     const std::vector<GroupDefinition>& groups);

}  // namespace a2od
