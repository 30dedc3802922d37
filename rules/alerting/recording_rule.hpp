// A recording rule: its expression's result, under a name and labels of its own.
#pragma once

#include "rules/alerting/group.hpp"
#include "rules/alerting/rule_output.hpp"

#include <cstdint>
#include <unordered_map>

namespace a2od {

class RecordingRule {
 public:
  /// The labels include those of the group.
  RecordingRule(std::string name, std::map<std::string, std::string> labels, promql::Expression expression);

  [[nodiscard]] RuleOutput evaluate(const Snapshot& series, RuleTime time, std::uint64_t limit,
                                    const promql::EvaluationLimits& limits);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const promql::Expression& expression() const { return expression_; }
  [[nodiscard]] promql::Expression& expression() { return expression_; }

  /// The stored series that a recorded one was computed from when it was last recorded.
  [[nodiscard]] std::vector<Labels> inputs_of(const Snapshot& series, const Labels& recorded,
                                              const promql::EvaluationLimits& limits);
  /// Forgets where series came from that were last recorded before that time.
  void forget(Timestamp before);

 private:
  struct Origin {
    Labels output;
    Timestamp at;
  };
  [[nodiscard]] Labels recorded_labels(const Labels& output) const;

  std::string name_;
  std::map<std::string, std::string> labels_;
  promql::Expression expression_;
  std::unordered_map<Labels, Origin> origins_;
};

}  // namespace a2od
