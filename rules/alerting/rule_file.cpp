#include "config/quote.hpp"
#include "rules/alerting/file_reader.hpp"
#include "rules/alerting/group.hpp"
#include "rules/alerting/template.hpp"
#include "rules/promql/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace a2od {
namespace {

constexpr std::string_view kFileKeys[] = {"groups"};
constexpr std::string_view kGroupKeys[] = {"name", "interval", "query_offset", "limit", "labels", "rules"};
constexpr std::string_view kRuleKeys[] = {"alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"};

enum class Templates { checked, plain };

/// Reads one document and gathers everything that is wrong with it.
class RuleFileReader : public FileReader {
 public:
  RuleFileReader(const Document& document, bool legacy_names) : FileReader(document), legacy_names_(legacy_names) {}
  std::vector<GroupDefinition> read();

 private:
  GroupDefinition read_group(const Node& node);
  RuleDefinition read_rule(const Node& node);
  void check_record(const RuleDefinition& rule, const Node& node);
  void check_expression(const Node& expression);

  std::uint64_t read_limit(const Node& parent);
  enum class Texts { labels, annotations };
  std::map<std::string, std::string> read_texts(const Node& parent, Texts kind, Templates templates);
  void check_template(const Node& text);

  bool legacy_names_;
};

/// Letters, digits and underscores; of a metric's name colons, too.
bool is_legacy_name(std::string_view name, bool metric) {
  const auto fits = [metric](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (metric && c == ':');
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, fits);
}

std::vector<GroupDefinition> RuleFileReader::read() {
  std::vector<GroupDefinition> groups;
  if (root().kind() == Node::Kind::null || !is_mapping(root(), "a rule file", kFileKeys)) return groups;
  std::set<std::string> names;
  for (const Node& node : items(root(), "groups")) {
    GroupDefinition group = read_group(node);
    if (!group.name.empty() && !names.insert(group.name).second) {
      report(node.position(), fmt::format("group {} is in the file twice, its name must be unique", quote(group.name)));
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

GroupDefinition RuleFileReader::read_group(const Node& node) {
  GroupDefinition group;
  group.file = file();
  if (!is_mapping(node, "a group", kGroupKeys)) return group;
  group.name = read_text(node, "name");
  if (group.name.empty()) report(node.position(), "a group needs a 'name'");
  group.interval = read_duration(node, "interval");
  if (group.interval == Milliseconds(0)) group.interval.reset();
  group.query_offset = read_duration(node, "query_offset");
  group.limit = read_limit(node);
  group.labels = read_texts(node, Texts::labels, Templates::checked);
  for (const Node& rule : items(node, "rules")) group.rules.push_back(read_rule(rule));
  return group;
}

RuleDefinition RuleFileReader::read_rule(const Node& node) {
  RuleDefinition rule;
  rule.position = node.position();
  if (!is_mapping(node, "a rule", kRuleKeys)) return rule;
  rule.alert = read_text(node, "alert");
  rule.record = read_text(node, "record");
  rule.expression = read_text(node, "expr");
  rule.hold_for = read_duration(node, "for").value_or(Milliseconds(0));
  rule.keep_firing_for = read_duration(node, "keep_firing_for").value_or(Milliseconds(0));
  const auto templates = rule.record.empty() ? Templates::checked : Templates::plain;
  rule.labels = read_texts(node, Texts::labels, templates);
  rule.annotations = read_texts(node, Texts::annotations, templates);

  if (!rule.alert.empty() && !rule.record.empty()) {
    report(node.find("record")->position(), "a rule has 'alert' or 'record', not both");
  } else if (rule.alert.empty() && rule.record.empty()) {
    report(node.position(), "a rule needs 'alert' or 'record'");
  }
  if (!rule.record.empty()) check_record(rule, node);
  if (rule.expression.empty()) {
    report(node.position(), fmt::format("rule {} needs an 'expr'", quote(rule.name())));
  } else {
    rule.source.node = *node.find("expr");
    check_expression(rule.source.node);
  }
  return rule;
}

void RuleFileReader::check_record(const RuleDefinition& rule, const Node& node) {
  if (rule.record.find_first_of("{}") != std::string::npos) {
    report(node.find("record")->position(),
           fmt::format("{} has braces, expected a metric name: labels belong under 'labels'", quote(rule.record)));
  } else if (legacy_names_ && !is_legacy_name(rule.record, true)) {
    report(node.find("record")->position(), fmt::format("{} is a name for Prometheus 3 alone", quote(rule.record)));
  }
  for (const std::string_view key : {"for", "keep_firing_for", "annotations"}) {
    if (const Node* value = node.find(key); value != nullptr && value->kind() != Node::Kind::null) {
      report(value->position(), fmt::format("a recording rule has no '{}', only an alerting rule does", key));
    }
  }
}

void RuleFileReader::check_expression(const Node& expression) {
  const auto parsed = promql::Expression::parse(expression.text());
  if (!parsed) return report(expression.position_of(parsed.error().begin), parsed.error().message);
  if (parsed->type() != promql::ValueType::vector && parsed->type() != promql::ValueType::scalar) {
    report(expression.position(),
           "the expression yields a range of samples or a text, a rule needs a vector or a scalar");
  }
}

std::uint64_t RuleFileReader::read_limit(const Node& parent) {
  const std::string text = read_text(parent, "limit");
  if (text.empty()) return 0;
  std::int64_t limit = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    report(parent.find("limit")->position(), fmt::format("'limit' is {}, expected a whole number", quote(text)));
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(limit, 0));
}

std::map<std::string, std::string> RuleFileReader::read_texts(const Node& parent, Texts kind, Templates templates) {
  const std::string_view key = kind == Texts::labels ? "labels" : "annotations";
  std::map<std::string, std::string> texts;
  const Node* node = parent.find(key);
  if (node == nullptr || node->kind() == Node::Kind::null) return texts;
  if (node->kind() != Node::Kind::mapping) {
    report(node->position(), fmt::format("'{}' must be a mapping of names to texts", key));
    return texts;
  }
  for (const Node::Entry& entry : node->entries()) {
    if (entry.key.empty() || (kind == Texts::labels && entry.key == kMetricName)) {
      report(entry.position, fmt::format("{} is not a name that '{}' may have", quote(entry.key), key));
    } else if (legacy_names_ && !is_legacy_name(entry.key, false)) {
      report(entry.position, fmt::format("{} is a name for Prometheus 3 alone", quote(entry.key)));
    }
    const bool is_text = entry.value.kind() == Node::Kind::scalar || entry.value.kind() == Node::Kind::null;
    if (!is_text) report(entry.value.position(), fmt::format("{} must be a text", quote(entry.key)));
    if (is_text && templates == Templates::checked) check_template(entry.value);
    texts.emplace(entry.key, entry.value.text());
  }
  return texts;
}

void RuleFileReader::check_template(const Node& text) {
  const auto parsed = Template::parse(text.text());
  if (!parsed) report(text.position_of(parsed.error().offset), "template: " + parsed.error().message);
}

std::expected<std::vector<GroupDefinition>, Problems> read_document_groups(
    const std::expected<Document, Problems>& document, const RuleFileOptions& options) {
  if (!document) return std::unexpected(document.error());
  if (document->left_out && options.warnings != nullptr)
    options.warnings->push_back(
        {document->file, *document->left_out, "a second document begins: it is left out, as Prometheus does"});
  RuleFileReader reader(*document, options.legacy_names);
  auto groups = reader.read();
  Problems problems = reader.take_problems();
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return groups;
}

}  // namespace

std::expected<std::vector<GroupDefinition>, Problems> parse_rule_file(std::string file, std::string_view text,
                                                                      RuleFileOptions options) {
  return read_document_groups(parse_document(std::move(file), text, Documents::first), options);
}

std::expected<std::vector<GroupDefinition>, Problems> read_rule_files(std::span<const std::string> paths,
                                                                      RuleFileOptions options) {
  std::vector<GroupDefinition> groups;
  Problems problems;
  for (const std::string& path : paths) {
    auto read = read_document_groups(read_document(path, Documents::first), options);
    if (read) {
      std::ranges::move(*read, std::back_inserter(groups));
    } else {
      std::ranges::move(read.error(), std::back_inserter(problems));
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return groups;
}

}  // namespace a2od
