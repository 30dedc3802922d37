#include "daemon/engine/engine.hpp"

#include "daemon/scrape/scraped_series.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace a2od {

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kCoalesce = 50ms;
constexpr Milliseconds kBetweenChangeEvaluations = 1s;
constexpr Milliseconds kBetweenTruncations = 2min;
/// What is asked of memory beside rules: the newest samples, by the look-back, and a little before.
constexpr Milliseconds kShortestWindow = 6min;
/// How long a series stays in memory that went silent, or that a collection brought and that has ended: alerts may be
/// held that rest on it.
constexpr Milliseconds kSilentSeriesKept = 3h;
/// Evaluations on change may take a tenth of one core: each is followed by nine times its own length of rest.
constexpr int kRestFactor = 9;

Timestamp next_multiple(Timestamp now, Milliseconds interval, Milliseconds phase = {}) {
  const auto since = (now.time_since_epoch() - phase) % interval;
  return now + (interval - since);
}

/// Groups of one interval do not all start at the same moment, and each always at its own.
Milliseconds phase_of(const GroupDefinition& group, Milliseconds interval) {
  const auto hash = std::hash<std::string>{}(group.file + '\0' + group.name);
  return Milliseconds(static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(interval.count())));
}

/// Windows are asked for by rules that are evaluated now and then, on time or late.
Milliseconds spare(const Group& group, const EngineOptions& options) {
  return 2 * group.interval() + 2 * options.resolution;
}

/// Those that all its alerts have: others come from the expression, or from a template.
Labels certain_labels(const GroupDefinition& group, const RuleDefinition& rule) {
  auto texts = rule.labels;
  texts.insert(group.labels.begin(), group.labels.end());
  texts["alertname"] = rule.alert;
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, text] : texts)
    if (!text.empty() && !text.contains("{{")) pairs.emplace_back(name, text);
  return Labels::from(std::move(pairs));
}

MemoryWindows empty_windows(const EngineOptions& options) {
  return MemoryWindows(std::max<Milliseconds>(kShortestWindow, 5 * options.resolution));
}

}  // namespace

Engine::Engine(EngineOptions options, std::vector<GroupDefinition> groups, std::span<const SavedAlert> saved)
    : options_(std::move(options)), values_({.instance = options_.instance}, options_.collector_of) {
  for (auto& definition : groups) {
    Group group(std::move(definition), group_options());
    group.restore(saved);
    groups_.push_back(schedule(std::move(group)));
  }
  set_windows();
}

GroupOptions Engine::group_options() {
  GroupOptions options;
  options.default_interval = options_.evaluation_interval;
  options.hold = options_.hold;
  options.external_labels = options_.external_labels;
  options.external_url = options_.external_url;
  options.stopwatch = options_.stopwatch;
  options.source_ok = [this](const Labels& series) {
    const std::scoped_lock lock(store_mutex_);
    return source_ok(series);
  };
  options.details_of = [this](const Labels& series) {
    const std::scoped_lock lock(store_mutex_);
    return values_.details_of(store_, series);
  };
  options.source_exists = [this](const Labels& series) {
    const auto environment = series.get("environment");
    if (environment.empty()) return true;
    const auto tenant = environments_.find(std::string(series.get("tenant")));
    return tenant == environments_.end() || tenant->second.contains(std::string(environment));
  };
  return options;
}

Engine::Scheduled Engine::schedule(Group group) const {
  Scheduled scheduled{.group = std::move(group)};
  for (auto& metric : scheduled.group.metric_names()) {
    const auto collector = options_.collector_of(metric);
    const bool is_own = metric.starts_with("a2od_");
    if (!collector.empty() || !is_own) scheduled.collectors.emplace(collector.empty() ? kExporters : collector);
    scheduled.metrics.insert(std::move(metric));
  }
  if (scheduled.metrics.empty()) scheduled.collectors.emplace(kExporters);
  return scheduled;
}

void Engine::set_windows() {
  const Timestamp now{};
  auto windows = empty_windows(options_);
  for (const auto& scheduled : groups_) windows.add(scheduled.group.reads(now), now, spare(scheduled.group, options_));
  windows_ = std::make_shared<const MemoryWindows>(std::move(windows));
  store_.set_windows([windows = windows_](const Labels& series) { return windows->of(series); });
}

std::vector<promql::SeriesWindow> Engine::missing(const EngineOptions& options, std::span<const GroupDefinition> groups,
                                                  Timestamp now) const {
  auto wanted = empty_windows(options);
  for (const auto& definition : groups) {
    const Group group(definition, {.default_interval = options.evaluation_interval});
    wanted.add(group.reads(now), now, spare(group, options));
  }
  return wanted.beyond(*windows_, now);
}

void Engine::restore(Timestamp now, const std::function<void(std::span<const promql::SeriesWindow>, Store&)>& read) {
  read(windows_->at(now), store_);
}

