#include "rules/alerting/group.hpp"

#include "rules/alerting/alerting_rule.hpp"
#include "rules/alerting/recording_rule.hpp"
#include "rules/alerting/template_queries.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <set>

namespace a2od {
namespace {

/// A recorded series of a recorded series, and so on: rules that follow each other this far are not traced further.
constexpr int kDeepestTrace = 20;

std::string_view base_name(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

/// The rule's own labels win over those of its group.
std::map<std::string, std::string> merged_labels(const GroupDefinition& group, const RuleDefinition& rule) {
  auto labels = rule.labels;
  labels.insert(group.labels.begin(), group.labels.end());
  return labels;
}

struct StoredSeries {
  Labels labels;
  std::optional<SeriesRef> ref{};  ///< once it was written since the rule's series last changed

  void append(Store& store, Timestamp at, double value) {
    const bool is_there = ref && store.append(*ref, at, value) != Appended::vanished;
    if (!is_there) ref = store.append(labels, at, value);
  }
};

struct GroupRule {
  /// A rule that could not be parsed fails at each evaluation; files are checked before, so that none is.
  using Kind = std::variant<AlertingRule, RecordingRule, std::string>;

  const RuleDefinition* definition;
  Kind kind;
  std::vector<StoredSeries> stored{};  ///< what it has written and not ended, in the order of its samples
  RuleStatus status{};
  mutable std::vector<ActiveAlert> shown{};

  [[nodiscard]] const promql::Expression* expression() const;
  [[nodiscard]] const AlertingRule* alerting() const { return std::get_if<AlertingRule>(&kind); }
  AlertingRule* alerting() { return std::get_if<AlertingRule>(&kind); }
  RecordingRule* recording() { return std::get_if<RecordingRule>(&kind); }
  void release();
};

const promql::Expression* GroupRule::expression() const {
  if (const auto* rule = std::get_if<AlertingRule>(&kind)) return &rule->expression();
  if (const auto* rule = std::get_if<RecordingRule>(&kind)) return &rule->expression();
  return nullptr;
}

/// Between evaluations large results would only lie there.
void GroupRule::release() {
  if (auto* rule = alerting()) rule->release();
  if (auto* rule = recording()) rule->expression().release();
}

bool is_alert_series(const Labels& series) {
  const std::string_view name = series.get(kMetricName);
  return name == "ALERTS" || name == "ALERTS_FOR_STATE";
}

}  // namespace

/// A store that other groups may use at the same time.
struct SharedStore {
  Store& store;
  std::mutex* mutex = nullptr;

  [[nodiscard]] std::unique_lock<std::mutex> lock() const {
    return mutex == nullptr ? std::unique_lock<std::mutex>() : std::unique_lock(*mutex);
  }
  [[nodiscard]] Snapshot snapshot() {
    const auto held = lock();
    return store.snapshot();
  }
};

struct Group::Impl {
  Impl(GroupDefinition given_definition, GroupOptions given_options);

  [[nodiscard]] Milliseconds interval() const { return definition.interval.value_or(options.default_interval); }
  [[nodiscard]] GroupRule::Kind make_rule(const RuleDefinition& rule) const;

  void evaluate(GroupRule& rule, SharedStore& shared, RuleTime time, Evaluation& evaluation);
  RuleOutput run(GroupRule& rule, const Snapshot& series, RuleTime time);
  void write(GroupRule& rule, Store& store, Timestamp at, const std::vector<promql::VectorSample>& samples);

  [[nodiscard]] std::vector<Labels> trace(const Snapshot& series, std::vector<Labels> inputs);
  void trace(const Snapshot& snapshot, const Labels& series, int depth, std::set<Labels>& visited,
             std::set<Labels>& bases);
  [[nodiscard]] std::optional<std::vector<Labels>> origins(const Snapshot& snapshot, const Labels& series);

  GroupRule* rule_of(const SavedAlert& saved);

