// The rules that are shipped: each has what an operator needs, and their unit tests pass here as they do in promtool.
#include "config/document.hpp"
#include "config/duration.hpp"
#include "rules/alerting/group.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <charconv>
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

/// The samples of promtool's series notation that these tests use: a+bxn, axn, _xn and single values.
std::vector<std::optional<double>> samples_of(const std::string& text) {
  std::vector<std::optional<double>> samples;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t times = word.find('x');
    const int count = times == std::string::npos ? 0 : std::stoi(word.substr(times + 1));
    if (word[0] == '_') {
      samples.insert(samples.end(), static_cast<std::size_t>(std::max(count, 1)), std::nullopt);
      continue;
    }
    const std::string shape = word.substr(0, times);  // or else stod would read 0x9 as a hexadecimal number
    const std::size_t plus = shape.find('+');
    const double first = std::stod(shape.substr(0, plus));
    const double step = plus == std::string::npos ? 0 : std::stod(shape.substr(plus + 1));
    for (int index = 0; index <= count; ++index) samples.emplace_back(first + step * index);
  }
  return samples;
}

/// name{a="b",c="d"}
Labels series_of(const std::string& text) {
  const std::size_t open = std::min(text.find('{'), text.size());
  std::vector<std::pair<std::string, std::string>> owned = {{"__name__", text.substr(0, open)}};
  for (std::size_t at = open + 1; at < text.size() && text[at] != '}';) {
    const std::size_t equals = text.find("=\"", at);
    const std::size_t end = text.find('"', equals + 2);
    owned.emplace_back(text.substr(at, equals - at), text.substr(equals + 2, end - equals - 2));
    at = end + (text[end + 1] == ',' ? 2 : 1);
  }
  return Labels::from({owned.begin(), owned.end()});
}

struct Feed {
  Labels series;
  std::vector<std::optional<double>> samples;
  std::size_t next = 0;
};

struct Expected {
  Labels labels;
  std::map<std::string, std::string> annotations;
};

std::map<std::string, std::string> texts_of(const Node* node) {
  std::map<std::string, std::string> texts;
  if (node == nullptr) return texts;
  for (const Node::Entry& entry : node->entries()) texts.emplace(entry.key, entry.value.text());
  return texts;
}

/// One test of a promtool file: series, and the alerts that fire at some times.
class UnitTest {
 public:
  UnitTest(const Node& node, Milliseconds evaluation_interval, std::vector<GroupDefinition> groups)
      : node_(node), evaluation_interval_(evaluation_interval) {
    interval_ = *parse_duration(node.find("interval")->text());
    for (const Node& series : node.find("input_series")->items()) {
      feeds_.push_back({series_of(series.find("series")->text()), samples_of(series.find("values")->text())});
    }
    for (GroupDefinition& group : groups) groups_.emplace_back(std::move(group), GroupOptions{});
  }

  void run() {
    std::multimap<Milliseconds, Node> checks;
    for (const Node& check : node_.find("alert_rule_test")->items()) {
      checks.emplace(*parse_duration(check.find("eval_time")->text()), check);
    }
    auto next = checks.begin();
    for (Milliseconds now{0}; next != checks.end(); now += evaluation_interval_) {
      feed(now);
      for (Group& group : groups_) group.evaluate(store_, Timestamp(now));
      for (; next != checks.end() && next->first == now; ++next) check(next->second);
    }
  }

 private:
  void feed(Milliseconds until) {
    for (Feed& feed : feeds_) {
      for (; feed.next < feed.samples.size(); ++feed.next) {
        const Milliseconds at = interval_ * feed.next;
        if (at > until) break;
        if (feed.samples[feed.next]) store_.append(feed.series, Timestamp(at), *feed.samples[feed.next]);
      }
    }
  }

  void check(const Node& check) {
    const std::string& name = check.find("alertname")->text();
    std::map<Labels, std::map<std::string, std::string>> expected;
    if (const Node* alerts = check.find("exp_alerts")) {
      for (const Node& alert : alerts->items()) {
        const auto labels = texts_of(alert.find("exp_labels"));
        expected.emplace(Labels::from({labels.begin(), labels.end()}).with("alertname", name),
                         texts_of(alert.find("exp_annotations")));
      }
    }
    std::map<Labels, std::map<std::string, std::string>> found;
    for (const Group& group : groups_) {
      for (const RuleStatus& rule : group.status()) {
        EXPECT_EQ(rule.last_error, std::nullopt) << rule.definition->name();
        for (const ActiveAlert& alert : rule.alerts) {
          if (rule.definition->alert == name && alert.state == AlertState::firing) {
            found.emplace(alert.labels, alert.annotations);
          }
        }
      }
    }
    EXPECT_EQ(found, expected) << name << " at " << check.find("eval_time")->text();
  }

  Node node_;
  Milliseconds evaluation_interval_;
  Milliseconds interval_{};
  std::vector<Feed> feeds_;
  std::vector<Group> groups_;
  Store store_;
};

TEST(Library, ItsUnitTestsPass) {
  for (const std::string& path : files_in(kLibrary / "tests")) {
    SCOPED_TRACE(path);
    const auto document = read_document(path);
    ASSERT_TRUE(document);
    std::vector<std::string> rule_files;
    for (const Node& file : document->root.find("rule_files")->items()) {
      rule_files.push_back((kLibrary / "tests" / file.text()).string());
    }
    const Milliseconds interval = *parse_duration(document->root.find("evaluation_interval")->text());
    for (const Node& test : document->root.find("tests")->items()) {
      UnitTest(test, interval, groups_of(rule_files)).run();
    }
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
