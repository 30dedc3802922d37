// Cases taken from Prometheus' own tests: template expansion, rule files, rule evaluation. Skipped where they are
// absent.
#include "rules/alerting/group.hpp"
#include "rules/alerting/template/execute.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace a2od {
namespace {

namespace json = boost::json;
using templates::Value;

const std::filesystem::path kFolder = std::filesystem::path(A2OD_SOURCE_DIR) / ".." / "shared" / "conformance";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string text_of(const json::value& value) { return std::string(value.as_string()); }
std::string text_or(const json::object& object, std::string_view key, std::string_view otherwise) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? text_of(*value) : std::string(otherwise);
}
std::int64_t integer_or(const json::object& object, std::string_view key, std::int64_t otherwise) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? otherwise : value->as_int64();
}

/// Empty where the folder is absent.
json::value load(std::string_view name) {
  const auto path = kFolder / fmt::format("{}.json", name);
  return std::filesystem::exists(path) ? json::parse(read_file(path)) : json::value();
}

double number(const json::value& value) {
  if (value.is_string()) return std::stod(text_of(value));
  return value.to_number<double>();
}

Value input_of(const json::object& one) {
  const auto* input = one.if_contains("input");
  if (input == nullptr) return {};
  const json::object& given = input->as_object();
  const std::string type = text_or(given, "type", "");
  const auto convert = [&](const json::value& item) {
    return type == "[]string" ? Value{text_of(item)} : Value{number(item)};
  };
  if (!given.at("value").is_array()) return convert(given.at("value"));
  templates::List items;
  for (const json::value& item : given.at("value").as_array()) items.push_back(convert(item));
  return Value::list(std::move(items));
}

Labels labels_of(const json::object& object) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : object) pairs.emplace_back(name, value.as_string());
  return Labels::from(std::move(pairs));
}

/// What the implementation leaves out on purpose: HTML templates, native histograms, and Go's time and duration types.
bool is_left_out(const json::object& one) {
  if (!one.at("core").as_bool()) return true;
  const std::set<std::string_view> kLeftOut = {"fn:toTime", "fn:toDuration"};
  return std::ranges::any_of(one.at("features").as_array(),
                             [&](const json::value& feature) { return kLeftOut.contains(feature.as_string()); });
}

TEST(Conformance, TemplatesExpandAsInPrometheus) {
  const json::value set = load("template_expansion");
  if (set.is_null()) GTEST_SKIP() << "no conformance cases at " << kFolder;
  int run = 0;
  for (const json::value& value : set.at("cases").as_array()) {
    const json::object& one = value.as_object();
    if (is_left_out(one)) continue;
    ++run;
    templates::Environment environment;
    environment.external_url = text_of(set.at("external_url"));
    environment.now = Timestamp(Milliseconds(set.at("timestamp_ms").as_int64()));
    environment.query = [&](std::string_view) -> Result<promql::Vector> {
      promql::Vector vector;
      for (const json::value& sample : one.at("queryResult").as_array()) {
        vector.push_back({labels_of(sample.at("labels").as_object()), number(sample.at("value"))});
      }
      return vector;
    };
    const auto parsed = templates::parse(text_of(one.at("text")), {});
    const auto expanded = parsed ? templates::execute(*parsed, input_of(one), {}, environment)
                                 : std::expected<std::string, templates::SyntaxError>(std::unexpected(parsed.error()));
    if (one.at("shouldFail").as_bool()) {
      EXPECT_FALSE(expanded) << one.at("id");
      continue;
    }
    ASSERT_TRUE(expanded) << one.at("id") << " " << expanded.error().message;
    EXPECT_EQ(*expanded, text_of(one.at("output"))) << one.at("id");
  }
  EXPECT_GE(run, 44);
}

/// Where we are stricter than Prometheus, or it needs what we do not have.
const std::map<std::string_view, std::string_view> kFilesLeftOut = {
    {"rules/rulefmt:legacy_validation_annotation.bad.yaml", "only UTF-8 names are known"},
    {"rules/rulefmt_test.go:TestMultiDocParse:multi", "a second document is an error, not a warning"},
    {"rules/rulefmt_test.go:TestMultiDocParse:multiEmpty", "a second document is an error, not a warning"},
};

TEST(Conformance, RuleFilesAreAcceptedAsInPrometheus) {
  const json::value set = load("rules_files");
  if (set.is_null()) GTEST_SKIP() << "no conformance cases at " << kFolder;
  for (const json::value& value : set.at("cases").as_array()) {
    const json::object& one = value.as_object();
    if (kFilesLeftOut.contains(one.at("id").as_string())) continue;
    const auto* content = one.if_contains("content");
    const std::string text =
        content != nullptr ? text_of(*content) : read_file(kFolder / text_of(one.at("files").at(0).at("path")));
    const auto groups = parse_rule_file("rules.yml", text);
    EXPECT_EQ(groups.has_value(), one.at("valid").as_bool())
        << one.at("id") << (groups ? "" : "\n" + to_string(groups.error().front()));
    if (const auto* total = one.if_contains("errors_total"); total != nullptr && !groups) {
      EXPECT_EQ(static_cast<std::int64_t>(groups.error().size()), total->as_int64()) << one.at("id");
    }
  }
}

void load_series(Store& store, const json::object& one) {
  std::map<std::int64_t, std::vector<std::pair<Labels, double>>> by_time;
  for (const json::value& load : one.at("loads").as_array()) {
    for (const json::value& series : load.at("series").as_array()) {
      for (const json::value& sample : series.at("samples").as_array()) {
        const bool stale = sample.at(1).as_string() == "stale";
        by_time[sample.at(0).as_int64()].emplace_back(labels_of(series.at("labels").as_object()),
                                                      stale ? stale_marker() : number(sample.at(1)));
      }
    }
  }
  for (const auto& [at, samples] : by_time) {
    for (const auto& [labels, sample] : samples) store.append(labels, Timestamp(Milliseconds(at)), sample);
  }
}

