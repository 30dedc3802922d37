#include "rules/alerting/rule_test/test_file.hpp"

#include "config/duration.hpp"
#include "config/quote.hpp"
#include "rules/alerting/file_reader.hpp"
#include "rules/alerting/rule_test/series_notation.hpp"
#include "rules/promql/expression.hpp"

#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

namespace a2od {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFileKeys[] = {"rule_files", "evaluation_interval", "group_eval_order", "tests",
                                          "fuzzy_compare"};
constexpr std::string_view kTestKeys[] = {
    "name",         "interval",       "input_series", "alert_rule_test", "promql_expr_test", "external_labels",
    "external_url", "start_timestamp"};
constexpr std::string_view kSeriesKeys[] = {"series", "values"};
constexpr std::string_view kAlertCheckKeys[] = {"eval_time", "alertname", "exp_alerts"};
constexpr std::string_view kAlertKeys[] = {"exp_labels", "exp_annotations"};
constexpr std::string_view kExpressionCheckKeys[] = {"expr", "eval_time", "exp_samples"};
constexpr std::string_view kSampleKeys[] = {"labels", "value", "histogram"};

class TestFileReader : public FileReader {
 public:
  using FileReader::FileReader;

  RuleTestFile read() {
    RuleTestFile tests{.file = file(), .evaluation_interval = 1min};
    if (!is_mapping(root(), "a file of rule tests", kFileKeys)) return tests;
    tests.rule_files = read_texts(root(), "rule_files");
    tests.group_order = read_texts(root(), "group_eval_order");
    tests.fuzzy = read_text(root(), "fuzzy_compare") == "true";
    tests.evaluation_interval = positive(read_duration(root(), "evaluation_interval"), tests.evaluation_interval);
    for (const Node& node : items(root(), "tests")) tests.tests.push_back(read_test(node, tests.evaluation_interval));
    return tests;
  }

 private:
  static Milliseconds positive(std::optional<Milliseconds> given, Milliseconds otherwise) {
    return given && *given > Milliseconds{0} ? *given : otherwise;
  }

  std::vector<std::string> read_texts(const Node& parent, std::string_view key) {
    std::vector<std::string> texts;
    for (const Node& item : items(parent, key)) texts.push_back(item.text());
    return texts;
  }

  std::map<std::string, std::string> read_map(const Node& parent, std::string_view key) {
    std::map<std::string, std::string> map;
    const Node* node = parent.find(key);
    if (node == nullptr || node->kind() == Node::Kind::null) return map;
    if (node->kind() != Node::Kind::mapping) report(node->position(), "expected a mapping of names to texts");
    for (const Node::Entry& entry : node->entries()) map.emplace(entry.key, entry.value.text());
    return map;
  }

  RuleTest read_test(const Node& node, Milliseconds evaluation_interval) {
    RuleTest test{.position = node.position(), .interval = evaluation_interval};
    if (!is_mapping(node, "a test", kTestKeys)) return test;
    test.name = read_text(node, "name");
    test.interval = positive(read_duration(node, "interval"), evaluation_interval);
    test.external_labels = read_map(node, "external_labels");
    test.external_url = read_text(node, "external_url");
    if (const Node* start = node.find("start_timestamp"))
      report(start->position(), "start_timestamp is not supported: time begins at 0");
    for (const Node& series : items(node, "input_series")) read_series(series, test);
    for (const Node& check : items(node, "alert_rule_test")) read_alert_check(check, test);
    for (const Node& check : items(node, "promql_expr_test")) read_expression_check(check, test);
    return test;
  }

  void read_series(const Node& node, RuleTest& test) {
    if (!is_mapping(node, "a series", kSeriesKeys)) return;
    const auto labels = parse_series(read_text(node, "series"));
    const auto samples = parse_samples(read_text(node, "values"));
    if (!labels) report(node.find("series")->position(), labels.error().message);
    if (!samples) report(node.find("values")->position(), samples.error().message);
    if (labels && labels->empty()) report(node.position(), "a series needs a name or labels under 'series'");
    if (labels && samples) test.series.push_back({*labels, *samples});
  }

  Milliseconds read_time(const Node& node) { return read_duration(node, "eval_time").value_or(Milliseconds{0}); }

  void read_alert_check(const Node& node, RuleTest& test) {
    if (!is_mapping(node, "an alert's test", kAlertCheckKeys)) return;
    AlertCheck check{.position = node.position(), .at = read_time(node), .alertname = read_text(node, "alertname")};
    if (check.alertname.empty()) report(node.position(), "an alert's test needs an 'alertname'");
    for (const Node& alert : items(node, "exp_alerts")) {
      if (!is_mapping(alert, "an expected alert", kAlertKeys)) continue;
      const auto labels = read_map(alert, "exp_labels");
      check.alerts.push_back({Labels::from({labels.begin(), labels.end()}).with("alertname", check.alertname),
                              read_map(alert, "exp_annotations")});
    }
    test.alert_checks.push_back(std::move(check));
  }

  void read_expression_check(const Node& node, RuleTest& test) {
    if (!is_mapping(node, "an expression's test", kExpressionCheckKeys)) return;
    ExpressionCheck check{.position = node.position(), .at = read_time(node), .expression = read_text(node, "expr")};
    if (const auto parsed = promql::Expression::parse(check.expression); !parsed) {
      const Node* text = node.find("expr");
      report(text == nullptr ? node.position() : text->position_of(parsed.error().begin), parsed.error().message);
    }
    for (const Node& sample : items(node, "exp_samples")) read_sample(sample, check);
    test.expression_checks.push_back(std::move(check));
  }

  void read_sample(const Node& node, ExpressionCheck& check) {
    if (!is_mapping(node, "an expected sample", kSampleKeys)) return;
    if (const Node* histogram = node.find("histogram"))
      return report(histogram->position(), "native histograms are not supported");
    const auto labels = parse_series(read_text(node, "labels"));
    if (!labels) report(node.find("labels")->position(), labels.error().message);
    const auto value = read_number(node);
    if (labels && value) check.samples.push_back({*labels, *value});
  }

  std::optional<double> read_number(const Node& node) {
    const std::string text = read_text(node, "value");
    const auto samples = parse_samples(text.empty() ? "0" : text);
    if (samples && samples->size() == 1 && samples->front()) return *samples->front();
    report(node.find("value")->position(), "'value' is " + quote(text) + ", expected a number");
    return std::nullopt;
  }
};

}  // namespace

std::expected<RuleTestFile, Problems> read_rule_test_file(const std::string& path) {
  const auto document = read_document(path);
  if (!document) return std::unexpected(document.error());
  TestFileReader reader(*document);
  auto tests = reader.read();
  if (auto problems = reader.take_problems(); !problems.empty()) return std::unexpected(std::move(problems));
  return tests;
}

}  // namespace a2od