void Engine::put_in_front(const Snapshot& older) {
  for (const SeriesRef ref : older.select({})) {
    const Series& series = *older.find(ref);
    std::vector<SampleRun> runs;
    series.visit_all_runs(Timestamp::min(), Timestamp::max(), [&](const SampleRun& run) { runs.push_back(run); });
    if (const auto known = store_.find(series.labels())) {
      store_.prepend(*known, std::move(runs));
    } else if (!runs.empty()) {
      const SeriesRef created = store_.create(series.labels());
      for (const auto& run : runs) store_.append(created, run);
    }
  }
}

void Engine::reload(EngineOptions options, std::vector<GroupDefinition> groups, const Snapshot& older) {
  const bool same_options =
      options.hold == options_.hold && options.evaluation_interval == options_.evaluation_interval &&
      options.external_labels == options_.external_labels && options.external_url == options_.external_url;
  options_ = std::move(options);
  values_.set_collector_of(options_.collector_of);
  auto old = std::exchange(groups_, {});
  for (auto& definition : groups) {
    const auto known = std::ranges::find_if(old, [&](const Scheduled& scheduled) {
      const auto& other = scheduled.group.definition();
      return other.file == definition.file && other.name == definition.name;
    });
    if (same_options && known != old.end() && known->group.definition() == definition) {
      groups_.push_back(std::move(*known));
      old.erase(known);
      continue;
    }
    Group group(std::move(definition), group_options());
    if (known != old.end()) group.restore(known->group.save());
    groups_.push_back(schedule(std::move(group)));
  }
  for (const auto& former : old) abandon_series(former);
  set_windows();
  put_in_front(older);
}

void Engine::abandon_series(const Scheduled& former) {
  auto series = former.group.written();
  if (series.empty()) return;
  abandoned_.push_back({.series = std::move(series),
                        .query_offset = former.group.definition().query_offset.value_or(Milliseconds(0)),
                        .due = former.last + 2 * former.group.interval()});
}

/// A rule that has moved to another group, or whose group has another name, has written its series by then.
void Engine::end_abandoned(Timestamp now) {
  const auto is_due = [now](const AbandonedSeries& abandoned) { return now >= abandoned.due; };
  if (std::ranges::none_of(abandoned_, is_due)) return;
  std::unordered_set<Labels> written;
  for (const auto& scheduled : groups_)
    for (auto& series : scheduled.group.written()) written.insert(std::move(series));
  for (const auto& abandoned : abandoned_ | std::views::filter(is_due))
    for (const auto& series : abandoned.series)
      if (!written.contains(series)) store_.mark_stale(series, now - abandoned.query_offset);
  std::erase_if(abandoned_, is_due);
}

void Engine::publish(PartReport report, Timestamp now) {
  mark_changed(values_.publish(store_, std::move(report), now), now);
}

void Engine::set_scraped(const Exporter& exporter, bool up) {
  up ? void(down_.erase(exporter)) : void(down_.insert(exporter));
}

/// What is told of a scrape itself is true while the exporter is down, too.
bool Engine::source_ok(const Labels& series) const {
  if (!values_.source_ok(store_, series)) return false;
  if (down_.empty() || is_scrape_report(series.get(kMetricName))) return true;
  Exporter first{.job = std::string(series.get("job")), .instance = std::string(series.get("instance"))};
  const auto down = down_.lower_bound(first);
  return down == down_.end() || down->job != first.job || down->instance != first.instance;
}

void Engine::set_environments(const std::string& tenant, std::set<std::string> names, Timestamp now) {
  auto& known = environments_[tenant];
  for (const auto& name : known)
    if (!names.contains(name)) values_.forget_environment(store_, tenant, name, now);
  known = std::move(names);
}

void Engine::mark_changed(const std::set<std::string_view>& metrics, Timestamp now) {
  if (!options_.evaluate_on_change || metrics.empty()) return;
  for (auto& scheduled : groups_) {
    const bool reads = std::ranges::any_of(
        metrics, [&](std::string_view metric) { return scheduled.metrics.contains(std::string(metric)); });
    if (reads) scheduled.changed_since = std::min(scheduled.changed_since, now);
  }
}

bool Engine::waits(const Scheduled& scheduled) const {
  return scheduled.last == Timestamp{} &&
         std::ranges::any_of(scheduled.collectors,
                             [this](const std::string& collector) { return waiting_for_.contains(collector); });
}

Timestamp Engine::due(const Scheduled& scheduled) const {
  if (scheduled.changed_since == kUnchanged) return scheduled.next;
  return std::min(scheduled.next, std::max(scheduled.changed_since + kCoalesce, scheduled.no_change_before));
}

