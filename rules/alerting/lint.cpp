#include "rules/alerting/lint.hpp"

#include "config/document.hpp"
#include "config/duration.hpp"
#include "config/quote.hpp"
#include "rules/promql/ast.hpp"
#include "rules/promql/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace a2od {

namespace {

using promql::Expr;

/// Functions of ranges that need two samples to say anything.
constexpr std::string_view kNeedTwoSamples[] = {"rate",   "increase", "irate",         "delta",
                                                "idelta", "deriv",    "predict_linear"};
/// Where it does not matter that a counter only ever grows.
constexpr std::string_view kFineWithCounters[] = {"absent", "timestamp", "count", "group"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

class Linter {
 public:
  Linter(std::span<const GroupDefinition> groups, const LintOptions& options) : options_(options) {
    for (const auto& metric : options.metrics) known_.insert(metric.name);
    for (const auto& group : groups)
      for (const auto& rule : group.rules)
        if (!rule.record.empty()) recorded_.insert(rule.record);
  }

  void lint(const GroupDefinition& group, const RuleDefinition& rule) {
    group_ = &group;
    rule_ = &rule;
    if (!rule.alert.empty() && !rule.annotations.contains("summary"))
      warn(rule.position, "has no annotation 'summary': whoever is paged reads it first");
    if (const auto root = promql::parse_expression(rule.expression)) visit(**root, "");
  }

  Problems take() { return std::move(problems_); }

 private:
  void warn(const Expr& expr, std::string_view message) { warn(rule_->position_of(expr.begin), message); }
  void warn(Position where, std::string_view message) {
    const Problem problem{group_->file, where, fmt::format("{} {}", rule_->name(), message)};
    if (std::ranges::find(problems_, problem) == problems_.end()) problems_.push_back(problem);
  }

  /// `around`: the function or aggregation that the expression is an argument of.
  void visit(const Expr& expr, std::string_view around) {
    if (const auto* node = std::get_if<promql::VectorSelector>(&expr.node)) {
      check_selector(expr, *node);
      check_counter(expr, *node, around);
    } else if (const auto* range = std::get_if<promql::MatrixSelector>(&expr.node)) {
      check_selector(expr, range->selector);
      check_range(expr, *range, around);
    } else if (const auto* subquery = std::get_if<promql::Subquery>(&expr.node)) {
      visit(*subquery->inner, around);
    } else if (const auto* paren = std::get_if<promql::Paren>(&expr.node)) {
      visit(*paren->inner, around);
    } else if (const auto* unary = std::get_if<promql::Unary>(&expr.node)) {
      visit(*unary->inner, "");
    } else if (const auto* binary = std::get_if<promql::Binary>(&expr.node)) {
      visit(*binary->left, promql::is_set_operator(binary->op) ? around : "");
      // What `and` and `unless` look up on their right counts by being there alone.
      const bool looked_up = binary->op == promql::BinaryOp::set_and || binary->op == promql::BinaryOp::set_unless;
      visit(*binary->right, looked_up ? "count" : "");
    } else if (const auto* aggregate = std::get_if<promql::Aggregate>(&expr.node)) {
      visit(*aggregate->inner, promql::to_string(aggregate->op));
      if (aggregate->parameter) visit(*aggregate->parameter, "");
    } else if (const auto* call = std::get_if<promql::Call>(&expr.node)) {
      for (const auto& argument : call->arguments) visit(*argument, call->function->name);
    }
  }

  void check_selector(const Expr& expr, const promql::VectorSelector& selector) {
    check_name(expr, selector.name);
    for (const auto& a : selector.matchers) {
      for (const auto& b : selector.matchers) {
        const bool contradict = a.type() == MatchType::equal && a.name() == b.name() && !b.matches(a.value());
        const bool told = b.type() == MatchType::equal && &b < &a;  // the other way round
        if (contradict && !told)
          warn(expr, fmt::format("can never match: {} and {} exclude each other", a.to_string(), b.to_string()));
      }
    }
  }

  static bool is_ours(std::string_view name) { return name.starts_with("d365_") || name.starts_with("a2od_"); }

  void check_name(const Expr& expr, std::string_view name) {
    if (!is_ours(name) || known_.contains(name) || recorded_.contains(name)) return;
    const std::vector<std::string_view> all(known_.begin(), known_.end());
    const auto meant = nearest(name, all);
    warn(expr, fmt::format("reads {}, which no collector brings{}", quote(name),
                           meant.empty() ? "" : fmt::format(": did you mean '{}'?", meant)));
  }

  void check_counter(const Expr& expr, const promql::VectorSelector& selector, std::string_view around) {
    const auto metric = std::ranges::find(options_.metrics, selector.name, &Metric::name);
    if (metric == options_.metrics.end() || metric->type != MetricType::counter) return;
    if (is_one_of(kFineWithCounters, around)) return;
    warn(expr, fmt::format("uses the counter {} as it is, which only ever grows: increase({}[1h]) is what is new",
                           quote(selector.name), selector.name));
  }

  /// Exporters are scraped at intervals that are not known here.
  bool may_be_an_exporters(const promql::VectorSelector& selector) const {
    return std::ranges::none_of(selector.matchers, [&](const Matcher& matcher) {
      const bool names = matcher.name() == kMetricName && matcher.type() == MatchType::equal;
      return names && (is_ours(matcher.value()) || recorded_.contains(matcher.value()));
    });
  }

  void check_range(const Expr& expr, const promql::MatrixSelector& node, std::string_view around) {
    const bool is_long = node.range.expression || node.range.literal > options_.resolution;
    if (is_long || may_be_an_exporters(node.selector) || !is_one_of(kNeedTwoSamples, around)) return;
    warn(expr, fmt::format("can never match: {}() needs two samples, and {} of {} has one, as there is one each {}",
                           around, format_duration(node.range.literal), quote(node.selector.name),
                           format_duration(options_.resolution)));
  }

  const LintOptions& options_;
  std::set<std::string_view, std::less<>> known_;
  std::set<std::string, std::less<>> recorded_;
  const GroupDefinition* group_ = nullptr;
  const RuleDefinition* rule_ = nullptr;
  Problems problems_;
};

}  // namespace

Problems lint_rules(std::span<const GroupDefinition> groups, const LintOptions& options) {
  Linter linter(groups, options);
  for (const auto& group : groups)
    for (const auto& rule : group.rules) linter.lint(group, rule);
  return linter.take();
}

}  // namespace a2od