  GroupDefinition definition;
  GroupOptions options;
  std::vector<GroupRule> rules;
  std::vector<Labels> orphans;  ///< series of alerts whose rules are gone: they end at the next evaluation
  Milliseconds longest_reach{};
  std::optional<Timestamp> last;
};

Group::Impl::Impl(GroupDefinition given_definition, GroupOptions given_options)
    : definition(std::move(given_definition)), options(std::move(given_options)) {
  for (const RuleDefinition& rule : definition.rules) {
    rules.push_back({.definition = &rule, .kind = make_rule(rule)});
    rules.back().status.definition = &rule;
    if (const auto* expression = rules.back().expression()) {
      longest_reach = std::max(longest_reach, expression->reach(options.limits));
    }
  }
}

GroupRule::Kind Group::Impl::make_rule(const RuleDefinition& rule) const {
  auto expression = promql::Expression::parse(rule.expression);
  if (!expression) return std::move(expression.error().message);
  auto labels = merged_labels(definition, rule);
  if (!rule.record.empty()) return RecordingRule(rule.record, std::move(labels), std::move(*expression));
  AlertingRuleOptions made{.name = rule.alert,
                           .labels = std::move(labels),
                           .annotations = rule.annotations,
                           .timing = {rule.hold_for, rule.keep_firing_for, interval()},
                           .limit = definition.limit};
  return AlertingRule(std::move(made), std::move(*expression), options);
}

RuleOutput Group::Impl::run(GroupRule& rule, const Snapshot& series, RuleTime time) {
  if (const auto* fault = std::get_if<std::string>(&rule.kind)) return {.error = *fault};
  if (auto* recording = rule.recording()) {
    recording->forget(time.data - longest_reach - 2 * interval());
    return recording->evaluate(series, time, definition.limit, options.limits);
  }
  return rule.alerting()->evaluate(series, time,
                                   [&](std::vector<Labels> inputs) { return trace(series, std::move(inputs)); });
}

void Group::Impl::evaluate(GroupRule& rule, SharedStore& shared, RuleTime time, Evaluation& evaluation) {
  const auto elapsed = [&] { return options.stopwatch ? options.stopwatch() : std::chrono::nanoseconds(0); };
  const auto started = elapsed();
  RuleOutput output = run(rule, shared.snapshot(), time);
  if (output.samples) {
    const auto held = shared.lock();
    write(rule, shared.store, time.data, *output.samples);
  }
  if (output.error) ++evaluation.failed_rules;
  std::ranges::move(output.notices, std::back_inserter(evaluation.notices));
  if (auto* alerting = rule.alerting()) evaluation.alerts_changed |= alerting->states().take_changed(time.at);
  rule.status.last_error = std::move(output.error);
  rule.status.last_evaluation = time.at;
  rule.status.duration = elapsed() - started;
}

/// Series that the rule wrote before, and does not write now, end. Most often they are the same, in the same order.
void Group::Impl::write(GroupRule& rule, Store& store, Timestamp at, const std::vector<promql::VectorSample>& samples) {
  if (!std::ranges::equal(samples, rule.stored, {}, &promql::VectorSample::labels, &StoredSeries::labels)) {
    boost::unordered_flat_set<Labels, std::hash<Labels>> written(samples.size());
    std::vector<StoredSeries> stored;
    stored.reserve(samples.size());
    for (const auto& sample : samples) {
      written.insert(sample.labels);
      stored.push_back({sample.labels});
    }
    for (const StoredSeries& former : rule.stored) {
      if (!written.contains(former.labels)) store.mark_stale(former.labels, at);
    }
    rule.stored = std::move(stored);
  }
  for (std::size_t i = 0; i < samples.size(); ++i) rule.stored[i].append(store, at, samples[i].value);
}

std::vector<Labels> Group::Impl::trace(const Snapshot& series, std::vector<Labels> inputs) {
  std::set<Labels> visited;
  std::set<Labels> bases;
  for (const Labels& input : inputs) trace(series, input, 0, visited, bases);
  return {bases.begin(), bases.end()};
}

void Group::Impl::trace(const Snapshot& snapshot, const Labels& series, int depth, std::set<Labels>& visited,
                        std::set<Labels>& bases) {
  if (!visited.insert(series).second) return;
  const auto found = depth < kDeepestTrace ? origins(snapshot, series) : std::nullopt;
  if (!found) {
    bases.insert(series);
    return;
  }
  for (const Labels& origin : *found) trace(snapshot, origin, depth + 1, visited, bases);
}

/// What a series rests on that a rule of this group produces; nothing for other series.
std::optional<std::vector<Labels>> Group::Impl::origins(const Snapshot& snapshot, const Labels& series) {
  if (is_alert_series(series)) {
    const Labels alert = series.with(kMetricName, "").with("alertstate", "");
    for (GroupRule& rule : rules) {
      if (rule.alerting() == nullptr) continue;
      const auto& alerts = rule.alerting()->states().alerts();
      if (const auto found = alerts.find(alert); found != alerts.end()) return found->second.inputs;
    }
    return std::nullopt;
  }
  for (GroupRule& rule : rules) {
    RecordingRule* recording = rule.recording();
    if (recording == nullptr || recording->name() != series.get(kMetricName)) continue;
    auto inputs = recording->inputs_of(snapshot, series, options.limits);
    if (!inputs.empty()) return inputs;
  }
  return std::nullopt;
}

/// The rule of that name whose labels fit; failing that, the first of that name: it will find that its alert has ended.
GroupRule* Group::Impl::rule_of(const SavedAlert& saved) {
  GroupRule* named = nullptr;
  for (GroupRule& rule : rules) {
    if (rule.alerting() == nullptr || rule.alerting()->name() != saved.rule) continue;
    if (rule.alerting()->may_have_made(saved.alert)) return &rule;
    if (named == nullptr) named = &rule;
  }
  return named;
}

Group::Group(GroupDefinition definition, GroupOptions options)
    : impl_(std::make_unique<Impl>(std::move(definition), std::move(options))) {}
Group::~Group() = default;
Group::Group(Group&&) noexcept = default;
Group& Group::operator=(Group&&) noexcept = default;

const GroupDefinition& Group::definition() const { return impl_->definition; }
Milliseconds Group::interval() const { return impl_->interval(); }

std::vector<std::string> Group::metric_names() const {
  std::set<std::string> names;
  for (const GroupRule& rule : impl_->rules) {
    const auto* expression = rule.expression();
    if (expression != nullptr)
      for (auto& name : expression->metric_names()) names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

std::vector<promql::SeriesWindow> Group::reads(Timestamp at) const {
  std::vector<promql::SeriesWindow> all;
  const Timestamp data = at - impl_->definition.query_offset.value_or(Milliseconds(0));
  for (const GroupRule& rule : impl_->rules) {
    if (const auto* expression = rule.expression())
      std::ranges::move(expression->reads(data, data, Milliseconds(0), impl_->options.limits), std::back_inserter(all));
    const RuleDefinition& definition = *rule.definition;
    for (const auto* texts : {&definition.labels, &definition.annotations})
      for (const auto& [name, text] : *texts)
        std::ranges::move(template_reads(text, data, impl_->options.limits), std::back_inserter(all));
  }
  return all;
}

Evaluation Group::evaluate(Store& store, Timestamp at, std::mutex* store_mutex) {
  Evaluation evaluation;
  if (impl_->last && at <= *impl_->last) return evaluation;
  impl_->last = at;
  const RuleTime time{at, at - impl_->definition.query_offset.value_or(Milliseconds(0))};
  SharedStore shared{store, store_mutex};
  for (GroupRule& rule : impl_->rules) impl_->evaluate(rule, shared, time, evaluation);
  for (GroupRule& rule : impl_->rules) rule.release();
  const auto held = shared.lock();
  for (const Labels& series : impl_->orphans) store.mark_stale(series, time.data);
  impl_->orphans.clear();
  return evaluation;
}

std::vector<RuleStatus> Group::status() const {
  std::vector<RuleStatus> statuses;
  for (const GroupRule& rule : impl_->rules) {
    rule.shown.clear();
    if (const AlertingRule* alerting = rule.alerting()) {
      for (const auto& [labels, tracked] : alerting->states().alerts()) {
        if (is_active(tracked.alert)) rule.shown.push_back(tracked.alert);
      }
    }
    statuses.push_back(rule.status);
    statuses.back().alerts = rule.shown;
  }
  return statuses;
}

std::vector<SavedAlert> Group::save() const {
  std::vector<SavedAlert> saved;
  std::set<Labels> seen;  // rules of one name may have equal alerts
  for (const GroupRule& rule : impl_->rules) {
    const AlertingRule* alerting = rule.alerting();
    if (alerting == nullptr) continue;
    for (const auto& [labels, tracked] : alerting->states().alerts()) {
      if (!seen.insert(labels).second) continue;
      saved.push_back({.group = impl_->definition.name,
                       .file = std::string(base_name(impl_->definition.file)),
                       .rule = alerting->name(),
                       .alert = tracked.alert,
                       .inputs = tracked.inputs});
    }
  }
  return saved;
}

void Group::restore(std::span<const SavedAlert> alerts) {
  for (const SavedAlert& saved : alerts) {
    const bool is_ours =
        saved.group == impl_->definition.name && base_name(saved.file) == base_name(impl_->definition.file);
    if (!is_ours) continue;
    GroupRule* rule = impl_->rule_of(saved);
    const bool is_shown = is_active(saved.alert);
    for (const promql::VectorSample& sample : AlertingRule::samples_of(saved.alert)) {
      if (!is_shown) break;
      if (rule != nullptr)
        rule->stored.push_back({sample.labels});
      else
        impl_->orphans.push_back(sample.labels);
    }
    if (rule == nullptr) continue;
    TrackedAlert restored;
    restored.alert = saved.alert;
    restored.inputs = saved.inputs;
    rule->alerting()->states().restore(std::move(restored));
  }
}

std::vector<Labels> Group::written() const {
  std::vector<Labels> series = impl_->orphans;
  for (const GroupRule& rule : impl_->rules)
    std::ranges::transform(rule.stored, std::back_inserter(series), &StoredSeries::labels);
  return series;
}

}  // namespace a2od