void Engine::tick(Timestamp now) {
  if (now < next_tick_) return;
  // However late it is looked at, a tick has its own time: samples that repeat each minute to the millisecond are one
  // run.
  const bool first = next_tick_ == Timestamp{};
  const Timestamp at = first ? now : next_multiple(now, options_.resolution) - options_.resolution;
  mark_changed(values_.tick(store_, at), now);
  store_.append(Labels{{kMetricName, "up"}, {"job", "a2od"}, {"instance", options_.instance}}, at, 1);
  if (now >= next_truncation_) {
    store_.truncate_windows(now, now - kSilentSeriesKept, [this](SeriesRef series) { return values_.brought(series); });
    next_truncation_ = now + kBetweenTruncations;
  }
  next_tick_ = next_multiple(now, options_.resolution);
}

/// As in Prometheus, an evaluation on the interval has its own time, however late it is made: a `for` of so many
/// intervals ends after so many evaluations. One that may hold alerts sees all that came until now: whether a source is
/// well is known as of now, too.
Timestamp Engine::time_of(const Scheduled& scheduled, Timestamp now) const {
  const bool on_interval = scheduled.next != Timestamp{} && scheduled.changed_since == kUnchanged;
  return on_interval && !options_.hold ? now - (now - scheduled.next) % scheduled.group.interval() : now;
}

void Engine::evaluate(std::span<Scheduled* const> due, Timestamp now, EngineStep& step) {
  std::vector<Evaluation> evaluations(due.size());
  std::vector<std::chrono::nanoseconds> durations(due.size());
  const auto one = [&](std::size_t i) {
    const auto started = options_.stopwatch();
    evaluations[i] = due[i]->group.evaluate(store_, time_of(*due[i], now), &store_mutex_);
    durations[i] = options_.stopwatch() - started;
  };
  if (options_.in_parallel && due.size() > 1) {
    options_.in_parallel(due.size(), one);
  } else {
    for (std::size_t i = 0; i < due.size(); ++i) one(i);
  }
  for (std::size_t i = 0; i < due.size(); ++i) take(*due[i], std::move(evaluations[i]), durations[i], now, step);
}

void Engine::take(Scheduled& scheduled, Evaluation evaluation, std::chrono::nanoseconds duration, Timestamp now,
                  EngineStep& step) const {
  const auto interval = scheduled.group.interval();
  if (scheduled.last != Timestamp{} && now >= scheduled.next + interval)
    scheduled.missed += static_cast<std::uint64_t>((now - scheduled.next) / interval);
  scheduled.duration = duration;
  scheduled.failures += evaluation.failed_rules;
  scheduled.last = now;
  if (now >= scheduled.next)
    scheduled.next = next_multiple(now, interval, phase_of(scheduled.group.definition(), interval));
  scheduled.changed_since = kUnchanged;
  const auto rest = std::chrono::ceil<Milliseconds>(scheduled.duration * kRestFactor);
  scheduled.no_change_before = now + std::max(kBetweenChangeEvaluations, rest);
  for (auto& notice : evaluation.notices) {
    notice.labels = with_external(std::move(notice.labels), options_.external_labels);
    step.notices.push_back(std::move(notice));
  }
  const auto& definition = scheduled.group.definition();
  if (evaluation.alerts_changed) step.changed.push_back({definition.file, definition.name, scheduled.group.save()});
}

EngineStep Engine::step(Timestamp now) {
  EngineStep step;
  tick(now);
  step.next = next_tick_;
  std::vector<Scheduled*> due_now;
  for (auto& scheduled : groups_)
    if (!waits(scheduled) && now >= due(scheduled)) due_now.push_back(&scheduled);
  evaluate(due_now, now, step);
  end_abandoned(now);
  for (const auto& abandoned : abandoned_) step.next = std::min(step.next, abandoned.due);
  for (const auto& scheduled : groups_)
    if (!waits(scheduled)) step.next = std::min(step.next, due(scheduled));
  return step;
}

std::vector<Labels> Engine::unevaluated() const {
  std::vector<Labels> rules;
  for (const auto& scheduled : groups_) {
    if (scheduled.last != Timestamp{}) continue;
    const auto& definition = scheduled.group.definition();
    for (const auto& rule : definition.rules)
      if (!rule.alert.empty()) rules.push_back(certain_labels(definition, rule));
  }
  return rules;
}

std::vector<GroupReport> Engine::report() const {
  std::vector<GroupReport> reports;
  reports.reserve(groups_.size());
  for (const auto& scheduled : groups_)
    reports.push_back({.definition = &scheduled.group.definition(),
                       .file = scheduled.group.definition().file,
                       .name = scheduled.group.definition().name,
                       .interval = scheduled.group.interval(),
                       .rules = scheduled.group.status(),
                       .last_evaluation = scheduled.last,
                       .last_duration = scheduled.duration,
                       .iterations_missed = scheduled.missed,
                       .failures = scheduled.failures,
                       .waiting = waits(scheduled)});
  return reports;
}

}  // namespace a2od
