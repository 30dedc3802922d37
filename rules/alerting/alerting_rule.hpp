// An alerting rule: evaluates its expression, expands its templates, and carries its alerts' states along.
#pragma once

#include "rules/alerting/alert_states.hpp"
#include "rules/alerting/group.hpp"
#include "rules/alerting/rule_output.hpp"
#include "rules/alerting/template.hpp"

#include <unordered_map>

namespace a2od {

/// One label or annotation: its name, and its text before expansion.
struct TemplatedText {
  std::string name;
  Template text;
};

struct AlertingRuleOptions {
  std::string name;
  std::map<std::string, std::string> labels;  ///< those of the group included
  std::map<std::string, std::string> annotations;
  AlertTiming timing;
  std::uint64_t limit = 0;
};

class AlertingRule {
 public:
  /// The options of the group must outlive the rule. Templates that do not parse expand to their fault.
  AlertingRule(AlertingRuleOptions options, promql::Expression expression, const GroupOptions& group);

  [[nodiscard]] RuleOutput evaluate(const Snapshot& series, RuleTime time, const Tracer& tracer);

  [[nodiscard]] const std::string& name() const { return options_.name; }
  [[nodiscard]] const promql::Expression& expression() const { return expression_; }
  /// What an evaluation needed goes, with the queries of its templates.
  void release();
  [[nodiscard]] AlertStates& states() { return states_; }
  [[nodiscard]] const AlertStates& states() const { return states_; }

  /// Whether the labels that this rule gives all its alerts are those of a saved one; templated ones are not compared.
  [[nodiscard]] bool may_have_made(const ActiveAlert& alert) const;

  /// The series that show the alert in the store.
  [[nodiscard]] static std::vector<promql::VectorSample> samples_of(const ActiveAlert& alert);

 private:
  struct Pass;

  [[nodiscard]] std::expected<AlertRows, std::string> rows_of(const promql::Vector& result, const Pass& pass);
  [[nodiscard]] Labels expanded_labels(const Labels& output, const TemplateData& data,
                                       const templates::Environment& environment) const;
  [[nodiscard]] std::map<std::string, std::string> expanded_annotations(
      const TemplateData& data, const templates::Environment& environment) const;
  [[nodiscard]] Result<promql::Vector> query(std::string_view expression, const Pass& pass);

  [[nodiscard]] Judgement judge(TrackedAlert& tracked, bool in_result, Pass& pass);
  [[nodiscard]] bool is_covered(const TrackedAlert& tracked, const Pass& pass) const;
  /// Whether its samples are never further apart than the look-back.
  [[nodiscard]] bool has_no_gap(const Snapshot& series, SeriesRef ref, Timestamp from, Timestamp until) const;
  void look_up_inputs(TrackedAlert& tracked, Timestamp at, Pass& pass);
  void refresh_inputs(Pass& pass);
  [[nodiscard]] RuleOutput failed(std::string error, const Pass& pass);
  [[nodiscard]] RuleOutput output(const Pass& pass);
  void add_details(AlertNotice& notice) const;

  AlertingRuleOptions options_;
  promql::Expression expression_;
  const GroupOptions& group_;
  std::vector<TemplatedText> labels_;
  std::vector<TemplatedText> annotations_;
  bool labels_are_fixed_ = false;  ///< whatever the alert
  bool annotations_look_around_ = false;
  templates::Value external_labels_;
  std::string generator_url_;
  Milliseconds reach_{};
  Milliseconds depth_{};  ///< the reach without the look-back: of ranges, offsets and subqueries alone
  AlertStates states_;
  std::unordered_map<std::string, promql::Expression> queries_;
  std::optional<Timestamp> first_evaluation_;
};

}  // namespace a2od
