#include "rules/alerting/rule_test/run_test.hpp"

#include "config/duration.hpp"
#include "config/quote.hpp"
#include "rules/promql/printer.hpp"
#include "rules/series/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace a2od {

namespace {

using Annotations = std::map<std::string, std::string>;

constexpr std::int64_t kMostEvaluations = 1'000'000;

std::string annotations_text(const Annotations& annotations) {
  std::string text;
  for (const auto& [name, value] : annotations)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, double_quoted(value));
  return text;
}

std::string alert_text(const Labels& labels, const Annotations& annotations) {
  return labels.to_string() + (annotations.empty() ? "" : "  annotations {" + annotations_text(annotations) + "}");
}

/// Annotations that differ, under the alert that they are of.
void compare_annotations(const Labels& labels, const Annotations& expected, const Annotations& found,
                         std::vector<std::string>& lines) {
  if (expected == found) return;
  lines.push_back("  " + labels.to_string());
  for (const auto& [name, value] : expected) {
    const auto other = found.find(name);
    if (other == found.end() || other->second != value)
      lines.push_back(fmt::format("-   {}: {}", name, double_quoted(value)));
  }
  for (const auto& [name, value] : found) {
    const auto other = expected.find(name);
    if (other == expected.end() || other->second != value)
      lines.push_back(fmt::format("+   {}: {}", name, double_quoted(value)));
  }
}

/// As promtool's fuzzy comparison: one unit in the last place at most.
bool nearly_equal(double found, double expected) {
  if (std::isnan(found) || std::isnan(expected)) return std::isnan(found) && std::isnan(expected);
  const double size = std::abs(expected);
  return found == expected ||
         std::abs(found - expected) <= std::nextafter(size, std::numeric_limits<double>::infinity()) - size;
}

class Run {
 public:
  Run(const RuleTest& test, const RuleTestFile& file, const std::vector<GroupDefinition>& groups)
      : test_(test), file_(file) {
    const GroupOptions options{.default_interval = file.evaluation_interval,
                               .hold = false,
                               .external_labels = test.external_labels,
                               .external_url = test.external_url};
    std::vector<std::size_t> order(groups.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t group) {
      const auto place = std::ranges::find(file.group_order, groups[group].name);
      return std::pair(place == file.group_order.end() ? -1 : place - file.group_order.begin(), group);
    });
    for (const std::size_t group : order) groups_.emplace_back(groups[group], options);
  }

  std::vector<TestFailure> run() {
    Milliseconds last{0};
    for (const auto& check : test_.alert_checks) last = std::max(last, check.at);
    for (const auto& check : test_.expression_checks) last = std::max(last, check.at);
    if (last / file_.evaluation_interval > kMostEvaluations)
      return {{test_.position,
               "reading",
               {fmt::format("  over {} evaluations until the last eval_time", kMostEvaluations)}}};
    for (Milliseconds now{0}; now <= last; now += file_.evaluation_interval) {
      feed(now);
      for (Group& group : groups_) group.evaluate(store_, Timestamp(now));
      collect_errors(now);
      for (const auto& check : test_.alert_checks)
        if (now <= check.at && check.at < now + file_.evaluation_interval) check_alerts(check);
    }
    feed(Milliseconds::max());
    for (const auto& check : test_.expression_checks) check_expression(check);
    return std::move(failures_);
  }

 private:
  /// The samples up to a time, in order of time within each series.
  void feed(Milliseconds until) {
    fed_.resize(test_.series.size());
    for (std::size_t i = 0; i < test_.series.size(); ++i) {
      const auto& [labels, samples] = test_.series[i];
      for (auto& next = fed_[i]; next < samples.size() && test_.interval * next <= until; ++next)
        if (samples[next]) store_.append(labels, Timestamp(test_.interval * next), *samples[next]);
    }
  }

  void collect_errors(Milliseconds now) {
    for (const Group& group : groups_) {
      for (const auto& rule : group.status()) {
        if (!rule.last_error || !told_.insert(rule.definition).second) continue;
        failures_.push_back({test_.position,
                             fmt::format("rule {} at {}", rule.definition->name(), format_duration(now)),
                             {"  " + *rule.last_error}});
      }
    }
  }

  void check_alerts(const AlertCheck& check) {
    std::multimap<Labels, Annotations> found;
    for (const Group& group : groups_) {
      for (const auto& rule : group.status()) {
        if (rule.definition->alert != check.alertname) continue;
        for (const auto& alert : rule.alerts)
          if (alert.state == AlertState::firing) found.emplace(alert.labels, alert.annotations);
      }
    }
    std::vector<std::string> lines;
    for (const auto& [labels, annotations] : check.alerts) {
      const auto same = found.find(labels);
      if (same == found.end()) {
        lines.push_back("- " + alert_text(labels, annotations));
        continue;
      }
      compare_annotations(labels, annotations, same->second, lines);
      found.erase(same);
    }
    for (const auto& [labels, annotations] : found) lines.push_back("+ " + alert_text(labels, annotations));
    fail(check.position, fmt::format("alert {} at {}", check.alertname, format_duration(check.at)), std::move(lines));
  }

  void check_expression(const ExpressionCheck& check) {
    auto what = fmt::format("{} at {}", check.expression, format_duration(check.at));
    auto expression = promql::Expression::parse(check.expression);
    const auto value = expression->evaluate(store_.snapshot(), Timestamp(check.at), {});
    if (!value) return fail(check.position, std::move(what), {"  " + value.error().message});
    std::vector<promql::VectorSample> found;
    if (const auto* vector = std::get_if<promql::Vector>(&*value)) found = *vector;
    if (const auto* scalar = std::get_if<promql::Scalar>(&*value)) found = {{Labels{}, scalar->value}};
    std::vector<std::string> lines;
    for (const auto& [labels, expected] : check.samples) {
      const auto same = std::ranges::find_if(
          found, [&](const auto& sample) { return sample.labels == labels && equal(sample.value, expected); });
      if (same == found.end()) {
        lines.push_back(fmt::format("- {} {}", labels.to_string(), promql::format_number(expected)));
      } else {
        found.erase(same);
      }
    }
    for (const auto& sample : found)
      lines.push_back(fmt::format("+ {} {}", sample.labels.to_string(), promql::format_number(sample.value)));
    fail(check.position, std::move(what), std::move(lines));
  }

  [[nodiscard]] bool equal(double a, double b) const {
    return file_.fuzzy ? nearly_equal(a, b) : a == b || (std::isnan(a) && std::isnan(b));
  }

  void fail(Position position, std::string what, std::vector<std::string> lines) {
    if (!lines.empty()) failures_.push_back({position, std::move(what), std::move(lines)});
  }

  const RuleTest& test_;
  const RuleTestFile& file_;
  std::vector<Group> groups_;
  Store store_;
  std::vector<std::size_t> fed_;
  std::set<const RuleDefinition*> told_;  ///< rules whose error was told
  std::vector<TestFailure> failures_;
};

}  // namespace

std::vector<TestFailure> run_rule_test(const RuleTest& test, const RuleTestFile& file,
                                       const std::vector<GroupDefinition>& groups) {
  return Run(test, file, groups).run();
}

}  // namespace a2od
