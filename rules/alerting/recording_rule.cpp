#include "rules/alerting/recording_rule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace a2od {

std::expected<promql::Vector, std::string> evaluate_vector(promql::Expression& expression, const Snapshot& series,
                                                           Timestamp at, const promql::EvaluationLimits& limits) {
  auto value = expression.evaluate(series, at, limits);
  if (!value) return std::unexpected(std::move(value.error().message));
  if (auto* vector = std::get_if<promql::Vector>(&*value)) return std::move(*vector);
  if (const auto* scalar = std::get_if<promql::Scalar>(&*value)) return promql::Vector{{Labels(), scalar->value}};
  return std::unexpected("the rule's result is not a vector or a scalar");
}

RecordingRule::RecordingRule(std::string name, std::map<std::string, std::string> labels, promql::Expression expression)
    : name_(std::move(name)), labels_(std::move(labels)), expression_(std::move(expression)) {}

Labels RecordingRule::recorded_labels(const Labels& output) const {
  Labels labels = output.with(kMetricName, name_);
  for (const auto& [name, value] : labels_) labels = labels.with(name, value);
  return labels;
}

RuleOutput RecordingRule::evaluate(const Snapshot& series, RuleTime time, std::uint64_t limit,
                                   const promql::EvaluationLimits& limits) {
  auto vector = evaluate_vector(expression_, series, time.data, limits);
  if (!vector) return {.error = std::move(vector.error())};
  if (limit > 0 && vector->size() > limit) {
    return {.error = fmt::format("exceeded limit of {} with {} series", limit, vector->size())};
  }
  const bool is_unchanged =
      std::ranges::equal(*vector, recorded_, {}, &promql::VectorSample::labels, &Recorded::output);
  if (!is_unchanged && !label(*vector)) {
    return {.error = "vector contains metrics with the same labelset after applying rule labels"};
  }
  recorded_at_ = time.data;
  for (std::size_t i = 0; i < recorded_.size(); ++i) (*vector)[i].labels = recorded_[i].series;
  return {.samples = std::move(*vector)};
}

/// False, and nothing has changed, if two of them would become one series.
bool RecordingRule::label(const promql::Vector& outputs) {
  std::vector<Recorded> recorded;
  boost::unordered_flat_map<Labels, std::size_t, std::hash<Labels>> positions;
  recorded.reserve(outputs.size());
  for (const promql::VectorSample& sample : outputs) {
    const std::size_t i = recorded.size();
    const bool is_known = i < recorded_.size() && recorded_[i].output == sample.labels;
    recorded.push_back(is_known ? recorded_[i] : Recorded{sample.labels, recorded_labels(sample.labels)});
    if (!positions.emplace(recorded.back().series, i).second) return false;
  }
  for (const Recorded& former : recorded_) {
    if (positions.contains(former.series)) continue;
    ended_.insert_or_assign(former.series, Ended{former.output, recorded_at_});
  }
  recorded_ = std::move(recorded);
  positions_ = std::move(positions);
  return true;
}

std::vector<Labels> RecordingRule::inputs_of(const Snapshot& series, const Labels& recorded,
                                             const promql::EvaluationLimits& limits) {
  if (const auto position = positions_.find(recorded); position != positions_.end()) {
    return expression_.inputs_of(series, recorded_at_, recorded_[position->second].output, limits);
  }
  const auto ended = ended_.find(recorded);
  if (ended == ended_.end()) return {};
  return expression_.inputs_of(series, ended->second.at, ended->second.output, limits);
}

void RecordingRule::forget(Timestamp before) {
  std::erase_if(ended_, [&](const auto& entry) { return entry.second.at < before; });
}

}  // namespace a2od
