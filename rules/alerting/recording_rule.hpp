// A recording rule: its expression's result, under a name and labels of its own.
#pragma once

#include "rules/alerting/group.hpp"
#include "rules/alerting/rule_output.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

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
  /// Forgets where series came from that have ended, and were last recorded before that time.
  void forget(Timestamp before);

 private:
  struct Recorded {
    Labels output;  ///< the expression's
    Labels series;  ///< with the rule's name and labels
  };
  struct Ended {
    Labels output;
    Timestamp at;
  };
  [[nodiscard]] Labels recorded_labels(const Labels& output) const;
  [[nodiscard]] bool label(const promql::Vector& outputs);

  std::string name_;
  std::map<std::string, std::string> labels_;
  promql::Expression expression_;
  /// What was recorded last, in the order of the result: most often the next result has the same labels.
  std::vector<Recorded> recorded_;
  boost::unordered_flat_map<Labels, std::size_t, std::hash<Labels>> positions_;  ///< in recorded_, by the series
  Timestamp recorded_at_{};
  std::unordered_map<Labels, Ended> ended_;  ///< what was recorded before, by the series
};

}  // namespace a2od
