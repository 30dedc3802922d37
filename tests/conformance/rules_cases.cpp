// Cases of rules: files that are accepted or not, templates, evaluations step by step, unit tests in promtool's format.
#include "case.hpp"
#include "config/matching_files.hpp"
#include "rules/alerting/group.hpp"
#include "rules/alerting/rule_test/run_test.hpp"
#include "rules/alerting/template/execute.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::conformance {
namespace {

namespace json = boost::json;
using templates::Value;

const Result kPassed{};
Result failed(std::string detail) { return {Outcome::failed, std::move(detail)}; }

std::string text_or(const json::object& object, std::string_view key, std::string_view otherwise) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? text_of(*value) : std::string(otherwise);
}
std::int64_t integer_or(const json::object& object, std::string_view key, std::int64_t otherwise) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? otherwise : value->as_int64();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Value input_of(const json::object& one) {
  const auto* input = one.if_contains("input");
  if (input == nullptr) return {};
  const json::object& given = input->as_object();
  const std::string type = text_or(given, "type", "");
  const auto convert = [&](const json::value& item) {
    return type == "[]string" ? Value{text_of(item)} : Value{number_of(item)};
  };
  if (!given.at("value").is_array()) return convert(given.at("value"));
  templates::List items;
  for (const json::value& item : given.at("value").as_array()) items.push_back(convert(item));
  return Value::list(std::move(items));
}

/// In order of time, over all loads.
void load_in_order(Store& store, const json::object& one) {
  std::map<std::int64_t, std::vector<std::pair<Labels, double>>> by_time;
  for (const json::value& load : one.at("loads").as_array()) {
    for (const json::value& series : load.at("series").as_array()) {
      for (const json::value& sample : series.at("samples").as_array()) {
        const bool stale = sample.at(1).is_string() && sample.at(1).as_string() == "stale";
        by_time[sample.at(0).as_int64()].emplace_back(labels_of(series.at("labels")),
                                                      stale ? stale_marker() : number_of(sample.at(1)));
      }
    }
  }
  for (const auto& [at, samples] : by_time)
    for (const auto& [labels, sample] : samples) store.append(labels, Timestamp(Milliseconds(at)), sample);
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
    if (key == "ALERTS") expected.emplace(labels_of(entry), 1);
    if (key == "ALERTS_FOR_STATE") expected.emplace(labels_of(object.at("labels")), number_of(object.at("value_s")));
    if (key == "samples") {
      expected.emplace(labels_of(object.at("labels")).with(kMetricName, ""), number_of(object.at("value")));
    }
  }
  return expected;
}

std::string shown(const std::map<Labels, double>& samples) {
  std::string text;
  for (const auto& [labels, value] : samples) text += fmt::format("{} {}; ", labels.to_string(), value);
  return text;
}

Result run_restore(const json::object& one) {
  Store store;
  load_in_order(store, one);
  Group before(definition_of(one), options_of(one));
  for (const json::value& at : one.at("before_restart_eval_t_ms").as_array())
    before.evaluate(store, Timestamp(Milliseconds(at.as_int64())));
  Group after(definition_of(one), options_of(one));
  after.restore(before.save());
  after.evaluate(store, Timestamp(Milliseconds(one.at("restart_eval_and_restore_t_ms").as_int64())));
  std::map<Labels, double> expected;
  for (const json::value& alert : one.at("expect_after_restore").at("active").as_array())
    expected.emplace(labels_of(alert.at("labels")), static_cast<double>(alert.at("active_at_ms").as_int64()));
  std::map<Labels, double> found;
  const auto statuses = after.status();
  for (const ActiveAlert& alert : statuses.at(0).alerts)
    found.emplace(alert.labels, static_cast<double>(alert.active_at.time_since_epoch().count()));
  return found == expected ? kPassed : failed(fmt::format("active since: {}", shown(found)));
}

Result run_query_offsets(const json::object& one) {
  const auto groups = parse_rule_file("rules.yml", text_of(one.at("config")));
  if (!groups) return failed(to_string(groups.error().front()));
  const Milliseconds usual(one.at("default_query_offset_ms").as_int64());
  for (const GroupDefinition& group : *groups) {
    const auto expected = one.at("expect_query_offset_ms").at(group.name).as_int64();
    if (group.query_offset.value_or(usual).count() != expected) return failed("another offset of " + group.name);
  }
  return kPassed;
}

/// Everything that a series has from the beginning on, stale markers included, beside what is expected.
Result run_staleness(const json::object& one) {
  Store store;
  std::map<std::int64_t, std::vector<std::pair<Labels, double>>> input;
  for (const auto& [name, samples] : one.at("input").as_object())
    for (const json::value& sample : samples.as_array())
      input[sample.at(0).as_int64()].emplace_back(Labels{{kMetricName, std::string_view(name)}},
                                                  number_of(sample.at(1)));
  Group group(definition_of(one), options_of(one));
  for (const json::value& at : one.at("eval_t_ms").as_array()) {
    for (const auto& [labels, value] : input[at.as_int64()])
      store.append(labels, Timestamp(Milliseconds(at.as_int64())), value);
    group.evaluate(store, Timestamp(Milliseconds(at.as_int64())));
  }
  const auto snapshot = store.snapshot();
  for (const auto& [text, samples] : one.at("expect_samples").as_object()) {
    const auto matchers = promql::parse_selector(text);
    const auto refs = snapshot.select(*matchers);
    if (refs.size() != 1) return failed(fmt::format("{} series {}", refs.size(), std::string_view(text)));
    std::string found;
    snapshot.find(refs.front())->visit_all_runs(Timestamp::min(), Timestamp::max(), [&](const SampleRun& run) {
      for (std::uint32_t i = 0; i < run.count; ++i)
        found += fmt::format("{}:{} ", (run.first + run.step * i).time_since_epoch().count(),
                             is_stale_marker(run.value) ? "stale" : fmt::format("{}", run.value));
    });
    std::string expected;
    for (const json::value& sample : samples.as_array())
      expected += fmt::format("{}:{} ", sample.at(0).as_int64(), text_of(sample.at(1)));
    if (found != expected) return failed(found);
  }
  return kPassed;
}

}  // namespace

