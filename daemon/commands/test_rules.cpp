#include "config/matching_files.hpp"
#include "daemon/commands/commands.hpp"
#include "rules/alerting/rule_test/run_test.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

namespace a2od {

namespace {

struct Outcome {
  std::string name;
  double seconds = 0;
  std::vector<TestFailure> failures;
};

/// A file that could not be read has no outcomes, but problems.
struct FileOutcome {
  std::string file;
  std::vector<Outcome> tests;
  Problems problems;
};

std::expected<std::vector<GroupDefinition>, Problems> groups_of(const RuleTestFile& file) {
  const auto folder = std::filesystem::path(file.file).parent_path();
  std::vector<std::string> paths;
  for (const auto& pattern : file.rule_files) {
    const auto found = matching_files(folder.empty() ? "." : folder, pattern);
    if (found.empty())
      return std::unexpected(Problems{{file.file, {}, fmt::format("rule_files: no file matches '{}'", pattern)}});
    paths.insert(paths.end(), found.begin(), found.end());
  }
  return read_rule_files(paths);
}

std::string name_of(const RuleTest& test) {
  return test.name.empty() ? fmt::format("test in line {}", test.position.line) : test.name;
}

FileOutcome run_file(const std::string& path, const RE2* wanted) {
  FileOutcome outcome{.file = path};
  const auto file = read_rule_test_file(path);
  if (!file) {
    outcome.problems = file.error();
    return outcome;
  }
  const auto groups = groups_of(*file);
  if (!groups) {
    outcome.problems = groups.error();
    return outcome;
  }
  for (const auto& test : file->tests) {
    if (wanted != nullptr && !RE2::PartialMatch(test.name, *wanted)) continue;
    const auto started = std::chrono::steady_clock::now();
    auto failures = run_rule_test(test, *file, *groups);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    outcome.tests.push_back({name_of(test), took.count(), std::move(failures)});
  }
  return outcome;
}

std::size_t failed_tests(const FileOutcome& outcome) {
  std::size_t failed = 0;
  for (const auto& test : outcome.tests) failed += test.failures.empty() ? 0 : 1;
  return failed;
}

void print_outcome(const FileOutcome& outcome) {
  if (!outcome.problems.empty()) {
    print(outcome.problems);
    return;
  }
  const auto failed = failed_tests(outcome);
  if (failed == 0) {
    fmt::print("{}: {} tests passed\n", outcome.file, outcome.tests.size());
    return;
  }
  for (const auto& test : outcome.tests) {
    for (const auto& failure : test.failures) {
      fmt::print("{}:{}:{}: {}: {}\n", outcome.file, failure.position.line, failure.position.column, test.name,
                 failure.what);
      for (const auto& line : failure.lines) fmt::print("    {}\n", line);
    }
  }
  fmt::print("{}: {} of {} tests failed (- expected, + found)\n", outcome.file, failed, outcome.tests.size());
}

std::string escaped_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      out += "?";
    } else {
      out += c;
    }
  }
  return out;
}

std::string junit_case(const FileOutcome& outcome, const Outcome& test) {
  auto text = fmt::format("    <testcase name=\"{}\" classname=\"{}\" time=\"{:.3f}\">\n", escaped_xml(test.name),
                          escaped_xml(outcome.file), test.seconds);
  for (const auto& failure : test.failures) {
    text += fmt::format("      <failure message=\"{}\">", escaped_xml(failure.what));
    for (const auto& line : failure.lines) text += escaped_xml(line) + "\n";
    text += "</failure>\n";
  }
  return text + "    </testcase>\n";
}

/// As Jenkins, GitLab and GitHub read it.
std::string junit(const std::vector<FileOutcome>& outcomes) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& outcome : outcomes) {
    text +=
        fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n", escaped_xml(outcome.file),
                    outcome.tests.size(), failed_tests(outcome), outcome.problems.size());
    for (const auto& problem : outcome.problems)
      text += fmt::format("    <testcase name=\"reading\"><error message=\"{}\"/></testcase>\n",
                          escaped_xml(to_string(problem)));
    for (const auto& test : outcome.tests) text += junit_case(outcome, test);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace

int test_rules(const std::vector<std::string>& files, const std::string& run, const std::string& junit_file) {
  const RE2 wanted(run, RE2::Quiet);
  if (!wanted.ok()) {
    fmt::print(stderr, "a2od: --run: {}\n", wanted.error());
    return 2;
  }
  std::vector<FileOutcome> outcomes;
  bool good = true;
  for (const auto& file : files) {
    outcomes.push_back(run_file(file, run.empty() ? nullptr : &wanted));
    print_outcome(outcomes.back());
    good = good && outcomes.back().problems.empty() && failed_tests(outcomes.back()) == 0;
  }
  if (!junit_file.empty()) {
    std::ofstream out(junit_file, std::ios::binary);
    out << junit(outcomes);
    if (!out.flush()) {
      fmt::print(stderr, "a2od: {} cannot be written\n", junit_file);
      return 1;
    }
  }
  return good ? 0 : 1;
}

}  // namespace a2od