std::map<std::string, std::string> texts_of(const json::object& rule, std::string_view key) {
  std::map<std::string, std::string> texts;
  const auto* given = rule.if_contains(key);
  if (given == nullptr) return texts;
  for (const auto& [name, value] : given->as_object()) texts.emplace(name, value.as_string());
  return texts;
}

GroupDefinition definition_of(const json::object& one) {
  const json::object& given = one.at("rule").as_object();
  RuleDefinition rule;
  rule.alert = text_or(given, "alert", "");
  rule.record = text_or(given, "record", "");
  rule.expression = text_of(given.at("expr"));
  rule.hold_for = Milliseconds(integer_or(given, "for_ms", 0));
  rule.keep_firing_for = Milliseconds(integer_or(given, "keep_firing_for_ms", 0));
  rule.labels = texts_of(given, "labels");
  rule.annotations = texts_of(given, "annotations");
  GroupDefinition group;
  group.name = "g";
  group.rules = {rule};
  group.limit = static_cast<std::uint64_t>(std::max<std::int64_t>(integer_or(one, "limit", 0), 0));
  group.query_offset = Milliseconds(integer_or(one, "query_offset_ms", 0));
  return group;
}

GroupOptions options_of(const json::object& one) {
  GroupOptions options;
  options.hold = false;
  options.external_url = text_or(one, "external_url", "");
  options.external_labels = texts_of(one, "external_labels");
  return options;
}

/// Series of that name with a sample at exactly that time: their labels without the name, and values.
std::map<Labels, double> written(Store& store, std::string_view name, Timestamp at) {
  std::map<Labels, double> found;
  const Snapshot snapshot = store.snapshot();
  for (const SeriesRef ref : snapshot.select(std::vector{Matcher::equal("__name__", std::string(name))})) {
    if (const auto sample = snapshot.latest(ref, at, Milliseconds(1))) {
      found.emplace(snapshot.labels(ref).with(kMetricName, ""), sample->value);
    }
  }
  return found;
}

std::map<Labels, double> expected_of(const json::object& step, std::string_view key) {
  std::map<Labels, double> expected;
  for (const json::value& entry : step.at(key).as_array()) {
    const json::object& object = entry.as_object();
    if (key == "ALERTS") expected.emplace(labels_of(object), 1);
    if (key == "ALERTS_FOR_STATE")
      expected.emplace(labels_of(object.at("labels").as_object()), number(object.at("value_s")));
    if (key == "samples") {
      expected.emplace(labels_of(object.at("labels").as_object()).with(kMetricName, ""), number(object.at("value")));
    }
  }
  return expected;
}

TEST(Conformance, RulesEvaluateAsInPrometheus) {
  const json::value set = load("rules_eval");
  if (set.is_null()) GTEST_SKIP() << "no conformance cases at " << kFolder;
  int steps = 0;
  for (const json::value& value : set.at("cases").as_array()) {
    const json::object& one = value.as_object();
    if (one.at("steps").as_array().empty()) continue;
    Store store;
    load_series(store, one);
    const GroupDefinition definition = definition_of(one);
    Group group(definition, options_of(one));
    for (const json::value& step_value : one.at("steps").as_array()) {
      const json::object& step = step_value.as_object();
      const Timestamp at(Milliseconds(step.at("t_ms").as_int64()));
      const auto evaluation = group.evaluate(store, at);
      EXPECT_EQ(evaluation.failed_rules, step.contains("error") ? 1U : 0U) << one.at("id");
      for (const std::string_view key : {"ALERTS", "ALERTS_FOR_STATE", "samples"}) {
        if (!step.contains(key)) continue;
        const std::string name = key == "samples" ? definition.rules[0].record : std::string(key);
        EXPECT_EQ(written(store, name, at - *definition.query_offset), expected_of(step, key))
            << one.at("id") << " at " << step.at("t_ms");
        ++steps;
      }
    }
  }
  EXPECT_GE(steps, 30);
}

TEST(Conformance, ThePendingTimeIsRestoredAsInPrometheus) {
  const json::value set = load("rules_eval");
  if (set.is_null()) GTEST_SKIP() << "no conformance cases at " << kFolder;
  for (const json::value& value : set.at("cases").as_array()) {
    const json::object& one = value.as_object();
    if (!one.contains("expect_after_restore")) continue;
    Store store;
    load_series(store, one);
    Group before(definition_of(one), options_of(one));
    for (const json::value& at : one.at("before_restart_eval_t_ms").as_array()) {
      before.evaluate(store, Timestamp(Milliseconds(at.as_int64())));
    }
    Group after(definition_of(one), options_of(one));
    after.restore(before.save());
    after.evaluate(store, Timestamp(Milliseconds(one.at("restart_eval_and_restore_t_ms").as_int64())));
    std::map<Labels, std::int64_t> expected;
    for (const json::value& alert : one.at("expect_after_restore").at("active").as_array()) {
      expected.emplace(labels_of(alert.at("labels").as_object()), alert.at("active_at_ms").as_int64());
    }
    std::map<Labels, std::int64_t> found;
    const auto statuses = after.status();
    for (const ActiveAlert& alert : statuses.at(0).alerts) {
      found.emplace(alert.labels, alert.active_at.time_since_epoch().count());
    }
    EXPECT_EQ(found, expected) << one.at("id");
  }
}

}  // namespace
}  // namespace a2od
