// The rules that are shipped: each has what an operator needs, and their unit tests pass here as they do in promtool.
#include "config/document.hpp"
#include "rules/alerting/group.hpp"
#include "rules/alerting/rule_test/run_test.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace a2od {
namespace {

const std::filesystem::path kLibrary = std::filesystem::path(A2OD_SOURCE_DIR) / "rules" / "library";

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<GroupDefinition> groups_of(const std::vector<std::string>& files) {
  auto groups = read_rule_files(files);
  if (groups) return std::move(*groups);
  for (const Problem& problem : groups.error()) ADD_FAILURE() << to_string(problem);
  return {};
}

std::vector<RuleDefinition> library_rules() {
  std::vector<RuleDefinition> rules;
  for (GroupDefinition& group : groups_of(files_in(kLibrary)))
    std::ranges::move(group.rules, std::back_inserter(rules));
  return rules;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Library, EveryAlertSaysWhatAnOperatorNeeds) {
  const std::set<std::string> kSeverities = {"page", "ticket", "info"};
  const auto rules = library_rules();
  EXPECT_GE(rules.size(), 40U);
  for (const RuleDefinition& rule : rules) {
    EXPECT_TRUE(rule.labels.contains("severity") && kSeverities.contains(rule.labels.at("severity"))) << rule.alert;
    EXPECT_TRUE(rule.annotations.contains("summary")) << rule.alert;
    EXPECT_TRUE(rule.annotations.contains("description")) << rule.alert;
    EXPECT_EQ(rule.annotations.at("runbook_url"), "{{ $externalURL }}/runbooks/" + rule.alert);
  }
}

TEST(Library, EveryAlertHasARunbookWithTheSameSections) {
  for (const RuleDefinition& rule : library_rules()) {
    const std::string page = read_file(kLibrary / "runbooks" / (rule.alert + ".md"));
    EXPECT_THAT(page, testing::StartsWith("# " + rule.alert + "\n"));
    for (const std::string_view section :
         {"## Meaning", "## Likely causes", "## Check first", "## Mend", "## Silence"}) {
      EXPECT_THAT(page, testing::HasSubstr(std::string("\n") + std::string(section) + "\n")) << rule.alert;
    }
  }
}

TEST(Library, NoRunbookIsLeftOver) {
  std::set<std::string> names;
  for (const RuleDefinition& rule : library_rules()) names.insert(rule.alert);
  for (const auto& entry : std::filesystem::directory_iterator(kLibrary / "runbooks")) {
    EXPECT_TRUE(names.contains(entry.path().stem().string())) << entry.path();
  }
}

TEST(Library, AtMostTenAlertsPage) {
  EXPECT_LE(std::ranges::count_if(library_rules(),
                                  [](const RuleDefinition& rule) { return rule.labels.at("severity") == "page"; }),
            10);
}

TEST(Library, ItsUnitTestsPass) {
  for (const std::string& path : files_in(kLibrary / "tests")) {
    SCOPED_TRACE(path);
    const auto file = read_rule_test_file(path);
    ASSERT_TRUE(file) << to_string(file.error().front());
    std::vector<std::string> rule_files;
    for (const std::string& name : file->rule_files) rule_files.push_back((kLibrary / "tests" / name).string());
    for (const RuleTest& test : file->tests)
      for (const TestFailure& failure : run_rule_test(test, *file, groups_of(rule_files)))
        ADD_FAILURE() << "line " << failure.position.line << ": " << failure.what << "\n"
                      << fmt::format("{}", fmt::join(failure.lines, "\n"));
  }
}

TEST(Library, EveryAlertIsTestedFiringAndNotFiring) {
  std::map<std::string, std::set<bool>> tested;
  for (const std::string& path : files_in(kLibrary / "tests")) {
    const auto document = read_document(path);
    ASSERT_TRUE(document);
    for (const Node& test : document->root.find("tests")->items()) {
      for (const Node& check : test.find("alert_rule_test")->items()) {
        tested[check.find("alertname")->text()].insert(check.find("exp_alerts") != nullptr);
      }
    }
  }
  for (const RuleDefinition& rule : library_rules()) {
    EXPECT_EQ(tested[rule.alert].size(), 2U) << rule.alert;
  }
}

}  // namespace
}  // namespace a2od
