// What the rules know of one alert.
#include "daemon/engine/engine.hpp"

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kMostRules = 20;
constexpr std::size_t kMostInputs = 10;

/// Whether a rule can make an alert with the labels that are asked for; templated labels may be anything.
bool may_make(const RuleDefinition& rule, const GroupDefinition& group, const AlertChoice& choice) {
  if (rule.alert.empty() || choice.named("alertname") != rule.alert) return false;
  return std::ranges::all_of(choice.matchers, [&](const Matcher& matcher) {
    for (const auto* labels : {&rule.labels, &group.labels}) {
      const auto found = labels->find(matcher.name());
      if (found != labels->end()) return found->second.contains("{{") || matcher.matches(found->second);
    }
    return true;
  });
}

}  // namespace

std::vector<ExplainedRule> Engine::explain(const AlertChoice& choice) const {
  std::vector<ExplainedRule> found;
  for (const auto& scheduled : groups_) explain(scheduled, choice, found);
  const bool any = std::ranges::any_of(found, [](const ExplainedRule& rule) { return rule.alert.has_value(); });
  if (any) std::erase_if(found, [](const ExplainedRule& rule) { return !rule.alert; });
  return found;
}

/// Its alerts that are wanted; of rules that could make such an alert and have none, the rule alone.
void Engine::explain(const Scheduled& scheduled, const AlertChoice& choice, std::vector<ExplainedRule>& found) const {
  const auto& group = scheduled.group.definition();
  const auto saved = scheduled.group.save();
  for (const auto& status : scheduled.group.status()) {
    const auto& rule = *status.definition;
    if (rule.alert.empty()) continue;
    ExplainedRule about{.file = group.file,
                        .group = group.name,
                        .interval = scheduled.group.interval(),
                        .query_offset = group.query_offset.value_or(Milliseconds(0)),
                        .rule = rule,
                        .labels_given = {"alertname"},
                        .last_error = status.last_error,
                        .last_evaluation = status.last_evaluation};
    for (const auto* labels : {&rule.labels, &group.labels})
      for (const auto& [name, text] : *labels) about.labels_given.insert(name);
    for (const auto& [name, text] : options_.external_labels) about.labels_given.insert(name);
    if (waits(scheduled))
      std::ranges::set_intersection(scheduled.collectors, waiting_for_, std::back_inserter(about.waits_for));
    bool any = false;
    for (const auto& alert : saved) {
      const auto shown = std::ranges::find(status.alerts, alert.alert.labels, &ActiveAlert::labels);
      const bool over = alert.alert.state == AlertState::inactive;
      const bool ours = alert.rule == rule.alert && (over || shown != status.alerts.end());
      const auto told = with_external(alert.alert.labels, options_.external_labels);
      if (!ours || !choice.matches(told) || found.size() >= kMostRules) continue;
      any = true;
      auto& one = found.emplace_back(about);
      one.alert = alert.alert;
      one.alert->labels = told;
      for (const auto& input : alert.inputs)
        one.inputs.size() < kMostInputs ? one.inputs.push_back(explained(input)) : void(++one.more_inputs);
    }
    if (!any && may_make(rule, group, choice) && found.size() < kMostRules) found.push_back(std::move(about));
  }
}

ExplainedInput Engine::explained(const Labels& input) const {
  ExplainedInput about{.series = input, .ok = values_.source_ok(store_, input)};
  if (auto source = values_.source_of(store_, input)) {
    about.collector = std::move(source->key.collector);
    about.tenant = std::move(source->key.tenant);
    about.environment = std::move(source->key.environment);
    about.part = std::move(source->key.part);
    about.delivered_at = source->delivered_at;
  }
  return about;
}

}  // namespace a2od
