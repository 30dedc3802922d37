// Cases of pages of metrics: the text format and OpenMetrics entry by entry, families, and what a linter says.
#include "case.hpp"
#include "collectors/exposition/families.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::conformance {
namespace {

namespace json = boost::json;
using Entry = ExpositionParser::Entry;

Result failed(std::string detail) { return {Outcome::failed, std::move(detail)}; }

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

json::object as_object(const ExposedLabels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

/// What a series counts since: told by another one, `…_created`. The cases have it as a time of the series it tells of;
/// here, as in Prometheus by default, it is a series like any other.
bool is_created(const ExpositionParser& parser) {
  const auto name = parser.labels().front().second;
  const auto type = parser.type();
  return name.ends_with("_created") && (type == MetricFamilyType::counter || type == MetricFamilyType::histogram ||
                                        type == MetricFamilyType::summary);
}

std::string compare_exemplar(const json::object& expected, const ExpositionParser& parser) {
  const auto* wanted = expected.if_contains("exemplars");
  if (wanted == nullptr || wanted->as_array().empty()) return parser.exemplar() ? "an exemplar" : "";
  if (!parser.exemplar()) return "no exemplar";
  const auto& first = wanted->as_array().front().as_object();
  if (as_object(parser.exemplar()->labels) != first.at("labels").as_object()) return "other labels of the exemplar";
  if (!same(parser.exemplar()->value, number_of(first.at("value")))) return "another value of the exemplar";
  const auto* at = first.if_contains("t_ms");
  const auto ours = parser.exemplar()->at;
  if ((at != nullptr) != ours.has_value()) return "an exemplar with or without a time";
  return at == nullptr || ours->time_since_epoch().count() == at->as_int64() ? "" : "another time of the exemplar";
}

std::string compare_series(const json::object& expected, const ExpositionParser& parser) {
  if (parser.series() != text_of(expected.at("series_text"))) return "series " + std::string(parser.series());
  if (!same(parser.value(), number_of(expected.at("value")))) return fmt::format("value {}", parser.value());
  if (as_object(parser.labels()) != expected.at("labels").as_object())
    return "labels " + json::serialize(as_object(parser.labels()));
  const auto* at = expected.if_contains("t_ms");
  if ((at != nullptr) != parser.timestamp().has_value()) return "with or without a time";
  if (at != nullptr && parser.timestamp()->time_since_epoch().count() != at->as_int64()) return "another time";
  return compare_exemplar(expected, parser);
}

std::string compare_entry(const json::object& expected, const ExpositionParser& parser, Entry entry) {
  static const std::map<std::string_view, Entry> kKinds{{"help", Entry::help},
                                                        {"type", Entry::type},
                                                        {"unit", Entry::unit},
                                                        {"comment", Entry::comment},
                                                        {"series", Entry::series}};
  if (kKinds.at(expected.at("kind").as_string()) != entry) return "another kind of entry";
  switch (entry) {
    case Entry::series:
      return compare_series(expected, parser);
    case Entry::comment:
      return parser.comment() == text_of(expected.at("text")) ? "" : "comment " + std::string(parser.comment());
    case Entry::help:
      if (parser.help() != text_of(expected.at("help"))) return "help " + parser.help();
      break;
    case Entry::type:
      if (to_string(parser.type()) != text_of(expected.at("type")))
        return "type " + std::string(to_string(parser.type()));
      break;
    case Entry::unit:
      if (parser.unit() != text_of(expected.at("unit"))) return "unit " + std::string(parser.unit());
      break;
    case Entry::end:
      break;
  }
  return parser.metric() == text_of(expected.at("metric")) ? "" : "metric " + parser.metric();
}

std::string type_name(MetricFamilyType type) {
  if (type == MetricFamilyType::unknown) return "untyped";
  return type == MetricFamilyType::gauge_histogram ? "gauge_histogram" : std::string(to_string(type));
}

double number_in(const json::object& object, std::string_view key) {
  for (const auto& name : {std::string(key), std::string(key) + "Float"})
    if (const auto* found = object.if_contains(name)) return number_of(*found);
  return 0;
}

std::string compare_metric(const json::object& expected, const FamilyMetric& found) {
  const auto* at = expected.if_contains("TimestampMs");
  if ((at != nullptr) != found.at.has_value() ||
      (at != nullptr && found.at->time_since_epoch().count() != at->as_int64()))
    return "another time";
  ExposedLabels labels;
  if (const auto* wanted = expected.if_contains("Label"))
    for (const auto& label : wanted->as_array())
      labels.emplace_back(text_of(label.at("Name")), text_of(label.at("Value")));
  if (labels != found.labels) return "labels " + json::serialize(as_object(found.labels));
  for (const auto* simple : {"Counter", "Gauge", "Untyped"})
    if (const auto* wanted = expected.if_contains(simple))
      return found.value && same(*found.value, number_of(wanted->at("Value"))) ? "" : "another value";
  const auto* histogram = expected.if_contains("Histogram");
  const auto& wanted = (histogram != nullptr ? *histogram : expected.at("Summary")).as_object();
  if (!same(found.count.value_or(0), number_in(wanted, "SampleCount"))) return "another count";
  if (!same(found.sum.value_or(0), number_in(wanted, "SampleSum"))) return "another sum";
  std::map<double, double> parts;
  if (const auto* buckets = wanted.if_contains("Bucket"))
    for (const auto& bucket : buckets->as_array())
      parts[number_of(bucket.at("UpperBound"))] = number_in(bucket.as_object(), "CumulativeCount");
  if (const auto* quantiles = wanted.if_contains("Quantile"))
    for (const auto& quantile : quantiles->as_array())
      parts[number_of(quantile.at("Quantile"))] = number_of(quantile.at("Value"));
  return std::ranges::equal(parts, found.parts,
                            [](const auto& a, const auto& b) { return a.first == b.first && same(a.second, b.second); })
             ? ""
             : "other parts";
}

std::string compare_family(const json::object& expected, const MetricFamily& found) {
  if (text_of(expected.at("Type")) != type_name(found.type)) return "type " + type_name(found.type);
  const auto* help = expected.if_contains("Help");
  if (found.help != (help == nullptr ? "" : text_of(*help))) return "help " + found.help;
  const auto& metrics = expected.at("Metric").as_array();
  if (metrics.size() != found.metrics.size()) return fmt::format("{} metrics", found.metrics.size());
  for (std::size_t i = 0; i < metrics.size(); ++i)
    if (auto detail = compare_metric(metrics[i].as_object(), found.metrics[i]); !detail.empty()) return detail;
  return {};
}

}  // namespace

Result run_exposition_case(const Set& set, const json::object& test) {
  const auto input = text_of(test.at("input"));
  const bool valid = test.at("valid").as_bool();
  ExpositionParser parser(input,
                          set.name == "expo_openmetrics" ? ExpositionSyntax::open_metrics : ExpositionSyntax::text);
  const auto* entries = test.if_contains("entries");
  for (std::size_t i = 0;;) {
    const auto entry = parser.next();
    if (!entry) return valid ? failed(entry.error().message) : Result{};
    if (*entry == Entry::end) {
      if (!valid) return failed("accepted");
      return entries == nullptr || i == entries->as_array().size() ? Result{} : failed(fmt::format("{} entries", i));
    }
    if (!valid || entries == nullptr) continue;
    if (*entry == Entry::series && is_created(parser)) continue;
    if (i == entries->as_array().size()) return failed("more entries");
    const auto& expected = entries->as_array()[i++].as_object();
    if (auto detail = compare_entry(expected, parser, *entry); !detail.empty())
      return failed(fmt::format("{} instead of {}", detail, json::serialize(expected)));
  }
}

Result run_families_case(const Set& /*set*/, const json::object& test) {
  const auto families = parse_families(text_of(test.at("input")));
  const auto* error = test.if_contains("error_utf8");
  const bool valid = test.at("valid").as_bool() || error == nullptr || text_of(*error).empty();
  if (families.has_value() != valid) return failed(families ? "accepted" : families.error().message);
  if (!test.at("valid").as_bool()) return {};
  const auto& expected = test.at("families").as_array();
  if (families->size() != expected.size()) return failed(fmt::format("{} families", families->size()));
  for (const auto& wanted : expected) {
    const auto name = text_of(wanted.at("Name"));
    const auto found = std::ranges::find(*families, name, &MetricFamily::name);
    if (found == families->end()) return failed("no family " + name);
    if (auto detail = compare_family(wanted.as_object(), *found); !detail.empty()) return failed(name + ": " + detail);
  }
  return {};
}

Result run_lint_case(const Set& /*set*/, const json::object& test) {
  const auto families = parse_families(text_of(test.at("input")));
  if (!families) return failed(families.error().message);
  std::vector<LintProblem> expected;
  for (const auto& problem : test.at("problems").as_array())
    expected.push_back({text_of(problem.at("metric")), text_of(problem.at("text"))});
  std::ranges::sort(expected);
  const auto found = lint(*families);
  if (found == expected) return {};
  std::string detail;
  for (const auto& [metric, text] : found) detail += fmt::format("{}: {}; ", metric, text);
  return failed(detail);
}

}  // namespace a2od::conformance