Result run_template_case(const Set& set, const json::object& test) {
  templates::Environment environment;
  environment.external_url = text_of(set.document.at("external_url"));
  environment.now = Timestamp(Milliseconds(set.document.at("timestamp_ms").as_int64()));
  environment.query = [&](std::string_view) -> a2od::Result<promql::Vector> {
    promql::Vector vector;
    for (const json::value& sample : test.at("queryResult").as_array())
      vector.push_back({labels_of(sample.at("labels")), number_of(sample.at("value"))});
    return vector;
  };
  const auto parsed = templates::parse(text_of(test.at("text")), {.functions = templates::prometheus_functions()});
  const auto expanded = parsed ? templates::execute(*parsed, input_of(test), {}, environment)
                               : std::expected<std::string, templates::SyntaxError>(std::unexpected(parsed.error()));
  if (test.at("shouldFail").as_bool()) return expanded ? failed("expected an error, got " + *expanded) : kPassed;
  if (!expanded) return failed(expanded.error().message);
  return *expanded == text_of(test.at("output")) ? kPassed : failed("got " + *expanded);
}

Result run_rule_file_case(const Set& set, const json::object& test) {
  const auto* content = test.if_contains("content");
  const std::string text =
      content != nullptr ? text_of(*content) : read_file(set.folder / text_of(test.at("files").at(0).at("path")));
  const auto* scheme = test.if_contains("name_validation");
  const auto* warned = test.if_contains("warning_multiple_documents");
  Problems warnings;
  const auto groups = parse_rule_file(
      "rules.yml", text, {.legacy_names = scheme != nullptr && scheme->as_string() == "legacy", .warnings = &warnings});
  if (warnings.empty() == (warned != nullptr && warned->as_bool())) return failed("warned otherwise");
  const auto* loaded = test.if_contains("groups_loaded");
  if (loaded != nullptr && groups && static_cast<std::int64_t>(groups->size()) != loaded->as_int64())
    return failed(fmt::format("{} groups", groups->size()));
  if (groups.has_value() != test.at("valid").as_bool())
    return failed(groups ? "accepted" : to_string(groups.error().front()));
  const auto* total = test.if_contains("errors_total");
  if (total == nullptr || groups || static_cast<std::int64_t>(groups.error().size()) == total->as_int64())
    return kPassed;
  return failed(fmt::format("{} errors", groups.error().size()));
}

Result run_rule_evaluation_case(const Set& /*set*/, const json::object& test) {
  if (test.contains("expect_after_restore")) return run_restore(test);
  if (test.contains("expect_query_offset_ms")) return run_query_offsets(test);
  if (test.contains("expect_samples")) return run_staleness(test);
  Store store;
  load_in_order(store, test);
  const GroupDefinition definition = definition_of(test);
  Group group(definition, options_of(test));
  for (const json::value& step_value : test.at("steps").as_array()) {
    const json::object& step = step_value.as_object();
    const Timestamp at(Milliseconds(step.at("t_ms").as_int64()));
    const auto evaluation = group.evaluate(store, at);
    if (evaluation.failed_rules != (step.contains("error") ? 1U : 0U))
      return failed(fmt::format("{} rules failed at {}", evaluation.failed_rules, json::serialize(step.at("t_ms"))));
    for (const std::string_view key : {"ALERTS", "ALERTS_FOR_STATE", "samples"}) {
      if (!step.contains(key)) continue;
      const std::string name = key == "samples" ? definition.rules[0].record : std::string(key);
      const auto found = written(store, name, at - *definition.query_offset);
      if (found != expected_of(step, key))
        return failed(fmt::format("{} at {}: {}", key, json::serialize(step.at("t_ms")), shown(found)));
    }
  }
  return kPassed;
}

Result run_unit_test_case(const Set& set, const json::object& test) {
  const auto file_name = set.folder / text_of(test.at("files").at(0).at("path"));
  bool good = true;
  std::string detail;
  const auto file = read_rule_test_file(file_name.string());
  if (!file) return test.at("exit_code").as_int64() != 0 ? kPassed : failed(to_string(file.error().front()));
  std::vector<std::string> paths;
  for (const auto& pattern : file->rule_files)
    std::ranges::move(matching_files(file_name.parent_path(), pattern), std::back_inserter(paths));
  const auto groups = read_rule_files(paths);
  if (!groups) return test.at("exit_code").as_int64() != 0 ? kPassed : failed(to_string(groups.error().front()));
  for (const auto& each : file->tests) {
    const auto* filters = test.if_contains("run");
    const bool wanted = filters == nullptr || std::ranges::any_of(filters->as_array(), [&](const json::value& filter) {
                          return re2::RE2::PartialMatch(each.name, std::string(filter.as_string()));
                        });
    if (!wanted) continue;
    const auto failures = run_rule_test(each, *file, *groups);
    good = good && failures.empty();
    for (const auto& failure : failures) detail += failure.what + "; ";
  }
  if (good == (test.at("exit_code").as_int64() == 0)) return kPassed;
  return failed(good ? "passed" : detail);
}

}  // namespace a2od::conformance
