#include "rules/alerting/recording_rule.hpp"

#include <fmt/format.h>

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
  std::unordered_map<Labels, Origin> origins;
  for (promql::VectorSample& sample : *vector) {
    Labels recorded = recorded_labels(sample.labels);
    if (!origins.emplace(recorded, Origin{sample.labels, time.data}).second) {
      return {.error = "vector contains metrics with the same labelset after applying rule labels"};
    }
    sample.labels = std::move(recorded);
  }
  for (auto& [recorded, origin] : origins) origins_.insert_or_assign(recorded, std::move(origin));
  return {.samples = std::move(*vector)};
}

std::vector<Labels> RecordingRule::inputs_of(const Snapshot& series, const Labels& recorded,
                                             const promql::EvaluationLimits& limits) {
  const auto origin = origins_.find(recorded);
  if (origin == origins_.end()) return {};
  return expression_.inputs_of(series, origin->second.at, origin->second.output, limits);
}

void RecordingRule::forget(Timestamp before) {
  std::erase_if(origins_, [&](const auto& entry) { return entry.second.at < before; });
}

}  // namespace a2od
