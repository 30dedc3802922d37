#include "rules/alerting/alerting_rule.hpp"

#include "rules/alerting/template/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace a2od {
namespace {

/// Expressions that one rule's templates ask, kept parsed.
constexpr std::size_t kMostQueries = 100;
/// In one evaluation, so many alerts are led back to their inputs; more wait for the next one.
constexpr int kMostLookUps = 1000;
/// The inputs of an alert that stays are looked up again after so long: others may have joined an aggregation.
constexpr Milliseconds kInputsKept = std::chrono::minutes(5);
constexpr std::size_t kMostDetailLines = 10;

std::vector<TemplatedText> parsed(const std::map<std::string, std::string>& texts) {
  std::vector<TemplatedText> parsed;
  for (const auto& [name, text] : texts) {
    auto read = Template::parse(text);
    if (!read) read = Template::parse("{{ `<error expanding template: not a template>` }}");
    parsed.push_back({name, std::move(*read)});
  }
  return parsed;
}

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

double in_seconds(Timestamp at) {
  return static_cast<double>(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

std::vector<Matcher> exactly(const Labels& labels) {
  std::vector<Matcher> matchers;
  for (const auto& [name, value] : labels.pairs()) {
    matchers.push_back(Matcher::equal(std::string(name), std::string(value)));
  }
  return matchers;
}

}  // namespace

/// One evaluation: what it reads, and how many look-ups it has left.
struct AlertingRule::Pass {
  const Snapshot& series;
  RuleTime time;
  const Tracer& tracer;
  templates::Environment environment{};
  int look_ups = kMostLookUps;
};

AlertingRule::AlertingRule(AlertingRuleOptions options, promql::Expression expression, const GroupOptions& group)
    : options_(std::move(options)),
      expression_(std::move(expression)),
      group_(group),
      labels_(parsed(options_.labels)),
      annotations_(parsed(options_.annotations)),
      labels_are_fixed_(std::ranges::all_of(labels_, [](const TemplatedText& entry) { return entry.text.is_text(); })),
      annotations_look_around_(
          std::ranges::any_of(annotations_, [](const TemplatedText& entry) { return entry.text.looks_around(); })),
      external_labels_(templates::Value::strings({group.external_labels.begin(), group.external_labels.end()})),
      generator_url_(group.external_url + templates::table_link(expression_.canonical())),
      reach_(expression_.reach(group.limits)),
      depth_(expression_.reach({.lookback = Milliseconds(0)})) {}

void AlertingRule::release() {
  expression_.release();
  for (auto& [text, query] : queries_) query.release();
}

RuleOutput AlertingRule::evaluate(const Snapshot& series, RuleTime time, const Tracer& tracer) {
  if (!first_evaluation_) first_evaluation_ = time.at;
  Pass pass{.series = series, .time = time, .tracer = tracer};
  pass.environment.external_url = group_.external_url;
  pass.environment.now = time.at;
  pass.environment.query = [&](std::string_view expression) { return query(expression, pass); };

  const auto result = evaluate_vector(expression_, series, time.data, group_.limits);
  if (!result) return failed(result.error(), pass);
  const auto rows = rows_of(*result, pass);
  if (!rows) return failed(rows.error(), pass);
  const auto over_limit = [&](std::size_t alerts) { return options_.limit > 0 && alerts > options_.limit; };
  const auto refusal = [&](std::size_t alerts) {
    return fmt::format("exceeded limit of {} with {} alerts", options_.limit, alerts);
  };
  if (group_.hold && over_limit(rows->size())) return failed(refusal(rows->size()), pass);

  states_.update(*rows, time.at, options_.timing, [&](TrackedAlert& tracked, bool in_result) {
    if (group_.hold) return judge(tracked, in_result, pass);
    tracked.restored = false;
    return Judgement::decided;
  });
  if (const std::size_t active = states_.active_count(); over_limit(active)) {
    states_.clear();
    return {.error = refusal(active)};
  }
  if (group_.hold) refresh_inputs(pass);
  return output(pass);
}

RuleOutput AlertingRule::failed(std::string error, const Pass& pass) {
  if (!group_.hold) return {.error = std::move(error)};
  states_.hold_all(pass.time.at);
  RuleOutput held = output(pass);
  held.error = std::move(error);
  return held;
}

RuleOutput AlertingRule::output(const Pass& pass) {
  RuleOutput output;
  output.samples.emplace();
  for (const auto& [labels, tracked] : states_.alerts()) {
    if (is_active(tracked.alert)) std::ranges::move(samples_of(tracked.alert), std::back_inserter(*output.samples));
  }
  output.notices = states_.take_notices(pass.time.at, {options_.timing.interval, group_.resend_delay, generator_url_});
  if (group_.hold && group_.details_of)
    for (AlertNotice& notice : output.notices) add_details(notice);
  return output;
}

void AlertingRule::add_details(AlertNotice& notice) const {
  const TrackedAlert& tracked = states_.alerts().at(notice.labels);
  if (tracked.alert.state != AlertState::firing) return;
  std::vector<std::string> lines;
  for (const Labels& input : tracked.inputs) {
    for (std::string& line : group_.details_of(input)) {
      if (lines.size() == kMostDetailLines) break;
      if (std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
    }
  }
  if (!lines.empty()) notice.annotations.emplace("details", fmt::format("{}", fmt::join(lines, "\n")));
}

std::vector<promql::VectorSample> AlertingRule::samples_of(const ActiveAlert& alert) {
  const Labels shown = alert.labels.with(kMetricName, "ALERTS").with("alertstate", to_string(alert.state));
  const Labels since = alert.labels.with(kMetricName, "ALERTS_FOR_STATE");
  return {{shown, 1}, {since, in_seconds(alert.active_at)}};
}

std::expected<AlertRows, std::string> AlertingRule::rows_of(const promql::Vector& result, const Pass& pass) {
  AlertRows rows;
  for (const promql::VectorSample& sample : result) {
    const auto data = [&]() -> TemplateData {
      return {templates::Value::strings(templates::to_strings(sample.labels)), external_labels_, sample.value};
    };
    Labels labels = expanded_labels(sample.labels, labels_are_fixed_ ? TemplateData() : data(), pass.environment);
    AlertRow row{.output = sample.labels, .annotations = {}, .value = sample.value};
    const auto known = states_.alerts().find(labels);
    const bool unchanged = known != states_.alerts().end() && is_active(known->second.alert) &&
                           known->second.output == sample.labels && same_bits(known->second.alert.value, sample.value);
    row.annotations = unchanged && !annotations_look_around_ ? known->second.alert.annotations
                                                             : expanded_annotations(data(), pass.environment);
    if (!rows.emplace(std::move(labels), std::move(row)).second) {
      return std::unexpected("vector contains metrics with the same labelset after applying alert labels");
    }
  }
  return rows;
}

Labels AlertingRule::expanded_labels(const Labels& output, const TemplateData& data,
                                     const templates::Environment& environment) const {
  std::vector<std::string> texts;
  for (const auto& [name, text] : labels_) texts.push_back(text.expand(data, environment));
  std::vector<Labels::Pair> pairs = {{"alertname", options_.name}};
  for (std::size_t index = 0; index < labels_.size(); ++index) {
    if (labels_[index].name != "alertname") pairs.emplace_back(labels_[index].name, texts[index]);
  }
  const auto is_given = [&, given = pairs.size()](std::string_view name) {
    return std::ranges::any_of(std::span(pairs).first(given), [&](const auto& pair) { return pair.first == name; });
  };
  for (const Labels::Pair& pair : output.pairs()) {
    if (pair.first != kMetricName && !is_given(pair.first)) pairs.push_back(pair);
  }
  return Labels::from(std::move(pairs));
}

std::map<std::string, std::string> AlertingRule::expanded_annotations(const TemplateData& data,
                                                                      const templates::Environment& environment) const {
  std::map<std::string, std::string> expanded;
  for (const auto& [name, text] : annotations_) expanded.emplace(name, text.expand(data, environment));
  return expanded;
}

Result<promql::Vector> AlertingRule::query(std::string_view expression, const Pass& pass) {
  auto known = queries_.find(std::string(expression));
  if (known == queries_.end()) {
    auto parsed = promql::Expression::parse(expression);
    if (!parsed) return failure(parsed.error().message);
    if (queries_.size() >= kMostQueries) queries_.clear();
    known = queries_.emplace(expression, std::move(*parsed)).first;
  }
  auto result = evaluate_vector(known->second, pass.series, pass.time.at, group_.limits);
  if (!result) return failure(std::move(result.error()));
  return std::move(*result);
}

/// An input whose environment has left says nothing any more; the others decide.
Judgement AlertingRule::judge(TrackedAlert& tracked, bool in_result, Pass& pass) {
  if (!in_result && tracked.inputs_at < tracked.seen_at) look_up_inputs(tracked, tracked.seen_at, pass);
  bool any_left = tracked.inputs.empty();
  for (const Labels& input : tracked.inputs) {
    if (group_.source_exists && !group_.source_exists(input)) continue;
    any_left = true;
    if (group_.source_ok && !group_.source_ok(input)) return Judgement::held;
  }
  if (tracked.restored && any_left) tracked.restored = !is_covered(tracked, pass);
  return tracked.restored && !in_result && any_left ? Judgement::held : Judgement::decided;
}

/// Whether an absence from the result says anything after a restart: every input has data for all that the expression
/// looks back to, without the gap of the outage, or so much time has passed that it must have.
bool AlertingRule::is_covered(const TrackedAlert& tracked, const Pass& pass) const {
  if (pass.time.at - *first_evaluation_ >= reach_) return true;
  if (tracked.inputs.empty()) return false;
  return std::ranges::all_of(tracked.inputs, [&](const Labels& input) {
    return std::ranges::any_of(pass.series.select(exactly(input)), [&](SeriesRef ref) {
      return pass.series.labels(ref) == input && has_no_gap(pass.series, ref, pass.time.data - depth_, pass.time.data);
    });
  });
}

bool AlertingRule::has_no_gap(const Snapshot& series, SeriesRef ref, Timestamp from, Timestamp until) const {
  const Milliseconds longest = group_.limits.lookback;
  Timestamp seen = from - longest;
  for (const SampleRun& run : series.runs(ref, seen, until)) {
    if (run.first - seen > longest || run.step > longest) return false;
    seen = run.last();
  }
  return seen > until - longest;
}

/// The inputs as of `at`, in the past too: samples that were stored do not change.
void AlertingRule::look_up_inputs(TrackedAlert& tracked, Timestamp at, Pass& pass) {
  if (pass.look_ups-- <= 0) return;
  const Timestamp data = at - (pass.time.at - pass.time.data);
  auto inputs = pass.tracer(expression_.inputs_of(pass.series, data, tracked.output, group_.limits));
  tracked.inputs_at = at;
  if (!inputs.empty()) tracked.inputs = std::move(inputs);
}

void AlertingRule::refresh_inputs(Pass& pass) {
  for (auto& [labels, tracked] : states_.alerts()) {
    const bool in_result = is_active(tracked.alert) && tracked.seen_at == pass.time.at;
    const bool outdated = tracked.inputs.empty() || pass.time.at - tracked.inputs_at >= kInputsKept;
    if (in_result && !tracked.alert.held && outdated) look_up_inputs(tracked, pass.time.at, pass);
  }
}

bool AlertingRule::may_have_made(const ActiveAlert& alert) const {
  if (alert.labels.get("alertname") != options_.name) return false;
  return std::ranges::all_of(labels_, [&](const TemplatedText& label) {
    if (!label.text.is_text()) return true;
    return alert.labels.get(label.name) == label.text.expand({}, {});
  });
}

}  // namespace a2od
